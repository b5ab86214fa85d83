-- How long the archive keeps what it holds. Days are bound to sequence numbers, not to times: "collected after the change" is
-- then exact, whatever a clock does.
create table retention_policy (
  tenant_id uuid not null,
  setting_id uuid not null references setting,
  category smallint not null references category,
  after_seq bigint not null,
  days int not null check (days between 0 and 365),
  primary key (setting_id, category, after_seq)
);

create table retained_blob (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  account text collate "C" not null,
  container text collate "C" not null,
  blob text collate "C" not null,
  -- Null keeps it forever.
  keep_until timestamptz(3),
  length bigint not null,
  attempts int not null default 0,
  next_attempt_at timestamptz(3) not null default now(),
  failure jsonb,
  unique (tenant_id, account, container, blob)
);
create index retained_blob_due on retained_blob (keep_until) where keep_until is not null;
create index retained_blob_failed on retained_blob (tenant_id) where failure is not null;

create table retained_part (
  blob_id bigint not null references retained_blob on delete cascade,
  setting_id uuid not null references setting,
  category smallint not null references category,
  -- The longest of its records; null is forever.
  days int,
  records bigint not null,
  bytes bigint not null,
  first_seq bigint not null,
  last_seq bigint not null,
  primary key (blob_id, setting_id, category)
);

create table legal_hold (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  setting_id uuid not null references setting,
  reason text not null,
  put_by text not null,
  put_at timestamptz(3) not null default now(),
  released_at timestamptz(3)
);
create unique index legal_hold_of_setting on legal_hold (setting_id) where released_at is null;

-- A setting that was never changed had its days from the beginning. What days another one had before is not known any more:
-- what it collected so far is kept forever.
insert into retention_policy (tenant_id, setting_id, category, after_seq, days)
select s.tenant_id, s.id, c.category, 0, case when s.version = 1 then c.retention_days else 0 end
from setting s join setting_category c on c.setting_id = s.id;
insert into retention_policy (tenant_id, setting_id, category, after_seq, days)
select s.tenant_id, s.id, c.category, h.seq, c.retention_days
from setting s join setting_category c on c.setting_id = s.id join head h on h.tenant_id = s.tenant_id and h.category = c.category
where s.version > 1 and h.seq > 0
on conflict do nothing;
update retention_policy p set days = c.retention_days
from setting s join setting_category c on c.setting_id = s.id
where p.setting_id = s.id and p.category = c.category and p.after_seq = 0 and s.version > 1
  and not exists (select 1 from head h where h.tenant_id = s.tenant_id and h.category = c.category and h.seq > 0);

-- What was archived before is written down by the worker, step by step; until then nothing of the tenant is deleted.
create table retention_backlog (
  delivery_id uuid primary key references delivery,
  tenant_id uuid not null,
  next_seq bigint not null default 0
);
create index retention_backlog_tenant on retention_backlog (tenant_id);
insert into retention_backlog (delivery_id, tenant_id)
select d.id, d.tenant_id from delivery d join destination x on x.id = d.destination_id
where x.type = 'storage' and exists (select 1 from delivered_batch b where b.delivery_id = d.id);
