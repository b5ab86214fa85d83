-- What each delivery did in each minute of the last day, for charts and sparklines: the ledger would have to be read whole.
-- One row is written over up to some hundred times, within its page; a row with nothing to tell is not there.
create table delivery_minute (
  delivery_id uuid not null references delivery,
  minute timestamptz(0) not null,
  tenant_id uuid not null,
  records bigint not null default 0,
  bytes bigint not null default 0,
  -- Attempts that failed, and records that were refused for good.
  errors int not null default 0,
  -- From our append of a batch's first record to its acknowledgement: the longest of the minute.
  lag_ms bigint,
  primary key (delivery_id, minute)
) with (fillfactor = 50);
create index delivery_minute_age on delivery_minute (minute);
