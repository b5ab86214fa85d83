import type { Destinations } from '@weir/contract';
import { leftOut } from './cuts.ts';
import type { Queryable } from './database.ts';
import type { Shapes } from './shapes.ts';

/** A delivery that a record may have gone by; ended ones too. */
export interface KnownDelivery {
  id: string;
  setting: string;
  type: keyof Destinations;
  target: Record<string, unknown>;
  createdAt: string;
  endedAt: string | null;
  checkpoint: number;
}
/** What is known of one record and one delivery. A record that stands in no list was appended before the delivery was made. */
export interface Whereabouts {
  seq: number;
  delivery: string;
  /** `filtered`: the setting's condition left it out. */
  state: 'delivered' | 'quarantined' | 'filtered' | 'waiting';
  at: string | null;
  /** Where it lies, in the destination's own terms: blob and offset, hub and message, table. */
  place: unknown;
  /** Who asked for this copy, when a replay or a resend sent it; null: the delivery's own. */
  replay: { id: string; kind: 'replay' | 'resend'; by: string; at: string } | null;
}

/** The deliveries that one category of a tenant ever had. */
export async function deliveriesOf(db: Queryable, tenantId: string, category: number): Promise<KnownDelivery[]> {
  const { rows } = await db.query<{
    id: string;
    setting: string;
    type: keyof Destinations;
    target: Record<string, unknown>;
    created_at: Date;
    ended_at: Date | null;
    checkpoint: number;
  }>(
    `select d.id, s.name as setting, x.type, x.target, d.created_at, d.ended_at, d.checkpoint
    from delivery d join setting s on s.id = d.setting_id join destination x on x.id = d.destination_id
    where d.tenant_id = $1 and d.category = $2 order by d.created_at, d.id`,
    [tenantId, category],
  );
  return rows.map(({ created_at: createdAt, ended_at: endedAt, ...r }) => ({
    ...r,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }));
}

/**
 * What is known of where records went: a batch that a destination acknowledged, or the quarantine; then what replays of the
 * delivery sent again. `waiting`: behind the checkpoint of a delivery that goes on.
 */
export async function whereabouts(
  db: Queryable,
  shapes: Shapes,
  tenantId: string,
  category: number,
  seqs: readonly (string | null)[],
): Promise<Whereabouts[]> {
  type Found = { seq: number; delivery: string; state: Whereabouts['state']; at: Date | null; place: unknown; unsure: boolean };
  type Origin = { replay_id: string | null; kind: 'replay' | 'resend'; asked_by: string; asked_at: Date };
  const { rows } = await db.query<Found & Origin>(
    `with asked as materialized (select seq, n from unnest($3::bigint[]) with ordinality s(seq, n)), parts as (
      select s.seq, s.n, d.id as delivery,
        case when q.seq is not null then 'quarantined' when b.records = 0 then 'filtered' when b.delivered_at is not null then 'delivered' else 'waiting' end as state,
        coalesce(q.seq is null and b.records > 0 and b.filtered > 0, false) as unsure,
        coalesce(q.quarantined_at, b.delivered_at) as at, case when q.seq is not null then q.fault when b.records > 0 then b.place end as place, null::uuid as replay_id
      from asked s cross join delivery d
      left join lateral (
        select * from delivered_batch b where b.delivery_id = d.id and b.replay_id is null and b.first_seq <= s.seq order by b.first_seq desc limit 1
      ) b on b.last_seq >= s.seq
      left join quarantine q on q.delivery_id = d.id and q.seq = s.seq and q.replay_id is null
      where d.tenant_id = $1 and d.category = $2 and (b.delivered_at is not null or q.seq is not null or (d.ended_at is null and s.seq > d.checkpoint))
      union all
      select s.seq, s.n, d.id, 'delivered', b.filtered > 0, b.delivered_at, b.place, r.id
      from asked s cross join delivery d cross join lateral (
        select id from replay r where r.delivery_id = d.id and r.kind = 'resend' and r.from_seq = s.seq
        union all select id from replay r where r.delivery_id = d.id and r.kind = 'replay' and r.from_seq <= s.seq and r.to_seq >= s.seq
      ) r cross join lateral (
        select * from delivered_batch b where b.replay_id = r.id and b.first_seq <= s.seq order by b.first_seq desc limit 1
      ) b where d.tenant_id = $1 and d.category = $2 and b.last_seq >= s.seq
      union all
      select s.seq, s.n, d.id, 'quarantined', false, q.quarantined_at, q.fault, q.replay_id
      from asked s cross join delivery d join quarantine q on q.delivery_id = d.id and q.seq = s.seq and q.replay_id is not null
      where d.tenant_id = $1 and d.category = $2
    )
    select p.seq, p.delivery, p.state, p.unsure, p.at, p.place, p.replay_id, r.kind, r.created_by as asked_by, r.created_at as asked_at
    from parts p join delivery d on d.id = p.delivery left join replay r on r.id = p.replay_id
    order by p.n, d.created_at, d.id, p.replay_id is not null, p.at`,
    [tenantId, category, seqs],
  );
  const found: Whereabouts[] = [];
  for (const { unsure, replay_id: id, kind, asked_by: by, asked_at: asked, at, ...r } of rows) {
    const out = unsure && (await leftOut(db, shapes, { tenantId, deliveryId: r.delivery, replayId: id }, r.seq, r.seq)).length > 0;
    // Nobody asks what a replay did not send.
    if (out && id !== null) continue;
    const replay = id === null ? null : { id, kind, by, at: asked.toISOString() };
    found.push({ ...r, at: at?.toISOString() ?? null, replay, ...(out && { state: 'filtered', place: null }) });
  }
  return found;
}
