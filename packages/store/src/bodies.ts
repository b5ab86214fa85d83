import { giveBack, type DeliveryLease, type DeliveryStore, type LogRecord } from '@weir/engine';
import pg from 'pg';
import { CopiedRows } from './copied.ts';
import type { Queryable } from './database.ts';

/** Rows of the first query of a batch: enough to know how large records are, few enough to be bounded when they are large. */
const FIRST_ROWS = 128;
/** Of a later one, when it is known. */
const MAX_ROWS = 2000;
/** Bodies stand next to each other in pieces of this size: a buffer of its own for each of thousands of records keeps the collector busy. */
const SLAB = 256 << 10;
/** The first piece of a batch: most batches are short. */
const FIRST_SLAB = 4 << 10;
/** How large records were in a lease's last batch. */
const averages = new WeakMap<object, number>();

/**
 * Consecutive records after `afterSeq`, ended by count or bytes; at least one when there is any. A few queries that ask for
 * about as many rows as still fit: a sum over a window would walk every row that might belong to the batch, and one large
 * answer cannot be read while it is made. `giveBack` frees what their bodies stand in.
 */
export async function readBatch(
  db: Queryable,
  lease: Pick<DeliveryLease, 'tenantId' | 'provider' | 'category'>,
  afterSeq: number,
  bounds: Parameters<DeliveryStore['read']>[2],
): Promise<{ records: LogRecord[]; giveBack: () => void }> {
  const { maxRecords, maxBytes, recordOverheadBytes, upTo = Number.MAX_SAFE_INTEGER } = bounds;
  const records: LogRecord[] = [];
  let bytes = 0;
  const known = averages.get(lease);
  let rows = known === undefined ? FIRST_ROWS : Math.min(MAX_ROWS, Math.ceil(maxBytes / known));
  const { keep, giveBack } = slabs();
  const timeOf = times();
  const literal = pg.escapeLiteral;
  const log = `${literal(lease.tenantId)}::uuid, (select id from category where provider = ${literal(lease.provider)} and name = ${literal(lease.category)})`;
  for (let after = afterSeq; ;) {
    const limit = Math.min(rows, maxRecords - records.length);
    let there = 0;
    let full = false;
    const page = new CopiedRows(
      `select seq, id, time, body from log_after(${log}, ${whole(after)}, ${whole(upTo)}, ${whole(limit)})`,
      (row) => {
        there += 1;
        if (full) return;
        const [seq, id, time] = [row.bigint(), row.text(), timeOf(row.time())];
        const size = row.length + recordOverheadBytes;
        full = records.length > 0 && bytes + size > maxBytes;
        if (full) return;
        bytes += size;
        records.push({ seq, id, time, body: row.bytes(keep) });
      },
    );
    await db.query(page);
    await page.done;
    const average = bytes / records.length;
    if (records.length > 0) averages.set(lease, average);
    if (full || there < limit || records.length >= maxRecords || bytes + average > maxBytes) return { records, giveBack };
    after = records.at(-1)!.seq;
    rows = Math.min(MAX_ROWS, Math.ceil((maxBytes - bytes) / average));
  }
}

/** Numbers as they stand in a statement that takes no parameters. */
const whole = (value: number): string => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number.`);
  return `${value}::bigint`;
};

/** Gives times as ISO 8601, UTC. Neighbours in a log are close to each other: the text of the minute is made once for them. */
function times(): (ms: number) => string {
  let minute = Number.NaN;
  let text = '';
  return (ms) => {
    const of = Math.floor(ms / 60_000);
    if (of !== minute) {
      minute = of;
      text = new Date(of * 60_000).toISOString().slice(0, -7);
    }
    const rest = ms - of * 60_000;
    return `${text}${rest < 10_000 ? '0' : ''}${(rest / 1000).toFixed(3)}Z`;
  };
}

/** `keep` gives copies of bytes that share buffers, `giveBack` frees all of them. */
function slabs(): { keep: (source: Buffer, from: number, to: number) => Buffer; giveBack: () => void } {
  const all: Buffer<ArrayBuffer>[] = [];
  let slab = Buffer.alloc(0);
  let at = 0;
  const take = (bytes: number) => {
    const buffer = Buffer.allocUnsafeSlow(bytes);
    all.push(buffer);
    return buffer;
  };
  return {
    keep(source, from, to) {
      const length = to - from;
      if (length > SLAB / 4) {
        const own = take(length);
        source.copy(own, 0, from, to);
        return own;
      }
      if (at + length > slab.length) {
        slab = take(Math.max(length, Math.min(SLAB, Math.max(FIRST_SLAB, slab.length * 4))));
        at = 0;
      }
      const start = at;
      at += source.copy(slab, start, from, to);
      return slab.subarray(start, at);
    },
    giveBack: () => all.forEach(giveBack),
  };
}
