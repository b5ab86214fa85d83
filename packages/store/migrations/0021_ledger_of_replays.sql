-- What a replay or a resend delivered stands in the ledger, too. `replay_id` tells whose batch it is; null: the delivery's own.
alter table delivered_batch add column replay_id uuid references replay;
alter table delivered_batch drop constraint delivered_batch_pkey;
create unique index delivered_batch_live on delivered_batch (delivery_id, first_seq) where replay_id is null;
create unique index delivered_batch_replayed on delivered_batch (replay_id, first_seq) where replay_id is not null;
create index delivered_batch_copies on delivered_batch (delivery_id, first_seq) where replay_id is not null;
create index replay_range on replay (delivery_id, kind, from_seq);

-- What replays put into archives so far. Where a condition held, nobody wrote down how many of the range went: one did, and whoever
-- must know asks the condition.
insert into delivered_batch (delivery_id, replay_id, first_seq, last_seq, tenant_id, records, filtered, bytes, place, duration_ms, digest, shape_id, delivered_at)
select b.delivery_id, b.replay_id, b.first_seq, b.last_seq, b.tenant_id,
  case when s.query is null then b.last_seq - b.first_seq + 1 else 1 end, case when s.query is null then 0 else b.last_seq - b.first_seq end,
  b.bytes, b.place, 0, b.digest, b.shape_id, b.delivered_at
from replayed_batch b left join shape s on s.id = b.shape_id;
drop table replayed_batch;

-- A record that was delivered, and that a replay of it could not deliver again, has both: a batch and a place in quarantine.
alter table quarantine add column replay_id uuid references replay;
