import type { ReceivedEventData } from '@azure/event-hubs';
import {
  COPY_NOTE,
  copyKey,
  Coverage,
  noFindings,
  note,
  type FaultPlace,
  type LogRecord,
  type Place,
  type ProofReader,
  type VerifyTarget,
} from '@weir/engine';
import { bodyOf, messageIdOf } from './hub.ts';

type HubPlace = Extract<Place, { kind: 'eventHub' }>;
/** What replays sent to a hub: how often each message must come for them, beside the delivery's own. */
export interface HubCopies {
  readonly byMessage: ReadonlyMap<string, MessageCopies>;
  /** When the first of them was sent, at the latest. */
  readonly first: Date | null;
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
}
interface MessageCopies {
  readonly first: number;
  readonly last: number;
  readonly waiting: { readonly key: string; readonly at: Date }[];
  /** Whether the delivery itself sent the same message; asked when it comes. */
  live?: boolean;
  liveSeen: boolean;
}

/** Reads from the ledger what replays sent since a time. Memory is one entry for each message. */
export async function readCopies(
  target: VerifyTarget<'eventHub'>,
  proof: ProofReader,
  range: { firstSeq: number; lastSeq: number },
  since: Date,
): Promise<HubCopies> {
  const byMessage = new Map<string, MessageCopies>();
  let [sent, firstSeq, lastSeq] = [Infinity, Infinity, 0];
  for await (const row of proof.copies(target.deliveryId, range.firstSeq, range.lastSeq, since)) {
    sent = Math.min(sent, row.acknowledgedAt.getTime() - row.durationMs);
    for (const { id, first, last } of (row.place as HubPlace).messages) {
      if (last < range.firstSeq || first > range.lastSeq) continue;
      const copies = byMessage.get(id) ?? { first, last, waiting: [], liveSeen: false };
      copies.waiting.push({ key: copyKey(row.replay!), at: row.acknowledgedAt });
      byMessage.set(id, copies);
      [firstSeq, lastSeq] = [Math.min(firstSeq, first), Math.max(lastSeq, last)];
    }
  }
  return byMessage.size === 0
    ? { byMessage, first: null, firstSeq: null, lastSeq: null }
    : { byMessage, first: new Date(sent), firstSeq, lastSeq };
}

/** Compares the messages of a hub, in whatever order they come, with the log and the ledger. */
export class HubCheck {
  readonly #target: VerifyTarget<'eventHub'>;
  readonly #proof: ProofReader;
  readonly #coverage: Coverage;
  readonly #copies: HubCopies;
  /** Copies that are there and unaltered, by `copyKey`. */
  readonly copied: Record<string, number> = {};
  readonly findings = noFindings();
  records = 0;
  bytes = 0;
  messages = 0;
  repetitions = 0;
  /** Test records that an admin sent. */
  tests = 0;
  /** Versions that a message may have been cut with; its id says which. */
  readonly #shapes: readonly (string | null)[];
  constructor(
    target: VerifyTarget<'eventHub'>,
    proof: ProofReader,
    range: { firstSeq: number; lastSeq: number },
    shapes: readonly string[],
    copies: HubCopies,
  ) {
    this.#shapes = [null, ...shapes];
    this.#copies = copies;
    this.#target = target;
    this.#proof = proof;
    this.#coverage = new Coverage(range.firstSeq, range.lastSeq);
  }

  async message(event: ReceivedEventData, partition: string): Promise<void> {
    const { firstSeq, lastSeq } = this.#coverage;
    const body = Buffer.isBuffer(event.body)
      ? event.body
      : Buffer.from(typeof event.body === 'string' ? event.body : JSON.stringify(event.body));
    const messageId = event.messageId === undefined ? null : String(event.messageId);
    const at: FaultPlace = { kind: 'eventHub', partition, sequenceNumber: event.sequenceNumber, messageId };
    const [first, last] = [Number(event.properties?.['firstSequence']), Number(event.properties?.['lastSequence'])];
    const ranged = Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 1 && first <= last;
    const shapeId = ranged
      ? this.#shapes.find((id) => messageId === messageIdOf({ ...this.#target, shapeId: id }, first, last))
      : undefined;
    if (messageId !== null && this.#isTest(event, messageId)) {
      this.tests += 1;
      return;
    }
    if (messageId === null || shapeId === undefined) {
      // A hub may serve other categories and other directories; what speaks of this one and has no id of ours is nobody's.
      if (this.#speaksOfUs(event, body)) note(this.findings, { kind: 'foreign', firstSeq: null, lastSeq: null, at });
      return;
    }
    const copies = this.#copies.byMessage.get(messageId);
    if (!copies && (last < firstSeq || first > lastSeq)) return;
    this.messages += 1;
    this.bytes += body.length;
    const log = await this.#read(first, last, shapeId);
    if (copies) copies.live ??= await this.#isLive(messageId, first, last);
    const same = body.equals(bodyOf(log.records));
    const wrong = same ? [] : differing(body, log);
    // One that was sent after retention removed records was made without them.
    const held = log.records.length + (same ? 0 : log.holes.length) - wrong.length;
    // From here on nothing is awaited: partitions are read side by side.
    const copy = copies && (copies.liveSeen || !copies.live) ? copies.waiting.shift() : undefined;
    if (copies) copies.liveSeen = copies.live === true;
    const seen = (seq: number) => copy !== undefined || (seq >= firstSeq && seq <= lastSeq);
    for (const run of runs(wrong.filter(seen))) note(this.findings, { kind: 'changed', ...run, at, ...(copy && { note: COPY_NOTE }) });
    if (copy) {
      this.copied[copy.key] = (this.copied[copy.key] ?? 0) + Math.max(0, held);
      return;
    }
    if (copies && !copies.live) {
      this.repetitions += log.records.length + log.holes.length;
      return;
    }
    const { kind, fresh, again } = this.#coverage.mark(first, last);
    if (kind === 'repetition') this.repetitions += again.length;
    else for (const run of runs(again)) note(this.findings, { kind: 'doubled', ...run, at });
    const left = kind === 'new' && shapeId !== null ? last - first + 1 - log.records.length - log.holes.length : 0;
    this.records += Math.max(0, fresh - left - wrong.length);
  }

  /** What a message's range makes in a version, to its end. */
  async #read(first: number, last: number, shapeId: string | null): Promise<{ records: LogRecord[]; holes: number[] }> {
    const [records, holes]: [LogRecord[], number[]] = [[], []];
    for (let after = first - 1; after < last;) {
      const page = await this.#proof.read(this.#target, after, last, Number.MAX_SAFE_INTEGER, shapeId);
      records.push(...page.records);
      holes.push(...page.holes);
      after = page.through;
    }
    return { records, holes };
  }

