import type { Query } from '@weir/contract';
import type { Row } from '../database.ts';
import { iso } from '../database.ts';
import type { Position } from '../cursor.ts';
import { RARE } from './frequency.ts';
import { Binder, compile, type Compiled, type Log } from './compile.ts';
import { fold, SUCCESS } from './text.ts';

/** Time span and query of a search. `from` is included, `to` is not; UTC. */
export interface Search {
  query: Query;
  from: string;
  to: string | undefined;
  /** Newest first unless it says `asc`, which needs `to`. */
  order?: 'asc' | 'desc';
}
/** Exact values that one walk along an index may be split into. */
const MAX_WALKS = 40;
/** Columns that have an index with the time. That of the results leaves out Success. The word index and the time do for the others. */
const walkable = ['actor', 'result'] as const;
/** Rows that the first walk looks at, in pages: what most searches find is among the newest. */
const FIRST_PAGES = 4;
/** Rows that walking may look at before the word index is asked: about what one month of a rare word costs. */
const WALK = 4_000;
/** What no statistics name may still be in thousands of records, of which a page needs the newest: after so many, month by month. */
const LONE_ROWS = 120;
/** Rows of one step where there is no index to ask. */
const STEP = 12_000;
/** Where nothing tells how dense what is found lies, so many of the next rows are asked about first. */
const NEAR = 60_000;
/** And never about more: to count their hours would take longer than to find what is sought. */
const FAR = 250_000;
/** A statement should take about so long, in ms. */
const MOMENT_MS = 60;
const MINUTE_MS = 60_000;
/** Months that are asked at a time: each takes a connection. */
const PARALLEL = 4;
const MONTH_MS = 31 * 86_400_000;

export interface Limits {
  rows: number;
  /** After so many ms no further statement is begun. Without it the search goes on to its end. */
  budgetMs?: number;
  longestWalk?: number;
  mostLone?: number;
}
export interface Found {
  /** In the order of the search. */
  rows: Row[];
  /** The time was up: the search goes on from here. */
  stopped: Position | null;
}

/**
 * The newest rows that a search finds, below a position. Walks the newest rows first, and on as long as what it finds says
 * that the rest is near; then asks the word index month by month, newest first and some at a time, and stops as soon as there
 * are enough. What no index can find is walked to the end. Every statement is bounded, by rows or by a month. A search that asks
 * for the oldest first is answered the same way, upwards.
 */
