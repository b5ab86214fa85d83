import type { Searchable } from '@weir/contract';
import type { LogRecord } from '@weir/engine';
import type { Queryable } from './database.ts';
import { factColumns, toSearchable } from './shapes.ts';

/** A record as a delivery would take it from the log, and as a condition sees it. */
export interface LatestRecord {
  readonly record: LogRecord;
  readonly searchable: Searchable;
}

/** The newest records of one log by their own time, newest first: history that is still read comes later, and is older. */
export async function latestRecords(
  db: Queryable,
  tenantId: string,
  provider: string,
  category: string,
  limit: number,
): Promise<LatestRecord[]> {
  // Each body is fetched by its whole key: joined, the planner may read a month of bodies.
  const { rows } = await db.query(
    `with r as materialized (
      select * from record
      where tenant_id = $1 and category = (select id from category where provider = $2 and name = $3)
      order by time desc, seq desc limit $4
    )
    select r.seq, r.id, extract(epoch from r.time)::float8 as at, b.body, b.original, ${factColumns}
    from r cross join lateral (
      select b.body, b.original from record_body b
      where b.tenant_id = r.tenant_id and b.category = r.category and b.seq = r.seq and b.time = r.time offset 0
    ) b order by r.time desc, r.seq desc`,
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
