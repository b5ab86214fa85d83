-- Proof of delivery. The ledger says of each acknowledged batch where it is and which bytes it was; a verification is one look
-- at an archive or at the log itself, with what it found.

alter table delivered_batch add column digest bytea check (octet_length(digest) = 32);
alter table delivered_batch add column attempts int not null default 1;
-- An archive is read back blob by blob.
create index delivered_batch_blob on delivered_batch (tenant_id, (place ->> 'container'), (place ->> 'blob'), first_seq) where place ? 'blob';

create table verification (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  category smallint not null references category,
  -- Null: the log itself, by its hash chain.
  delivery_id uuid references delivery,
  origin text not null check (origin in ('background', 'command')),
  first_seq bigint not null,
  last_seq bigint not null,
  -- Where a run that was interrupted goes on, and what it found so far.
  progress jsonb,
  result text check (result in ('holds', 'differs', 'unknown')),
  report jsonb,
  started_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  lease_until timestamptz(3),
  check ((result is null) = (finished_at is null))
);
create unique index verification_running on verification (tenant_id, category, coalesce(delivery_id, '00000000-0000-0000-0000-000000000000'))
  where result is null and origin = 'background';
create index verification_latest on verification (tenant_id, delivery_id, finished_at desc) where result is not null;
