import { LeaseLost, type Acknowledged, type DeliveryLease, type DeliveryStore, type Written } from '@weir/engine';
import type pg from 'pg';
import { brief, transaction, type Queryable, type Row } from './database.ts';
import { readCut } from './cuts.ts';
import { noteMinute } from './history.ts';
import { notePassed } from './ledger-rows.ts';
import { batchValues, failureValues, leaseOf, noBatch, setBatch, setFailure } from './leases.ts';
import type { Shapes } from './shapes.ts';
import { WORKER_GONE_MS } from './workers.ts';
import { keepBlob, policiesOf, type RetainedBy } from './retention.ts';

/** Runs an update that names delivery and lease token; no row means that the lease went to somebody else. */
async function held(db: Queryable, lease: DeliveryLease, set: string, values: readonly unknown[] = [], also = 'true'): Promise<void> {
  const { rowCount } = await db.query(`update delivery set ${set} where id = $1 and lease_token = $2 and ended_at is null and ${also}`, [
    lease.deliveryId,
    lease.token,
    ...values,
  ]);
  if (rowCount !== 1) throw lost(lease);
}
const lost = (lease: DeliveryLease) =>
  new LeaseLost(`The lease of delivery ${lease.deliveryId} went to another worker, or the delivery ended.`);

const newestShape = '(select s.shape_id from setting s where s.id = delivery.setting_id)';
/** What is cut now must be cut in the newest shape; a batch that was written down keeps its own. */
const inShape = (shape: string) => `(batch_first is not null or ${shape}::uuid is not distinct from ${newestShape})`;
/** The open batch after an acknowledged one: what follows, where a new one could be begun, else what travels, or none. */
const beginNext = `(batch_first, batch_last, batch_prepared, batch_shape, batch_created_at) = (
  select o.first, o.last, o.prepared, case when o.first is not null then $9::uuid end, case when o.first is not null then now() end
  from (values ($10::bigint, $11::bigint, $12::jsonb, true), ($13::bigint, $14::bigint, $15::jsonb, false)) o(first, last, prepared, new)
  where not o.new or (o.first is not null and not delivery.paused and $9::uuid is not distinct from ${newestShape})
  order by o.new desc limit 1)`;

/** How long ago the record of a number was appended, in ms; of a row `moved`. */
const ageOf = (seq: string) =>
  `(select greatest(0, extract(epoch from now() - at) * 1000)::bigint from appended_at(moved.tenant_id, moved.category, ${seq}) at where at is not null)`;

/** A last attempt in the future: waits and leases from before the server's clock was set back would last for as long as it went back. */
const clockWentBack = `d.last_attempt_at > now() + interval '5 seconds'`;

const openValues = (batch: Written | null | undefined): unknown[] =>
  batch ? [batch.firstSeq, batch.lastSeq, JSON.stringify(batch.prepared)] : [null, null, null];

/** A delivery that moved on. Policies are asked for where the destination is a storage account. */
type Moved = Row & RetainedBy & { begun: boolean };

