-- What is searched and what is delivered part ways. Blades read narrow rows, deliveries read bodies in the order of the log,
-- whole and in line: fetching each body through the toast table cost ten times as much as reading it in place.

create table record_body (
  tenant_id uuid not null,
  category smallint not null,
  seq bigint not null,
  id text collate "C" not null,
  time timestamptz(3) not null,
  appended_at timestamptz(3) not null,
  body text not null,
  original text
) partition by range (time);
alter table record_body alter body set storage external, alter original set storage external;
create index record_body_seq on record_body (tenant_id, category, seq);

drop function ensure_partition;
create function ensure_partition(month timestamptz) returns void language plpgsql as $$
declare
  start_at timestamptz := date_trunc('month', month, 'UTC');
  end_at timestamptz := date_trunc('month', start_at + interval '32 days', 'UTC');
  suffix text := to_char(start_at at time zone 'UTC', 'YYYY_MM');
begin
  perform 1 from pg_class where relname = 'record_body_' || suffix and relnamespace = current_schema()::regnamespace;
  if found then return; end if;
  perform pg_advisory_xact_lock(hashtext('weir.partition'));
  -- Asked of the table again, not by to_regclass: its cache does not notice what another session made while we waited.
  perform 1 from pg_class where relname = 'record_body_' || suffix and relnamespace = current_schema()::regnamespace;
  if found then return; end if;
  -- Made apart and attached: "partition of" would lock out every reader.
  perform 1 from pg_class where relname = 'record_' || suffix and relnamespace = current_schema()::regnamespace;
  if not found then
    execute format('create table %I (like record including defaults including storage including constraints)', 'record_' || suffix);
    execute format('alter table record attach partition %I for values from (%L) to (%L)', 'record_' || suffix, start_at, end_at);
  end if;
  execute format('create table %I (like record_body including storage) with (toast_tuple_target = 8160)', 'record_body_' || suffix);
  execute format('alter table record_body attach partition %I for values from (%L) to (%L)', 'record_body_' || suffix, start_at, end_at);
end $$;

select ensure_partition((substr(relname, 8, 4) || '-' || substr(relname, 13, 2) || '-01T00:00:00Z')::timestamptz)
from pg_class c join pg_inherits i on i.inhrelid = c.oid where i.inhparent = 'record'::regclass;
insert into record_body (tenant_id, category, seq, id, time, appended_at, body, original)
select tenant_id, category, seq, id, time, appended_at, body, original from record order by tenant_id, category, seq;
drop index record_seq;
alter table record drop column body, drop column original;

drop function append_records;
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
    select g.*, base + row_number() over (order by g.position) as seq, clock_timestamp() as now from given g
    where not exists (select 1 from known k where k.id = g.id collate "C" and k.time = g.at)
  ), written as (
    insert into record (tenant_id, category, seq, id, time, appended_at, operation, actor, application, targets, result, audit_category, correlation_id)
    select p_tenant, p_category, f.seq, f.id, f.at, f.now, f.operation, f.actor, f.application,
      array(select jsonb_array_elements_text(f.targets::jsonb)), f.result, f.audit_category, f.correlation_id
    from fresh f order by f.seq
    returning 1
  ), kept as (
    insert into record_body (tenant_id, category, seq, id, time, appended_at, body, original)
    select p_tenant, p_category, f.seq, f.id, f.at, f.now, f.body, f.original from fresh f order by f.seq
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
