-- Appending, lighter: what the process has counted already is not counted again, and no row passes through a sort or a second table.
-- Records that are there already are told back instead of being left out: the process asks again without them, which is rare.

drop function append_records;

-- Positions in p_ids of the records that are there. Planned for its own values: the times say which partitions are looked at.
create function append_known(p_tenant uuid, p_category smallint, p_ids text[], p_times timestamptz[], p_earliest timestamptz, p_latest timestamptz)
returns int[] language plpgsql set plan_cache_mode = force_custom_plan as $$
begin
  return array(
    with there as materialized (
      select r.id, r.time from record r
      where r.tenant_id = p_tenant and r.category = p_category and r.id = any (p_ids) and r.time between p_earliest and p_latest
    )
    select u.position from there t join unnest(p_ids, p_times) with ordinality u(id, at, position) on u.id collate "C" = t.id and u.at = t.time
  );
end $$;

-- Appends up to a thousand records of one log, each (id, time) once. When some are there already it writes nothing and names them.
-- Volatile on purpose, and at READ COMMITTED: each statement must see what committed while the lock was waited for.
-- A procedure, and generic plans inside: a plan for its values would carry copies of all bodies through the planner.
create procedure append_records(
  p_tenant uuid, p_category smallint, p_ids text[], p_times timestamptz[], p_operations text[], p_actors text[], p_applications text[], p_targets text[],
  p_results text[], p_audit_categories text[], p_correlations text[], p_bodies text[], p_originals text[],
  p_types text[], p_target_texts text[], p_searches text[], p_tokens text[], p_words text[],
  p_fields text[], p_parents text[], p_values text[], p_folds text[], p_counts bigint[],
  p_hours timestamptz[], p_hour_categories text[], p_hour_results text[], p_hour_counts bigint[],
  out inserted int, out known int[]
) language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  base bigint;
  appended timestamptz;
begin
  insert into head (tenant_id, category) values (p_tenant, p_category) on conflict do nothing;
  select h.seq into base from head h where h.tenant_id = p_tenant and h.category = p_category for update;
  known := append_known(p_tenant, p_category, p_ids, p_times, (select min(x) from unnest(p_times) x), (select max(x) from unnest(p_times) x));
  inserted := case when cardinality(known) > 0 then 0 else cardinality(p_ids) end;
  if inserted = 0 then return; end if;
  appended := clock_timestamp();
  insert into record (tenant_id, category, seq, id, time, appended_at, operation, actor, application, targets, result, audit_category, correlation_id,
    target_types, target_text, search, tokens)
  select p_tenant, p_category, base + u.position, u.id, u.at, appended, u.operation, u.actor, u.application, u.targets::text[], u.result, u.audit_category,
    u.correlation_id, u.types::text[], u.target_text, u.search, u.tokens::int[]
  from unnest(p_ids, p_times, p_operations, p_actors, p_applications, p_targets, p_results, p_audit_categories, p_correlations,
    p_types, p_target_texts, p_searches, p_tokens)
    with ordinality u(id, at, operation, actor, application, targets, result, audit_category, correlation_id, types, target_text, search, tokens, position);
  insert into record_body (tenant_id, category, seq, id, time, appended_at, body, original)
  select p_tenant, p_category, base + u.position, u.id, u.at, appended, u.body, u.original
  from unnest(p_ids, p_times, p_bodies, p_originals) with ordinality u(id, at, body, original, position);
  insert into record_value as o (tenant_id, category, field, parent, value, folded, n)
  select p_tenant, p_category, u.* from unnest(p_fields, p_parents, p_values, p_folds, p_counts) u
  on conflict (tenant_id, category, field, parent, value) do update set n = o.n + excluded.n;
  insert into record_hour as o (tenant_id, category, hour, audit_category, result, n)
  select p_tenant, p_category, u.* from unnest(p_hours, p_hour_categories, p_hour_results, p_hour_counts) u
  on conflict (tenant_id, category, hour, audit_category, result) do update set n = o.n + excluded.n;
  if cardinality(p_words) > 0 then
    insert into word (tenant_id, category, word) select p_tenant, p_category, w from unnest(p_words) w on conflict do nothing;
  end if;
  update head h set seq = base + inserted where h.tenant_id = p_tenant and h.category = p_category;
  perform pg_notify('weir_append', p_tenant::text);
end $$;