/** The engine's port to PostgreSQL: deliveries, their leases and their open batches. */
export function deliveryStore(pool: pg.Pool, shapes: Shapes): DeliveryStore {
  const db = brief(pool);
  return {
    async claim(worker, leaseMs, limit, failing = limit) {
      const waiting = `from delivery d join head h on h.tenant_id = d.tenant_id and h.category = d.category
          where d.ended_at is null and not d.paused and (d.next_attempt_at <= now() or ${clockWentBack})
            and (d.lease_until is null or d.lease_until < now() or ${clockWentBack})
            and (d.batch_first is not null or h.seq > d.checkpoint)`;
      const due = (extra: string, count: string) =>
        `select d.id ${waiting} and ${extra} order by d.next_attempt_at limit ${count} for update of d skip locked`;
      // With other workers alive nobody takes more than an even share of what is moving or due. Alone, nothing is counted.
      const { rows } = await db.query(
        `with room as materialized (
          select case when w.others = 0 then $3::int else greatest(0, least($3::int,
            (select ceil((l.leased + (select count(*) ${waiting})) / (w.others + 1.0)) - l.mine
            from (select count(*) as leased, count(*) filter (where lease_owner = $1) as mine from delivery where ended_at is null and lease_until >= now()) l)))::int
          end as n
          from (select count(*) as others from worker where id <> $1 and abs(extract(epoch from now() - seen_at)) * 1000 < $5) w
        ), troubled as materialized (
          ${due('d.attempts > 0', 'least((select n from room), $4::int)')}
        ), sound as materialized (
          ${due('d.attempts = 0', '(select n from room) - (select count(*) from troubled)')}
        ), due as (
          select id from troubled union all select id from sound
        ), taken as (
          update delivery d set lease_owner = $1, lease_token = gen_random_uuid(), lease_until = now() + $2 * interval '1 millisecond', last_attempt_at = now(),
            next_attempt_at = least(d.next_attempt_at, now())
          from due where d.id = due.id returning d.*
        )
        select t.*, case when t.last_delivered_at <= now() then (extract(epoch from now() - t.last_delivered_at) * 1000)::float8 end as since_delivered, s.name as setting_name, c.provider, c.name as category_name, x.type, x.target, x.revision, x.batching, s.shape_id
        from taken t join setting s on s.id = t.setting_id join category c on c.id = t.category join destination x on x.id = t.destination_id`,
        [worker, leaseMs, limit, Math.max(0, failing), WORKER_GONE_MS],
      );
      return rows.map((r) =>
        leaseOf(r, {
          deliveryId: r['id'] as string,
          checkpoint: r['checkpoint'] as number,
          sinceDeliveredMs: r['since_delivered'] as number | null,
        }),
      );
    },
    // A paused delivery finishes what travels and begins nothing more.
    renew: (lease, leaseMs) => held(db, lease, `lease_until = now() + $3 * interval '1 millisecond'`, [leaseMs], 'not paused'),
    async release(lease, waitMs) {
      await db.query(
        `update delivery set lease_token = null, lease_until = null, lease_owner = null, next_attempt_at = greatest(next_attempt_at, now() + $3 * interval '1 millisecond') where id = $1 and lease_token = $2`,
        [lease.deliveryId, lease.token, waitMs ?? null],
      );
    },
    read: (lease, afterSeq, bounds) => readCut(db, shapes, lease, lease.shapeId, afterSeq, { ...bounds, whole: bounds.upTo !== undefined }),
    writeBatch: (lease, batch) => held(db, lease, setBatch, batchValues(lease, batch), `not paused and ${inShape('$6')}`),
    extendBatch: (lease, whole) =>
      held(
        db,
        lease,
        setBatch,
        batchValues(lease, whole),
        `not paused and batch_first = $3 and $6::uuid is not distinct from ${newestShape}`,
      ),
    accepted: (lease, batches, next, travelling) => {
      const sum = (of: (batch: Acknowledged) => number) => batches.reduce((n, batch) => n + of(batch), 0);
      const accept = async (tx: Queryable): Promise<Moved> => {
        // One statement: a batch of a busy delivery should not wait for one round trip after another.
        const { rows } = await tx.query<Moved>(
          `with moved as (
            update delivery set checkpoint = $4::bigint, attempts = 0, failure = null, last_delivered_at = now(), delivered = delivered + $5::bigint, delivered_bytes = delivered_bytes + $6::bigint, filtered = filtered + $8::bigint,
              ${beginNext}
            where id = $1 and lease_token = $2 and ended_at is null and checkpoint = $3::bigint - 1 returning id, tenant_id, setting_id, category, coalesce(batch_last = $11::bigint, false) as begun
          ), written as (
            insert into delivered_batch (delivery_id, first_seq, last_seq, tenant_id, records, bytes, place, duration_ms, digest, attempts, shape_id, filtered, answer)
            select id, "firstSeq", "lastSeq", tenant_id, b.records, b.bytes, b.place, b."durationMs", decode(b.digest, 'hex'), b.attempts, $9::uuid, b.filtered, b.answer
            from moved, jsonb_to_recordset($7::jsonb) b("firstSeq" bigint, "lastSeq" bigint, records int, bytes bigint, place jsonb, "durationMs" int, digest text, attempts int, filtered bigint, answer text)
          ), noted as (
            ${noteMinute('moved', { records: '$5', bytes: '$6', lagMs: ageOf('$3') })}
          )
          select setting_id, category, begun, now() as now${lease.type === 'storage' ? `, ${policiesOf('moved.setting_id', 'moved.category')} as policies` : ''} from moved`,
          [
            lease.deliveryId,
            lease.token,
            batches[0]!.firstSeq,
            batches.at(-1)!.lastSeq,
            sum((b) => b.records),
            sum((b) => b.bytes),
            JSON.stringify(
              batches.map((b) => ({
                ...b,
                // Unlike a text, JSON must not hold half a character.
                answer: b.answer?.toWellFormed(),
                attempts: b.attempts ?? 1,
                durationMs: Math.round(b.durationMs),
                digest: b.digest?.toString('hex'),
              })),
            ),
            sum((b) => b.filtered),
            lease.shapeId,
            ...openValues(next),
            ...openValues(travelling),
          ],
        );
        if (!rows[0]) throw new LeaseLost(`Delivery ${lease.deliveryId} moved on without this worker.`);
        return rows[0];
      };
      if (lease.type !== 'storage') return accept(db).then((row) => row.begun);
      return transaction(
        pool,
        async (tx) => {
          const row = await accept(tx);
          // A statement of a storage delivery asks for the policies, too.
          for (const batch of batches) await keepBlob(tx, lease, batch, row);
          return row.begun;
        },
        'brief',
      );
    },
    passed: (lease, range) =>
      transaction(
        pool,
        async (tx) => {
          const { rowCount } = await tx.query(
            `update delivery set checkpoint = $4, ${noBatch}, filtered = filtered + $4 - $3 + 1
            where id = $1 and lease_token = $2 and ended_at is null and checkpoint = $3::bigint - 1 and not paused and ${inShape('$5')}`,
            [lease.deliveryId, lease.token, range.firstSeq, range.lastSeq, lease.shapeId],
          );
          if (rowCount !== 1) throw new LeaseLost(`Delivery ${lease.deliveryId} moved on without this worker.`);
          await notePassed(tx, lease, range);
        },
        'brief',
      ),
    async failed(lease, failure) {
      const { rowCount } = await db.query(
        `with noted as (
          update delivery set ${setFailure}
          where id = $1 and lease_token = $2 and ended_at is null returning id, tenant_id
        ) ${noteMinute('noted', { errors: '1' })}`,
        [lease.deliveryId, lease.token, ...failureValues(failure)],
      );
      if (rowCount !== 1) throw lost(lease);
    },
    quarantine: (lease, record, fault) =>
      transaction(
        pool,
        async (tx) => {
          const { rowCount } = await tx.query(
            `with moved as (
              update delivery set checkpoint = $3, ${noBatch}, quarantined = quarantined + 1
              where id = $1 and lease_token = $2 and ended_at is null and checkpoint = $3 - 1 returning id, tenant_id
            ) ${noteMinute('moved', { errors: '1' })}`,
            [lease.deliveryId, lease.token, record.seq],
          );
          if (rowCount !== 1) throw new LeaseLost(`Delivery ${lease.deliveryId} moved on without this worker.`);
          await tx.query(
            `insert into quarantine (delivery_id, seq, tenant_id, category, record_id, fault)
          select $1, $2, tenant_id, category, $3, $4 from delivery where id = $1`,
            [lease.deliveryId, record.seq, record.id, JSON.stringify(fault)],
          );
        },
        'brief',
      ),
  };
}
