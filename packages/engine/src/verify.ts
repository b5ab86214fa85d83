import type { Comparison, Missing, Unknown } from './compare.ts';
import type { ReplayOrigin } from './proof.ts';

/** Where a fault was seen: a blob with the offset of the line, or a message of a hub's partition. */
export type FaultPlace =
  | { readonly kind: 'storage'; readonly container: string; readonly blob: string; readonly offset: number | null }
  | { readonly kind: 'eventHub'; readonly partition: string; readonly sequenceNumber: number; readonly messageId: string | null };

/**
 * What a verification may find. Closed.
 * - missing      records of the range that are not there
 * - changed      something else stands in their place
 * - doubled      there more than once (at an event hub: not as the repetition of a whole message, which is allowed)
 * - misplaced    there once, but out of order
 * - foreign      something that was never sent
 * - unaccounted  the ledger names no place, or more than one, for records that the checkpoint has passed
 * - not-as-sent  the destination holds what was sent, and the log holds something else by now
 * - altered      the log's record is not the one that was appended; `removed`, `inserted` and `broken-chain` are the log's, too
 * - unreadable   too different to be told apart after this record
 */
export type VerifyFaultKind =
  | 'missing'
  | 'changed'
  | 'doubled'
  | 'misplaced'
  | 'foreign'
  | 'unaccounted'
  | 'not-as-sent'
  | 'altered'
  | 'removed'
  | 'inserted'
  | 'broken-chain'
  | 'unreadable';
export interface VerifyFault {
  readonly kind: VerifyFaultKind;
  /** Null when it belongs to no record. */
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  /** Id of the record, when it is one and the log knows it. */
  readonly id?: string | null;
  readonly at: FaultPlace | null;
  readonly note?: string;
}

/** Copies that a replay or a resend sent, by who asked for them and when. They are there more than once because a person wanted it. */
export interface Replayed {
  readonly kind: ReplayOrigin['kind'];
  readonly by: string;
  /** When it was asked for. */
  readonly at: string;
  /** Copies that are there and unaltered. */
  readonly records: number;
}
/** Names copies that were asked for together: the records of a resend are one replay each. */
export const copyKey = ({ kind, by, at }: ReplayOrigin): string => `${kind} ${at.toISOString()} ${by}`;
/** Counts by `copyKey`, for a report; oldest first. */
export const replayedOf = (counts: Readonly<Record<string, number>>): Replayed[] =>
  Object.entries(counts)
    .map(([key, records]) => {
      const [kind, at, ...by] = key.split(' ');
      return { kind: kind as Replayed['kind'], by: by.join(' '), at: at!, records };
    })
    .toSorted((x, y) => (x.at < y.at ? -1 : 1));
export const COPY_NOTE = 'It is a copy that a replay sent.';

/** Faults that a report names one by one; of more it gives the number. */
export const MAX_FAULTS = 1_000;
/** Collects faults: all are counted, the first are kept. JSON as it stands. */
export interface Findings {
  faults: VerifyFault[];
  /** Records (or lines) by kind. */
  counts: Partial<Record<VerifyFaultKind, number>>;
}
export const noFindings = (): Findings => ({ faults: [], counts: {} });
/** Adds a fault. */
export function note(findings: Findings, fault: VerifyFault): void {
  const records = fault.firstSeq === null ? 1 : fault.lastSeq! - fault.firstSeq + 1;
  findings.counts[fault.kind] = (findings.counts[fault.kind] ?? 0) + records;
  if (findings.faults.length < MAX_FAULTS) findings.faults.push(fault);
}

export interface VerifyReport {
  readonly kind: 'storage' | 'eventHub' | 'log';
  readonly tenantId: string;
  /** Null for the log. */
  readonly setting: string | null;
  readonly category: string;
  /** Null when there was nothing to look at. */
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  /** Records that are as they should be. */
  readonly records: number;
  readonly bytes: number;
  /** Blobs, messages or links of the chain that were read. */
  readonly parts: number;
  /** Repetitions of whole messages, which an event hub's guarantee allows. */
  readonly repetitions: number;
  /** Test records that an admin sent to an event hub: no fault, and none of the records. */
  readonly tests?: number;
  /** Not in `records`. */
  readonly replayed?: readonly Replayed[];
  readonly result: 'holds' | 'differs';
  readonly faults: readonly VerifyFault[];
  readonly counts: Findings['counts'];
  readonly startedAt: string;
  readonly durationMs: number;
  /** What the reader of the report must know beside it. */
  readonly note?: string;
  /** Digest of the log up to its last record, to be kept elsewhere; only of a log. */
  readonly head?: string;
}
/** It could not be verified, for a reason that says nothing about the records. The message is for an admin. */
export class CannotVerify extends Error {
  override readonly name = 'CannotVerify';
}

