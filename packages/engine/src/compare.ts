import { createHash } from 'node:crypto';

/** A record that should be there. */
export interface ExpectedLine {
  readonly seq: number;
  readonly body: Buffer;
  /** False: it belongs to another delivery that writes to the same place. It must be known, and is not judged. */
  readonly own: boolean;
  /** What the copy is counted under, when it is one that a replay sent. */
  readonly copy?: string | undefined;
}
/** What is there, in its order. */
export interface FoundLine {
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** Without its line end; with whatever stands there when the line end is not the right one. */
  readonly bytes: Buffer;
  /** Whether it ends as a line must. */
  readonly whole: boolean;
}
/** Items one by one; `peek` is undefined at the end. Between two calls of `fill` no item needs a promise. */
export interface Cursor<T> {
  peek(): T | undefined;
  take(): void;
  /** Makes `peek` say what comes next. Called when it says undefined; false at the end. */
  fill(): Promise<boolean>;
}

/** Lines that no expected record accounts for, and the other way round, wait for their partner. More of them than this is not told apart any more. */
const MAX_WAITING = 100_000;
/** A run of expected lines that are not there. `gap` tells between which two records that are in place. */
export interface Missing {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly own: boolean;
  readonly copy?: string | undefined;
  readonly gap: number;
}
export interface Unknown {
  readonly offset: number;
  /** SHA-256 of the line in base64; begins with "!" when it does not end as a line must. */
  readonly key: string;
  readonly gap: number;
}
/** How what is there differs from what should be there. */
export interface Comparison {
  readonly missing: readonly Missing[];
  readonly unknown: readonly Unknown[];
  /** There once, but not in their order. */
  readonly misplaced: readonly { readonly seq: number; readonly offset: number; readonly own: boolean }[];
  /** So many own records are there and unaltered. */
  readonly matched: number;
  /** And so many copies of own records that replays sent, by `copy`. */
  readonly copies: Readonly<Record<string, number>>;
  readonly bytes: number;
  /** The seq after which too much differed to tell it apart; what follows was not compared. */
  readonly lostAfter: number | null;
}

/** Identity of a line by its content. */
export const lineKey = (bytes: Buffer, whole = true): string => `${whole ? '' : '!'}${createHash('sha256').update(bytes).digest('base64')}`;

interface WaitingE {
  seq: number;
  own: boolean;
  copy: string | undefined;
  index: number;
  window: Window;
  gap: number;
}
/** Expected lines one after another. */
interface Run {
  seq: number;
  lastSeq: number;
  own: boolean;
  copy: string | undefined;
  index: number;
  gap: number;
}
interface WaitingA {
  offset: number;
  index: number;
  window: Window;
  gap: number;
}
interface Match {
  e: number;
  a: number;
  seq: number;
  offset: number;
  own: boolean;
  copy: string | undefined;
}
/** From where two lines first differ to where they are the same again. */
interface Window {
  /** Index of the last expected line in place before it; -1 at the beginning. */
  base: number;
  matches: Match[];
  expected: WaitingE[];
  found: WaitingA[];
  /** Expected lines after the last one that was found. */
  runs: Run[];
}

