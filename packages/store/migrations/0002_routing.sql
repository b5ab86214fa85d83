-- Diagnostic settings and their deliveries. Ids, never names, key a checkpoint: a setting made again under an old name starts anew.

create table setting (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  provider text not null,
  name text not null,
  version int not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3)
);
create unique index setting_name on setting (tenant_id, provider, lower(name)) where deleted_at is null;

create table setting_category (
  setting_id uuid not null references setting,
  category smallint not null references category,
  retention_days int not null check (retention_days between 0 and 365),
  primary key (setting_id, category)
);

create table destination (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  setting_id uuid not null references setting,
  type text not null,
  target jsonb not null,
  sink text not null,
  ended_at timestamptz(3)
);
create unique index destination_type on destination (setting_id, type) where ended_at is null;

-- The open batch stands in the row itself: there is one at most, and its bounds must change together with the checkpoint.
create table delivery (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  setting_id uuid not null references setting,
  destination_id uuid not null references destination,
  category smallint not null references category,
  checkpoint bigint not null,
  created_at timestamptz(3) not null default now(),
  ended_at timestamptz(3),
  paused boolean not null default false,
  attempts int not null default 0,
  next_attempt_at timestamptz(3) not null default now(),
  last_attempt_at timestamptz(3),
  last_delivered_at timestamptz(3),
  failure jsonb,
  delivered bigint not null default 0,
  delivered_bytes bigint not null default 0,
  quarantined bigint not null default 0,
  lease_owner text,
  lease_token uuid,
  lease_until timestamptz(3),
  batch_first bigint,
  batch_last bigint,
  batch_prepared jsonb,
  batch_created_at timestamptz(3)
) with (fillfactor = 50);
create unique index delivery_of_destination on delivery (destination_id, category) where ended_at is null;
create index delivery_due on delivery (next_attempt_at) where ended_at is null and not paused;
create index delivery_setting on delivery (setting_id);

create table delivered_batch (
  delivery_id uuid not null references delivery,
  first_seq bigint not null,
  last_seq bigint not null,
  tenant_id uuid not null,
  records int not null,
  bytes bigint not null,
  place jsonb not null,
  delivered_at timestamptz(3) not null default now(),
  duration_ms int not null,
  primary key (delivery_id, first_seq)
);

create table quarantine (
  delivery_id uuid not null references delivery,
  seq bigint not null,
  tenant_id uuid not null,
  category smallint not null references category,
  record_id text not null,
  fault jsonb not null,
  quarantined_at timestamptz(3) not null default now(),
  primary key (delivery_id, seq)
);
