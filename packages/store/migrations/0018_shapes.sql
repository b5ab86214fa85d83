-- What a setting lets through and masks. A version never changes: a batch names the one it was cut with, so that it is sent with
-- the same bytes however often it is tried, and verified with them later.
create table shape (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  setting_id uuid not null references setting,
  -- As it was entered, and as it was understood: a later reader of the language must not understand it otherwise.
  condition text,
  query jsonb,
  masks jsonb not null default '[]',
  created_at timestamptz(3) not null default now(),
  check ((condition is null) = (query is null))
);
create index shape_setting on shape (setting_id);
create function shape_stays() returns trigger language plpgsql as $$
begin
  raise exception 'A version of a shape is never changed.' using errcode = 'restrict_violation';
end $$;
create trigger shape_stays before update or delete on shape for each row execute function shape_stays();

-- The key of hashed values, sealed as destinations' secrets are. It stays as long as anything that was hashed with it is verified.
create table setting_key (
  setting_id uuid primary key references setting,
  tenant_id uuid not null,
  sealed text collate "C" not null
);

-- Null: every record goes as it is.
alter table setting add shape_id uuid references shape;
alter table destination add batching jsonb;
alter table delivery add batch_shape uuid references shape, add filtered bigint not null default 0;
alter table replay add batch_shape uuid references shape, add filtered bigint not null default 0;
-- A row without records is a range of which nothing went; its place is empty.
alter table delivered_batch add shape_id uuid references shape, add filtered bigint not null default 0;

-- What replays put into archives: beside the ledger, which has each record once. Without it a verification would take the history
-- that a setting began with for something that nobody sent.
create table replayed_batch (
  replay_id uuid not null references replay,
  first_seq bigint not null,
  last_seq bigint not null,
  tenant_id uuid not null,
  delivery_id uuid not null references delivery,
  shape_id uuid references shape,
  bytes bigint not null,
  place jsonb not null,
  digest bytea check (octet_length(digest) = 32),
  delivered_at timestamptz(3) not null default now(),
  primary key (replay_id, first_seq)
);
create index replayed_batch_blob on replayed_batch (tenant_id, (place ->> 'container'), (place ->> 'blob'), first_seq);