/** Lines that wait, by content; the same content may wait more than once. */
class Waiting<T> {
  readonly #byKey = new Map<string, T[]>();
  size = 0;
  add(key: string, item: T): void {
    const list = this.#byKey.get(key);
    if (list) list.push(item);
    else this.#byKey.set(key, [item]);
    this.size += 1;
  }
  take(key: string): T | undefined {
    const list = this.#byKey.get(key);
    const item = list?.shift();
    if (item === undefined) return undefined;
    if (list!.length === 0) this.#byKey.delete(key);
    this.size -= 1;
    return item;
  }
  has = (key: string): boolean => this.#byKey.has(key);
  *entries(): Iterable<[string, T]> {
    for (const [key, list] of this.#byKey) for (const item of list) yield [key, item];
  }
}

/**
 * Compares two sequences that should be the same, in one pass and with memory for what differs only. Says which lines are
 * missing, which are there and nobody expects them, and which are out of order (as few as explain it). Pure but for `fill`.
 */
export async function compareLines(expected: Cursor<ExpectedLine>, found: Cursor<FoundLine>): Promise<Comparison> {
  const pendingE = new Waiting<WaitingE>();
  const pendingA = new Waiting<WaitingA>();
  const misplaced: Comparison['misplaced'][number][] = [];
  let [matched, bytes, indexE, indexA, inPlace, lastSeq] = [0, 0, 0, 0, -1, 0];
  let window: Window | null = null;
  let lost: Window | null = null;
  let lostAfter: number | null = null;
  // Digests of the two heads, made only when they differ, and once.
  let [keyE, keyA]: [string | null, string | null] = [null, null];
  const takeE = () => (expected.take(), (keyE = null), (indexE += 1));
  const takeA = (a: FoundLine) => (found.take(), (keyA = null), (indexA += 1), (bytes += a.bytes.length));
  const copies: Record<string, number> = {};
  const count = ({ own, copy }: Pick<ExpectedLine, 'own' | 'copy'>) => {
    if (own && copy !== undefined) copies[copy] = (copies[copy] ?? 0) + 1;
    else if (own) matched += 1;
  };
  const hit = (current: Window, theirs: Window, match: Match) => {
    count(match);
    if (theirs === current) current.matches.push(match);
    else misplaced.push(match);
  };

  for (;;) {
    let e = expected.peek();
    if (e === undefined && (await expected.fill())) e = expected.peek();
    let a = found.peek();
    if (a === undefined && (await found.fill())) a = found.peek();
    if (e === undefined && a === undefined) break;
    if (e !== undefined && a !== undefined && a.whole && a.bytes.equals(e.body)) {
      if (window) misplaced.push(...settle(window));
      window = null;
      inPlace = indexE;
      lastSeq = e.seq;
      count(e);
      takeE();
      takeA(a);
      continue;
    }
    window ??= { base: inPlace, matches: [], expected: [], found: [], runs: [] };
    if (e !== undefined && pendingA.size > 0) {
      const there = pendingA.take((keyE ??= lineKey(e.body)));
      if (there) {
        hit(window, there.window, { e: indexE, a: there.index, seq: e.seq, offset: there.offset, own: e.own, copy: e.copy });
        takeE();
        continue;
      }
    }
    if (a !== undefined && pendingE.size > 0) {
      const there = pendingE.take((keyA ??= lineKey(a.bytes, a.whole)));
      if (there) {
        hit(window, there.window, { e: there.index, a: indexA, seq: there.seq, offset: a.offset, own: there.own, copy: there.copy });
        takeA(a);
        continue;
      }
    }
    if (e !== undefined && a === undefined) {
      // Nothing is left that it could be: it is missing, and so may be everything after it, however much that is.
      addRun(window.runs, e, indexE);
      takeE();
      continue;
    }
    if (e !== undefined) {
      const waiting = { seq: e.seq, own: e.own, copy: e.copy, index: indexE, window, gap: inPlace };
      pendingE.add((keyE ??= lineKey(e.body)), waiting);
      window.expected.push(waiting);
      takeE();
    }
    if (a !== undefined) {
      const waiting = { offset: a.offset, index: indexA, window, gap: inPlace };
      pendingA.add((keyA ??= lineKey(a.bytes, a.whole)), waiting);
      window.found.push(waiting);
      takeA(a);
    }
    if (pendingE.size > MAX_WAITING || pendingA.size > MAX_WAITING) {
      lostAfter = lastSeq;
      // Of the lines since, it cannot be said whether their partner comes later.
      if (e !== undefined) lost = window;
      break;
    }
  }
  const ending = window?.runs ?? [];
  if (window) misplaced.push(...settle(window));
  const left = [...pendingE.entries()].flatMap(([, item]) => (item.window === lost ? [] : [item])).toSorted((x, y) => x.index - y.index);
  const missing: Run[] = [];
  for (const item of left) addRun(missing, item, item.index, item.gap);
  for (const run of ending) addRun(missing, run, run.index, run.gap);
  return {
    missing: missing.map(({ seq, lastSeq: last, own, copy, gap }) => ({
      firstSeq: seq,
      lastSeq: last,
      own,
      ...(copy !== undefined && { copy }),
      gap,
    })),
    unknown: [...pendingA.entries()]
      .flatMap(([key, { offset, gap, window: of }]) => (of === lost ? [] : [{ key, offset, gap }]))
      .toSorted((x, y) => x.offset - y.offset),
    misplaced: misplaced.map(({ seq, offset, own }) => ({ seq, offset, own })).toSorted((x, y) => x.seq - y.seq),
    matched,
    copies,
    bytes,
    lostAfter,
  };
}

function addRun(
  runs: Run[],
  item: { seq: number; lastSeq?: number; own: boolean; copy?: string | undefined },
  index: number,
  gap = -1,
): void {
  const [last, end] = [runs.at(-1), item.lastSeq ?? item.seq];
  if (
    last &&
    last.own === item.own &&
    last.copy === item.copy &&
    last.gap === gap &&
    last.lastSeq === item.seq - 1 &&
    last.index + last.lastSeq - last.seq === index - 1
  )
    last.lastSeq = end;
  else runs.push({ seq: item.seq, lastSeq: end, own: item.own, copy: item.copy, index, gap });
}

/** Ends a window: says which of its matches are out of order, and between which lines in place its other lines stand. */
function settle(window: Window): Match[] {
  const matches = window.matches.toSorted((x, y) => x.a - y.a);
  const kept = longestRise(matches);
  const at = (list: readonly number[], value: number): number => {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const [es, as] = [kept.map((m) => m.e), kept.map((m) => m.a)];
  const gapAfter = (place: number) => (place === 0 ? window.base : es[place - 1]!);
  for (const item of [...window.expected, ...window.runs]) item.gap = gapAfter(at(es, item.index));
  for (const item of window.found) item.gap = gapAfter(at(as, item.index));
  // Kept no longer than needed: what still waits holds its window.
  window.matches = [];
  window.expected = [];
  window.found = [];
  window.runs = [];
  const inOrder = new Set(kept);
  return matches.filter((m) => !inOrder.has(m));
}

/** The most matches that stand in the same order on both sides. */
function longestRise(matches: readonly Match[]): Match[] {
  const tails: number[] = [];
  const before = Array.from({ length: matches.length }, () => -1);
  for (const [i, match] of matches.entries()) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (matches[tails[middle]!]!.e < match.e) low = middle + 1;
      else high = middle;
    }
    before[i] = low === 0 ? -1 : tails[low - 1]!;
    tails[low] = i;
  }
  const rise: Match[] = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i]!) rise.push(matches[i]!);
  return rise.toReversed();
}