export async function newest(log: Log, search: Search, after: Position | null, columns: string, limits: Limits): Promise<Found> {
  const { rows: limit, budgetMs = Number.POSITIVE_INFINITY, longestWalk = WALK, mostLone = LONE_ROWS } = limits;
  const until = performance.now() + budgetMs;
  const compiled = await compile(log, search.query);
  const rows: Row[] = [];
  if (compiled.nothing) return { rows, stopped: null };
  // One statement over everything: month by month would cost a round trip each, and find one record in one of them.
  if (compiled.lone && !isPlain(search, compiled)) {
    const part = { from: search.from, to: search.to };
    const found = await inSpan(log, search, compiled, part, after, limit, columns, mostLone);
    if (found.held < mostLone) return { rows: found.rows, stopped: null };
  }
  const indexed = compiled.groups.length > 0;
  let below = after;
  // What is rare is not among the newest: the index knows where it is.
  const rare = indexed && compiled.share < RARE && !isPlain(search, compiled);
  if (rare && below === null) {
    below = await top(log, search);
    if (below === null) return { rows, stopped: null };
  }
  let size = rare ? 0 : Math.min(longestWalk, limit * FIRST_PAGES);
  /** Among how many of the next rows enough of what is found should lie, as far as the walk can tell. */
  let near = NEAR;
  for (let seen = 0; size > 0;) {
    const walked = await walk(log, search, compiled, below, limit - rows.length, size, columns);
    rows.push(...walked.rows);
    if (rows.length >= limit || !walked.more) return { rows, stopped: null };
    below = walked.last!;
    if (performance.now() > until) return { rows, stopped: below };
    seen += size;
    // As dense as so far, or as the index says where that is less, and half again to be sure.
    const dense = Math.min(Math.max(rows.length, 0.5) / seen, compiled.share > 0 ? compiled.share : 1);
    const expected = Math.ceil(((limit - rows.length) / dense) * 1.5);
    if (rows.length > 0) near = expected;
    if (!indexed) size = Math.max(limit, Math.min(STEP, expected));
    else size = seen + expected <= longestWalk ? Math.max(expected, limit) : 0;
  }
  // Below the first sequence number of a time there is nothing at that time: it may be where a month ended.
  const highest = below!.seq > 0 ? below!.time : new Date(Date.parse(below!.time) - 1).toISOString();
  const up = search.order === 'asc';
  const left = up
    ? monthsDown(below!.time, new Date(Date.parse(search.to!) - 1).toISOString()).toReversed()
    : monthsDown(search.from, highest);
  /** Whether anything of the search lies beyond a span, and the time is up. No sequence number is as small as 0. */
  const cut = (span: Span): Position | null =>
    (up ? span.to < search.to! : span.from > search.from) && performance.now() > until ? { time: up ? span.to : span.from, seq: 0 } : null;
  const take = async (span: Span) => (await inSpan(log, search, compiled, span, below, limit - rows.length, columns)).rows;
  /** What is rare has few in a month: months are asked some at a time. */
  const byMonths = async (months: readonly Span[]): Promise<Found> => {
    for (const some of inBatches(months, [1, PARALLEL])) {
      for (const part of await Promise.all(some.map(take))) rows.push(...part.slice(0, limit - rows.length));
      const stopped = rows.length < limit ? cut(some.at(-1)!) : null;
      if (stopped || rows.length >= limit) return { rows, stopped };
    }
    return { rows, stopped: null };
  };
  if (rare) return byMonths(left);
  // What is less rare may be thousands of records a day: as much time is asked for at once as takes a moment. How much time the
  // next rows span only they can tell: a night or a weekend holds a hundredth of a day's work.
  // Never nothing: records that came at one moment say that what is sought lies there, and it may not.
  let width = await spanOf(log, search, below!.time, near);
  for (const piece of pieces(left, up, () => width)) {
    const began = performance.now();
    const before = rows.length;
    rows.push(...(await take(piece)));
    const stopped = rows.length < limit ? cut(piece) : null;
    if (stopped || rows.length >= limit) return { rows, stopped };
    const took = performance.now() - began;
    near = rows.length > before ? Math.ceil((((limit - rows.length) * near) / (rows.length - before)) * 1.5) : near * 2;
    if (took < MOMENT_MS / 2)
      width = rows.length > before && near <= FAR ? await spanOf(log, search, up ? piece.to : piece.from, near) : width * 2;
    else if (took > MOMENT_MS) width = Math.max(width / 2, MINUTE_MS);
    // Each word is common, and together they are not: half a month held none of it, in a moment.
    if (rows.length === before && took < MOMENT_MS / 2 && width >= MONTH_MS / 2)
      return byMonths(
        left
          .filter((m) => (up ? m.to > piece.to : m.from < piece.from))
          .map((m, n) => (n > 0 ? m : up ? { ...m, from: piece.to } : { ...m, to: piece.from })),
      );
  }
  return { rows, stopped: null };
}

/** Spans one after another, from the nearer end on, each as wide as `width` (ms) says when it is its turn. */
function* pieces(spans: readonly Span[], up: boolean, width: () => number): Generator<Span> {
  for (const span of spans) {
    let [low, high] = [Date.parse(span.from), Date.parse(span.to)];
    while (low < high) {
      const at = Math.round(up ? Math.min(low + width(), high) : Math.max(high - width(), low));
      yield { from: new Date(up ? low : at).toISOString(), to: new Date(up ? at : high).toISOString() };
      if (up) low = at;
      else high = at;
    }
  }
}

/** About how much time the next `rows` rows span, in ms, told by the hours' counts; without end when there are fewer. */
async function spanOf(log: Log, search: Search, from: string, rows: number): Promise<number> {
  const b = new Binder();
  const up = search.order === 'asc';
  const sought = Math.min(rows, FAR);
  // Streamed along the primary key, and done at the hour that is sought.
  const { rows: found } = await log.db.query(
    `select hour from (
      select hour, sum(n) over (order by hour ${up ? '' : 'desc'} rows unbounded preceding) as so_far from record_hour
      where tenant_id = ${b.bind(log.tenantId)} and category = ${b.bind(log.category)} and hour ${up ? '>' : '<'} ${b.bind(from)}::timestamptz
    ) h where so_far >= ${b.bind(sought)} limit 1`,
    b.values,
  );
  if (!found[0]) return Number.POSITIVE_INFINITY;
  return Math.max(Math.abs(Date.parse(iso(found[0]['hour'])) - Date.parse(from)), MINUTE_MS);
}

/** Just before the first record of the span, in the order of the search; null when it holds none. */
async function top(log: Log, search: Search): Promise<Position | null> {
  const b = new Binder();
  const { rows } = await log.db.query(
    `select r.time, r.seq from record r where ${bounds(log, search, b)} ${orderOf(search, 'r.')} limit 1`,
    b.values,
  );
  return rows[0] ? { time: iso(rows[0]['time']), seq: (rows[0]['seq'] as number) + (search.order === 'asc' ? -1 : 1) } : null;
}

