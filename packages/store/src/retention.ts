import type { StorageTarget } from '@weir/contract';
import {
  type Acknowledged,
  daysFor,
  keepUntil,
  longerOf,
  type BlobFacts,
  type DeliveryLease,
  type DueBlob,
  type Fault,
  type RetentionPolicy,
  type RetentionStore,
} from '@weir/engine';
import type pg from 'pg';
import { adminRecord, weirItself } from './admin-record.ts';
import { transaction, type Queryable } from './database.ts';
import { appendInTransaction, type Known } from './records.ts';

export interface LegalHold {
  reason: string;
  /** Who put it. */
  by: string;
  since: Date;
}
/** Why blobs are past their time and still there: how many, and the oldest one's reason. */
export interface RetentionFault {
  blobs: number;
  fault: Fault;
}
/** Batches of one delivery that are written down in one step, of those from before. */
const BACKLOG_STEP = 10_000;

/** SQL for the retention days of a setting's category, in the order in which they were set. */
export const policiesOf = (setting: string, category: string): string =>
  `coalesce((select jsonb_agg(jsonb_build_object('afterSeq', p.after_seq, 'days', p.days) order by p.after_seq)
    from retention_policy p where p.setting_id = ${setting} and p.category = ${category}), '[]')`;

/** Notes the days of what is collected from now on. The first days of a category hold for everything before, too. */
export async function setRetention(db: Queryable, tenantId: string, settingId: string, category: number, days: number): Promise<void> {
  await db.query(
    `with known as (
      select (select days from retention_policy where setting_id = $2 and category = $3::smallint order by after_seq desc limit 1) as days
    )
    insert into retention_policy (tenant_id, setting_id, category, after_seq, days)
    select $1, $2, $3::smallint, case when known.days is null then 0 else coalesce((select seq from head where tenant_id = $1 and category = $3::smallint), 0) end, $4::int
    from known where known.days is distinct from $4::int
    on conflict (setting_id, category, after_seq) do update set days = excluded.days`,
    [tenantId, settingId, category, days],
  );
}

interface Part {
  tenantId: string;
  account: string;
  container: string;
  blob: string;
  settingId: string;
  category: number;
  days: number | null;
  keepUntil: Date | null;
  /** Where the last append ended. */
  length: number;
  records: number;
  bytes: number;
  firstSeq: number;
  lastSeq: number;
}

/** A blob keeps the longest of all that stands in it, whoever wrote it. */
async function keep(db: Queryable, part: Part): Promise<void> {
  await db.query(
    `with kept as (
      insert into retained_blob as b (tenant_id, account, container, blob, keep_until, length)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (tenant_id, account, container, blob) do update set
        keep_until = case when b.keep_until is null or excluded.keep_until is null then null else greatest(b.keep_until, excluded.keep_until) end,
        length = greatest(b.length, excluded.length)
      returning id
    )
    insert into retained_part as p (blob_id, setting_id, category, days, records, bytes, first_seq, last_seq)
    select id, $7, $8::smallint, $9::int, $10, $11, $12, $13 from kept
    on conflict (blob_id, setting_id, category) do update set
      days = case when p.days is null or excluded.days is null then null else greatest(p.days, excluded.days) end,
      records = p.records + excluded.records, bytes = p.bytes + excluded.bytes,
      first_seq = least(p.first_seq, excluded.first_seq), last_seq = greatest(p.last_seq, excluded.last_seq)`,
    [
      part.tenantId,
      part.account,
      part.container,
      part.blob,
      part.keepUntil,
      part.length,
      part.settingId,
      part.category,
      part.days,
      part.records,
      part.bytes,
      part.firstSeq,
      part.lastSeq,
    ],
  );
}

/** Whose days hold for a delivery's blobs. */
export interface RetainedBy {
  setting_id: string;
  category: number;
  now: Date;
  policies: RetentionPolicy[];
}
async function retainedBy(tx: Queryable, deliveryId: string): Promise<RetainedBy> {
  const { rows } = await tx.query(
    `select setting_id, category, now() as now, ${policiesOf('delivery.setting_id', 'delivery.category')} as policies from delivery where id = $1`,
    [deliveryId],
  );
  return rows[0] as unknown as RetainedBy;
}

/** With an acknowledged batch, in its transaction: how long the archive must keep it. Other types of destination keep what they like. */
export async function keepBlob(
  tx: Queryable,
  lease: Pick<DeliveryLease, 'deliveryId' | 'tenantId' | 'type' | 'target'>,
  batch: Acknowledged,
  by?: RetainedBy,
): Promise<void> {
  const { container, blob, offset } = batch.place as Readonly<Record<string, unknown>>;
  if (lease.type !== 'storage' || typeof container !== 'string' || typeof blob !== 'string') return;
  const { setting_id: settingId, category, now, policies } = by ?? (await retainedBy(tx, lease.deliveryId));
  const days = daysFor(policies, batch.firstSeq, batch.lastSeq);
  await keep(tx, {
    tenantId: lease.tenantId,
    account: (lease.target as StorageTarget).storageAccountId.toLowerCase(),
    container,
    blob,
    settingId,
    category,
    days,
    keepUntil: keepUntil(now, days),
    length: Number(offset) + batch.bytes,
    records: batch.records,
    bytes: batch.bytes,
    firstSeq: batch.firstSeq,
    lastSeq: batch.lastSeq,
  });
}

