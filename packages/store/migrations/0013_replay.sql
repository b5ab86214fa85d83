-- Pause with its story, replays with a cursor of their own, and what became of quarantined records.

alter table delivery add paused_at timestamptz(3), add paused_by text, add paused_reason text;

-- A replay sends records again that its delivery has passed. `position` is the last one acknowledged.
create table replay (
  id uuid primary key default gen_random_uuid(),
  number bigint generated always as identity,
  tenant_id uuid not null,
  delivery_id uuid not null references delivery,
  kind text not null check (kind in ('replay', 'resend')),
  from_seq bigint not null check (from_seq >= 1),
  to_seq bigint not null check (to_seq >= from_seq),
  position bigint not null,
  created_at timestamptz(3) not null default now(),
  created_by text not null,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  result text check (result in ('done', 'cancelled')),
  attempts int not null default 0,
  next_attempt_at timestamptz(3) not null default now(),
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
create index replay_due on replay (delivery_id, number) where ended_at is null;
create index replay_of_delivery on replay (delivery_id, number desc);

alter table quarantine add resolution text check (resolution in ('resent', 'skipped')), add resolved_at timestamptz(3), add resolved_by text, add note text;
create index quarantine_open on quarantine (delivery_id, seq) where resolution is null;
