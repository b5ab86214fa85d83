import type { Meter } from './meter.ts';

/** Differences that are looked for before a comparison gives up: the memory is their square. */
const MAX_EDITS = 1_500;

/** A stretch that both lists have: where it begins in each, and how many items it has. */
export interface Run {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}
/** Stretches in common, in order. `complete` is false when only the two ends were compared, because the middle was too much work. */
export interface Alignment {
  readonly runs: readonly Run[];
  readonly complete: boolean;
}

/** Gives equal items the same number, over all calls. */
export function numbering(): (items: readonly string[]) => Int32Array {
  const known = new Map<string, number>();
  return (items) =>
    Int32Array.from(items, (item) => {
      const number = known.get(item) ?? known.size;
      if (number === known.size) known.set(item, number);
      return number;
    });
}

/**
 * The longest stretches in common of two lists of numbers, by Myers' greedy algorithm ("An O(ND) difference algorithm and its
 * variations", 1986). Its work is charged to the meter.
 */
export function align(a: Int32Array, b: Int32Array, meter: Meter): Alignment {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const runs: Run[] = head > 0 ? [{ a: 0, b: 0, length: head }] : [];
  const middle = inside(a.subarray(head, a.length - tail), b.subarray(head, b.length - tail), meter);
  for (const run of middle ?? []) runs.push({ a: run.a + head, b: run.b + head, length: run.length });
  if (tail > 0) runs.push({ a: a.length - tail, b: b.length - tail, length: tail });
  return { runs, complete: middle !== null };
}

function inside(a: Int32Array, b: Int32Array, meter: Meter): Run[] | null {
  const n = a.length;
  const m = b.length;
  if (n === 0 || m === 0) return [];
  const cap = Math.min(n + m, MAX_EDITS);
  const zero = cap + 1;
  // furthest[k + zero]: how far diagonal k reaches in `a`; -1 where nothing leads.
  const furthest = new Int32Array(2 * cap + 3).fill(-1);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= cap; edits += 1) {
    if (!meter.spend(edits + 1)) return null;
    trace.push(furthest.slice(zero - edits - 1, zero + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      let x = edits === 0 ? 0 : step(furthest, zero, k, n, m);
      if (x >= 0) {
        const from = x;
        while (x < n && x - k < m && a[x] === b[x - k]) x += 1;
        if (x > from && !meter.spend(x - from)) return null;
        if (x === n && x - k === m) return back(trace, edits, n, m);
      }
      furthest[k + zero] = x;
    }
  }
  return null;
}

/** Where diagonal `k` begins with one more edit: an item of `b` put in, or one of `a` left out, whichever leads further. */
function step(furthest: Int32Array, zero: number, k: number, n: number, m: number): number {
  const above = furthest[k + 1 + zero]!;
  const before = furthest[k - 1 + zero]!;
  const put = above >= 0 && above - k <= m ? above : -1;
  const left = before >= 0 && before + 1 <= n ? before + 1 : -1;
  return Math.max(put, left);
}

function back(trace: readonly Int32Array[], edits: number, n: number, m: number): Run[] {
  const runs: Run[] = [];
  let x = n;
  let y = m;
  for (let d = edits; d >= 0; d -= 1) {
    const k = x - y;
    const start = d === 0 ? 0 : step(trace[d]!, d + 1, k, n, m);
    if (x > start) runs.push({ a: start, b: start - k, length: x - start });
    if (d === 0) break;
    // The same choice as on the way there: leaving out wins when both lead equally far.
    const before = trace[d]![k - 1 + d + 1]!;
    const left = before >= 0 && before + 1 <= n && before + 1 === start;
    x = left ? start - 1 : start;
    y = left ? start - k : start - k - 1;
  }
  return runs.toReversed();
}
