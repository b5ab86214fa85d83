-- Search over everything. A record's words become numbers in one GIN index; the words themselves stand once in a vocabulary,
-- where "contains" is looked up. That is a tenth of the work of indexing every record's trigrams.

create extension if not exists pg_trgm;

alter table record add column target_types text[] not null default '{}';
-- Targets without case, each between line ends; and every text of the record without case and without GUIDs.
alter table record add column target_text text collate "C" not null default '';
alter table record add column search text collate "C" not null default '';
alter table record add column tokens int[] not null default '{}';
alter table record alter search set storage main;
create index record_tokens on record using gin (tokens);

create table word (
  tenant_id uuid not null,
  category smallint not null,
  word text collate "C" not null,
  primary key (tenant_id, category, word)
);
create index word_part on word using gin (word gin_trgm_ops);

-- Values of the fields with few values, without case beside them, and how often each occurs.
alter table record_value add column folded text collate "C";
alter table record_value add column n bigint not null default 0;
alter table record_value set (fillfactor = 50);
truncate record_value;

-- What the histogram shows when nothing but time, category and status is asked for.
create table record_hour (
  tenant_id uuid not null,
  category smallint not null,
  hour timestamptz not null,
  audit_category text collate "C" not null,
  result text collate "C" not null,
  n bigint not null,
  primary key (tenant_id, category, hour, audit_category, result) include (n)
) with (fillfactor = 70);

-- Logs whose older records are not searchable yet; `migrate` works them off.
create table search_backlog as select tenant_id, category, 0::bigint as done, seq as until from head where seq > 0;

drop function append_records;
-- Appends up to a thousand records of one log. Those that are there already (same id and time) are left out.
-- Volatile on purpose, and at READ COMMITTED: each statement must see what committed while the lock was waited for.
create function append_records(
  p_tenant uuid, p_category smallint, p_ids text[], p_times timestamptz[], p_operations text[], p_actors text[], p_applications text[], p_targets text[],
  p_results text[], p_audit_categories text[], p_correlations text[], p_bodies text[], p_originals text[],
  p_types text[], p_target_texts text[], p_searches text[], p_tokens text[], p_values text[], p_folds text[], p_words text[]
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
    from unnest(p_ids, p_times, p_operations, p_actors, p_applications, p_targets, p_results, p_audit_categories, p_correlations, p_bodies, p_originals,
      p_types, p_target_texts, p_searches, p_tokens)
      with ordinality u(id, at, operation, actor, application, targets, result, audit_category, correlation_id, body, original,
        types, target_text, search, tokens, position)
    order by u.id, u.at, u.position
  ), known as materialized (
    select r.id, r.time from record r
    where r.tenant_id = p_tenant and r.category = p_category and r.id = any (p_ids) and r.time between earliest and latest
  ), fresh as materialized (
    select g.*, base + row_number() over (order by g.position) as seq, clock_timestamp() as now, g.types::text[] as type_list from given g
    where not exists (select 1 from known k where k.id = g.id collate "C" and k.time = g.at)
  ), written as (
    insert into record (tenant_id, category, seq, id, time, appended_at, operation, actor, application, targets, result, audit_category, correlation_id,
      target_types, target_text, search, tokens)
    select p_tenant, p_category, f.seq, f.id, f.at, f.now, f.operation, f.actor, f.application, f.targets::text[], f.result, f.audit_category, f.correlation_id,
      f.type_list, f.target_text, f.search, f.tokens::int[]
    from fresh f order by f.seq
    returning 1
  ), kept as (
    insert into record_body (tenant_id, category, seq, id, time, appended_at, body, original)
    select p_tenant, p_category, f.seq, f.id, f.at, f.now, f.body, f.original from fresh f order by f.seq
  ), counted as (
    select 'actor' as field, '' as parent, f.actor as value, count(*) as n from fresh f where f.actor is not null group by 3
    union all select 'activity', coalesce(f.audit_category, ''), f.operation, count(*) from fresh f where f.operation is not null group by 2, 3
    union all select 'category', '', f.audit_category, count(*) from fresh f where f.audit_category is not null group by 3
    union all select 'application', '', f.application, count(*) from fresh f where f.application is not null group by 3
    union all select 'status', '', f.result, count(*) from fresh f where f.result is not null group by 3
    union all select 'type', '', t.value, count(*) from fresh f, unnest(f.type_list) t(value) group by 3
  ), noted as (
    insert into record_value as o (tenant_id, category, field, parent, value, folded, n)
    select p_tenant, p_category, c.field, c.parent, c.value, coalesce(v.folded, c.value), c.n
    from counted c left join unnest(p_values, p_folds) v(value, folded) on v.value = c.value collate "C"
    order by c.field, c.parent, c.value
    on conflict (tenant_id, category, field, parent, value) do update set n = o.n + excluded.n
  ), rolled as (
    insert into record_hour as o (tenant_id, category, hour, audit_category, result, n)
    select p_tenant, p_category, date_trunc('hour', f.at, 'UTC'), coalesce(f.audit_category, ''), coalesce(f.result, ''), count(*)
    from fresh f group by 3, 4, 5 order by 3, 4, 5
    on conflict (tenant_id, category, hour, audit_category, result) do update set n = o.n + excluded.n
  ), learned as (
    insert into word (tenant_id, category, word) select p_tenant, p_category, w from unnest(p_words) w order by w on conflict do nothing
  )
  select count(*) into n from written;
  if n > 0 then
    update head h set seq = base + n where h.tenant_id = p_tenant and h.category = p_category;
    perform pg_notify('weir_append', p_tenant::text);
  end if;
  return query select base + 1, n;
end $$;
