import type { KnownWindows, PlannedWindow } from './ports.ts';

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
export function planWindows({ live, reconciled }: KnownWindows, now: Date, plan: WindowPlan): PlannedWindow[] {
  const planned: PlannedWindow[] = [];
  if (live === null) {
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
  const lastLive = live.to.getTime();
  if (!live.open && now.getTime() - lastLive >= plan.strideMs)
    planned.push({ from: new Date(lastLive - plan.overlapMs), to: now, kind: 'live', notBefore: now });
  const yesterday = Math.floor((now.getTime() - plan.reconcileAfterMs) / DAY) * DAY;
  for (let day = yesterday - DAY; day >= yesterday - 2 * DAY && day + DAY > live.from.getTime(); day -= DAY) {
    const known = reconciled.some((from) => from.getTime() === day);
    if (!known) planned.push({ from: new Date(day), to: new Date(day + DAY), kind: 'reconcile', notBefore: now });
  }
  return planned;
}
