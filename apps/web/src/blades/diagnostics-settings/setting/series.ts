import type { DeliveryHistory, DestinationType, HistoryPoint } from '@weir/contract';

/** One step of a chart; every step of the span is there, also those in which nothing happened. */
export type Step = HistoryPoint;

/** What all deliveries to one destination did, step by step: counts added up, of the lag the longest. */
export function seriesOf({ from, to, stepMinutes, deliveries }: DeliveryHistory, type: DestinationType): Step[] {
  const stepMs = stepMinutes * 60_000;
  const start = Date.parse(from);
  const count = Math.max(1, Math.floor((Date.parse(to) - start) / stepMs) + 1);
  const steps: Step[] = Array.from({ length: count }, (_, n) => ({
    at: new Date(start + n * stepMs).toISOString(),
    records: 0,
    bytes: 0,
    errors: 0,
    lagMs: null,
  }));
  for (const delivery of deliveries) {
    if (delivery.type !== type) continue;
    for (const point of delivery.points) {
      const step = steps[Math.floor((Date.parse(point.at) - start) / stepMs)];
      if (!step) continue;
      step.records += point.records;
      step.bytes += point.bytes;
      step.errors += point.errors;
      if (point.lagMs !== null) step.lagMs = Math.max(step.lagMs ?? 0, point.lagMs);
    }
  }
  return steps;
}

/** `850 ms`, `12 s`, `3.5 minutes`, `2 hours`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const round = (n: number): string => String(Math.round(n * 10) / 10);
  if (ms < 60_000) return `${round(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${round(ms / 60_000)} minutes`;
  return `${round(ms / 3_600_000)} hours`;
}
