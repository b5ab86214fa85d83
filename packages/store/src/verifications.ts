import type { VerifyReport } from '@weir/engine';
import { transaction, type Queryable, type Row } from './database.ts';
import type pg from 'pg';

/** A verification that was finished: what it looked at and what came of it. */
export interface StoredVerification {
  readonly id: string;
  /** Null: the log itself. */
  readonly deliveryId: string | null;
  readonly provider: string;
  readonly category: string;
  readonly origin: 'background' | 'command';
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** `unknown`: it could not be verified; `reason` says why. */
  readonly result: 'holds' | 'differs' | 'unknown';
  readonly reason: string | null;
  readonly report: VerifyReport | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** A verification that this worker has under lease. */
export interface VerificationLease {
  readonly id: string;
  readonly tenantId: string;
  readonly deliveryId: string | null;
  readonly provider: string;
  readonly category: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** What the last worker had done of it. */
  readonly progress: unknown;
}

/** Everything is looked at again after so long; in between only what came since. */
const WHOLE = `interval '30 days'`;
/** One that cannot be verified now is tried again sooner than one that was. */
const RETRY = `interval '1 hour'`;

/** Verifications of all tenants, for the worker. */
export class VerificationQueue {
  readonly #pool: pg.Pool;
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * The next verification that is due, of an archive or of a log: one that another worker left, else a new one for what was not
   * verified for `intervalMs`. Null when nothing is due.
   */
  async claim(intervalMs: number, leaseMs: number): Promise<VerificationLease | null> {
    return transaction(this.#pool, async (db) => {
      await db.query(
        `insert into verification (tenant_id, category, delivery_id, origin, first_seq, last_seq)
        select c.tenant_id, c.category, c.delivery_id, 'background', c.first_seq, c.last_seq from (
          select o.*, coalesce((
            select max(v.last_seq) + 1 from verification v
            where v.tenant_id = o.tenant_id and v.category = o.category and v.delivery_id is not distinct from o.delivery_id and v.result = 'holds'
              and v.origin = 'background' and exists (
                select 1 from verification w where w.tenant_id = o.tenant_id and w.category = o.category and w.delivery_id is not distinct from o.delivery_id
                  and w.result = 'holds' and w.origin = 'background' and w.first_seq = 1 and w.finished_at > now() - ${WHOLE})
          ), 1) as first_seq
          from (
            select d.tenant_id, d.category, d.id as delivery_id, d.checkpoint as last_seq from delivery d
            join destination x on x.id = d.destination_id where d.ended_at is null and x.type = 'storage'
            union all
            select tenant_id, category, null, seq from head where digest is not null
          ) o
          where not exists (
            select 1 from verification v where v.tenant_id = o.tenant_id and v.category = o.category and v.delivery_id is not distinct from o.delivery_id
              and v.origin = 'background'
              and (v.result is null or v.finished_at > now() - case v.result when 'unknown' then least($1 * interval '1 millisecond', ${RETRY}) else $1 * interval '1 millisecond' end)
          )
        ) c where c.last_seq >= c.first_seq order by c.last_seq - c.first_seq limit 1
        on conflict do nothing`,
        [intervalMs],
      );
      const { rows } = await db.query(
        `update verification v set lease_until = now() + $1 * interval '1 millisecond'
        from (
          select v.id, c.provider, c.name from verification v join category c on c.id = v.category
          where v.result is null and v.origin = 'background' and (v.lease_until is null or v.lease_until < now())
          order by v.started_at limit 1 for update of v skip locked
        ) due where v.id = due.id returning v.*, due.provider, due.name`,
        [leaseMs],
      );
      const r = rows[0];
      return r === undefined
        ? null
        : {
            id: r['id'] as string,
            tenantId: r['tenant_id'] as string,
            deliveryId: r['delivery_id'] as string | null,
            provider: r['provider'] as string,
            category: r['name'] as string,
            firstSeq: r['first_seq'] as number,
            lastSeq: r['last_seq'] as number,
            progress: r['progress'],
          };
    });
  }

  /** Keeps how far it is, and the lease. */
  async renew(lease: VerificationLease, progress: unknown, leaseMs: number): Promise<void> {
    await this.#pool.query(
      `update verification set progress = $2, lease_until = now() + $3 * interval '1 millisecond' where id = $1 and result is null`,
      [lease.id, JSON.stringify(progress), leaseMs],
    );
  }

  /** Lets go of it; another worker may go on at once. */
  async release(lease: VerificationLease): Promise<void> {
    await this.#pool.query('update verification set lease_until = null where id = $1 and result is null', [lease.id]);
  }

  /** Ends it with a report, or with why there is none. */
  async finish(lease: VerificationLease, outcome: { report: VerifyReport } | { reason: string }): Promise<void> {
    const report = 'report' in outcome ? outcome.report : null;
    await this.#pool.query(
      `update verification set result = $2, report = $3, last_seq = coalesce($4, last_seq), finished_at = now(), progress = null, lease_until = null
      where id = $1 and result is null`,
      [
        lease.id,
        report?.result ?? 'unknown',
        JSON.stringify(report ?? { reason: (outcome as { reason: string }).reason }),
        report?.lastSeq ?? null,
      ],
    );
  }

  /** Drops one whose delivery ended meanwhile. */
  async drop(lease: VerificationLease): Promise<void> {
    await this.#pool.query('delete from verification where id = $1 and result is null', [lease.id]);
  }
}

/** Keeps the result of a verification that a person ran. */
export async function keepVerification(
  db: Queryable,
  tenantId: string,
  log: { provider: string; category: string },
  deliveryId: string | null,
  report: VerifyReport,
): Promise<void> {
  await db.query(
    `insert into verification (tenant_id, category, delivery_id, origin, first_seq, last_seq, result, report, started_at, finished_at)
    select $1, id, $4, 'command', $5, $6, $7, $8, $9, now() from category where provider = $2 and name = $3`,
    [
      tenantId,
      log.provider,
      log.category,
      deliveryId,
      report.firstSeq ?? 0,
      report.lastSeq ?? 0,
      report.result,
      JSON.stringify(report),
      report.startedAt,
    ],
  );
}

/** The last verification of each delivery, and of each log where `deliveryIds` is null. */
export async function latestVerifications(
  db: Queryable,
  tenantId: string,
  deliveryIds: readonly string[] | null,
): Promise<StoredVerification[]> {
  const { rows } = await db.query(
    `select distinct on (v.category, v.delivery_id) v.*, c.provider, c.name from verification v join category c on c.id = v.category
    where v.tenant_id = $1 and v.result is not null and case when $2::uuid[] is null then v.delivery_id is null else v.delivery_id = any ($2::uuid[]) end
    order by v.category, v.delivery_id, v.finished_at desc`,
    [tenantId, deliveryIds],
  );
  return rows.map(toVerification);
}

function toVerification(r: Row): StoredVerification {
  const result = r['result'] as StoredVerification['result'];
  return {
    id: r['id'] as string,
    deliveryId: r['delivery_id'] as string | null,
    provider: r['provider'] as string,
    category: r['name'] as string,
    origin: r['origin'] as StoredVerification['origin'],
    firstSeq: r['first_seq'] as number,
    lastSeq: r['last_seq'] as number,
    result,
    reason: result === 'unknown' ? (r['report'] as { reason: string }).reason : null,
    report: result === 'unknown' ? null : (r['report'] as VerifyReport),
    startedAt: r['started_at'] as Date,
    finishedAt: r['finished_at'] as Date,
  };
}
