import {
  EventHubConsumerClient,
  earliestEventPosition,
  RetryMode,
  type PartitionProperties,
  type ReceivedEventData,
} from '@azure/event-hubs';
import {
  CannotVerify,
  Coverage,
  noFindings,
  note,
  type FaultPlace,
  type LogRecord,
  type ProofReader,
  type VerifyReport,
  type VerifyTarget,
} from '@weir/engine';
import { bodyOf, messageIdOf } from './hub.ts';

const MINUTE = 60_000;
/** Messages that one partition hands over at a time; each may be 1 MB. */
const MESSAGES = 16;
/** A batch may lie in the hub so much earlier than its acknowledgement says: an answer that was lost, and the retries after it. */
const EARLIER_MS = 60 * MINUTE;
/** Records are named by when they were acknowledged, a little after they came. */
const MARGIN_MS = 10 * MINUTE;
/** No message for so long although some must come. */
const SILENCE_MS = 60_000;

export interface HubVerification {
  readonly target: VerifyTarget<'eventHub'>;
  readonly proof: ProofReader;
  readonly connectionString: string;
  readonly hub: string;
  /** How long the hub keeps messages. */
  readonly retentionMs: number;
  readonly range?: { firstSeq?: number | undefined; lastSeq?: number | undefined };
  readonly signal: AbortSignal;
}

/**
 * Reads all partitions of a hub and compares each message with the log. A message that came whole before is a repetition, which
 * the guarantee allows; order across partitions is not promised. Memory is a few bits for each record of the range.
 */
export async function verifyHub(options: HubVerification): Promise<VerifyReport> {
  const { target, proof } = options;
  const started = Date.now();
  const about = { kind: 'eventHub' as const, tenantId: target.tenantId, setting: target.setting, category: target.category };
  const asked = {
    firstSeq: options.range?.firstSeq ?? 1,
    lastSeq: Math.min(target.checkpoint, options.range?.lastSeq ?? target.checkpoint),
  };
  // What the hub has let go of by now, or may let go of while it is read, cannot be asked for.
  const kept = await proof.firstAcknowledgedAfter(target.deliveryId, new Date(started - options.retentionMs + MARGIN_MS));
  const delivered = await proof.ledgerRange(target.deliveryId, asked.firstSeq, asked.lastSeq);
  const ledger = kept === null ? null : await proof.ledgerRange(target.deliveryId, Math.max(kept, asked.firstSeq), asked.lastSeq);
  const range = ledger && { firstSeq: ledger.firstSeq, lastSeq: asked.lastSeq };
  const check = new HubCheck(target, proof, range ?? { firstSeq: 1, lastSeq: 0 }, await proof.shapes(target.deliveryId));
  let from = range?.firstSeq ?? null;
  if (range !== null) {
    const since = await proof.sentBefore(target.deliveryId, range.firstSeq);
    const start = since === null ? null : new Date(since.getTime() - EARLIER_MS);
    const oldest = await readHub(options, start, (event, partition) => check.message(event, partition));
    // A hub that is full lets go of messages before their time.
    if (oldest !== null) {
      const left = await proof.firstAcknowledgedAfter(target.deliveryId, new Date(oldest.getTime() + MARGIN_MS));
      from = Math.max(range.firstSeq, left ?? range.lastSeq + 1);
    }
    await check.conclude(from ?? range.firstSeq);
  }
  const gone = delivered !== null && (from === null || delivered.firstSeq < from);
  return {
    ...about,
    firstSeq: range && from !== null && from <= range.lastSeq ? from : null,
    lastSeq: range && from !== null && from <= range.lastSeq ? range.lastSeq : null,
    records: check.records,
    bytes: check.bytes,
    parts: check.messages,
    repetitions: check.repetitions,
    result: Object.keys(check.findings.counts).length === 0 ? 'holds' : 'differs',
    faults: check.findings.faults,
    counts: check.findings.counts,
    ...(gone && { note: `Older records were delivered, and the event hub does not keep messages that long. They cannot be verified.` }),
    startedAt: new Date(started).toISOString(),
    durationMs: Date.now() - started,
  };
}

/**
 * Hands over every message from `since` to what was the last one of each partition when it began. Returns the time before which
 * messages may be gone; null when all that ever came is still there.
 */
