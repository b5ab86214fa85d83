import { LeaseLost, type DeliveryLease, type DeliveryStore } from '@weir/engine';
import type pg from 'pg';
import { readCut } from './cuts.ts';
import { batchValues, failureValues, leaseOf, noBatch, setBatch, setFailure } from './leases.ts';
import { keepBlob } from './retention.ts';
import { brief, transaction, type Queryable, type Row } from './database.ts';
import type { Shapes } from './shapes.ts';

/** A replay under lease. It is worked like a delivery, with its own position as the checkpoint; its last record is `toSeq`. */
export interface ReplayLease extends DeliveryLease {
  readonly replayId: string;
  readonly toSeq: number;
}
export interface ReplayQueue {
  /**
   * Takes up to `limit` replays that are due, one for each delivery, resends first and then in the order they were asked for.
   * Not those of a paused or ended delivery. To a storage account only while its live delivery is at rest.
   */
  claim(worker: string, leaseMs: number, limit: number): Promise<ReplayLease[]>;
  /** The engine's port for a lease that `claim` gave. */
  of(lease: ReplayLease): DeliveryStore;
}

/** As of a delivery: what is cut now must be cut in the newest shape. */
const inShape = (shape: string) => `(batch_first is not null or ${shape}::uuid is not distinct from
  (select s.shape_id from delivery d join setting s on s.id = d.setting_id where d.id = replay.delivery_id))`;
/** Two writers of one append blob would make each other start again, so live records go first. */
const liveAtRest = (replay: string) => `not exists (select 1 from delivery l join destination x on x.id = l.destination_id
  where l.id = ${replay}.delivery_id and x.type = 'storage' and l.lease_token is not null and l.lease_until > now())`;
const running = (replay: string) =>
  `exists (select 1 from delivery p where p.id = ${replay}.delivery_id and not p.paused and p.ended_at is null)`;

/** Replays in PostgreSQL, for the workers. Every write names the lease's token, as a delivery's do. */
export function replayQueue(pool: pg.Pool, shapes: Shapes): ReplayQueue {
  const db = brief(pool);
  return {
    async claim(worker, leaseMs, limit) {
      const { rows } = await db.query(
        `with due as (
          select r.id from replay r
          where r.ended_at is null and r.next_attempt_at <= now() and (r.lease_until is null or r.lease_until < now() or r.lease_until > now() + interval '5 minutes')
            and ${running('r')} and ${liveAtRest('r')}
            and not exists (select 1 from replay o where o.delivery_id = r.delivery_id and o.ended_at is null and o.id <> r.id
              and ((o.lease_token is not null and o.lease_until > now()) or (o.kind = 'replay', o.number) < (r.kind = 'replay', r.number)))
          order by r.next_attempt_at limit $3 for update of r skip locked
        ), taken as (
          update replay r set lease_owner = $1, lease_token = gen_random_uuid(), lease_until = now() + $2 * interval '1 millisecond',
            started_at = coalesce(r.started_at, now())
          from due where r.id = due.id returning r.*
        )
        select t.*, s.name as setting_name, c.provider, c.name as category_name, x.type, x.target, x.id as destination_id, x.revision, x.batching, s.shape_id
        from taken t join delivery d on d.id = t.delivery_id join setting s on s.id = d.setting_id
        join category c on c.id = d.category join destination x on x.id = d.destination_id`,
        [worker, leaseMs, limit],
      );
      return rows.map(toLease);
    },
    of: ({ replayId, toSeq }) => storeOf(pool, shapes, replayId, toSeq),
  };
}