/** Conditions on log, time and position that every statement has. */
export function bounds(log: Log, search: Omit<Search, 'query'>, b: Binder, after: Position | null = null): string {
  const where = [
    `r.tenant_id = ${b.bind(log.tenantId)}`,
    `r.category = ${b.bind(log.category)}`,
    `r.time >= ${b.bind(search.from)}::timestamptz`,
  ];
  if (search.to) where.push(`r.time < ${b.bind(search.to)}::timestamptz`);
  if (after) {
    const time = b.bind(after.time);
    // The bare bound on time says nothing new, but it lets the planner leave other partitions out.
    const sign = search.order === 'asc' ? '>' : '<';
    where.push(`r.time ${sign}= ${time}::timestamptz`, `(r.time, r.seq) ${sign} (${time}::timestamptz, ${b.bind(after.seq)}::bigint)`);
  }
  return where.join(' and ');
}
/** Conditions that the word index can answer. */
export const byIndex = (compiled: Compiled, b: Binder): string =>
  compiled.groups.map((g) => (g.length === 1 ? `r.tokens @> ${b.bind(g)}::int[]` : `r.tokens && ${b.bind(g)}::int[]`)).join(' and ');

const orderOf = (search: Pick<Search, 'order'>, row = ''): string => {
  const way = search.order === 'asc' ? '' : ' desc';
  return `order by ${row}time${way}, ${row}seq${way}`;
};
/** The column along whose index a walk goes, and what lets the planner use an index that leaves out Success. */
export function walkColumn(compiled: Compiled): { column: (typeof walkable)[number] | undefined; failed: string } {
  const column = walkable.find((c) => {
    const values = compiled.columns.get(c);
    return values !== undefined && values.length <= MAX_WALKS && !(c === 'result' && values.some((v) => fold(v) === SUCCESS));
  });
  return { column, failed: column === 'result' ? `and r.result <> 'Success'` : '' };
}

/** Without other conditions the rows that a walk looks at are the rows that are found. */
const isPlain = (search: Search, compiled: Compiled): boolean =>
  search.query.kind === 'all' || (search.query.kind !== 'and' && walkColumn(compiled).column !== undefined);

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
  const { column, failed } = walkColumn(compiled);
  const plain = isPlain(search, compiled);
  const n = b.bind(plain ? limit : size);
  const order = orderOf(search);
  const farthest = orderOf({ order: search.order === 'asc' ? 'desc' : 'asc' });
  // Whether a row fits is told before rows are sorted, and only what is shown is carried along: whole rows would not fit in memory.
  const hit = plain ? 'true' : `coalesce(${compiled.where(b)}, false)`;
  const along = (condition: string) =>
    `select ${columns}, ${hit} as hit from (select r.* from record r where ${within} ${condition} ${failed} ${orderOf(search, 'r.')} limit ${n}) r`;
  const values = column && compiled.columns.get(column)!;
  const walked = !column
    ? along('')
    : values!.length === 1
      ? along(`and r.${column} = ${b.bind(values![0])}`)
      : `select w.* from unnest(${b.bind(values)}::text[]) as v(value) cross join lateral (${along(`and r.${column} = v.value`)}) w ${order} limit ${n}`;
  if (plain) return { rows: (await log.db.query(walked, b.values)).rows, more: false, last: null };
  const { rows } = await log.db.query(
    `with w as materialized (${walked})
    select found.*, t.walked, t.last_time, t.last_seq from (
      select count(*) as walked, (select time from w ${farthest} limit 1) as last_time, (select seq from w ${farthest} limit 1) as last_seq from w
    ) t left join (select * from w where hit ${order} limit ${b.bind(limit)}) found on true ${order}`,
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
 * What a span holds by the word index, `held` of it looked at, `most` at most. Materialized first: sorted along the time index, a
 * rare word would cost the whole month.
 */
async function inSpan(
  log: Log,
  search: Search,
  compiled: Compiled,
  part: { from: string; to: string | undefined },
  below: Position | null,
  limit: number,
  columns: string,
  most?: number,
): Promise<{ rows: Row[]; held: number }> {
  const b = new Binder();
  const to = search.to === undefined || (part.to !== undefined && part.to < search.to) ? part.to : search.to;
  const within = bounds(log, { ...search, from: part.from, to }, b, below);
  const bound = most === undefined ? '' : `limit ${b.bind(most)}`;
  const statement = `with m as materialized (select ${columns} from record r where ${within} and ${byIndex(compiled, b)} and ${compiled.where(b)} ${bound})
    select *, (select count(*) from m) as held from m ${orderOf(search)} limit ${b.bind(limit)}`;
  const { rows } = await log.db.query(statement, b.values);
  return { rows, held: (rows[0]?.['held'] ?? 0) as number };
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
