import { LeaseLost, type SourceLedger, type SourceWindow } from '@weir/engine';
import type pg from 'pg';
import { brief, isoOrNull, transaction, type Queryable } from './database.ts';

/** The engine's port to the sources' ledger. */
export function sourceLedger(pool: pg.Pool): SourceLedger {
  const db = brief(pool);
  const held = async (window: SourceWindow, set: string, values: readonly unknown[]): Promise<void> => {
    const { rowCount } = await db.query(`update source_window set ${set} where id = $1 and lease_token = $2`, [
      window.id,
      window.token,
      ...values,
    ]);
    if (rowCount !== 1) throw new LeaseLost(`The window ${window.id} went to another worker.`);
  };
  /** Sets when the other windows of a source are due, in this window's tenant. What a worker has, or is about to take, is left to it. */
  const others = (tx: Queryable, window: SourceWindow, which: string, notBefore: string, values: readonly unknown[] = []) =>
    tx.query(
      `update source_window set not_before = ${notBefore} where id in (
        select id from source_window where tenant_id = $1 and source = $2 and ${which} and lease_token is null and not_before <> ${notBefore} for update skip locked)`,
      [window.tenantId, window.source, ...values],
    );
  return {
    async known(tenantIds, sources, since) {
      // One statement for all of them: it is asked every few seconds, and a provider may have many tenants.
      const { rows } = await db.query<{ tenantId: string; source: string; from: Date | null; to: Date; open: boolean; reconciled: Date[] }>(
        `select t.tenant_id as "tenantId", s.source, w.* from unnest($1::uuid[]) t(tenant_id) cross join unnest($2::text[]) s(source) cross join lateral (
          select min(from_time) filter (where kind = 'live') as "from", max(to_time) filter (where kind = 'live') as "to",
            bool_or(state <> 'done') filter (where kind = 'live') as open,
            coalesce(array_agg(from_time) filter (where kind = 'reconcile'), '{}') as reconciled
          from source_window where tenant_id = t.tenant_id and source = s.source and (to_time >= $3
            or id = (select id from source_window where tenant_id = t.tenant_id and source = s.source and kind = 'live' order by to_time desc limit 1))
        ) w`,
        [tenantIds, sources, since],
      );
      return rows.map(({ tenantId, source, from, to, open, reconciled }) => ({
        tenantId,
        source,
        windows: { live: from && { from, to, open }, reconciled },
      }));
    },
    async plan(tenantId, source, category, windows) {
      if (windows.length === 0) return 0;
      const { rowCount } = await db.query(
        `insert into source_window (tenant_id, source, category, kind, from_time, to_time, not_before)
        select $1, $2, $3, * from unnest($4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[]) on conflict do nothing`,
        [
          tenantId,
          source,
          category,
          windows.map((w) => w.kind),
          windows.map((w) => w.from),
          windows.map((w) => w.to),
          windows.map((w) => w.notBefore),
        ],
      );
      return rowCount ?? 0;
    },
    async claimWindow(worker, leaseMs, sources) {
      const { rows } = await db.query(
        `update source_window w set lease_owner = $1, lease_token = gen_random_uuid(), lease_until = now() + $2 * interval '1 millisecond'
        from (
          select id from source_window where state <> 'done' and source = any ($3::text[]) and not_before <= now() and (lease_until is null or lease_until < now() or lease_until > now() + interval '15 minutes')
          order by case kind when 'live' then 0 when 'history' then 1 else 2 end, from_time desc limit 1 for update skip locked
        ) due where w.id = due.id returning w.*`,
        [worker, leaseMs, sources],
      );
      const r = rows[0];
      if (!r) return null;
      return {
        id: r['id'] as string,
        tenantId: r['tenant_id'] as string,
        source: r['source'] as string,
        from: r['from_time'] as Date,
        to: r['to_time'] as Date,
        kind: r['kind'] as SourceWindow['kind'],
        attempts: r['attempts'] as number,
        token: r['lease_token'] as string,
      };
    },
    renewWindow: (window, leaseMs) => held(window, `lease_until = now() + $3 * interval '1 millisecond'`, [leaseMs]),
    async windowDone(window, counts) {
      // Live windows are seconds long. Those of one hour that join each other become one row, or the ledger would outgrow the log.
      await transaction(pool, async (tx) => {
        const { rows } = await tx.query(
          `with joined as (
            delete from source_window p using source_window w
            where w.id = $1 and w.lease_token = $2 and w.kind = 'live' and p.kind = 'live' and p.state = 'done' and p.tenant_id = w.tenant_id and p.source = w.source and p.id <> w.id
              and p.to_time >= w.from_time and p.from_time <= w.from_time and date_trunc('hour', p.to_time) = date_trunc('hour', w.to_time)
            returning p.from_time, p.records, p.accepted
          )
          select min(from_time) as from_time, coalesce(sum(records), 0)::bigint as records, coalesce(sum(accepted), 0)::bigint as accepted from joined`,
          [window.id, window.token],
        );
        const before = rows[0]!;
        const { rowCount } = await tx.query(
          `update source_window set state = 'done', from_time = coalesce($3, from_time), records = $4, accepted = $5, completed_at = now(), last_error = null, attempts = attempts + 1,
            lease_token = null, lease_until = null where id = $1 and lease_token = $2`,
          [
            window.id,
            window.token,
            before['from_time'],
            counts.records + (before['records'] as number),
            counts.accepted + (before['accepted'] as number),
          ],
        );
        if (rowCount !== 1) throw new LeaseLost(`The window ${window.id} went to another worker.`);
        // The source may have been away until now. What has a wait of its own keeps it.
        if (window.attempts > 0) await others(tx, window, `state = 'planned'`, 'least(not_before, now())');
      });
    },
    async windowFailed(window, error, waitMs, of) {
      await held(
        window,
        `state = 'retry', attempts = attempts + 1, last_error = $3, not_before = now() + $4 * interval '1 millisecond', lease_token = null, lease_until = null`,
        [error.slice(0, 1000), waitMs],
      );
      if (of === 'source')
        await others(db, window, `state <> 'done' and id <> $4`, `greatest(not_before, now() + $3 * interval '1 millisecond')`, [
          waitMs,
          window.id,
        ]);
    },
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
    source: r['source'] as string,
    category: r['category'] as string,
    coveredFrom: isoOrNull(r['covered_from']),
    coveredTo: isoOrNull(r['covered_to']),
    windowsDone: r['done'] as number,
    windowsPending: r['planned'] as number,
    windowsFailing: r['failing'] as number,
    records: r['records'] as number,
    lastError: r['last_error'] as string | null,
  }));
}
