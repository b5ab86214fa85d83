-- The sources' ledger: a row per time span that a source must cover, shown to admins as coverage.
create table source_window (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  source text not null,
  category text not null,
  kind text not null check (kind in ('live', 'history', 'reconcile')),
  from_time timestamptz(3) not null,
  to_time timestamptz(3) not null,
  state text not null default 'planned' check (state in ('planned', 'done', 'retry')),
  not_before timestamptz(3) not null,
  attempts int not null default 0,
  records bigint not null default 0,
  accepted bigint not null default 0,
  last_error text,
  completed_at timestamptz(3),
  lease_owner text,
  lease_token uuid,
  lease_until timestamptz(3),
  unique (tenant_id, source, kind, from_time, to_time)
);
create index source_window_due on source_window (source, not_before) where state <> 'done';
