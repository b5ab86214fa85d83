import type { Cut, LogRecord, Shaper } from '@weir/engine';
import { readBatch } from './bodies.ts';
import type { Queryable, Row } from './database.ts';
import { factColumns, toSearchable, type Shapes } from './shapes.ts';

/** Records that are looked at for one cut: a lease must be renewed, and what was found must go, before the rest of a long log is looked at. */
export const MAX_LOOKS = 20_000;
/** Records that one statement looks at; fewer where their bodies are needed for it. */
const PAGE = 1_000;
const PAGE_WITH_BODIES = 200;
/** Bodies that one statement brings. */
const BODIES = 200;

interface Log {
  readonly tenantId: string;
  readonly provider: string;
  readonly category: string;
}
interface Bounds {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly recordOverheadBytes: number;
  /** The last record that may be looked at. */
  readonly upTo?: number;
  /** No end but `upTo` and the other bounds. */
  readonly whole?: boolean;
}
/** A cut, and the numbers in its range that the log has no record for: there are none in a log that nobody tampered with. */
export type CutOfLog = Cut & { readonly holes: readonly number[] };

const NOT_JSON = {
  code: 'NotMaskable',
  message: 'The record is no JSON, so the fields that the setting masks cannot be found in it.',
  remedy: 'Skip it, or resend it after the masking was taken out of the setting.',
};

/** What comes after a record in a log, as a shape lets it out: the same for a delivery, a replay and a verification. */
export async function readCut(
  db: Queryable,
  shapes: Pick<Shapes, 'get'>,
  log: Log,
  shapeId: string | null,
  afterSeq: number,
  bounds: Bounds,
): Promise<CutOfLog> {
  const shape = !shapeId ? null : await shapes.get(log.tenantId, shapeId);
  if (!shape?.filters) {
    const { records: read, giveBack } = await readBatch(db, log, afterSeq, bounds);
    const records = shape?.masks ? read.map((r) => masked(shape, r)) : read;
    const through = records.at(-1)?.seq ?? afterSeq;
    const holes = through - afterSeq === records.length ? [] : missing(afterSeq, through, new Set(records.map((r) => r.seq)));
    return { records, through, more: false, holes, giveBack };
  }
  return new Reader(db, shape, log, bounds).read(afterSeq);
}

const masked = (shape: Shaper, record: LogRecord): LogRecord => {
  const body = shape.body(record.body);
  return body === null ? { ...record, fault: NOT_JSON } : body === record.body ? record : { ...record, body };
};
const missing = (after: number, through: number, there: ReadonlySet<number>): number[] => {
  const holes: number[] = [];
  for (let seq = after + 1; seq <= through; seq += 1) if (!there.has(seq)) holes.push(seq);
  return holes;
};

/** Looks at facts first and fetches only the bodies of what goes: a condition that leaves out nearly all must cost nearly nothing. */
class Reader {
  readonly #db: Queryable;
  readonly #shape: Shaper;
  readonly #log: Log;
  readonly #bounds: Bounds;
  constructor(db: Queryable, shape: Shaper, log: Log, bounds: Bounds) {
    this.#db = db;
    this.#shape = shape;
    this.#log = log;
    this.#bounds = bounds;
  }

