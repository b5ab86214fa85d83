import type { endpoints, ResponseOf } from '@weir/contract';

export type SummaryData = ResponseOf<typeof endpoints.auditLogs.summarizeAuditLogs>;
/** What the bars are stacked by. */
export type StackedBy = 'status' | 'category';
/** So many categories can be told apart by colour; the others are one. */
const COLOURS = 6;
const OTHERS = 'Others';

export interface Bars {
  /** From the bottom of a bar to its top. */
  series: string[];
  /** One bar each: when it begins (ms), and a count for each of the series. */
  bars: { at: number; counts: number[] }[];
  bucketMs: number;
}
/** Statuses that went well are quiet; everything else is to be seen. */
const went = (status: string): boolean => /^success$/i.test(status);

/** The bars of a summary, those without a record as well. */
export function barsOf(data: SummaryData, by: StackedBy): Bars {
  const { bucketMs } = data;
  const start = Math.floor(Date.parse(data.from) / bucketMs) * bucketMs;
  const count = Math.max(1, Math.ceil((Date.parse(data.to) - start) / bucketMs));
  const totals = new Map<string, number>();
  for (const { value, count: n } of data.buckets) totals.set(value, (totals.get(value) ?? 0) + n);
  const frequent = [...totals].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
  const shown = frequent.length > COLOURS ? frequent.slice(0, COLOURS - 1) : frequent;
  const series = by === 'status' ? ['Not successful', 'Successful'] : [...shown, ...(frequent.length > COLOURS ? [OTHERS] : [])];
  const bars = Array.from({ length: count }, (_, n) => ({ at: start + n * bucketMs, counts: series.map(() => 0) }));
  for (const { at, value, count: n } of data.buckets) {
    const place = by === 'status' ? (went(value) ? 1 : 0) : shown.indexOf(value);
    const bar = bars[Math.round((Date.parse(at) - start) / bucketMs)];
    if (bar) bar.counts[place < 0 ? series.length - 1 : place]! += n;
  }
  return { series, bars, bucketMs };
}

export const sum = (counts: readonly number[]): number => counts.reduce((all, n) => all + n, 0);
/** The counts of some bars together. */
export const together = (bars: Bars['bars'], series: readonly string[]): number[] =>
  series.map((_, s) => sum(bars.map((b) => b.counts[s]!)));