function storeOf(pool: pg.Pool, shapes: Shapes, replayId: string, toSeq: number): DeliveryStore {
  const db = brief(pool);
  const held = async (tx: Queryable, lease: DeliveryLease, set: string, values: readonly unknown[] = [], also = 'true'): Promise<void> => {
    const { rowCount } = await tx.query(`update replay set ${set} where id = $1 and lease_token = $2 and ended_at is null and ${also}`, [
      replayId,
      lease.token,
      ...values,
    ]);
    if (rowCount !== 1) throw new LeaseLost(`The lease of replay ${replayId} is gone, or it has to wait.`);
  };
  /** Moves the position by compare-and-set. The last record ends the replay. */
  const moved = (
    tx: Queryable,
    lease: DeliveryLease,
    first: number,
    last: number,
    set: string,
    values: readonly unknown[],
    also = 'true',
  ) =>
    held(
      tx,
      lease,
      `position = $4, ${noBatch}, attempts = 0, failure = null,
        ended_at = case when $4 >= to_seq then now() end, result = case when $4 >= to_seq then 'done' end, ${set}`,
      [first, last, ...values],
      `position = $3::bigint - 1 and ${also}`,
    );
  return {
    claim: () => Promise.reject(new Error('Replays are claimed from their queue.')),
    renew: (lease, leaseMs) => held(db, lease, `lease_until = now() + $3 * interval '1 millisecond'`, [leaseMs], running('replay')),
    async release(lease, waitMs) {
      await db.query(
        `update replay set lease_token = null, lease_until = null, lease_owner = null,
          next_attempt_at = greatest(next_attempt_at, now() + $3 * interval '1 millisecond') where id = $1 and lease_token = $2`,
        [replayId, lease.token, waitMs ?? null],
      );
    },
    async read(lease, afterSeq, bounds) {
      if (afterSeq >= toSeq) return { records: [], through: afterSeq, more: false };
      const whole = bounds.upTo !== undefined;
      return readCut(db, shapes, lease, lease.shapeId, afterSeq, { ...bounds, upTo: Math.min(bounds.upTo ?? toSeq, toSeq), whole });
    },
    writeBatch: (lease, batch) =>
      held(db, lease, setBatch, batchValues(lease, batch), `${liveAtRest('replay')} and ${running('replay')} and ${inShape('$6')}`),
    // A replay's batches travel one at a time.
    accepted: (lease, [batch, ...others]) =>
      transaction(
        pool,
        async (tx) => {
          if (!batch || others.length > 0) throw new RangeError('A replay acknowledges one batch at a time.');
          const set =
            'last_delivered_at = now(), delivered = delivered + $5, delivered_bytes = delivered_bytes + $6, filtered = filtered + $7';
          await moved(tx, lease, batch.firstSeq, batch.lastSeq, set, [batch.records, batch.bytes, batch.filtered]);
          await keepBlob(tx, lease, batch);
          await tx.query(
            `insert into delivered_batch (delivery_id, replay_id, first_seq, last_seq, tenant_id, records, filtered, shape_id, bytes, place, duration_ms, digest, attempts, answer)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
            [
              lease.deliveryId,
              replayId,
              batch.firstSeq,
              batch.lastSeq,
              lease.tenantId,
              batch.records,
              batch.filtered,
              lease.shapeId,
              batch.bytes,
              JSON.stringify(batch.place),
              Math.round(batch.durationMs),
              batch.digest ?? null,
              batch.attempts ?? 1,
              batch.answer ?? null,
            ],
          );
          // What arrived now is in quarantine no more, whether it was resent alone or within a range.
          const went = batch.filtered > 0 ? await arrived(tx, shapes, lease, batch) : null;
          await tx.query(
            `with resent as (
            update quarantine q set resolution = 'resent', resolved_at = now(), resolved_by = r.created_by, note = 'The destination took it.'
            from replay r where r.id = $1 and q.delivery_id = r.delivery_id and q.seq between $2 and $3 and q.resolution is null
              and ($4::bigint[] is null or q.seq = any ($4::bigint[])) returning q.delivery_id
          ) update delivery set quarantined = quarantined - n from (select delivery_id, count(*) as n from resent group by 1) x where id = x.delivery_id`,
            [replayId, batch.firstSeq, batch.lastSeq, went],
          );
          // Before each batch it asks whether live records have come, so none is begun with the end of another.
          return false;
        },
        'brief',
      ),
    passed: (lease, range) =>
      transaction(
        pool,
        async (tx) => {
          await moved(
            tx,
            lease,
            range.firstSeq,
            range.lastSeq,
            'filtered = filtered + $4::bigint - $3::bigint + 1',
            [lease.shapeId],
            `${running('replay')} and ${inShape('$5')}`,
          );
          // What the setting leaves out by now cannot be resent: it must not stay as if somebody had to act.
          await tx.query(
            `with skipped as (
            update quarantine q set resolution = 'skipped', resolved_at = now(), resolved_by = r.created_by, note = 'The condition of the setting leaves it out.'
            from replay r where r.id = $1 and r.kind = 'resend' and q.delivery_id = r.delivery_id and q.seq between $2 and $3 and q.resolution is null returning q.delivery_id
          ) update delivery set quarantined = quarantined - n from (select delivery_id, count(*) as n from skipped group by 1) x where id = x.delivery_id`,
            [replayId, range.firstSeq, range.lastSeq],
          );
        },
        'brief',
      ),
    failed: (lease, failure) => held(db, lease, setFailure, failureValues(failure)),
    quarantine: (lease, record, fault) =>
      transaction(
        pool,
        async (tx) => {
          await moved(tx, lease, record.seq, record.seq, 'quarantined = quarantined + 1', []);
          const { rows } = await tx.query<{ open: boolean }>(
            'select resolution is null as open from quarantine where delivery_id = $1 and seq = $2 for update',
            [lease.deliveryId, record.seq],
          );
          // One that the delivery itself could not deliver stays its own.
          await tx.query(
            `insert into quarantine (delivery_id, seq, tenant_id, category, record_id, fault, replay_id)
          select $1, $2, tenant_id, category, $3, $4, $5 from delivery where id = $1
          on conflict (delivery_id, seq) do update set fault = excluded.fault, quarantined_at = now(), resolution = null, resolved_at = null, resolved_by = null, note = null`,
            [lease.deliveryId, record.seq, record.id, JSON.stringify(fault), replayId],
          );
          if (!rows[0]?.open) await tx.query('update delivery set quarantined = quarantined + 1 where id = $1', [lease.deliveryId]);
        },
        'brief',
      ),
  };
}

/** Of a batch's range, the quarantined records that were not left out. */
async function arrived(
  tx: Queryable,
  shapes: Shapes,
  lease: DeliveryLease,
  batch: { firstSeq: number; lastSeq: number },
): Promise<number[]> {
  const { rows } = await tx.query<{ seq: number }>(
    'select seq from quarantine where delivery_id = $1 and seq between $2 and $3 and resolution is null',
    [lease.deliveryId, batch.firstSeq, batch.lastSeq],
  );
  const went: number[] = [];
  for (const { seq } of rows) {
    const bounds = { maxRecords: 1, maxBytes: Number.MAX_SAFE_INTEGER, recordOverheadBytes: 0, upTo: seq };
    if ((await readCut(tx, shapes, lease, lease.shapeId, seq - 1, bounds)).records.length > 0) went.push(seq);
  }
  return went;
}

function toLease(r: Row): ReplayLease {
  const own = { deliveryId: r['delivery_id'] as string, checkpoint: r['position'] as number, sinceDeliveredMs: null };
  return { ...leaseOf(r, own), replayId: r['id'] as string, toSeq: r['to_seq'] as number };
}
