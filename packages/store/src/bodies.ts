import type { DeliveryLease, DeliveryStore, LogRecord } from '@weir/engine';
import pg from 'pg';
import type { Queryable } from './database.ts';

/** Rows of the first query of a batch: enough to know how large records are, few enough to be bounded when they are large. */
const FIRST_ROWS = 128;
const MAX_ROWS = 2000;
/** Of a log whose records' size is known from the batch before. */
const KNOWN_ROWS = 512;
/** Bodies stand next to each other in pieces of this size: a buffer of its own for each of thousands of records keeps the collector busy. */
const SLAB = 256 << 10;
/** The first piece of a batch: most batches are short. */
const FIRST_SLAB = 4 << 10;
const TEXT: number = pg.types.builtins.TEXT;
const VARCHAR: number = pg.types.builtins.VARCHAR;
/** How large records were in a lease's last batch. */
const averages = new WeakMap<object, number>();

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
  const known = averages.get(lease);
  let rows = known === undefined ? FIRST_ROWS : Math.min(KNOWN_ROWS, Math.ceil(maxBytes / known));
  const types = typesOf(slabs());
  for (let after = afterSeq; ;) {
    const limit = Math.min(rows, maxRecords - records.length);
    const page = await db.query({
      text: `select seq, id::varchar, extract(epoch from time)::float8, body from record_body
      where tenant_id = $1 and category = (select id from category where provider = $2 and name = $3) and seq > $4 and seq <= $5 order by seq limit $6`,
      values: [lease.tenantId, lease.provider, lease.category, after, upTo, limit],
      rowMode: 'array',
      types,
    });
    // `rowMode` makes arrays of the rows, in the order of the columns.
    for (const row of page.rows as unknown as [number, string, number, Buffer][]) {
      const [seq, id, at, body] = row;
      if (records.length > 0 && bytes + body.length + recordOverheadBytes > maxBytes) return records;
      bytes += body.length + recordOverheadBytes;
      records.push({ seq, id, time: new Date(Math.round(at * 1000)).toISOString(), body });
    }
    const average = bytes / records.length;
    if (records.length > 0) averages.set(lease, average);
    if (page.rows.length < limit || records.length >= maxRecords || bytes + average > maxBytes) return records;
    after = records.at(-1)!.seq;
    rows = Math.min(MAX_ROWS, Math.ceil((maxBytes - bytes) / average));
  }
}

/**
 * How the driver reads the columns. A body becomes bytes as its row arrives: as a text it would be kept until the last row is
 * there, by then among what lives long, and memory would grow by what nobody needs any more.
 */
const typesOf = (keep: (text: string) => Buffer) => ({
  getTypeParser: (type: number): ((value: string) => unknown) => (type === TEXT ? keep : type === VARCHAR ? String : Number),
});

/** Gives texts as bytes that share buffers. */
function slabs(): (text: string) => Buffer {
  let slab = Buffer.alloc(0);
  let at = 0;
  return (text) => {
    const length = Buffer.byteLength(text);
    if (length > SLAB / 4) return Buffer.from(text);
    if (at + length > slab.length) {
      slab = Buffer.allocUnsafeSlow(Math.max(length, Math.min(SLAB, Math.max(FIRST_SLAB, slab.length * 4))));
      at = 0;
    }
    const from = at;
    at += slab.write(text, from, length);
    return slab.subarray(from, at);
  };
}
