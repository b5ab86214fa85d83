import type { Query } from '@weir/contract';
import { Binder, compile, type Compiled, type Log } from './compile.ts';
import { bounds, byIndex, monthsDown, type Search, type Span } from './page.ts';

/** Facets, and the columns that they count. */
const facetColumns = {
  category: 'r.audit_category',
  activity: 'r.operation',
  actor: 'r.actor',
  application: 'r.application',
  status: 'r.result',
} as const;
export const facetFields = [...Object.keys(facetColumns), 'type'] as readonly (keyof typeof facetColumns | 'type')[];
export type FacetField = (typeof facetFields)[number];
export interface Summary {
  /** Records found. */
  total: number;
  /** False: total and buckets are estimates from a sample. */
  exact: boolean;
  /** False: the facets are. */
  exactFacets: boolean;
  /** Sorted by time; `value` is a status or an audit category. Times that have no record are left out. */
  buckets: { at: string; value: string; n: number }[];
  /** The most frequent values of each field. */
  facets: Record<FacetField, { value: string; n: number }[]>;
}
/** Numbers of records. */
export interface Effort {
  /** Up to so many are counted one by one. */
  exact: number;
  /** An index may lead to so many that have to be read before it is known how many of them fit. */
  read: number;
  /** Beyond, a sample of about so many is taken: enough for a chart and for the frequent values. */
  sample: number;
}
const EFFORT: Effort = { exact: 100_000, read: 200_000, sample: 40_000 };
const TOP = 10;
const PARALLEL = 4;
const HOUR_MS = 3_600_000;

type Counted = { kind: string; key: string; n: number }[];

/**
 * Counts what a search finds: in all, over time, and by the values of its fields. Exactly up to 100,000 records where an index
 * leads there, and whenever only times, categories and statuses are asked for; else from a sample, unless `exactly` is wanted.
 */
export async function summarize(
  log: Log,
  search: Search & { to: string },
  bucketMs: number,
  by: 'status' | 'category',
  exactly = false,
  effort = EFFORT,
): Promise<Summary> {
  const compiled = await compile(log, search.query);
  if (compiled.nothing) return merge([], 1, bucketMs);
  const count = async (span: Span, share: number) => {
    const spans = monthsDown(span.from, new Date(Date.parse(span.to) - 1).toISOString());
    const parts = await inParallel(spans, (s) => countSpan(log, s, compiled, search.query, bucketMs, by, share));
    return merge(parts, share, bucketMs);
  };
  // What is rare is counted one by one, however much the log holds.
  const held = compiled.share === 0 ? 0 : await upperBound(log, search);
  const led = held * compiled.share;
  if (exactly || held <= effort.exact || led <= effort.exact) return count(search, 1);
  const sampled = count(search, Math.min(1, effort.sample / held));
  if (compiled.rolled && bucketMs % HOUR_MS === 0) return fromHours(log, search, compiled, bucketMs, by, sampled, count);
  const estimate = await sampled;
  return estimate.total <= effort.exact && led <= effort.read ? count(search, 1) : estimate;
}

/** Exact counts from those of the hours, with the records of the two hours at the ends that are not whole; facets as estimated. */
async function fromHours(
  log: Log,
  search: Search & { to: string },
  compiled: Compiled,
  bucketMs: number,
  by: 'status' | 'category',
  sampled: Promise<Summary>,
  count: (span: Span, share: number) => Promise<Summary>,
): Promise<Summary> {
  const first = Math.ceil(Date.parse(search.from) / HOUR_MS) * HOUR_MS;
  const last = Math.floor(Date.parse(search.to) / HOUR_MS) * HOUR_MS;
  if (first >= last) return (await Promise.all([count(search, 1), sampled]))[0];
  const whole = { from: new Date(first).toISOString(), to: new Date(last).toISOString() };
  const ends = [
    { from: search.from, to: whole.from },
    { from: whole.to, to: search.to },
  ].filter((span) => span.from < span.to);
  const [estimate, ...parts] = await Promise.all([
    sampled,
    countHours(log, whole, compiled, bucketMs, by),
    ...ends.map((span) => count(span, 1)),
  ]);
  const buckets = new Map<string, Summary['buckets'][number]>();
  for (const { at, value, n } of parts.flatMap((p) => p.buckets)) {
    const bucket = buckets.get(`${at} ${value}`);
    if (bucket) bucket.n += n;
    else buckets.set(`${at} ${value}`, { at, value, n });
  }
  return {
    ...estimate,
    total: parts.reduce((sum, p) => sum + p.total, 0),
    exact: true,
    buckets: [...buckets.values()].toSorted(byTime),
  };
}
const byTime = (a: { at: string; value: string }, b: { at: string; value: string }): number =>
  a.at < b.at ? -1 : a.at > b.at ? 1 : a.value < b.value ? -1 : 1;

