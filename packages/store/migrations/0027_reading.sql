-- What a delivery asks of a log by sequence number. A plan over all months of some years takes longer to make than to run (73 months:
-- 5.2 ms of which 3.4 are the plan's), and COPY cannot be prepared. Within a function the plan is kept; one for any values will do
-- here, as there is one index to go by. What costs are would only mislead: a log that is new is small, and its plan is kept too.
create function log_after(tenant uuid, of_category smallint, after bigint, up_to bigint, most bigint)
returns table (seq bigint, id text, "time" timestamptz, body text) language plpgsql stable rows 500
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = off as $$
begin
  return query select r.seq, r.id, r.time, r.body from record_body r
    where r.tenant_id = tenant and r.category = of_category and r.seq > after and r.seq <= up_to order by r.seq limit most;
end $$;

create function appended_at(tenant uuid, of_category smallint, number bigint) returns timestamptz language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return (select r.appended_at from record_body r where r.tenant_id = tenant and r.category = of_category and r.seq = number limit 1);
end $$;
