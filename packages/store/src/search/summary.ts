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
  /** Records found; `exact: false` when it is an estimate from a sample. */
  total: number;
  exact: boolean;
  /** Sorted by time; `value` is a status or an audit category. Times that have no record are left out. */
  buckets: { at: string; value: string; n: number }[];
  /** The most frequent values of each field. */
  facets: Record<FacetField, { value: string; n: number }[]>;
}
/** Up to so many records are counted one by one. */
export const EXACT = 100_000;
/** Beyond, a sample of about so many is: enough for a chart and for the frequent values. */
const SAMPLE = 40_000;
const TOP = 10;
const PARALLEL = 4;

type Counted = { kind: string; key: string; n: number }[];

/** Counts what a search finds: in all, over time, and by the values of its fields. */
export async function summarize(
  log: Log,
  search: Search & { to: string },
  bucketMs: number,
  by: 'status' | 'category',
  exactly = false,
): Promise<Summary> {
  const compiled = await compile(log, search.query);
  if (compiled.nothing) return merge([], 1, bucketMs);
  const rolled = await upperBound(log, search);
  // Nothing can find more records than the span holds, and hardly more than its rarest words stand in.
  const small = exactly || rolled <= EXACT || (compiled.groups.length > 0 && rolled * compiled.share <= EXACT);
  const share = small ? 1 : Math.min(1, SAMPLE / Math.max(1, rolled));
  const spans = monthsDown(search.from, new Date(Date.parse(search.to) - 1).toISOString());
  const parts = await inParallel(spans, (span) => countSpan(log, span, compiled, search.query, bucketMs, by, share));
  const summary = merge(parts, share, bucketMs);
  if (share < 1 && isTimeOnly(search.query)) summary.total = rolled;
  return summary;
}

const isTimeOnly = (query: Query): boolean => query.kind === 'all';

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
  const fields = Object.entries(facetColumns);
  const { rows } = await log.db.query<{ kind: string; key: string; n: number }>(
    `with m as materialized (
      select (extract(epoch from r.time) * 1000)::bigint / ${b.bind(bucketMs)}::bigint as bucket, ${fields.map(([name, c]) => `${c} as "${name}"`).join(', ')}, r.target_types
      from record r ${sample} where ${bounds(log, span, b)}${index}${where}
    ), g as (
      select grouping(bucket) as no_bucket, bucket, ${fields.map(([name]) => `"${name}"`).join(', ')}, ${fields.map(([name]) => `grouping("${name}") as "no_${name}"`).join(', ')}, count(*) as n
      from m group by grouping sets ((), (bucket, "${by}"), ${fields.map(([name]) => `("${name}")`).join(', ')})
    )
    select case when no_bucket = 0 then 'bucket' ${fields.map(([name]) => `when "no_${name}" = 0 then '${name}'`).join(' ')} else 'total' end as kind,
      case when no_bucket = 0 then bucket || ' ' || coalesce("${by}", '') ${fields.map(([name]) => `when "no_${name}" = 0 then "${name}"`).join(' ')} else '' end as key, n
    from g
    union all select 'type', t.value, count(*) from m, unnest(m.target_types) t(value) group by t.value`,
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
    buckets: [...(counts.get('bucket') ?? [])]
      .map(([key, n]) => {
        const [bucket, ...value] = key.split(' ');
        return { at: new Date(Number(bucket) * bucketMs).toISOString(), value: value.join(' '), n: scaled(n) };
      })
      .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
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