  async read(afterSeq: number): Promise<CutOfLog> {
    const { maxRecords, maxBytes, recordOverheadBytes, whole = false } = this.#bounds;
    const size = this.#shape.asksForText ? PAGE_WITH_BODIES : PAGE;
    const records: LogRecord[] = [];
    const holes: number[] = [];
    let [after, bytes, looks] = [afterSeq, 0, 0];
    const ended = (through: number, more = false): CutOfLog => ({ records, through, more, holes: holes.filter((seq) => seq <= through) });
    for (;;) {
      const facts = await lookAt(this.#db, this.#log, after, this.#bounds.upTo ?? Number.MAX_SAFE_INTEGER, size, this.#shape.asksForText);
      looks += facts.length;
      const last = facts.at(-1)?.['seq'] as number | undefined;
      if (last === undefined) return ended(after);
      if (last - after !== facts.length) holes.push(...missing(after, last, new Set(facts.map((f) => f['seq'] as number))));
      const going = facts.filter((f) => this.#shape.passes(toSearchable(f, this.#shape.asksForText)));
      for (let n = 0; n < going.length; n += BODIES) {
        for (const read of await this.#records(going.slice(n, n + BODIES))) {
          const record = masked(this.#shape, read);
          if (records.length >= maxRecords) return ended(records.at(-1)!.seq);
          if (records.length > 0 && bytes + record.body.length + recordOverheadBytes > maxBytes) return ended(record.seq - 1);
          bytes += record.body.length + recordOverheadBytes;
          records.push(record);
        }
      }
      after = last;
      if (facts.length < size || records.length >= maxRecords) return ended(after);
      if (!whole && looks >= MAX_LOOKS) return ended(after, true);
    }
  }

  async #records(facts: readonly Row[]): Promise<LogRecord[]> {
    const bodies = new Map(facts.flatMap((f) => (f['body'] === undefined ? [] : [[f['seq'] as number, f['body'] as string] as const])));
    if (bodies.size < facts.length) {
      const { rows } = await this.#db.query<{ seq: number; body: string }>(
        `select seq, body from record_body
        where tenant_id = $1 and category = (select id from category where provider = $2 and name = $3) and seq = any ($4::bigint[])`,
        [this.#log.tenantId, this.#log.provider, this.#log.category, facts.map((f) => f['seq'])],
      );
      for (const { seq, body } of rows) bodies.set(seq, body);
    }
    return facts.map((f) => ({
      seq: f['seq'] as number,
      id: f['id'] as string,
      time: new Date(Math.round((f['at'] as number) * 1000)).toISOString(),
      body: Buffer.from(bodies.get(f['seq'] as number)!),
    }));
  }
}

/** What a condition may ask of the next records. Narrow rows have no index by sequence number: each is fetched by its own key, as `tail` does. */
async function lookAt(db: Queryable, log: Log, after: number, upTo: number, limit: number, texts: boolean): Promise<Row[]> {
  const { rows } = await db.query(
    `with p as materialized (
      select tenant_id, category, seq, id, time ${texts ? ', body, original' : ''} from record_body
      where tenant_id = $1 and category = (select id from category where provider = $2 and name = $3) and seq > $4::bigint and seq <= $5::bigint
      order by seq limit $6
    )
    select p.seq, p.id, extract(epoch from p.time)::float8 as at, ${texts ? 'p.body, p.original,' : ''} r.known, ${factColumns}
    from p left join lateral (
      select r.*, true as known from record r where r.tenant_id = p.tenant_id and r.category = p.category and r.time = p.time and r.seq = p.seq offset 0
    ) r on true order by p.seq`,
    [log.tenantId, log.provider, log.category, after, upTo, limit],
  );
  const lost = rows.find((r) => r['known'] !== true);
  if (lost) throw new Error(`Record ${String(lost['seq'])} of ${log.provider}/${log.category} has no row to ask a condition of.`);
  return rows;
}

/**
 * Ranges of a delivery's ledger from `firstSeq` to `lastSeq` that the condition left out, by the version that each batch was cut
 * with; what is in no batch is not in them.
 */
export async function leftOut(
  db: Queryable,
  shapes: Pick<Shapes, 'get'>,
  delivery: { readonly tenantId: string; readonly deliveryId: string; readonly replayId?: string | null },
  firstSeq: number,
  lastSeq: number,
): Promise<{ firstSeq: number; lastSeq: number }[]> {
  const { tenantId, deliveryId, replayId = null } = delivery;
  // Not `is not distinct from`, which no index serves.
  const whose = (batch: string) => `${batch}.replay_id ${replayId === null ? 'is null' : '= $5'}`;
  const { rows } = await db.query(
    `select b.first_seq, b.last_seq, b.records, b.shape_id, c.provider, c.name as category
    from delivered_batch b join delivery d on d.id = b.delivery_id join category c on c.id = d.category
    where b.tenant_id = $1 and b.delivery_id = $2 and ${whose('b')} and b.filtered > 0 and b.last_seq >= $3 and b.first_seq <= $4
      and b.first_seq >= coalesce((select max(o.first_seq) from delivered_batch o where o.tenant_id = $1 and o.delivery_id = $2 and ${whose('o')} and o.first_seq <= $3), $3)
    order by b.first_seq`,
    [tenantId, deliveryId, firstSeq, lastSeq, ...(replayId === null ? [] : [replayId])],
  );
  const ranges: { firstSeq: number; lastSeq: number }[] = [];
  const add = (from: number, to: number) => {
    const before = ranges.at(-1);
    if (before?.lastSeq === from - 1) before.lastSeq = to;
    else ranges.push({ firstSeq: from, lastSeq: to });
  };
  for (const row of rows) {
    const [from, to] = [Math.max(firstSeq, row['first_seq'] as number), Math.min(lastSeq, row['last_seq'] as number)];
    if (row['records'] === 0) {
      add(from, to);
      continue;
    }
    const shape = await shapes.get(tenantId, row['shape_id'] as string);
    const log = { tenantId, provider: row['provider'] as string, category: row['category'] as string };
    const size = shape.asksForText ? PAGE_WITH_BODIES : PAGE;
    for (let after = from - 1; after < to;) {
      const facts = await lookAt(db, log, after, to, size, shape.asksForText);
      for (const f of facts) if (!shape.passes(toSearchable(f, shape.asksForText))) add(f['seq'] as number, f['seq'] as number);
      after = facts.length < size ? to : (facts.at(-1)!['seq'] as number);
    }
  }
  return ranges;
}