/** A comparison of one blob, with the blob's name: what is not there, and what nobody expected. Kept until all were compared. */
export interface Open {
  missing: (Missing & { blob: string })[];
  unknown: (Unknown & { blob: string })[];
  /** Records that the ledger names no place for. */
  unnoted: { firstSeq: number; lastSeq: number }[];
}

/**
 * Says what the lines that nobody expected are, now that the log was asked for each: a second copy, a record in the wrong blob,
 * a changed record (it stands exactly where one is missing), or nothing of ours. `known`: sequence numbers of the log's records
 * with the same content. A record after `lastSeq` was written since the verification began and is none of its business.
 */
export function concludeUnknown(
  open: Open,
  known: ReadonlyMap<string, readonly number[]>,
  range: {
    firstSeq: number;
    lastSeq: number;
    /** Nothing was delivered before it. */
    whole?: boolean;
    /** Records that the ledger says the condition left out. */
    leftOut?: ReadonlySet<number>;
  },
  container: string,
): VerifyFault[] {
  const faults: VerifyFault[] = [];
  const at = (blob: string, offset: number | null) => ({ kind: 'storage' as const, container, blob, offset });
  const within = (seq: number) => seq >= range.firstSeq && seq <= range.lastSeq;
  const missing = new MissingSet(open.missing.filter((m) => m.own));
  const unnoted = new MissingSet(open.unnoted.map((r) => ({ ...r, own: true, gap: -1, blob: '' })));
  const strangers: (Unknown & { blob: string })[] = [];
  for (const line of open.unknown) {
    const seqs = known.get(line.key);
    if (!seqs || seqs.length === 0) {
      strangers.push(line);
      continue;
    }
    const moved = seqs.find((seq) => missing.has(seq));
    if (moved !== undefined) {
      missing.delete(moved);
      if (within(moved)) faults.push({ kind: 'misplaced', firstSeq: moved, lastSeq: moved, at: at(line.blob, line.offset) });
      continue;
    }
    const there = seqs.find((seq) => unnoted.has(seq) || (range.whole && seq < range.firstSeq));
    if (there !== undefined) {
      unnoted.delete(there);
      const text = 'It is there, and the ledger does not say so.';
      if (range.whole || within(there))
        faults.push({ kind: 'unaccounted', firstSeq: there, lastSeq: there, at: at(line.blob, line.offset), note: text });
      continue;
    }
    const seq = seqs.find((s) => within(s)) ?? seqs[0]!;
    if (range.leftOut?.has(seq)) {
      const text = 'It is there, although the ledger says that the condition of the setting left it out.';
      faults.push({ kind: 'unaccounted', firstSeq: seq, lastSeq: seq, at: at(line.blob, line.offset), note: text });
    }
    // Behind the range: on its way while we looked. Before it: asked for another time.
    else if (within(seq)) faults.push({ kind: 'doubled', firstSeq: seq, lastSeq: seq, at: at(line.blob, line.offset) });
  }
  const others = new MissingSet(open.missing.filter((m) => !m.own));
  for (const line of strangers) {
    const seq = missing.shift(line.blob, line.gap);
    if (seq !== undefined) {
      if (within(seq)) faults.push({ kind: 'changed', firstSeq: seq, lastSeq: seq, at: at(line.blob, line.offset) });
    } else if (others.shift(line.blob, line.gap) === undefined)
      faults.push({ kind: 'foreign', firstSeq: null, lastSeq: null, at: at(line.blob, line.offset) });
  }
  for (const run of missing.runs()) {
    const [firstSeq, lastSeq] = [Math.max(run.firstSeq, range.firstSeq), Math.min(run.lastSeq, range.lastSeq)];
    if (firstSeq <= lastSeq)
      faults.push({ kind: 'missing', firstSeq, lastSeq, at: at(run.blob, null), ...(run.copy && { note: COPY_NOTE }) });
  }
  for (const { firstSeq, lastSeq } of unnoted.runs())
    faults.push({ kind: 'missing', firstSeq, lastSeq, at: null, note: 'The ledger names no place for them, either.' });
  return faults.toSorted((x, y) => (x.firstSeq ?? Infinity) - (y.firstSeq ?? Infinity));
}

