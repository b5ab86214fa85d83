import type { AuditFilter, AuditRow } from '@weir/contract';
import { iso, isoOrNull, type Queryable, type Row } from './database.ts';
import { readCursor, scopeOf, writeCursor, type Position } from './cursor.ts';

export interface StoredRecord {
  seq: number;
  id: string;
  time: string;
  body: string;
  original: string | null;
}
export interface ExportRow extends AuditRow {
  correlationId: string | null;
  body: string;
}
/** A filter whose start is decided. */
export type BoundFilter = AuditFilter & { from: string };

/** Exact values that one walk along an index may be split into; with more, the time index is walked and filtered. */
const MAX_WALKS = 40;
const CHUNK = 2000;
const columns = 'r.seq, r.id, r.time, r.actor, r.application, r.operation, r.targets, r.audit_category, r.result';

/** Searching one category's log of one tenant. Each method is bounded: pages, chunks, or a key. */
export class AuditSearch {
  readonly #db: Queryable;
  readonly #tenantId: string;
  readonly #category: number;
  readonly #cursorKey: string;
  constructor(db: Queryable, tenantId: string, category: number, cursorKey: string) {
    this.#db = db;
    this.#tenantId = tenantId;
    this.#category = category;
    this.#cursorKey = cursorKey;
  }

  /** One page, newest first. Throws `CursorInvalid`. */
  async page(
    filter: BoundFilter,
    options: { cursor?: string | undefined; limit: number },
  ): Promise<{ items: AuditRow[]; nextCursor: string | null }> {
    // The start is left out of the scope: "the last 30 days" begins a little later with every page.
    const scope = scopeOf(this.#tenantId, { ...filter, from: undefined });
    const after = options.cursor === undefined ? null : readCursor(this.#cursorKey, scope, options.cursor);
    const rows = await this.#rows(filter, after, options.limit + 1, columns);
    const items = rows.slice(0, options.limit).map(toRow);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > options.limit && last ? writeCursor(this.#cursorKey, scope, last) : null };
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

  /** Categories and activities that ever occurred here. */
  async filterOptions(): Promise<{ categories: string[]; activities: { category: string; name: string }[] }> {
    const { rows } = await this.#db.query<{ parent: string; value: string }>(
      `select parent, value from record_value where tenant_id = $1 and category = $2 and field = 'operation' order by value, parent`,
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

  /** Everything that the filter finds, newest first, in chunks: no long snapshot, and as much memory as one chunk. */
  async *exportRows(filter: BoundFilter): AsyncGenerator<ExportRow[]> {
    for (let after: Position | null = null; ;) {
      const rows = await this.#rows(filter, after, CHUNK, `${columns}, r.correlation_id`);
      if (rows.length > 0) {
        const bodies = await this.#bodies(rows);
        yield rows.map((row) => ({
          ...toRow(row),
          correlationId: row['correlation_id'] as string | null,
          body: bodies.get(row['seq'] as number)!,
        }));
      }
      if (rows.length < CHUNK) return;
      const last = toRow(rows.at(-1)!);
      after = { time: last.time, seq: last.seq };
    }
  }

  async #rows(filter: BoundFilter, after: Position | null, limit: number, select: string): Promise<Row[]> {
    const actors = filter.actor ? await this.#actors(filter.actor) : null;
    if (actors?.length === 0) return [];
    const values: unknown[] = [];
    const bind = (value: unknown): string => `$${values.push(value)}`;
    const where = [
      `r.tenant_id = ${bind(this.#tenantId)}`,
      `r.category = ${bind(this.#category)}`,
      `r.time >= ${bind(filter.from)}::timestamptz`,
    ];
    if (filter.to) where.push(`r.time < ${bind(filter.to)}::timestamptz`);
    if (after) {
      const time = bind(after.time);
      // The bare bound on time says nothing new, but it lets the planner leave later partitions out.
      where.push(`r.time <= ${time}::timestamptz`, `(r.time, r.seq) < (${time}::timestamptz, ${bind(after.seq)}::bigint)`);
    }
    const lists: { column: string; list: readonly string[] }[] = [
      ...(actors ? [{ column: 'actor', list: actors }] : []),
      ...(filter.activity.length > 0 ? [{ column: 'operation', list: filter.activity }] : []),
      ...(filter.category.length > 0 ? [{ column: 'audit_category', list: filter.category }] : []),
    ];
    // The first short list is walked along its own index, value by value; the others only filter what the walk meets.
    const walked = lists.find((l) => l.list.length <= MAX_WALKS);
    for (const { column, list } of lists) if (column !== walked?.column) where.push(`r.${column} = any (${bind(list)}::text[])`);
    const order = 'order by time desc, seq desc';
    const statement = walked
      ? `select w.* from unnest(${bind([...new Set(walked.list)])}::text[]) as v(value) cross join lateral (
           select ${select} from record r where ${where.join(' and ')} and r.${walked.column} = v.value order by r.time desc, r.seq desc limit ${bind(limit)}
         ) w ${order} limit ${bind(limit)}`
      : `select ${select} from record r where ${where.join(' and ')} order by r.time desc, r.seq desc limit ${bind(limit)}`;
    return (await this.#db.query(statement, values)).rows;
  }

  /** The bodies of rows that are sorted newest first. Their times only spare the months that they cannot be in. */
  async #bodies(rows: readonly Row[]): Promise<Map<number, string>> {
    const found = await this.#db.query<{ seq: number; body: string }>(
      `select seq, body from record_body where tenant_id = $1 and category = $2 and seq = any ($3::bigint[]) and time between $4 and $5`,
      [this.#tenantId, this.#category, rows.map((r) => r['seq']), rows.at(-1)!['time'], rows[0]!['time']],
    );
    return new Map(found.rows.map((r) => [r.seq, r.body]));
  }

  /** Actors whose name holds the text, whatever its case. A tenant has few actors and many records. */
  async #actors(text: string): Promise<string[]> {
    const { rows } = await this.#db.query<{ value: string }>(
      `select value from record_value where tenant_id = $1 and category = $2 and field = 'actor' and strpos(lower(value), lower($3)) > 0 limit 5000`,
      [this.#tenantId, this.#category, text.trim().toWellFormed()],
    );
    return rows.map((r) => r.value);
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
  };
}
