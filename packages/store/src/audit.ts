import { printQuery, type AuditRow, type Query } from '@weir/contract';
import { iso, isoOrNull, type Queryable, type Row } from './database.ts';
import { readCursor, scopeOf, writeCursor, type Position } from './cursor.ts';
import { earlierRecords, type Earlier } from './search/earlier.ts';
import { newest, type Search } from './search/page.ts';
import { headOf, tail } from './search/tail.ts';
import { countFound } from './search/count.ts';
import { summarize, type FacetField, type Summary } from './search/summary.ts';
import type { TokenFrequency } from './search/frequency.ts';
import { fold } from './search/text.ts';
import { everything, positionOf, type Selection, type Texts } from './search/walk-all.ts';
import type { Log } from './search/compile.ts';
import type { Shapes } from './shapes.ts';
import { deliveriesOf, whereabouts, type KnownDelivery, type Whereabouts } from './whereabouts.ts';

export interface StoredRecord {
  seq: number;
  id: string;
  time: string;
  body: string;
  original: string | null;
}
export interface ExportedBody {
  body: string;
  /** The Graph object, where the record came from Graph. */
  original: string | null;
}
export type ReadRecord = AuditRow & ExportedBody;
/** A search whose ends may be open. */
export type OpenSearch = Pick<Search, 'query' | 'order'> & { from: string | null; to: string | null };
export interface ExportPage {
  rows: readonly Texts[];
  /** In the order of the rows; null when they were not asked for. */
  bodies: readonly ExportedBody[] | null;
  last: Position;
}
/** Fields that a file can be made of without the bodies. A list is JSON. */
const exportFields = {
  id: 'r.id',
  actor: 'r.actor',
  application: 'r.application',
  activity: 'r.operation',
  // Most records have one target: making JSON of it, and reading that, would take longer than the rest of the row.
  target: 'case when cardinality(r.targets) = 1 then r.targets[1] end',
  targets: 'case when cardinality(r.targets) > 1 then array_to_json(r.targets) end',
  types: 'array_to_json(r.target_types)',
  category: 'r.audit_category',
  status: 'r.result',
  correlationId: 'r.correlation_id',
} as const;
export type ExportField = keyof typeof exportFields;
/** Rows of a page without bodies. */
const CHUNK = 5_000;
/** With bodies: rows of the first page, and about how much text later ones hold. */
const FIRST_BODIES = 200;
const BODY_CHARS = 2_000_000;
/** A page is asked for again and again while a person waits: so long, in ms, one of them may take before it says what it has. */
const PAGE_MS = 100;
/** Records that are read in full at a time, for a count and for a page. */
const COUNT_CHUNK = 2_000;
const SMALL_CHUNK = 500;
/** A page that takes longer, in ms, ends with what it has: a script goes on by itself, and is cut off by proxies. */
const RECORD_PAGE_MS = 5_000;
/** A page of large records ends early: an answer is held in memory as a whole. */
const PAGE_CHARS = 16_000_000;
const columns =
  'r.seq, r.id, r.time, r.actor, r.application, r.operation, r.targets, r.target_types, r.audit_category, r.result, r.correlation_id';

/** Searching one category's log of one tenant. Each method is bounded: pages, chunks, or a key. */
export class AuditSearch {
  readonly #db: Queryable;
  readonly #tenantId: string;
  readonly #category: number;
  readonly #cursorKey: string;
  readonly #frequency: TokenFrequency;
  readonly #shapes: Shapes;
  constructor(db: Queryable, tenantId: string, category: number, cursorKey: string, frequency: TokenFrequency, shapes: Shapes) {
    this.#shapes = shapes;
    this.#db = db;
    this.#tenantId = tenantId;
    this.#category = category;
    this.#cursorKey = cursorKey;
    this.#frequency = frequency;
  }
  get #log(): Log {
    return { db: this.#db, tenantId: this.#tenantId, category: this.#category, frequency: this.#frequency };
  }

