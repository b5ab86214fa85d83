import type { Queryable } from './database.ts';

/** So long are minutes kept; every answer covers at most the last 24 hours. */
export const KEPT_HISTORY_HOURS = 25;
/** So many rows go in one statement, so that pruning never holds anybody up. */
const PRUNE_STEP = 20_000;

/** What a delivery did in a span of time. Replays are not in it: they run beside it. */
export interface DeliverySpan {
  readonly deliveryId: string;
  /** When the span begins, UTC, on the minute. */
  readonly at: Date;
  /** Acknowledged. */
  readonly records: number;
  readonly bytes: number;
  /** Attempts that failed, and records that were refused for good. */
  readonly errors: number;
  /** The longest way of a batch's first record, from our append to the acknowledgement, in ms. Null when nothing was acknowledged. */
  readonly lagMs: number | null;
}

/**
 * SQL that adds to the minute that runs, as a part of the statement that says what happened: no further round trip, and never
 * one without the other. `from` names rows with `id` and `tenant_id` of the delivery.
 */
export const noteMinute = (from: string, figures: { records?: string; bytes?: string; errors?: string; lagMs?: string }): string =>
  `insert into delivery_minute as m (delivery_id, minute, tenant_id, records, bytes, errors, lag_ms)
  select id, date_trunc('minute', now()), tenant_id, ${figures.records ?? '0'}, ${figures.bytes ?? '0'}, ${figures.errors ?? '0'}, ${figures.lagMs ?? 'null'} from ${from}
  on conflict (delivery_id, minute) do update set records = m.records + excluded.records, bytes = m.bytes + excluded.bytes,
    errors = m.errors + excluded.errors, lag_ms = greatest(m.lag_ms, excluded.lag_ms)`;

/**
 * What deliveries of one tenant did since `since`, in spans of `stepMinutes` that begin on multiples of it (UTC); in order of
 * time. Spans in which nothing happened are left out. One statement.
 */
export async function historyOf(
  db: Queryable,
  tenantId: string,
  deliveryIds: readonly string[],
  since: Date,
  stepMinutes: number,
): Promise<DeliverySpan[]> {
  const { rows } = await db.query(
    `select delivery_id, date_bin($4 * interval '1 minute', minute, timestamptz '2000-01-01 00:00:00+00') as at,
      sum(records)::float8 as records, sum(bytes)::float8 as bytes, sum(errors)::float8 as errors, max(lag_ms) as lag_ms
    from delivery_minute where tenant_id = $1 and delivery_id = any ($2::uuid[]) and minute >= $3 group by 1, 2 order by 2, 1`,
    [tenantId, deliveryIds, since, stepMinutes],
  );
  return rows.map((r) => ({
    deliveryId: r['delivery_id'] as string,
    at: r['at'] as Date,
    records: r['records'] as number,
    bytes: r['bytes'] as number,
    errors: r['errors'] as number,
    lagMs: r['lag_ms'] as number | null,
  }));
}

/** Drops minutes that nobody will ask for. Returns how many. */
export async function pruneHistory(db: Queryable): Promise<number> {
  let pruned = 0;
  for (;;) {
    const { rowCount } = await db.query(
      `delete from delivery_minute where ctid in (
        select ctid from delivery_minute where minute < now() - interval '${KEPT_HISTORY_HOURS} hours' limit ${PRUNE_STEP})`,
    );
    pruned += rowCount ?? 0;
    if ((rowCount ?? 0) < PRUNE_STEP) return pruned;
  }
}
