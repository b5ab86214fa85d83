import { replayedOf, type ProofReader, type VerifyReport, type VerifyTarget } from '@weir/engine';
import { HubCheck, readCopies } from './check-messages.ts';
import { readHub } from './read-hub.ts';

const MINUTE = 60_000;
/** A batch may lie in the hub so much earlier than its acknowledgement says: an answer that was lost, and the retries after it. */
const EARLIER_MS = 60 * MINUTE;
/** Records are named by when they were acknowledged, a little after they came. */
const MARGIN_MS = 10 * MINUTE;

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
  const since = new Date(started - options.retentionMs + MARGIN_MS);
  const kept = await proof.firstAcknowledgedAfter(target.deliveryId, since);
  const delivered = await proof.ledgerRange(target.deliveryId, asked.firstSeq, asked.lastSeq);
  const ledger = kept === null ? null : await proof.ledgerRange(target.deliveryId, Math.max(kept, asked.firstSeq), asked.lastSeq);
  const range = ledger && { firstSeq: ledger.firstSeq, lastSeq: asked.lastSeq };
  const copies = await readCopies(target, proof, asked, since);
  const shapes = await proof.shapes(target.deliveryId);
  const check = new HubCheck(target, proof, range ?? { firstSeq: 1, lastSeq: 0 }, shapes, copies);
  let from = range?.firstSeq ?? null;
  if (range !== null || copies.first !== null) {
    const sent = range && (await proof.sentBefore(target.deliveryId, range.firstSeq));
    // Without a time for what the delivery sent, all of the hub is read.
    const earliest = range ? sent && [sent, ...(copies.first ? [copies.first] : [])] : [copies.first!];
    const start = earliest && new Date(Math.min(...earliest.map((d) => d.getTime())) - EARLIER_MS);
    const oldest = await readHub(options, start, (event, partition) => check.message(event, partition));
    // A hub that is full lets go of messages before their time.
    const held = oldest && new Date(oldest.getTime() + MARGIN_MS);
    if (held !== null && range !== null) {
      const left = await proof.firstAcknowledgedAfter(target.deliveryId, held);
      from = Math.max(range.firstSeq, left ?? range.lastSeq + 1);
    }
    await check.conclude(from ?? asked.lastSeq + 1, held);
  }
  const replayed = replayedOf(check.copied);
  const gone = delivered !== null && (from === null || delivered.firstSeq < from);
  return {
    ...about,
    firstSeq: range && from !== null && from <= range.lastSeq ? from : copies.firstSeq,
    lastSeq: range && from !== null && from <= range.lastSeq ? range.lastSeq : copies.lastSeq,
    records: check.records,
    bytes: check.bytes,
    parts: check.messages,
    repetitions: check.repetitions,
    ...(check.tests > 0 && { tests: check.tests }),
    ...(replayed.length > 0 && { replayed }),
    result: Object.keys(check.findings.counts).length === 0 ? 'holds' : 'differs',
    faults: check.findings.faults,
    counts: check.findings.counts,
    ...(gone && { note: `Older records were delivered, and the event hub does not keep messages that long. They cannot be verified.` }),
    startedAt: new Date(started).toISOString(),
    durationMs: Date.now() - started,
  };
}
