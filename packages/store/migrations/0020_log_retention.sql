-- How long Weir itself keeps records, in years by their time; no row: forever. Weir's own log is always kept.
create table log_retention (
  tenant_id uuid not null,
  category smallint not null references category,
  years int not null check (years between 1 and 100),
  set_by text not null,
  set_at timestamptz(3) not null default now(),
  primary key (tenant_id, category)
);

-- What went: its numbers, so that what retention took is told from what somebody else took. The digests stay in the chain.
create table log_removed (
  tenant_id uuid not null,
  category smallint not null references category,
  month date not null,
  years int not null,
  records bigint not null,
  seqs int8multirange not null,
  removed_at timestamptz(3) not null default now(),
  primary key (tenant_id, category, month)
);
-- A link to a record must be able to say what became of it; 64 bits of the SHA-256 of its id are enough for that.
create table removed_record (
  tenant_id uuid not null,
  category smallint not null,
  id_digest bigint not null,
  month date not null,
  primary key (tenant_id, category, id_digest)
);
create function id_digest(id text) returns bigint language sql immutable strict parallel safe as $$
  select ('x' || left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 16))::bit(64)::bigint
$$;
