import type { Query } from '@weir/contract';
import type { Row } from '../database.ts';
import { iso } from '../database.ts';
import type { Position } from '../cursor.ts';
import { Binder, compile, type Compiled, type Log } from './compile.ts';

/** Time span and query of a search. `from` is included, `to` is not; UTC. */
export interface Search {
  query: Query;
  from: string;
  to: string | undefined;
}
/** Exact values that one walk along an index may be split into. */
const MAX_WALKS = 40;
/** Columns that have an index with the time: the rarer first. */
const walkable = ['actor', 'operation', 'audit_category'] as const;
/** Rows of a walk before the word index is asked: a common match is among the newest, a rare one is not. */
const WALK = 3_000;
/** Months that are asked at a time: each takes a connection. */
const PARALLEL = 4;
const MONTH_MS = 31 * 86_400_000;

/**
 * The newest rows that a search finds, below a position. Walks the newest rows first, which finds what is common; then asks
 * the word index month by month, newest first and some at a time, and stops as soon as there are enough. Every statement is
 * bounded, by rows or by a month.
 */
export async function newest(
  log: Log,
  search: Search,
  after: Position | null,
  limit: number,
  columns: string,
  firstWalk = WALK,
): Promise<Row[]> {
  const compiled = await compile(log, search.query);
  if (compiled.nothing) return [];
  const rows: Row[] = [];
  let below = after;
  // A few rows first: mostly they are enough, and most of a second's work is spared.
  for (const size of [Math.min(firstWalk, limit * 4), firstWalk]) {
    const walked = await walk(log, search, compiled, below, limit - rows.length, Math.max(size, limit), columns);
    rows.push(...walked.rows);
    if (rows.length >= limit || !walked.more) return rows;
    below = walked.last;
  }
  for (const months of inBatches(monthsDown(search.from, below!.time), [1, PARALLEL])) {
    const found = await Promise.all(months.map((m) => inMonth(log, search, compiled, m, below!, limit - rows.length, columns)));
    for (const some of found) rows.push(...some.slice(0, limit - rows.length));
    if (rows.length >= limit) return rows;
  }
  return rows;
}

/** Conditions on log, time and position that every statement has. */
export function bounds(log: Log, search: { from: string; to: string | undefined }, b: Binder, after: Position | null = null): string {
  const where = [
    `r.tenant_id = ${b.bind(log.tenantId)}`,
    `r.category = ${b.bind(log.category)}`,
    `r.time >= ${b.bind(search.from)}::timestamptz`,
  ];
  if (search.to) where.push(`r.time < ${b.bind(search.to)}::timestamptz`);
  if (after) {
    const time = b.bind(after.time);
    // The bare bound on time says nothing new, but it lets the planner leave later partitions out.
    where.push(`r.time <= ${time}::timestamptz`, `(r.time, r.seq) < (${time}::timestamptz, ${b.bind(after.seq)}::bigint)`);
  }
  return where.join(' and ');
}
/** Conditions that the word index can answer. */
export const byIndex = (compiled: Compiled, b: Binder): string =>
  compiled.groups.map((g) => (g.length === 1 ? `r.tokens @> ${b.bind(g)}::int[]` : `r.tokens && ${b.bind(g)}::int[]`)).join(' and ');

const order = 'order by time desc, seq desc';

/** Looks at the next `size` rows along the best index. `last` is the last one that was looked at. */
async function walk(
  log: Log,
  search: Search,
  compiled: Compiled,
  after: Position | null,
  limit: number,
  size: number,
  columns: string,
): Promise<{ rows: Row[]; more: boolean; last: Position | null }> {
  const b = new Binder();
  const within = bounds(log, search, b, after);
  const column = walkable.find((c) => (compiled.columns.get(c)?.length ?? Number.POSITIVE_INFINITY) <= MAX_WALKS);
  // Without other conditions the rows that are looked at are the rows that are found.
  const plain = search.query.kind === 'all' || (column !== undefined && search.query.kind !== 'and');
  const n = b.bind(plain ? limit : size);
  const inner = column
    ? `select r.* from unnest(${b.bind(compiled.columns.get(column))}::text[]) as v(value) cross join lateral (
        select r.* from record r where ${within} and r.${column} = v.value order by r.time desc, r.seq desc limit ${n}
      ) r order by r.time desc, r.seq desc limit ${n}`
    : `select r.* from record r where ${within} order by r.time desc, r.seq desc limit ${n}`;
  if (plain) {
    const { rows } = await log.db.query(
      `select ${columns} from (${inner}) r order by r.time desc, r.seq desc limit ${b.bind(limit)}`,
      b.values,
    );
    return { rows, more: false, last: null };
  }
  const { rows } = await log.db.query(
    `with w as materialized (${inner}),
      hit as (select ${columns} from w r where ${compiled.where(b)} order by r.time desc, r.seq desc limit ${b.bind(limit)})
    select hit.*, t.walked, t.last_time, t.last_seq from (
      select count(*) as walked, (select time from w order by time, seq limit 1) as last_time, (select seq from w order by time, seq limit 1) as last_seq from w
    ) t left join hit on true ${order}`,
    b.values,
  );
  const total = rows[0]!;
  return {
    rows: rows.filter((r) => r['id'] !== null),
    more: (total['walked'] as number) >= size,
    last: total['last_time'] === null ? null : { time: iso(total['last_time']), seq: total['last_seq'] as number },
  };
}

/**
 * What one month holds. With the word index the rows are materialized first: sorted along the time index, a rare word would
 * cost the whole month. What no index can find is read along the time, and ends as soon as there is enough.
 */
async function inMonth(
  log: Log,
  search: Search,
  compiled: Compiled,
  month: Span,
  below: Position,
  limit: number,
  columns: string,
): Promise<Row[]> {
  const b = new Binder();
  const span = { from: month.from, to: search.to !== undefined && search.to < month.to ? search.to : month.to };
  const within = bounds(log, span, b, below);
  const newestFirst = 'order by r.time desc, r.seq desc limit';
  const statement =
    compiled.groups.length > 0
      ? `with m as materialized (select r.* from record r where ${within} and ${byIndex(compiled, b)} and ${compiled.where(b)}) select ${columns} from m r ${newestFirst} ${b.bind(limit)}`
      : `select ${columns} from record r where ${within} and ${compiled.where(b)} ${newestFirst} ${b.bind(limit)}`;
  return (await log.db.query(statement, b.values)).rows;
}

export interface Span {
  from: string;
  to: string;
}
/** Calendar months (UTC) from a time down to another, cut at both ends; the upper end is included. */
export function monthsDown(from: string, top: string): Span[] {
  const spans: Span[] = [];
  const start = Date.parse(from);
  let upper = Date.parse(top) + 1;
  while (upper > start) {
    const d = new Date(upper - 1);
    const lower = Math.max(start, Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), 1));
    spans.push({ from: new Date(lower).toISOString(), to: new Date(upper).toISOString() });
    upper = lower;
    // Nothing is older than records can be: an open start must not become thousands of months.
    if (spans.length * MONTH_MS > 40 * 366 * 86_400_000) break;
  }
  return spans;
}
function* inBatches<T>(list: readonly T[], sizes: readonly number[]): Generator<T[]> {
  for (let at = 0, n = 0; at < list.length; n += 1) {
    const size = sizes[Math.min(n, sizes.length - 1)]!;
    yield list.slice(at, at + size);
    at += size;
  }
}
