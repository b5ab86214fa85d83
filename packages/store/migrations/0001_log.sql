-- The log: one append-only, gap-free sequence per (tenant, category). Everything else is derived from it.

create table instance (singleton boolean primary key default true check (singleton), cursor_key text not null);
insert into instance (cursor_key) values (gen_random_uuid()::text || gen_random_uuid()::text);

create table category (
  id smallint generated always as identity primary key,
  provider text not null,
  name text not null,
  unique (provider, name)
);

-- One row per log, locked to commit by every append: sequence numbers become visible in order and without a gap.
create table head (
  tenant_id uuid not null,
  category smallint not null references category,
  seq bigint not null default 0,
  primary key (tenant_id, category)
) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

-- Partitioned by month; partitions are made by ensure_partition. There is no default partition: it would block detaching old ones.
create table record (
  tenant_id uuid not null,
  category smallint not null,
  seq bigint not null,
  id text collate "C" not null,
  time timestamptz(3) not null,
  appended_at timestamptz(3) not null,
  operation text collate "C",
  actor text collate "C",
  application text collate "C",
  targets text[] not null,
  result text collate "C",
  audit_category text collate "C",
  correlation_id text collate "C",
  body text not null,
  original text
) partition by range (time);
alter table record alter body set storage external, alter original set storage external;
create unique index record_id on record (tenant_id, category, id, time);
create index record_seq on record (tenant_id, category, seq);
create index record_time on record (tenant_id, category, time desc, seq desc);
create index record_audit_category on record (tenant_id, category, audit_category, time desc, seq desc);
create index record_operation on record (tenant_id, category, operation, time desc, seq desc);
create index record_actor on record (tenant_id, category, actor, time desc, seq desc);

-- Which values occur: fills the filters, and turns "contains" into a short list of exact values.
create table record_value (
  tenant_id uuid not null,
  category smallint not null,
  field text not null,
  parent text collate "C" not null default '',
  value text collate "C" not null,
  primary key (tenant_id, category, field, parent, value)
);

create function ensure_partition(month timestamptz) returns void language plpgsql as $$
declare
  start_at timestamptz := date_trunc('month', month, 'UTC');
  end_at timestamptz := date_trunc('month', start_at + interval '32 days', 'UTC');
  partition_name text := 'record_' || to_char(start_at at time zone 'UTC', 'YYYY_MM');
begin
  perform 1 from pg_class where relname = partition_name and relnamespace = current_schema()::regnamespace;
  if found then return; end if;
  perform pg_advisory_xact_lock(hashtext('weir.partition'));
  -- Asked of the table again, not by to_regclass: its cache does not notice what another session made while we waited.
  perform 1 from pg_class where relname = partition_name and relnamespace = current_schema()::regnamespace;
  if found then return; end if;
  -- Made apart and attached: "partition of" would lock out every reader.
  execute format('create table %I (like record including defaults including storage including constraints)', partition_name);
  execute format('alter table record attach partition %I for values from (%L) to (%L)', partition_name, start_at, end_at);
end $$;

-- Appends up to a thousand records of one log. Those that are there already (same id and time) are left out.
-- Volatile on purpose, and at READ COMMITTED: each statement must see what committed while the lock was waited for.
create function append_records(
  p_tenant uuid, p_category smallint, p_ids text[], p_times timestamptz[], p_operations text[], p_actors text[], p_applications text[], p_targets text[],
  p_results text[], p_audit_categories text[], p_correlations text[], p_bodies text[], p_originals text[]
) returns table (first_seq bigint, inserted int) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  base bigint;
  n int;
  earliest timestamptz;
  latest timestamptz;
begin
  select min(x), max(x) into earliest, latest from unnest(p_times) x;
  insert into head (tenant_id, category) values (p_tenant, p_category) on conflict do nothing;
  select h.seq into base from head h where h.tenant_id = p_tenant and h.category = p_category for update;
  with given as (
    select distinct on (u.id, u.at) u.*
    from unnest(p_ids, p_times, p_operations, p_actors, p_applications, p_targets, p_results, p_audit_categories, p_correlations, p_bodies, p_originals)
      with ordinality u(id, at, operation, actor, application, targets, result, audit_category, correlation_id, body, original, position)
    order by u.id, u.at, u.position
  ), known as materialized (
    select r.id, r.time from record r
    where r.tenant_id = p_tenant and r.category = p_category and r.id = any (p_ids) and r.time between earliest and latest
  ), fresh as materialized (
    select g.*, base + row_number() over (order by g.position) as seq from given g
    where not exists (select 1 from known k where k.id = g.id collate "C" and k.time = g.at)
  ), written as (
    insert into record (tenant_id, category, seq, id, time, appended_at, operation, actor, application, targets, result, audit_category, correlation_id, body, original)
    select p_tenant, p_category, f.seq, f.id, f.at, clock_timestamp(), f.operation, f.actor, f.application,
      array(select jsonb_array_elements_text(f.targets::jsonb)), f.result, f.audit_category, f.correlation_id, f.body, f.original
    from fresh f order by f.seq
    returning 1
  ), new_values as (
    select 'actor' as field, '' as parent, f.actor as value from fresh f where f.actor is not null
    union
    select 'operation', coalesce(f.audit_category, ''), f.operation from fresh f where f.operation is not null
  ), noted as (
    insert into record_value (tenant_id, category, field, parent, value)
    select p_tenant, p_category, v.field, v.parent, v.value from new_values v
    where not exists (
      select 1 from record_value o
      where o.tenant_id = p_tenant and o.category = p_category and o.field = v.field and o.parent = v.parent collate "C" and o.value = v.value collate "C"
    )
    on conflict do nothing
  )
  select count(*) into n from written;
  if n > 0 then
    update head h set seq = base + n where h.tenant_id = p_tenant and h.category = p_category;
    perform pg_notify('weir_append', p_tenant::text);
  end if;
  return query select base + 1, n;
end $$;
