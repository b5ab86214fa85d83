import { LeaseLost, type SourceLedger, type SourceWindow } from '@weir/engine';
import type pg from 'pg';
import { isoOrNull, type Queryable } from './database.ts';

/** The engine's port to the sources' ledger. */
export function sourceLedger(pool: pg.Pool): SourceLedger {
  const db = pool as unknown as Queryable;
  const held = async (window: SourceWindow, set: string, values: readonly unknown[]): Promise<void> => {
    const { rowCount } = await db.query(`update source_window set ${set} where id = $1 and lease_token = $2`, [window.id, window.token, ...values]);
    if (rowCount !== 1) throw new LeaseLost(`The window ${window.id} went to another worker.`);
  };
  return {
    async windows(tenantId, source, since) {
      const { rows } = await db.query<{ from: Date; to: Date; kind: SourceWindow['kind']; state: 'planned' | 'done' | 'retry'; completedAt: Date | null }>(
        `select from_time as "from", to_time as "to", kind, state, completed_at as "completedAt" from source_window where tenant_id = $1 and source = $2 and to_time >= $3 order by from_time`,
        [tenantId, source, since],
      );
      return rows;
    },
    async plan(tenantId, source, category, windows) {
      if (windows.length === 0) return 0;
      const { rowCount } = await db.query(
        `insert into source_window (tenant_id, source, category, kind, from_time, to_time, not_before)
        select $1, $2, $3, * from unnest($4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[]) on conflict do nothing`,
        [tenantId, source, category, windows.map((w) => w.kind), windows.map((w) => w.from), windows.map((w) => w.to), windows.map((w) => w.notBefore)],
      );
      return rowCount ?? 0;
    },
    async claimWindow(worker, leaseMs, sources) {
      const { rows } = await db.query(
        `update source_window w set lease_owner = $1, lease_token = gen_random_uuid(), lease_until = now() + $2 * interval '1 millisecond'
        from (
          select id from source_window where state <> 'done' and source = any ($3::text[]) and not_before <= now() and (lease_until is null or lease_until < now())
          order by case kind when 'live' then 0 when 'history' then 1 else 2 end, from_time desc limit 1 for update skip locked
        ) due where w.id = due.id returning w.*`,
        [worker, leaseMs, sources],
      );
      const r = rows[0];
      if (!r) return null;
      return {
        id: r['id'] as string, tenantId: r['tenant_id'] as string, source: r['source'] as string, from: r['from_time'] as Date, to: r['to_time'] as Date, kind: r['kind'] as SourceWindow['kind'],
        attempts: r['attempts'] as number, token: r['lease_token'] as string,
      };
    },
    renewWindow: (window, leaseMs) => held(window, `lease_until = now() + $3 * interval '1 millisecond'`, [leaseMs]),
    windowDone: (window, counts) =>
      held(window, `state = 'done', records = $3, accepted = $4, completed_at = now(), last_error = null, attempts = attempts + 1, lease_token = null, lease_until = null`, [counts.records, counts.accepted]),
    windowFailed: (window, error, nextAttemptAt) =>
      held(window, `state = 'retry', attempts = attempts + 1, last_error = $3, not_before = $4, lease_token = null, lease_until = null`, [error.slice(0, 1000), nextAttemptAt]),
  };
}

export interface SourceCoverage {
  source: string;
  category: string;
  coveredFrom: string | null;
  coveredTo: string | null;
  windowsDone: number;
  windowsPending: number;
  windowsFailing: number;
  records: number;
  lastError: string | null;
}

/** What each source of a tenant has read so far. */
export async function coverageOf(db: Queryable, tenantId: string): Promise<SourceCoverage[]> {
  const { rows } = await db.query(
    `select source, min(category) as category, min(from_time) filter (where state = 'done') as covered_from, max(to_time) filter (where state = 'done') as covered_to,
      count(*) filter (where state = 'done') as done, count(*) filter (where state = 'planned') as planned, count(*) filter (where state = 'retry') as failing,
      coalesce(sum(accepted), 0)::bigint as records, (array_agg(last_error order by from_time desc) filter (where state = 'retry'))[1] as last_error
    from source_window where tenant_id = $1 group by source order by source`,
    [tenantId],
  );
  return rows.map((r) => ({
    source: r['source'] as string, category: r['category'] as string, coveredFrom: isoOrNull(r['covered_from']), coveredTo: isoOrNull(r['covered_to']), windowsDone: r['done'] as number,
    windowsPending: r['planned'] as number, windowsFailing: r['failing'] as number, records: r['records'] as number, lastError: r['last_error'] as string | null,
  }));
}