  /**
   * One page, newest first unless the search says otherwise. A search that takes long ends after about `PAGE_MS` with what it found so far; `searchedTo`
   * then says how far it looked, and the cursor goes on from there. Throws `CursorInvalid`.
   */
  async page(
    search: Search,
    options: { cursor?: string | undefined; limit: number },
  ): Promise<{ items: AuditRow[]; nextCursor: string | null; searchedTo: string | null }> {
    // The start is left out of the scope: "the last 30 days" begins a little later with every page.
    // Nor does the end of an upward list belong to it: "until now" is a little later with every page.
    const up = search.order === 'asc';
    const scope = scopeOf(this.#tenantId, { ...(up ? { up } : { to: search.to }), query: printQuery(search.query) });
    const after = options.cursor === undefined ? null : readCursor(this.#cursorKey, scope, options.cursor);
    const { rows, stopped } = await newest(this.#log, search, after, columns, { rows: options.limit + 1, budgetMs: PAGE_MS });
    const items = rows.slice(0, options.limit).map(toRow);
    const next = stopped ?? (rows.length > options.limit ? items.at(-1) : undefined);
    return { items, nextCursor: next ? writeCursor(this.#cursorKey, scope, next) : null, searchedTo: stopped?.time ?? null };
  }

  /**
   * Records that a search finds, with their bodies, newest first. `walk`: rows to look at before the word index is asked; few
   * when what is looked for is rare. Ends after `budgetMs` as `page` does. Throws `CursorInvalid`.
   */
  async read(
    search: Search,
    options: { cursor?: string | undefined; limit: number; walk: number; budgetMs: number },
  ): Promise<{ items: ReadRecord[]; nextCursor: string | null; searchedTo: string | null }> {
    const { cursor, limit, walk, budgetMs } = options;
    const scope = scopeOf(this.#tenantId, { read: search.to ?? '', query: printQuery(search.query) });
    const after = cursor === undefined ? null : readCursor(this.#cursorKey, scope, cursor);
    const limits = { rows: limit + 1, longestWalk: walk, budgetMs };
    const { rows, stopped } = await newest(this.#log, search, after, columns, limits);
    const page = rows.slice(0, limit);
    const found = page.map(toRow);
    const bodies = await this.#bodies(found, found[0]?.time, found.at(-1)?.time);
    const items = page.map((row, n) => ({
      ...found[n]!,
      ...bodies.get(row['seq'] as number)!,
    }));
    const next = stopped ?? (rows.length > limit ? items.at(-1) : undefined);
    return { items, nextCursor: next ? writeCursor(this.#cursorKey, scope, next) : null, searchedTo: stopped?.time ?? null };
  }

  /** One record by the id its source gave it; null when this tenant has none of that id. */
  async get(id: string): Promise<StoredRecord | null> {
    const found = await this.#db.query<{ seq: number; time: Date }>(
      `select seq, time from record where tenant_id = $1 and category = $2 and id = $3 order by time desc limit 1`,
      [this.#tenantId, this.#category, id],
    );
    const at = found.rows[0];
    if (!at) return null;
    // Asked apart: joined, the planner may read a whole month of bodies while it has no statistics of it yet.
    const { rows } = await this.#db.query(
      `select seq, id, time, body, original from record_body where tenant_id = $1 and category = $2 and seq = $3 and time = $4`,
      [this.#tenantId, this.#category, at.seq, at.time],
    );
    const row = rows[0];
    return row
      ? { seq: row['seq'] as number, id, time: iso(row['time']), body: row['body'] as string, original: row['original'] as string | null }
      : null;
  }

  /** Records before one that name an id, newest first, of the 400 days before it. */
  earlier(id: string, named: string, limit: number): Promise<Earlier> {
    return earlierRecords(this.#log, id, named, limit);
  }

  /**
   * One page of what `keep` makes of the records that a search finds, in full; null leaves one out, and `all` promises that
   * none is. A page ends after `limit`, after `budget` records, when it takes long or grows large: then it is short, and `nextCursor`
   * goes on. A cursor holds for its `scope` only. Throws `CursorInvalid`.
   */
  async recordPage<T extends string>(
    search: OpenSearch,
    keep: (record: StoredRecord) => T | null,
    page: { limit: number; all: boolean; budget: number; scope: string; cursor?: string | undefined },
  ): Promise<{ items: T[]; nextCursor: string | null }> {
    const scope = scopeOf(this.#tenantId, page.scope);
    const items: T[] = [];
    let [at, looked, size] = [page.cursor === undefined ? null : readCursor(this.#cursorKey, scope, page.cursor), 0, 0];
    const end = () => ({ items, nextCursor: at && writeCursor(this.#cursorKey, scope, at) });
    const bounded = await this.#bounded(search);
    if (!bounded) return { items, nextCursor: null };
    const until = performance.now() + RECORD_PAGE_MS;
    for (;;) {
      // One more than are wanted: whether there is another page must not be a guess.
      const wanted = Math.min(SMALL_CHUNK, page.all ? page.limit + 1 - items.length : SMALL_CHUNK);
      const { records, stopped } = await this.#whole(bounded, at, wanted, until - performance.now());
      for (const record of records) {
        const made = keep(record);
        if (made !== null && (items.length === page.limit || size > PAGE_CHARS)) return end();
        if (made !== null) size += items[items.push(made) - 1]!.length;
        at = { time: record.time, seq: record.seq };
      }
      looked += records.length;
      if (stopped) {
        at = stopped;
        return end();
      }
      if (records.length < wanted) return { items, nextCursor: null };
      if (looked >= page.budget || performance.now() > until) return end();
    }
  }

  /** How many records a search finds, exactly; with `each` those that it keeps, or null when it would look at more than `budget`. */
  async count(search: OpenSearch, each: { keep: (record: StoredRecord) => boolean; budget: number } | null): Promise<number | null> {
    const bounded = await this.#bounded(search);
    if (!bounded) return 0;
    if (!each) return countFound(this.#log, bounded);
    let [kept, looked] = [0, 0];
    for (let at: Position | null = null; ;) {
      const { records }: { records: StoredRecord[] } = await this.#whole(bounded, at, COUNT_CHUNK);
      looked += records.length;
      if (looked > each.budget) return null;
      kept += records.filter(each.keep).length;
      if (records.length < COUNT_CHUNK) return kept;
      at = records.at(-1)!;
    }
  }

  /** A search with both ends: those of the log where it names none. Null when nothing lies between them. */
  async #bounded(search: OpenSearch): Promise<(Search & { to: string }) | null> {
    const { oldest, newest: last } = await this.extent();
    if (oldest === null || last === null) return null;
    const end = new Date(Date.parse(last) + 1).toISOString();
    const from = search.from === null || search.from < oldest ? oldest : search.from;
    const to = search.to === null || search.to > end ? end : search.to;
    return from < to ? { ...search, from, to } : null;
  }

  async #whole(
    search: Search,
    after: Position | null,
    limit: number,
    budgetMs = Number.POSITIVE_INFINITY,
  ): Promise<{ records: StoredRecord[]; stopped: Position | null }> {
    const { rows, stopped } = await newest(this.#log, search, after, 'r.seq, r.id, r.time', { rows: limit, budgetMs });
    const found = rows.map((row) => ({ seq: row['seq'] as number, id: row['id'] as string, time: iso(row['time']) }));
    const bodies = await this.#bodies(found, found[0]?.time, found.at(-1)?.time);
    return { records: found.map((record) => ({ ...record, ...bodies.get(record.seq)! })), stopped };
  }

  /** Categories and activities that ever occurred here. */
  async filterOptions(): Promise<{ categories: string[]; activities: { category: string; name: string }[] }> {
    const { rows } = await this.#db.query<{ parent: string; value: string }>(
      `select parent, value from record_value where tenant_id = $1 and category = $2 and field = 'activity' order by value, parent`,
      [this.#tenantId, this.#category],
    );
    return {
      categories: [...new Set(rows.map((r) => r.parent).filter(Boolean))].toSorted(),
      activities: rows.map((r) => ({ category: r.parent, name: r.value })),
    };
  }

  /** How much of this log there is. The count is the last sequence number: exact, and free. */
  async extent(): Promise<{ records: number; oldest: string | null; newest: string | null }> {
    const { rows } = await this.#db.query(
      `select coalesce((select seq from head where tenant_id = $1 and category = $2), 0) as records,
        (select time from record where tenant_id = $1 and category = $2 order by time limit 1) as oldest,
        (select time from record where tenant_id = $1 and category = $2 order by time desc limit 1) as newest`,
      [this.#tenantId, this.#category],
    );
    return { records: rows[0]!['records'] as number, oldest: isoOrNull(rows[0]!['oldest']), newest: isoOrNull(rows[0]!['newest']) };
  }

  /** Those of the ids that this log has, each once. */
  async having(ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.#db.query<{ id: string }>(
      'select distinct id from record where tenant_id = $1 and category = $2 and id = any ($3::text[])',
      [this.#tenantId, this.#category, ids],
    );
    return new Set(rows.map((r) => r.id));
  }

  /**
   * Everything that a selection finds, newest first, in pages: no long snapshot, and as much memory as two pages. Each row has
   * its time, its sequence number and the fields asked for, as text. With `bodies` pages are cut by their size, not by rows.
   */
  async *take(
    selection: Selection,
    options: { after: Position | null; fields: readonly ExportField[]; bodies: boolean },
  ): AsyncGenerator<ExportPage> {
    let chunk = options.bodies ? FIRST_BODIES : CHUNK;
    const columns = options.fields.map((f) => exportFields[f]);
    for await (const rows of everything(this.#log, selection, { after: options.after, columns, chunk: () => chunk })) {
      if (rows.length === 0) continue;
      const last = positionOf(rows.at(-1)!);
      if (!options.bodies) {
        yield { rows, bodies: null, last };
        continue;
      }
      const found = await this.#bodies(
        rows.map((r) => ({ seq: Number(r[1]) })),
        rows[0]![0],
        rows.at(-1)![0],
      );
      const bodies = rows.map((r) => {
        const body = found.get(Number(r[1]));
        if (!body) throw new Error(`Record ${r[1]} has no body any more.`);
        return body;
      });
      yield { rows, bodies, last };
      const size = bodies.reduce((sum, b) => sum + b.body.length + (b.original?.length ?? 0), 0) / bodies.length;
      chunk = Math.max(20, Math.min(CHUNK, Math.round(BODY_CHARS / size)));
    }
  }

  /** The last sequence number; 0 while there is no record. */
  head(): Promise<number> {
    return headOf(this.#log);
  }

  /**
   * What was appended after a sequence number and fits a query, oldest first. At most `limit` records are looked at; `lastSeq`
   * is how far that was, also when nothing fits. Called again and again with the last `lastSeq`, it leaves no record out.
   */
  async tail(query: Query, afterSeq: number, limit: number): Promise<{ rows: AuditRow[]; lastSeq: number }> {
    const { rows, lastSeq } = await tail(this.#log, query, afterSeq, limit, columns);
    return { rows: rows.map(toRow), lastSeq };
  }

  /** The deliveries that this log ever had. */
  deliveries(): Promise<KnownDelivery[]> {
    return deliveriesOf(this.#db, this.#tenantId, this.#category);
  }
  /** Where records went, as far as is known. */
  whereabouts(seqs: readonly (string | null)[]): Promise<Whereabouts[]> {
    return whereabouts(this.#db, this.#shapes, this.#tenantId, this.#category, seqs);
  }

  /** Counts of what a search finds. */
  summary(search: Search & { to: string }, bucketMs: number, by: 'status' | 'category', exactly: boolean): Promise<Summary> {
    return summarize(this.#log, search, bucketMs, by, exactly);
  }

  /** Values of a field that hold a text, the most frequent first. */
  async values(field: FacetField, contains: string): Promise<{ value: string; n: number }[]> {
    const { rows } = await this.#db.query<{ value: string; n: number }>(
      `select value, sum(n)::bigint as n from record_value where tenant_id = $1 and category = $2 and field = $3 and strpos(folded, $4) > 0
      group by value order by n desc, value limit 20`,
      [this.#tenantId, this.#category, field, fold(contains)],
    );
    return rows;
  }

  /** The bodies of rows. The times of the first and the last only spare the months that they cannot be in. */
  async #bodies(rows: readonly { seq: number }[], from: unknown, to: unknown): Promise<Map<number, ExportedBody>> {
    if (rows.length === 0) return new Map();
    const found = await this.#db.query<{ seq: number; body: string; original: string | null }>(
      `select seq, body, original from record_body where tenant_id = $1 and category = $2 and seq = any ($3::bigint[])
      and time between least($4::timestamptz, $5::timestamptz) and greatest($4::timestamptz, $5::timestamptz)`,
      [this.#tenantId, this.#category, rows.map((r) => r.seq), from, to],
    );
    return new Map(found.rows.map(({ seq, body, original }) => [seq, { body, original }]));
  }
}

function toRow(row: Row): AuditRow {
  return {
    id: row['id'] as string,
    seq: row['seq'] as number,
    time: iso(row['time']),
    actor: row['actor'] as string | null,
    application: row['application'] as string | null,
    activity: row['operation'] as string | null,
    targets: row['targets'] as string[],
    category: row['audit_category'] as string | null,
    result: row['result'] as string | null,
    targetTypes: row['target_types'] as string[],
    correlationId: row['correlation_id'] as string | null,
  };
}
