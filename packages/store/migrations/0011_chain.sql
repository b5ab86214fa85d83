-- A hash chain over every log. Each append adds one link: the SHA-256 of each body in the order of the log, and a digest over
-- them and over the link before. It hangs on the head row, which every append must move and holds locked to its commit, so that
-- no way of appending can leave a record out.

create table chain (
  tenant_id uuid not null,
  category smallint not null references category,
  first_seq bigint not null,
  last_seq bigint not null check (last_seq >= first_seq),
  previous bytea not null check (octet_length(previous) = 32),
  -- 32 bytes a record: a broken link names the record, and a link can be checked when retention took some of its records.
  digests bytea not null check (octet_length(digests) = 32 * (last_seq - first_seq + 1)),
  digest bytea not null check (octet_length(digest) = 32),
  primary key (tenant_id, category, last_seq)
);
-- Digests do not compress; trying costs more than it saves.
alter table chain alter digests set storage external;

-- Digest of the log up to its last record. Null and seq above 0: records from before the chain, which are worked off.
alter table head add column digest bytea check (octet_length(digest) = 32);

-- What the first link of a log follows: no link of one log can stand in another.
create function chain_origin(p_tenant uuid, p_category smallint) returns bytea language sql stable as $$
  select sha256(convert_to('weir chain 1 ' || p_tenant || ' ' || provider || '/' || name, 'UTF8')) from category where id = p_category
$$;

-- Adds the link of consecutive records, from their bodies as they are stored. Generic plans: partitions are many, values do not matter.
create function chain_link(p_tenant uuid, p_category smallint, p_first bigint, p_last bigint, p_previous bytea) returns bytea
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  all_digests bytea;
  made bytea;
begin
  select string_agg(b.digest, ''::bytea order by b.seq) into all_digests from (
    select r.seq, sha256(convert_to(r.body, 'UTF8')) as digest from record_body r
    where r.tenant_id = p_tenant and r.category = p_category and r.seq between p_first and p_last offset 0
  ) b;
  if octet_length(all_digests) is distinct from 32 * (p_last - p_first + 1) then
    raise exception 'The log has not exactly one record for each number from % to %.', p_first, p_last using errcode = 'data_exception';
  end if;
  made := sha256(p_previous || int8send(p_first) || int8send(p_last) || all_digests);
  insert into chain (tenant_id, category, first_seq, last_seq, previous, digests, digest)
  values (p_tenant, p_category, p_first, p_last, p_previous, all_digests, made);
  return made;
end $$;

create function chain_head() returns trigger language plpgsql as $$
begin
  if old.seq = 0 then
    new.digest := chain_link(new.tenant_id, new.category, 1, new.seq, chain_origin(new.tenant_id, new.category));
  elsif old.digest is not null then
    new.digest := chain_link(new.tenant_id, new.category, old.seq + 1, new.seq, old.digest);
  end if;
  return new;
end $$;
create trigger head_chain before update of seq on head for each row when (new.seq > old.seq) execute function chain_head();