async function readHub(
  options: Pick<HubVerification, 'connectionString' | 'hub' | 'signal'>,
  since: Date | null,
  onMessage: (event: ReceivedEventData, partition: string) => Promise<void>,
): Promise<Date | null> {
  const client = new EventHubConsumerClient('$Default', options.connectionString, options.hub, {
    retryOptions: { maxRetries: 3, retryDelayInMs: 500, maxRetryDelayInMs: 4_000, mode: RetryMode.Exponential, timeoutInMs: 20_000 },
  });
  try {
    const ids = await client.getPartitionIds({ abortSignal: options.signal });
    const partitions = await Promise.all(ids.map((id) => client.getPartitionProperties(id, { abortSignal: options.signal })));
    let oldest: Date | null = null;
    const gone = (before: Date) => (oldest = oldest === null || before > oldest ? before : oldest);
    for (const p of partitions) if (p.isEmpty && p.lastEnqueuedSequenceNumber >= 0) gone(p.lastEnqueuedOnUtc);
    await Promise.all(
      partitions
        .filter((p) => !p.isEmpty && (since === null || p.lastEnqueuedOnUtc >= since))
        .map((p) =>
          readPartition(client, p, since, options.signal, async (event, partition) => {
            if (event.sequenceNumber === p.beginningSequenceNumber && p.beginningSequenceNumber > 0) gone(event.enqueuedTimeUtc);
            await onMessage(event, partition);
          }),
        ),
    );
    return oldest;
  } finally {
    await client.close().catch(() => {});
  }
}

async function readPartition(
  client: EventHubConsumerClient,
  partition: PartitionProperties,
  since: Date | null,
  signal: AbortSignal,
  onMessage: (event: ReceivedEventData, partition: string) => Promise<void>,
): Promise<void> {
  const end = Promise.withResolvers<void>();
  let heard = Date.now();
  const stop = () => end.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const subscription = client.subscribe(
    partition.partitionId,
    {
      async processEvents(events) {
        try {
          for (const event of events) {
            if (event.sequenceNumber > partition.lastEnqueuedSequenceNumber) break;
            await onMessage(event, partition.partitionId);
          }
          const last = events.at(-1)?.sequenceNumber;
          if (last !== undefined) heard = Date.now();
          if (last !== undefined && last >= partition.lastEnqueuedSequenceNumber) end.resolve();
          else if (Date.now() - heard > SILENCE_MS)
            end.reject(new CannotVerify(`Partition ${partition.partitionId} of the event hub sent nothing for a minute.`));
        } catch (error) {
          end.reject(error);
        }
      },
      processError: async (error) => end.reject(error),
    },
    {
      startPosition: since === null ? earliestEventPosition : { enqueuedOn: since },
      maxBatchSize: MESSAGES,
      maxWaitTimeInSeconds: 5,
      skipParsingBodyAsJson: true,
    },
  );
  try {
    await end.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    await subscription.close();
  }
}

class HubCheck {
  readonly #target: VerifyTarget<'eventHub'>;
  readonly #proof: ProofReader;
  readonly #coverage: Coverage;
  readonly findings = noFindings();
  records = 0;
  bytes = 0;
  messages = 0;
  repetitions = 0;
  /** Versions that a message may have been cut with; its id says which. */
  readonly #shapes: readonly (string | null)[];
  constructor(
    target: VerifyTarget<'eventHub'>,
    proof: ProofReader,
    range: { firstSeq: number; lastSeq: number },
    shapes: readonly string[],
  ) {
    this.#shapes = [null, ...shapes];
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
    if (shapeId === undefined) {
      // A hub may serve other categories and other directories; what speaks of this one and has no id of ours is nobody's.
      if (this.#speaksOfUs(event, body)) note(this.findings, { kind: 'foreign', firstSeq: null, lastSeq: null, at });
      return;
    }
    if (last < firstSeq || first > lastSeq) return;
    this.messages += 1;
    this.bytes += body.length;
    const log = await this.#proof.read(this.#target, first - 1, last, Number.MAX_SAFE_INTEGER, shapeId);
    // Marked before anything is awaited again: partitions are read side by side.
    const { kind, fresh, again } = this.#coverage.mark(first, last);
    if (kind === 'repetition') this.repetitions += again.length;
    else for (const run of runs(again)) note(this.findings, { kind: 'doubled', ...run, at });
    const wrong = body.equals(bodyOf(log.records)) ? [] : differing(body, log);
    for (const run of runs(wrong.filter((seq) => seq >= firstSeq && seq <= lastSeq))) note(this.findings, { kind: 'changed', ...run, at });
    const left = kind === 'new' && shapeId !== null ? last - first + 1 - log.records.length - log.holes.length : 0;
    this.records += Math.max(0, fresh - left - wrong.length);
  }

  #speaksOfUs(event: ReceivedEventData, body: Buffer): boolean {
    const category: unknown = event.properties?.['category'];
    return (category === undefined || category === this.#target.category) && body.includes(this.#target.tenantId);
  }

  /** Names what did not come from `firstSeq` on, and adds the records' ids. */
  async conclude(firstSeq: number): Promise<void> {
    const { lastSeq } = this.#coverage;
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
