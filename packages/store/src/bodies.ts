import type { DeliveryLease, DeliveryStore, LogRecord } from '@weir/engine';
import type { Queryable } from './database.ts';

/** Rows of the first query of a batch: enough to know how large records are, few enough to be bounded when they are large. */
const FIRST_ROWS = 128;
const MAX_ROWS = 2000;

/**
 * Consecutive records after `afterSeq`, ended by count or bytes; at least one when there is any. A few queries that ask for
 * about as many rows as still fit: a sum over a window would walk every row that might belong to the batch, and one large
 * answer cannot be read while it is made.
 */
export async function readBatch(
  db: Queryable,
  lease: Pick<DeliveryLease, 'tenantId' | 'provider' | 'category'>,
  afterSeq: number,
  bounds: Parameters<DeliveryStore['read']>[2],
): Promise<LogRecord[]> {
  const { maxRecords, maxBytes, recordOverheadBytes, upTo = Number.MAX_SAFE_INTEGER } = bounds;
  const records: LogRecord[] = [];
  let bytes = 0;
  let rows = FIRST_ROWS;
  for (let after = afterSeq; ;) {
    const limit = Math.min(rows, maxRecords - records.length);
    const page = await db.query<{ seq: number; id: string; at: number; body: string }>(
      `select seq, id, extract(epoch from time)::float8 as at, body from record_body
      where tenant_id = $1 and category = (select id from category where provider = $2 and name = $3) and seq > $4 and seq <= $5 order by seq limit $6`,
      [lease.tenantId, lease.provider, lease.category, after, upTo, limit],
    );
    for (const row of page.rows) {
      const body = Buffer.from(row.body);
      if (records.length > 0 && bytes + body.length + recordOverheadBytes > maxBytes) return records;
      bytes += body.length + recordOverheadBytes;
      records.push({ seq: row.seq, id: row.id, time: new Date(Math.round(row.at * 1000)).toISOString(), body });
    }
    const average = bytes / records.length;
    if (page.rows.length < limit || records.length >= maxRecords || bytes + average > maxBytes) return records;
    after = records.at(-1)!.seq;
    rows = Math.min(MAX_ROWS, Math.ceil((maxBytes - bytes) / average));
  }
}
