import type { Searchable } from '@weir/contract';
import type { LogRecord } from '@weir/engine';
import type { Queryable } from './database.ts';
import { factColumns, toSearchable } from './shapes.ts';

/** A record as a delivery would take it from the log, and as a condition sees it. */
export interface LatestRecord {
  readonly record: LogRecord;
  readonly searchable: Searchable;
}

/** The newest records of one log by their sequence number, newest first. */
export async function latestRecords(
  db: Queryable,
  tenantId: string,
  provider: string,
  category: string,
  limit: number,
): Promise<LatestRecord[]> {
  // Narrow rows have no index by sequence number: each is fetched by its own key.
  const { rows } = await db.query(
    `with p as materialized (
      select tenant_id, category, seq, id, time, body, original from record_body
      where tenant_id = $1 and category = (select id from category where provider = $2 and name = $3)
      order by seq desc limit $4
    )
    select p.seq, p.id, extract(epoch from p.time)::float8 as at, p.body, p.original, ${factColumns}
    from p cross join lateral (
      select r.* from record r where r.tenant_id = p.tenant_id and r.category = p.category and r.time = p.time and r.seq = p.seq offset 0
    ) r order by p.seq desc`,
    [tenantId, provider, category, limit],
  );
  return rows.map((row) => ({
    record: {
      seq: row['seq'] as number,
      id: row['id'] as string,
      time: new Date(Math.round((row['at'] as number) * 1000)).toISOString(),
      body: Buffer.from(row['body'] as string),
    },
    searchable: toSearchable(row, true),
  }));
}
