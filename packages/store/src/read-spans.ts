import { iso, type Queryable } from './database.ts';

export interface ReadSpans {
  /** Times that some source of the category has read to the end, merged, oldest first. UTC, ISO 8601. */
  spans: { from: string; to: string }[];
  /** Windows that are not read yet: waiting, or failing with the source's last words. */
  open: { from: string; to: string; error: string | null }[];
}
/** Windows that wait are few unless a source has been down since its beginning. */
const MAX_OPEN = 1_000;

/** What the sources' ledger says of one category of a tenant. */
export async function readSpans(db: Queryable, tenantId: string, category: string): Promise<ReadSpans> {
  const [done, open] = await Promise.all([
    db.query<{ from: Date; to: Date }>(
      `select lower(span) as "from", upper(span) as "to" from (
        select unnest(range_agg(tstzrange(from_time, to_time, '[]'))) as span from source_window
        where tenant_id = $1 and category = $2 and state = 'done'
      ) s order by 1`,
      [tenantId, category],
    ),
    db.query<{ from: Date; to: Date; error: string | null }>(
      `select from_time as "from", to_time as "to", last_error as error from source_window
      where tenant_id = $1 and category = $2 and state <> 'done' and kind <> 'reconcile' order by from_time desc limit ${MAX_OPEN}`,
      [tenantId, category],
    ),
  ]);
  return {
    spans: done.rows.map((r) => ({ from: iso(r.from), to: iso(r.to) })),
    open: open.rows.map((r) => ({ from: iso(r.from), to: iso(r.to), error: r.error })),
  };
}