async function countHours(log: Log, span: Span, compiled: Compiled, bucketMs: number, by: 'status' | 'category'): Promise<Summary> {
  const b = new Binder();
  const where = [
    `tenant_id = ${b.bind(log.tenantId)}`,
    `category = ${b.bind(log.category)}`,
    `hour >= ${b.bind(span.from)}::timestamptz`,
    `hour < ${b.bind(span.to)}::timestamptz`,
    ...[...compiled.columns].map(([column, values]) => `${column} = any (${b.bind(values)}::text[])`),
  ];
  const { rows } = await log.db.query<{ key: string; n: number }>(
    `select ${numbered('bucket', bucketMs, b)} || ' ' || value as key, n from (
      select ${bucketOf('hour', bucketMs, b)} as bucket, ${by === 'status' ? 'result' : 'audit_category'} as value, sum(n)::bigint as n
      from record_hour where ${where.join(' and ')} group by 1, 2
    ) x`,
    b.values,
  );
  const total = { kind: 'total', key: '', n: rows.reduce((sum, r) => sum + r.n, 0) };
  return merge([[total, ...rows.map((r) => ({ kind: 'bucket', ...r }))]], 1, bucketMs);
}

/** The beginning of a time's bucket. (`extract` would make a numeric of each time, at ten times the cost.) */
const bucketOf = (time: string, ms: number, b: Binder): string =>
  `date_bin(${b.bind(ms)}::bigint * interval '1 millisecond', ${time}, timestamptz '1970-01-01T00:00:00Z')`;
/** The number of a bucket, counted from 1970. */
const numbered = (bucket: string, ms: number, b: Binder): string =>
  `(extract(epoch from ${bucket}) * 1000)::bigint / ${b.bind(ms)}::bigint`;

/** Records of the span, from the hours' counts; partial hours at its ends count as whole. */
async function upperBound(log: Log, span: { from: string; to: string }): Promise<number> {
  const { rows } = await log.db.query<{ n: number }>(
    `select coalesce(sum(n), 0)::bigint as n from record_hour where tenant_id = $1 and category = $2 and hour >= date_trunc('hour', $3::timestamptz, 'UTC') and hour < $4`,
    [log.tenantId, log.category, span.from, span.to],
  );
  return rows[0]!.n;
}

async function countSpan(
  log: Log,
  span: Span,
  compiled: Compiled,
  query: Query,
  bucketMs: number,
  by: 'status' | 'category',
  share: number,
): Promise<Counted> {
  const b = new Binder();
  const sample = share < 1 ? `tablesample system (${b.bind(share * 100)}) repeatable (1)` : '';
  const index = share === 1 && compiled.groups.length > 0 ? ` and ${byIndex(compiled, b)}` : '';
  const where = query.kind === 'all' ? '' : ` and ${compiled.where(b)}`;
  // Actors are many, times are many; of the rest there are few combinations, and what is counted of each field is a sum of theirs.
  const few = Object.entries(facetColumns).filter(([name]) => name !== 'actor');
  const names = few.map(([name]) => `"${name}"`).join(', ');
  const { rows } = await log.db.query<{ kind: string; key: string; n: number }>(
    `with m as (
      select ${bucketOf('r.time', bucketMs, b)} as bucket, r.actor, ${few.map(([name, c]) => `${c} as "${name}"`).join(', ')}, r.target_types
      from record r ${sample} where ${bounds(log, span, b)}${index}${where}
    ), g as materialized (
      select grouping(actor) = 0 as of_actor, grouping(bucket) = 0 as of_bucket, bucket, actor, ${names}, target_types, count(*) as n
      from m group by grouping sets ((${names}, target_types), (bucket, "${by}"), (actor))
    ), f as (select * from g where not of_actor and not of_bucket)
    select 'bucket' as kind, ${numbered('bucket', bucketMs, b)} || ' ' || coalesce("${by}", '') as key, n from g where of_bucket
    union all select 'actor', actor, n from g where of_actor
    union all select 'total', '', coalesce(sum(n), 0)::bigint from f
    ${few.map(([name]) => `union all select '${name}', "${name}", sum(n)::bigint from f group by "${name}"`).join('\n    ')}
    union all select 'type', t.value, sum(n)::bigint from f, unnest(f.target_types) t(value) group by t.value`,
    b.values,
  );
  return rows;
}

function merge(parts: readonly Counted[], share: number, bucketMs: number): Summary {
  const counts = new Map<string, Map<string, number>>();
  for (const { kind, key, n } of parts.flat()) {
    if (key === null) continue;
    const of = counts.get(kind) ?? new Map<string, number>();
    of.set(key, (of.get(key) ?? 0) + n);
    counts.set(kind, of);
  }
  const scaled = (n: number) => Math.round(n / share);
  const top = (field: string) =>
    [...(counts.get(field) ?? [])]
      .map(([value, n]) => ({ value, n: scaled(n) }))
      .toSorted((a, b) => b.n - a.n || (a.value < b.value ? -1 : 1))
      .slice(0, TOP);
  return {
    total: scaled(counts.get('total')?.get('') ?? 0),
    exact: share === 1,
    exactFacets: share === 1,
    buckets: [...(counts.get('bucket') ?? [])]
      .map(([key, n]) => {
        const [bucket, ...value] = key.split(' ');
        return { at: new Date(Number(bucket) * bucketMs).toISOString(), value: value.join(' '), n: scaled(n) };
      })
      .toSorted(byTime),
    facets: Object.fromEntries(facetFields.map((f) => [f, top(f)])) as Summary['facets'],
  };
}

async function inParallel<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = Array.from({ length: list.length });
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < list.length; i = next++) results[i] = await work(list[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, list.length) }, worker));
  return results;
}
