-- Alerts about delivery: what holds now and what held, whom to tell, and what was not taken yet.

-- One row per opening of an alert. While `opened_at` is null the cause has not held for long enough; such a row is deleted when it
-- goes. The decision (packages/engine) owns the columns from `since` on.
create table alert (
  id uuid primary key default gen_random_uuid(),
  number bigint generated always as identity,
  tenant_id uuid not null,
  key text collate "C" not null,
  subject jsonb not null,
  since timestamptz(3) not null,
  opened_at timestamptz(3),
  clear_since timestamptz(3),
  notified_at timestamptz(3),
  notified int not null default 0,
  signature text collate "C" not null,
  told text collate "C" not null,
  openings int not null default 0,
  recovered_at timestamptz(3),
  resolution text check (resolution in ('recovered', 'paused', 'removed'))
);
create unique index alert_live on alert (tenant_id, key) where recovered_at is null;
create index alert_of_tenant on alert (tenant_id, number desc);
create index alert_past on alert (recovered_at) where recovered_at is not null;

create table alert_channel (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  name text not null,
  target jsonb not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  -- Sealed as those of destinations are.
  secret text collate "C",
  secret_set_at timestamptz(3),
  previous text collate "C",
  previous_until timestamptz(3),
  last_sent_at timestamptz(3),
  failure jsonb
);
create unique index alert_channel_name on alert_channel (tenant_id, lower(name));

-- The outbox. Written in the transaction that changes the alerts; a row takes further events until it is first tried, and is
-- the same from then on.
create table alert_notification (
  id uuid primary key default gen_random_uuid(),
  number bigint generated always as identity,
  tenant_id uuid not null,
  channel_id uuid not null references alert_channel on delete cascade,
  created_at timestamptz(3) not null default now(),
  events jsonb not null,
  attempts int not null default 0,
  next_attempt_at timestamptz(3) not null,
  lease_token uuid,
  lease_until timestamptz(3),
  sent_at timestamptz(3)
);
create index alert_notification_waiting on alert_notification (channel_id, number) where sent_at is null;
create index alert_notification_sent on alert_notification (sent_at) where sent_at is not null;