/** Writes down a piece of what was archived before. False when nothing is left. */
export async function backlogStep(pool: pg.Pool): Promise<boolean> {
  return transaction(pool, async (db) => {
    const { rows } = await db.query<{
      delivery_id: string;
      tenant_id: string;
      next_seq: number;
      setting_id: string;
      category: number;
      account: string;
      policies: RetentionPolicy[];
    }>(
      `select l.delivery_id, l.tenant_id, l.next_seq, d.setting_id, d.category, lower(x.target->>'storageAccountId') as account,
        ${policiesOf('d.setting_id', 'd.category')} as policies
      from retention_backlog l join delivery d on d.id = l.delivery_id join destination x on x.id = d.destination_id
      order by l.delivery_id limit 1 for update of l skip locked`,
    );
    const step = rows[0];
    if (!step) return false;
    const { rows: batches } = await db.query(
      `select first_seq, last_seq, records, bytes, delivered_at, place->>'container' as container, place->>'blob' as blob, (place->>'offset')::bigint as "offset"
      from delivered_batch where delivery_id = $1 and first_seq >= $2 and replay_id is null order by first_seq limit ${BACKLOG_STEP}`,
      [step.delivery_id, step.next_seq],
    );
    const parts = new Map<string, Part>();
    for (const b of batches) {
      const [firstSeq, lastSeq, bytes, writtenAt] = [b['first_seq'], b['last_seq'], b['bytes'], b['delivered_at']] as [
        number,
        number,
        number,
        Date,
      ];
      const [container, blob] = [b['container'], b['blob']] as [string | null, string | null];
      if (container === null || blob === null) continue;
      const days = daysFor(step.policies, firstSeq, lastSeq);
      const part: Part = {
        tenantId: step.tenant_id,
        account: step.account,
        container,
        blob,
        settingId: step.setting_id,
        category: step.category,
        days,
        keepUntil: keepUntil(writtenAt, days),
        length: Number(b['offset']) + bytes,
        records: b['records'] as number,
        bytes,
        firstSeq,
        lastSeq,
      };
      const key = `${container}/${blob}`;
      const known = parts.get(key);
      parts.set(key, known ? merged(known, part) : part);
    }
    for (const part of parts.values()) await keep(db, part);
    if (batches.length < BACKLOG_STEP) await db.query('delete from retention_backlog where delivery_id = $1', [step.delivery_id]);
    else
      await db.query('update retention_backlog set next_seq = $2 where delivery_id = $1', [
        step.delivery_id,
        (batches.at(-1)!['first_seq'] as number) + 1,
      ]);
    return true;
  });
}
const merged = (a: Part, b: Part): Part => ({
  ...a,
  days: a.days === null || b.days === null ? null : Math.max(a.days, b.days),
  keepUntil: longerOf(a.keepUntil, b.keepUntil),
  length: Math.max(a.length, b.length),
  records: a.records + b.records,
  bytes: a.bytes + b.bytes,
  firstSeq: Math.min(a.firstSeq, b.firstSeq),
  lastSeq: Math.max(a.lastSeq, b.lastSeq),
});

// ------------------------------------------------------------------ legal holds

/** Whoever deletes shares this lock until the blob is gone or not; whoever puts a hold waits for it. */
export const holdLock = (tenantId: string): string => `weir.hold/${tenantId}`;

export const holdOf = (stored: unknown): LegalHold | null => {
  const hold = stored as { reason: string; by: string; since: string } | null;
  return hold && { ...hold, since: new Date(hold.since) };
};
export async function putHold(db: Queryable, tenantId: string, settingId: string, reason: string, by: string): Promise<void> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [holdLock(tenantId)]);
  await db.query(
    `insert into legal_hold (tenant_id, setting_id, reason, put_by) values ($1, $2, $3, $4)
    on conflict (setting_id) where released_at is null do update set reason = excluded.reason, put_by = excluded.put_by`,
    [tenantId, settingId, reason, by],
  );
}
export async function releaseHold(db: Queryable, tenantId: string, settingId: string): Promise<{ reason: string; since: Date } | null> {
  const { rows } = await db.query<{ reason: string; since: Date }>(
    'update legal_hold set released_at = now() where tenant_id = $1 and setting_id = $2 and released_at is null returning reason, put_at as since',
    [tenantId, settingId],
  );
  return rows[0] ?? null;
}