  /** Whether the delivery itself sent this message, or may have: older rows of the ledger do not name their messages. */
  async #isLive(messageId: string, first: number, last: number): Promise<boolean> {
    const rows = await this.#proof.ledger(this.#target.deliveryId, { fromSeq: first, toSeq: last });
    return rows.some(
      ({ place, records }) => records > 0 && (!('messages' in place) || (place as HubPlace).messages.some((m) => m.id === messageId)),
    );
  }

  /** One that Check sent: it says so, and its id follows from what it says. No number of the log is its own. */
  #isTest(event: ReceivedEventData, messageId: string): boolean {
    const { testRecord: testId, firstSequence, lastSequence } = event.properties ?? {};
    if (typeof testId !== 'string' || firstSequence !== 0 || lastSequence !== 0) return false;
    return messageId === messageIdOf({ ...this.#target, shapeId: null, testId }, 0, 0);
  }

  #speaksOfUs(event: ReceivedEventData, body: Buffer): boolean {
    const category: unknown = event.properties?.['category'];
    return (category === undefined || category === this.#target.category) && body.includes(this.#target.tenantId);
  }

  /**
   * Names what did not come from `firstSeq` on, and adds the records' ids. Copies that were acknowledged before `held` may have
   * been let go of.
   */
  async conclude(firstSeq: number, held: Date | null): Promise<void> {
    const { lastSeq } = this.#coverage;
    for (const { first, last, waiting } of this.#copies.byMessage.values())
      for (const copy of waiting)
        if (held === null || copy.at >= held)
          note(this.findings, { kind: 'missing', firstSeq: first, lastSeq: last, at: null, note: COPY_NOTE });
    const excused = new Set(await this.#proof.quarantined(this.#target.deliveryId, firstSeq, lastSeq));
    for (const gap of this.#coverage.gaps()) {
      for (const left of await this.#proof.leftOut(this.#target.deliveryId, Math.max(firstSeq, gap.firstSeq), gap.lastSeq))
        for (let seq = left.firstSeq; seq <= left.lastSeq; seq += 1) excused.add(seq);
      let from = Math.max(firstSeq, gap.firstSeq);
      for (let seq = from; seq <= gap.lastSeq + 1; seq += 1) {
        if (seq <= gap.lastSeq && !excused.has(seq)) continue;
        if (from < seq) note(this.findings, { kind: 'missing', firstSeq: from, lastSeq: seq - 1, at: null });
        from = seq + 1;
      }
    }
    const single = this.findings.faults.filter((f) => f.firstSeq !== null && f.firstSeq === f.lastSeq);
    const ids = await this.#proof.ids(
      this.#target,
      single.map((f) => f.firstSeq!),
    );
    this.findings.faults = this.findings.faults.map((f) => (single.includes(f) ? { ...f, id: ids.get(f.firstSeq!) ?? null } : f));
  }
}

function runs(seqs: readonly number[]): { firstSeq: number; lastSeq: number }[] {
  const found: { firstSeq: number; lastSeq: number }[] = [];
  for (const seq of seqs) {
    const last = found.at(-1);
    if (last && last.lastSeq === seq - 1) last.lastSeq = seq;
    else found.push({ firstSeq: seq, lastSeq: seq });
  }
  return found;
}

/**
 * Which records of a message are not as the log has them; all of them when the message cannot be taken apart. Of one that the log
 * no longer has nothing can be said.
 */
function differing(body: Buffer, log: { records: readonly LogRecord[]; holes: readonly number[] }): number[] {
  const all = [...log.records.map((r) => r.seq), ...log.holes].toSorted((a, b) => a - b);
  try {
    const { records } = JSON.parse(body.toString()) as { records: unknown[] };
    const bodies = new Map(log.records.map((r) => [r.seq, JSON.stringify(JSON.parse(r.body.toString()))]));
    // A message that was sent after retention removed records was made without them.
    const there = records.length === all.length ? all : records.length === log.records.length ? log.records.map((r) => r.seq) : null;
    if (there === null) return all;
    const wrong = there.filter((seq, i) => bodies.has(seq) && bodies.get(seq) !== JSON.stringify(records[i]));
    if (log.holes.length > 0) return wrong;
    // Not one record differs and yet the bytes do: spaces, or another order of the same.
    return wrong.length > 0 ? wrong : all;
  } catch {
    return all;
  }
}