/** Runs of missing records, from which single ones are taken. */
class MissingSet {
  #runs: (Missing & { blob: string })[];
  constructor(runs: readonly (Missing & { blob: string })[]) {
    this.#runs = [...runs];
  }
  #find = (seq: number) => this.#runs.findIndex((r) => seq >= r.firstSeq && seq <= r.lastSeq);
  has = (seq: number): boolean => this.#find(seq) >= 0;
  delete(seq: number): void {
    const i = this.#find(seq);
    if (i < 0) return;
    const run = this.#runs[i]!;
    const parts = [
      { ...run, lastSeq: seq - 1 },
      { ...run, firstSeq: seq + 1 },
    ];
    this.#runs.splice(i, 1, ...parts.filter((p) => p.firstSeq <= p.lastSeq));
  }
  /** The first one that is missing at this very place. */
  shift(blob: string, gap: number): number | undefined {
    const run = this.#runs.find((r) => r.blob === blob && r.gap === gap);
    if (run) this.delete(run.firstSeq);
    return run?.firstSeq;
  }
  runs = (): readonly (Missing & { blob: string })[] => this.#runs;
}

/** Adds a blob's comparison to what is open. */
export function keepOpen(open: Open, comparison: Comparison, blob: string): void {
  for (const m of comparison.missing) open.missing.push({ ...m, blob });
  for (const u of comparison.unknown) open.unknown.push({ ...u, blob });
}

/**
 * Which records of a range came in messages, in a few bits a record. `mark` says whether a message is new, the repetition of
 * one that was there, or overlaps in another way.
 */
export class Coverage {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly #seen: Uint8Array;
  readonly #begins: Uint8Array;
  readonly #ends: Uint8Array;
  constructor(firstSeq: number, lastSeq: number) {
    this.firstSeq = firstSeq;
    this.lastSeq = lastSeq;
    const bytes = Math.max(0, Math.ceil((lastSeq - firstSeq + 1) / 8));
    [this.#seen, this.#begins, this.#ends] = [new Uint8Array(bytes), new Uint8Array(bytes), new Uint8Array(bytes)];
  }
  #get = (bits: Uint8Array, seq: number): boolean => {
    const i = seq - this.firstSeq;
    return ((bits[i >> 3] ?? 0) & (1 << (i & 7))) !== 0;
  };
  #set = (bits: Uint8Array, seq: number): void => {
    const i = seq - this.firstSeq;
    if (seq >= this.firstSeq && seq <= this.lastSeq) bits[i >> 3]! |= 1 << (i & 7);
  };
  /** Records outside of the range are left aside. `again`: those that were there before. */
  mark(first: number, last: number): { kind: 'new' | 'repetition' | 'overlap'; fresh: number; again: number[] } {
    const [from, to] = [Math.max(first, this.firstSeq), Math.min(last, this.lastSeq)];
    const again: number[] = [];
    if (from > to) return { kind: 'new', fresh: 0, again };
    let inner = 0;
    for (let seq = from; seq <= to; seq += 1) {
      if (this.#get(this.#seen, seq)) again.push(seq);
      if (seq > from && this.#get(this.#begins, seq)) inner += 1;
    }
    const same = again.length === to - from + 1 && inner === 0 && this.#get(this.#begins, from) && this.#get(this.#ends, to);
    for (let seq = from; seq <= to; seq += 1) this.#set(this.#seen, seq);
    this.#set(this.#begins, from);
    this.#set(this.#ends, to);
    return { kind: again.length === 0 ? 'new' : same ? 'repetition' : 'overlap', fresh: to - from + 1 - again.length, again };
  }
  /** Runs of records that did not come. */
  *gaps(): Iterable<{ firstSeq: number; lastSeq: number }> {
    let start: number | null = null;
    for (let seq = this.firstSeq; seq <= this.lastSeq + 1; seq += 1) {
      const there = seq > this.lastSeq || this.#get(this.#seen, seq);
      if (!there) start ??= seq;
      else if (start !== null) {
        yield { firstSeq: start, lastSeq: seq - 1 };
        start = null;
      }
    }
  }
}
