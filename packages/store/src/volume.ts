import type { Queryable } from './database.ts';

/** So many of the newest records say what one weighs. */
const SAMPLE = 200;

/** What one category brought since a time. */
export interface MeasuredVolume {
  /** Without its provider, such as `AuditLogs`. */
  readonly category: string;
  /** From the hours' counts, by the records' own time. */
  readonly records: number;
  /** The first hour that brought any record, when that is later than the time that was asked for: nothing was collected before. */
  readonly since: Date;
  /** Mean bytes of the Azure-format body, of the newest 200 records. */
  readonly bytesPerRecord: number;
}

/**
 * How much each category of a log provider brought one tenant since a time. Categories without any record are left out.
 * Cheap: it reads the counts of hours, and the bodies of a sample.
 */
export async function volumeSince(db: Queryable, tenantId: string, provider: string, since: Date): Promise<MeasuredVolume[]> {
  const { rows } = await db.query<{ category: string; records: number; first: Date; bytes: number | null }>(
    `select c.name as category, h.first, s.bytes,
      (select coalesce(sum(n), 0)::bigint from record_hour o
        where o.tenant_id = $1 and o.category = c.id and o.hour >= date_trunc('hour', $3::timestamptz, 'UTC') and o.hour <= now()) as records
    from category c join head on head.tenant_id = $1 and head.category = c.id
    cross join lateral (select min(hour) as first from record_hour o where o.tenant_id = $1 and o.category = c.id) h
    cross join lateral (
      select avg(octet_length(b.body))::float8 as bytes from record_body b
      where b.tenant_id = $1 and b.category = c.id and b.seq > head.seq - $4 and b.seq <= head.seq
    ) s
    where c.provider = $2 and h.first is not null order by c.name`,
    [tenantId, provider, since.toISOString(), SAMPLE],
  );
  return rows.flatMap(({ category, records, first, bytes }) =>
    bytes === null ? [] : [{ category, records, since: new Date(Math.max(first.getTime(), since.getTime())), bytesPerRecord: bytes }],
  );
}
