-- What a destination must keep secret, sealed (AES-256-GCM) with a key that the database never sees. `previous` is what was
-- replaced, for receivers that have not changed over yet.
create table destination_secret (
  destination_id uuid not null references destination,
  tenant_id uuid not null,
  field text collate "C" not null,
  sealed text collate "C" not null,
  set_at timestamptz(3) not null default now(),
  previous text collate "C",
  previous_until timestamptz(3),
  primary key (destination_id, field)
);
-- Grows with each new secret: a destination that is open anywhere is opened anew.
alter table destination add column revision int not null default 0;
