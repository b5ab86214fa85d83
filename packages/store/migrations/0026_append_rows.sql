-- Appending spares a copy of each batch: a function in `from` writes its rows aside before the first is read, and one in the list
-- of a select gives them one by one. Nothing else changes.

-- Appends up to a thousand records of one log, each (id, time) once. When some are there already it writes nothing and names them.
-- Volatile on purpose, and at READ COMMITTED: each statement must see what committed while the lock was waited for.
-- A procedure, and generic plans inside: a plan for its values would carry copies of all bodies through the planner.
create or replace procedure append_records(
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
  inserted := cardinality(p_ids);
  if inserted = 0 then return; end if;
  known := '{}';
  -- A window that overlaps the one before begins or ends with what is there.
  if cardinality(append_known(p_tenant, p_category, array[p_ids[1], p_ids[inserted]], array[p_times[1], p_times[inserted]],
    least(p_times[1], p_times[inserted]), greatest(p_times[1], p_times[inserted]))) > 0 then
    known := append_known(p_tenant, p_category, p_ids, p_times, (select min(x) from unnest(p_times) x), (select max(x) from unnest(p_times) x));
    inserted := 0;
    return;
  end if;
  appended := clock_timestamp();
  begin
    insert into record (tenant_id, category, seq, id, time, appended_at, operation, actor, application, targets, result, audit_category, correlation_id,
      target_types, target_text, search, tokens)
    select p_tenant, p_category, base + u.position, u.id, u.at, appended, u.operation, u.actor, u.application, u.targets::text[], u.result, u.audit_category,
      u.correlation_id, u.types::text[], u.target_text, u.search, u.tokens::int[]
    from (select generate_series(1, inserted) as position, unnest(p_ids) as id, unnest(p_times) as at, unnest(p_operations) as operation,
      unnest(p_actors) as actor, unnest(p_applications) as application, unnest(p_targets) as targets, unnest(p_results) as result,
      unnest(p_audit_categories) as audit_category, unnest(p_correlations) as correlation_id, unnest(p_types) as types,
      unnest(p_target_texts) as target_text, unnest(p_searches) as search, unnest(p_tokens) as tokens) u;
  exception when unique_violation then
    known := append_known(p_tenant, p_category, p_ids, p_times, (select min(x) from unnest(p_times) x), (select max(x) from unnest(p_times) x));
    -- Nothing may be left out that is not there.
    if cardinality(known) = 0 then raise; end if;
    inserted := 0;
    return;
  end;
  insert into record_body (tenant_id, category, seq, id, time, appended_at, body, original)
  select p_tenant, p_category, base + u.position, u.id, u.at, appended, u.body, u.original
  from (select generate_series(1, inserted) as position, unnest(p_ids) as id, unnest(p_times) as at, unnest(p_bodies) as body, unnest(p_originals) as original) u;
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
