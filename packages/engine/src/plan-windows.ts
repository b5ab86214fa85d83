import type { PlannedWindow } from './ports.ts';

export interface WindowPlan {
  /** How long a live window is, at least; also how often one is planned. */
  strideMs: number;
  /** A live window reaches back so far behind the one before it: records that became visible late are caught. */
  overlapMs: number;
  /** History is read in slices of this length, newest first. */
  sliceMs: number;
  /** How far back history goes; 0 = the source has none. */
  historyMs: number;
  /** A closed day is read once more, this long after its end. */
  reconcileAfterMs: number;
}

const DAY = 86_400_000;

/**
 * What a source must still read. Live windows join each other with an overlap, so that their union has no gap whatever
 * happened in between (a worker that was off for a week makes one long window); history is walked from the first live
 * window backwards; each closed day is read once more later. Pure: planning the same window twice is harmless.
 */
export function planWindows(
  existing: readonly { from: Date; to: Date; kind: 'live' | 'history' | 'reconcile'; state: 'planned' | 'done' | 'retry' }[],
  now: Date,
  plan: WindowPlan,
): PlannedWindow[] {
  const planned: PlannedWindow[] = [];
  const live = existing.filter((w) => w.kind === 'live');
  const lastLive = live.reduce<number | null>((latest, w) => Math.max(latest ?? 0, w.to.getTime()), null);
  const open = live.some((w) => w.state !== 'done');
  if (lastLive === null) {
    const from = new Date(now.getTime() - plan.overlapMs);
    planned.push({ from, to: now, kind: 'live', notBefore: now });
    for (let end = from.getTime(), stop = now.getTime() - plan.historyMs; end > stop;) {
      const start = Math.max(stop, end - plan.sliceMs);
      planned.push({ from: new Date(start), to: new Date(end), kind: 'history', notBefore: now });
      end = start;
    }
    return planned;
  }
  // One open live window at a time: while a source is throttled they would only pile up.
  if (!open && now.getTime() - lastLive >= plan.strideMs)
    planned.push({ from: new Date(lastLive - plan.overlapMs), to: now, kind: 'live', notBefore: now });
  const firstLive = Math.min(...live.map((w) => w.from.getTime()));
  const yesterday = Math.floor((now.getTime() - plan.reconcileAfterMs) / DAY) * DAY;
  for (let day = yesterday - DAY; day >= yesterday - 2 * DAY && day + DAY > firstLive; day -= DAY) {
    const known = existing.some((w) => w.kind === 'reconcile' && w.from.getTime() === day);
    if (!known) planned.push({ from: new Date(day), to: new Date(day + DAY), kind: 'reconcile', notBefore: now });
  }
  return planned;
}
