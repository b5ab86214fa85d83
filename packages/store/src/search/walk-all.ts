import type { Position } from '../cursor.ts';
import type { Statement } from '../database.ts';
import { Binder, compile, type Compiled, type Log } from './compile.ts';
import { bounds, byIndex, monthsDown, walkColumn, type Search, type Span } from './page.ts';

/** What is taken away: what a search finds, or the records of some ids. `untilSeq`: records appended later are not part of it. */
export type Selection = (Search | { ids: readonly string[] }) & { untilSeq: number };

/** Text of each column as PostgreSQL writes it, in the order asked for; only the time, which is the first, is ISO 8601. */
export type Texts = readonly (string | null)[];

/** Rows of a month that are read at once where the word index was asked: it is asked anew for each chunk. */
const INDEXED_CHUNK = 20_000;
/** What a larger share of the records has is found sooner by reading them in the order of time. */
const INDEXED_SHARE = 0.02;
const asText = { getTypeParser: () => (value: string) => value };

/**
 * All rows of a selection, newest first, in chunks of at most `chunk()` rows below a position: no long snapshot, and the next
 * chunk is read while the caller has this one. The first two columns of each row are its time and sequence number. Nothing is
 * made of the values: no dates, no objects, only the text, which is what a file needs.
 */
export async function* everything(
  log: Log,
  selection: Selection,
  options: { after: Position | null; columns: readonly string[]; chunk: () => number },
): AsyncGenerator<Texts[]> {
  const columns = ['r.time', 'r.seq', ...options.columns].join(', ');
  const compiled = 'ids' in selection ? null : await compile(log, selection.query);
  if (compiled?.nothing) return;
  const indexed = compiled !== null && compiled.groups.length > 0 && compiled.share <= INDEXED_SHARE;
  const spans = await spansOf(log, selection, options.after);
  let after = options.after;
  for (const span of spans) {
    const fetch = async () => {
      const limit = indexed ? Math.max(options.chunk(), INDEXED_CHUNK) : options.chunk();
      const rows = await read(log, statementOf(log, selection, compiled && { ...compiled, indexed }, span, after, limit, columns));
      return { rows, more: rows.length === limit };
    };
    for (let next: ReturnType<typeof fetch> | null = fetch(); next;) {
      const { rows, more }: Awaited<ReturnType<typeof fetch>> = await next;
      if (rows.length > 0) after = positionOf(rows.at(-1)!);
      next = more ? fetch() : null;
      // An error is for the await above; until then it must not count as unhandled.
      next?.catch(() => {});
      // What an index found at once may be more than was asked for.
      for (let at = 0; at < rows.length;) {
        const size = options.chunk();
        yield rows.slice(at, at + size);
        at += size;
      }
    }
  }
}

export const positionOf = (row: Texts): Position => ({ time: row[0]!, seq: Number(row[1]) });

/** PostgreSQL's `2026-11-21 00:00:00.12+00` as ISO 8601 with milliseconds. The connection's time zone is UTC. */
export function isoOf(text: string): string {
  if (text.length < 22 || text.length > 26 || text[10] !== ' ' || !text.endsWith('+00')) return new Date(text).toISOString();
  const fraction = text.length === 22 ? '.000' : text.slice(19, -3).padEnd(4, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}${fraction}Z`;
}

async function read(log: Log, statement: Statement): Promise<Texts[]> {
  const rows = (await log.db.query(statement)).rows as unknown as (string | null)[][];
  for (const row of rows) row[0] = isoOf(row[0]!);
  return rows;
}

/** Months, newest first; one span for a list of ids. Only those that may hold something. */
async function spansOf(log: Log, selection: Selection, after: Position | null): Promise<(Span | null)[]> {
  if ('ids' in selection) return [null];
  const { rows } = await log.db.query<{ newest: Date | null; oldest: Date | null }>(
    `select (select time from record where tenant_id = $1 and category = $2 order by time desc limit 1) as newest,
      (select time from record where tenant_id = $1 and category = $2 order by time limit 1) as oldest`,
    [log.tenantId, log.category],
  );
  const { newest, oldest } = rows[0]!;
  if (!newest || !oldest) return [];
  const least = (...times: (string | undefined)[]): string => times.filter((t) => t !== undefined).toSorted()[0]!;
  const top = least(newest.toISOString(), selection.to, after?.time);
  const from = [selection.from, oldest.toISOString()].toSorted()[1]!;
  return monthsDown(from, top);
}

function statementOf(
  log: Log,
  selection: Selection,
  compiled: (Compiled & { indexed: boolean }) | null,
  span: Span | null,
  after: Position | null,
  limit: number,
  columns: string,
): Statement {
  const b = new Binder();
  const newestFirst = 'order by r.time desc, r.seq desc limit';
  const text = (): string => {
    if ('ids' in selection) {
      const log$ = `r.tenant_id = ${b.bind(log.tenantId)} and r.category = ${b.bind(log.category)} and r.seq <= ${b.bind(selection.untilSeq)}::bigint`;
      const below = after ? ` and (r.time, r.seq) < (${b.bind(after.time)}::timestamptz, ${b.bind(after.seq)}::bigint)` : '';
      return `select ${columns} from record r where ${log$}${below} and r.id = any (${b.bind(selection.ids)}::text[]) ${newestFirst} ${b.bind(limit)}`;
    }
    const upper = selection.to !== undefined && selection.to < span!.to ? selection.to : span!.to;
    const within = `${bounds(log, { from: span!.from, to: upper }, b, after)} and r.seq <= ${b.bind(selection.untilSeq)}::bigint`;
    if (selection.query.kind === 'all') return `select ${columns} from record r where ${within} ${newestFirst} ${b.bind(limit)}`;
    if (compiled!.indexed)
      // Materialized first: sorted along the time index, a rare word would cost the whole month for each chunk.
      return `with m as materialized (select ${columns} from record r where ${within} and ${byIndex(compiled!, b)} and ${compiled!.where(b)})
        select * from m order by time desc, seq desc limit ${b.bind(limit)}`;
    const { column, failed } = walkColumn(compiled!);
    const where = compiled!.where(b);
    if (!column) return `select ${columns} from record r where ${within} and ${where} ${newestFirst} ${b.bind(limit)}`;
    const n = b.bind(limit);
    return `select ${columns} from unnest(${b.bind(compiled!.columns.get(column))}::text[]) as v(value) cross join lateral (
        select r.* from record r where ${within} and r.${column} = v.value ${failed} and ${where} ${newestFirst} ${n}
      ) r ${newestFirst} ${n}`;
  };
  return { text: text(), values: b.values, rowMode: 'array', types: asText };
}