/** By setting: what keeps blobs from being deleted. Held ones are no fault. */
export async function retentionFaults(db: Queryable, tenantId: string): Promise<Map<string, RetentionFault>> {
  const { rows } = await db.query<{ setting_id: string; blobs: number; fault: Fault }>(
    `select p.setting_id, count(distinct b.id) as blobs, (array_agg(b.failure->'fault' order by b.keep_until))[1] as fault
    from retained_blob b join retained_part p on p.blob_id = b.id where b.tenant_id = $1 and b.failure is not null and ${free} group by p.setting_id`,
    [tenantId],
  );
  return new Map(rows.map((r) => [r.setting_id, { blobs: r.blobs, fault: r.fault }]));
}

const free = `not exists (
  select 1 from retained_part q join legal_hold h on h.setting_id = q.setting_id where q.blob_id = b.id and h.released_at is null)
  and not exists (select 1 from retention_backlog l where l.tenant_id = b.tenant_id)`;

// ------------------------------------------------------------------ deletion

/** The engine's port for retention. */
export function retentionStore(pool: pg.Pool, known: Known): RetentionStore {
  const db = pool as unknown as Queryable;
  return {
    async claimDue(limit, leaseMs, marginMs) {
      const { rows } = await db.query(
        `update retained_blob r set next_attempt_at = now() + $2 * interval '1 millisecond'
        from (
          select b.id from retained_blob b
          where b.keep_until < now() - $3 * interval '1 millisecond' and b.next_attempt_at <= now() and ${free}
          order by b.keep_until limit $1 for update of b skip locked
        ) due where r.id = due.id returning r.*`,
        [limit, leaseMs, marginMs],
      );
      return rows
        .toSorted((a, b) => (a['keep_until'] as Date).getTime() - (b['keep_until'] as Date).getTime())
        .map((r): DueBlob => ({
          id: r['id'] as number,
          tenantId: r['tenant_id'] as string,
          accountId: r['account'] as string,
          container: r['container'] as string,
          blob: r['blob'] as string,
          attempts: r['attempts'] as number,
        }));
    },
    settle: (blob, marginMs, erase) =>
      transaction(pool, async (tx) => {
        await tx.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [holdLock(blob.tenantId)]);
        // Locked to the end: an append that is acknowledged meanwhile waits, and then writes the blob down anew.
        const { rows } = await tx.query<{ keep_until: Date; length: number; days: number }>(
          `select keep_until, length, (select max(p.days) from retained_part p where p.blob_id = b.id) as days from retained_blob b
          where id = $1 and keep_until < now() - $2 * interval '1 millisecond' and ${free} for update of b`,
          [blob.id, marginMs],
        );
        const row = rows[0];
        if (!row) return { kind: 'not-due' };
        const facts: BlobFacts = { keepUntil: row.keep_until, days: row.days, length: row.length };
        const outcome = await erase(facts);
        if (outcome.kind !== 'deleted' && outcome.kind !== 'gone') return outcome;
        const { rows: parts } = await tx.query(
          `select s.name as "Setting", c.name as "Category", p.days as "RetentionDays", p.records as "Records", p.first_seq as "FirstSequence", p.last_seq as "LastSequence"
          from retained_part p join setting s on s.id = p.setting_id join category c on c.id = p.category where p.blob_id = $1 order by 1, 2`,
          [blob.id],
        );
        await tx.query('delete from retained_blob where id = $1', [blob.id]);
        // The ledger says so, too: a verification must not miss what was to go.
        await tx.query(
          `update delivered_batch b set place = b.place || jsonb_build_object('deletedAt', now())
          from delivery d join destination x on x.id = d.destination_id
          where b.tenant_id = $1 and b.place ->> 'container' = $2 and b.place ->> 'blob' = $3 and b.place ? 'blob'
            and d.id = b.delivery_id and lower(x.target ->> 'storageAccountId') = $4`,
          [blob.tenantId, blob.container, blob.blob, blob.accountId],
        );
        const record = adminRecord(blob.tenantId, weirItself(), 'Delete archivedLogs', blob.blob, {
          StorageAccount: blob.accountId,
          Container: blob.container,
          Blob: blob.blob,
          Outcome: outcome.kind === 'deleted' ? 'Deleted' : 'Gone already',
          Records: parts.reduce((sum, p) => sum + (p['Records'] as number), 0),
          Bytes: facts.length,
          KeepUntil: facts.keepUntil.toISOString(),
          LastModified: outcome.kind === 'deleted' ? outcome.lastModified.toISOString() : null,
          Parts: parts,
        });
        await appendInTransaction(tx, known, blob.tenantId, [record]);
        return outcome;
      }),
    async postpone(blob, { kind, fault, waitMs, attempts }) {
      await db.query(
        `update retained_blob set attempts = $2, next_attempt_at = now() + $3 * interval '1 millisecond', failure = $4 where id = $1`,
        [blob.id, attempts, Math.round(waitMs), JSON.stringify({ kind, fault })],
      );
    },
  };
}
