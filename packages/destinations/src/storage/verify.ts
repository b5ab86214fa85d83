import { createHash } from 'node:crypto';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import { categoryId, splitCategoryId } from '@weir/contract';
import {
  compareLines,
  concludeUnknown,
  keepOpen,
  MAX_FAULTS,
  noFindings,
  note,
  type BlobSegment,
  type Comparison,
  type Cursor,
  type ExpectedLine,
  type FoundLine,
  type Findings,
  type Open,
  type ProofReader,
  type VerifyFault,
  type VerifyReport,
  type VerifyTarget,
} from '@weir/engine';
import { containerOf } from './archive.ts';
import { blobLines, expectedLines, type Unlike } from './lines.ts';

/** Lines that nobody expected, and records that are not there, which are kept until all blobs were compared. */
const MAX_OPEN = 100_000;
/** Records behind the range that may have been written while it was compared. */
const FRESH = 40_000;

/** How far a verification is; JSON, so that another process can go on with it. */
export interface ArchiveProgress {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly startedAt: string;
  /** Blobs that are done. */
  done: number;
  records: number;
  /** Of these, records that the log no longer has: the ledger's digest proves them. */
  byDigest: number;
  bytes: number;
  findings: Findings;
  open: Open;
  /** Other logs of the tenant that are archived in the same blobs: `<provider>/<category>`. */
  others: string[];
}
export interface ArchiveVerification {
  readonly target: VerifyTarget<'storage'>;
  readonly proof: ProofReader;
  readonly account: { endpoint: string; name: string; key: string };
  /** Without it: everything that was delivered. Blobs that no delivery made are looked for only then. */
  readonly range?: { firstSeq?: number | undefined; lastSeq?: number | undefined };
  /** What an earlier call was told last. */
  readonly resume?: ArchiveProgress | undefined;
  /** Called after each blob; false stops, and the answer is null. */
  readonly onStep?: (progress: ArchiveProgress, blobs: number) => Promise<boolean>;
  /** Awaited after every 4 MB or so: a verification in the background gives way to deliveries there. */
  readonly pace?: (() => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads an archive back, blob by blob, and compares it line by line with the log and batch by batch with the ledger. Memory
 * does not grow with the archive. Null when `onStep` stopped it. Throws what the storage account answers when it cannot be read.
 */
export async function verifyArchive(options: ArchiveVerification): Promise<VerifyReport | null> {
  const { target, proof, account, signal } = options;
  const started = Date.now();
  const asked = {
    firstSeq: Math.max(1, options.range?.firstSeq ?? 1),
    lastSeq: Math.min(target.checkpoint, options.range?.lastSeq ?? target.checkpoint),
  };
  const delivered = options.resume ?? (await proof.ledgerRange(target.deliveryId, asked.firstSeq, asked.lastSeq));
  // To the checkpoint, whatever the ledger says: a row that is missing at its end must show.
  const range = options.resume ?? (delivered && { firstSeq: delivered.firstSeq, lastSeq: asked.lastSeq });
  const about = { kind: 'storage' as const, tenantId: target.tenantId, setting: target.setting, category: target.category };
  if (range === null) return { ...about, ...nothing(started) };

  const container = new BlobServiceClient(account.endpoint, new StorageSharedKeyCredential(account.name, account.key)).getContainerClient(
    containerOf(target.category),
  );
  const progress: ArchiveProgress = options.resume ?? {
    firstSeq: range.firstSeq,
    lastSeq: range.lastSeq,
    startedAt: new Date(started).toISOString(),
    done: 0,
    records: 0,
    byDigest: 0,
    bytes: 0,
    findings: noFindings(),
    open: { missing: [], unknown: [], unnoted: [] },
    others: [],
  };
  const check = new ArchiveCheck(target, proof, container, progress, signal, options.pace);
  const blobs = await proof.blobs(target.deliveryId, range.firstSeq, range.lastSeq);
  if (progress.done === 0) {
    const gaps = await proof.ledgerGaps(target.deliveryId, range.firstSeq, range.lastSeq);
    for (const { kind, firstSeq, lastSeq } of gaps) {
      if (kind === 'none') progress.open.unnoted.push({ firstSeq, lastSeq });
      else
        note(progress.findings, {
          kind: 'unaccounted',
          firstSeq,
          lastSeq,
          at: null,
          note: 'The ledger names more than one batch for them.',
        });
    }
  }
  for (const { blob, deleted } of blobs.slice(progress.done)) {
    signal.throwIfAborted();
    if (!deleted) await check.blob(blob);
    progress.done += 1;
    if (options.onStep && !(await options.onStep(progress, blobs.length))) return null;
  }
  const whole = !options.range?.firstSeq && !options.range?.lastSeq;
  if (whole) await check.strangers(new Set(blobs.map((b) => b.blob)));
  await check.conclude(whole);
  const { findings } = progress;
  return {
    ...about,
    firstSeq: range.firstSeq,
    lastSeq: range.lastSeq,
    records: progress.records,
    bytes: progress.bytes,
    parts: blobs.length,
    repetitions: 0,
    result: Object.keys(findings.counts).length === 0 ? 'holds' : 'differs',
    faults: findings.faults,
    counts: findings.counts,
    startedAt: progress.startedAt,
    durationMs: Date.now() - Date.parse(progress.startedAt),
  };
}
const nothing = (started: number) => ({
  firstSeq: null,
  lastSeq: null,
  records: 0,
  bytes: 0,
  parts: 0,
  repetitions: 0,
  result: 'holds' as const,
  faults: [],
  counts: {},
  startedAt: new Date(started).toISOString(),
  durationMs: Date.now() - started,
});

const noLinesFound: Cursor<FoundLine> = { peek: () => undefined, take: () => {}, fill: async () => false };
const noLines: Cursor<ExpectedLine> = { peek: () => undefined, take: () => {}, fill: async () => false };

class ArchiveCheck {
  readonly #target: VerifyTarget<'storage'>;
  readonly #proof: ProofReader;
  readonly #container: ContainerClient;
  readonly #progress: ArchiveProgress;
  readonly #signal: AbortSignal;
  readonly #pace: (() => Promise<void>) | undefined;
  /** Blobs that no delivery wrote, with their length. */
  readonly #strangers = new Map<string, number>();
  constructor(
    target: VerifyTarget<'storage'>,
    proof: ProofReader,
    container: ContainerClient,
    progress: ArchiveProgress,
    signal: AbortSignal,
    pace: (() => Promise<void>) | undefined,
  ) {
    this.#pace = pace;
    this.#target = target;
    this.#proof = proof;
    this.#container = container;
    this.#progress = progress;
    this.#signal = signal;
  }
  #own = (segment: BlobSegment, seq: number): boolean =>
    // What a replay sent must be known, and is not judged: each record counts once.
    segment.deliveryId === this.#target.deliveryId && !segment.replay && seq >= this.#progress.firstSeq && seq <= this.#progress.lastSeq;
  #at = (blob: string, offset: number | null) => ({
    kind: 'storage' as const,
    container: this.#container.containerName,
    blob,
    offset,
  });

  async blob(name: string): Promise<void> {
    const { findings } = this.#progress;
    const segments = await this.#proof.segments(this.#target.sink, this.#container.containerName, name);
    const mine = categoryId(this.#target.provider, this.#target.category);
    const logs = segments.map((s) => categoryId(s.provider, s.category)).filter((id) => id !== mine);
    this.#progress.others = [...new Set([...this.#progress.others, ...logs])];
    // The ledger first, the length after it: what the ledger knows must be there, and what came since is told apart at the end.
    const download = await this.#download(name);
    if (download === null) {
      const now = await this.#proof.blobs(this.#target.deliveryId, this.#progress.firstSeq, this.#progress.lastSeq);
      // Retention may have deleted it since the run began.
      if (now.some((b) => b.blob === name && b.deleted)) return;
      const shaped = segments.some((s) => s.shapeId !== null);
      // What the condition left out never was in the blob.
      const runs = shaped
        ? (await compareLines(expectedLines(this.#proof, segments, this.#own, this.#pace), noLinesFound)).missing.filter((m) => m.own)
        : runsOf(segments, this.#own);
      for (const { firstSeq, lastSeq } of runs)
        note(findings, { kind: 'missing', firstSeq, lastSeq, at: this.#at(name, null), note: 'The blob is gone.' });
      return;
    }
    const expected = expectedLines(this.#proof, segments, this.#own, this.#pace);
    const comparison = await compareLines(expected, blobLines(download[Symbol.asyncIterator]()));
    this.#progress.records += comparison.matched;
    this.#progress.bytes += comparison.bytes;
    const judged = await this.#asSent(name, comparison, expected.unlike);
    for (const m of judged.misplaced)
      if (m.own) note(findings, { kind: 'misplaced', firstSeq: m.seq, lastSeq: m.seq, at: this.#at(name, m.offset) });
    this.#keep(name, judged);
  }

  /** Keeps what is open of a blob until all were compared, as far as there is room. */
  #keep(blob: string, comparison: Comparison): void {
    const { findings, open } = this.#progress;
    const unreadable = (text: string) =>
      note(findings, { kind: 'unreadable', firstSeq: null, lastSeq: null, at: this.#at(blob, null), note: text });
    if (comparison.lostAfter !== null)
      unreadable(`So much differs after record ${comparison.lostAfter} that the rest of the blob was not compared.`);
    const room = Math.max(0, MAX_OPEN - open.unknown.length - open.missing.length);
    const { missing, unknown } = comparison;
    keepOpen(open, { ...comparison, missing: missing.slice(0, room), unknown: unknown.slice(0, room) }, blob);
    if (missing.length > room || unknown.length > room) unreadable('More lines differ than can be named one by one.');
  }

  /** The blob's bytes as a stream; null when there is no such blob. */
  async #download(name: string): Promise<AsyncIterable<Buffer> | null> {
    try {
      const { readableStreamBody } = await this.#container.getBlobClient(name).download(0, undefined, {
        abortSignal: this.#signal,
        maxRetryRequests: 3,
      });
      return readableStreamBody as unknown as AsyncIterable<Buffer>;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return null;
      throw error;
    }
  }

  /**
   * Batches that the log would render otherwise than they were sent: where the blob holds the very bytes that the ledger has the
   * digest of, the archive is right. Then a record that the log no longer has is proved by the digest, and one that the log has
   * in another form is the log's fault.
   */
  async #asSent(blob: string, comparison: Comparison, unlike: readonly Unlike[]): Promise<Comparison> {
    let { missing, unknown } = comparison;
    for (const { segment, gone, without } of unlike) {
      if (!segment.digest) continue;
      const { offset, bytes, firstSeq, lastSeq } = segment;
      const there = await this.#container
        .getBlobClient(blob)
        .downloadToBuffer(offset, bytes, { abortSignal: this.#signal })
        .catch(() => null);
      const asSent = there !== null && createHash('sha256').update(there).digest().equals(segment.digest);
      const owned = segment.deliveryId === this.#target.deliveryId && !segment.replay;
      if (!asSent) {
        if (owned && gone.length === 0 && !missing.some((m) => m.own && m.firstSeq <= lastSeq && m.lastSeq >= firstSeq))
          this.#notAsSent(blob, firstSeq, lastSeq, offset, 'Log and archive agree, and both differ from what the ledger says was sent.');
        continue;
      }
      const inside = new Set<number>();
      for (const m of missing)
        for (let seq = Math.max(m.firstSeq, firstSeq); seq <= Math.min(m.lastSeq, lastSeq); seq += 1) if (m.own) inside.add(seq);
      const passed = gone.filter((seq) => inside.delete(seq)).length;
      const proved = without ? 0 : passed;
      this.#progress.records += proved;
      this.#progress.byDigest += proved;
      for (const seq of inside)
        this.#notAsSent(blob, seq, seq, offset, 'The archive holds what was sent; the log holds something else by now.');
      missing = missing.flatMap((m) =>
        m.lastSeq < firstSeq || m.firstSeq > lastSeq
          ? [m]
          : [
              { ...m, lastSeq: firstSeq - 1 },
              { ...m, firstSeq: lastSeq + 1 },
            ].filter((part) => part.firstSeq <= part.lastSeq),
      );
      unknown = unknown.filter((u) => u.offset < offset || u.offset >= offset + bytes);
    }
    return { ...comparison, missing, unknown };
  }
  #notAsSent(blob: string, firstSeq: number, lastSeq: number, offset: number, text: string): void {
    const [first, last] = [Math.max(firstSeq, this.#progress.firstSeq), Math.min(lastSeq, this.#progress.lastSeq)];
    if (first <= last)
      note(this.#progress.findings, { kind: 'not-as-sent', firstSeq: first, lastSeq: last, at: this.#at(blob, offset), note: text });
  }

  /** Blobs beside those of the ledger, under the tenant's prefix. */
  async strangers(known: ReadonlySet<string>): Promise<void> {
    try {
      for await (const { name, properties } of this.#container.listBlobsFlat({
        prefix: `tenantId=${this.#target.tenantId}/`,
        abortSignal: this.#signal,
      })) {
        if (known.has(name) || properties.contentLength === 0) continue;
        if ((await this.#proof.segments(this.#target.sink, this.#container.containerName, name)).length > 0) continue;
        // It may hold a batch that is not acknowledged yet, or a copy: its lines are asked about like any that nobody expected.
        const download = await this.#download(name);
        if (download === null) continue;
        const comparison = await compareLines(noLines, blobLines(download[Symbol.asyncIterator]()));
        this.#strangers.set(name, properties.contentLength ?? 0);
        this.#keep(name, comparison);
      }
    } catch (error) {
      // Without a container no blob is there; what should be was named before.
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    }
  }

  /** Asks the log about the lines that nobody expected, and names what they and the missing records are. */
  async conclude(whole: boolean): Promise<void> {
    const { open, findings, firstSeq, lastSeq } = this.#progress;
    const known = new Map<string, number[]>();
    const look = async (log: { provider: string; category: string }, from: number, to: number, mine = true) => {
      const digests = [...new Set(open.unknown.map((u) => u.key))].filter((k) => !k.startsWith('!') && !known.has(k));
      if (digests.length === 0 || from > to) return;
      for (const { digest, seq } of await this.#proof.findBodies(log, from, to, digests))
        known.set(digest, [...(known.get(digest) ?? []), mine ? seq : Number.MAX_SAFE_INTEGER]);
    };
    // Most likely what was written while we looked; only what is none of that makes every body of the log be read again.
    await look(this.#target, lastSeq + 1, Math.min(await this.#proof.head(this.#target), lastSeq + FRESH));
    for (const other of this.#progress.others) {
      const { provider, name: category } = splitCategoryId(other);
      const head = await this.#proof.head({ provider, category });
      await look({ provider, category }, Math.max(1, head - FRESH), head, false);
    }
    await look(this.#target, 1, lastSeq);
    const leftOut = new Set<number>();
    for (const seq of [...new Set([...known.values()].flat())].slice(0, MAX_FAULTS))
      if (seq >= firstSeq && seq <= lastSeq && (await this.#proof.leftOut(this.#target.deliveryId, seq, seq)).length > 0) leftOut.add(seq);
    const faults = concludeUnknown(open, known, { firstSeq, lastSeq, whole, leftOut }, this.#container.containerName);
    this.#progress.open = { missing: [], unknown: [], unnoted: [] };
    for (const fault of faults)
      if (fault.kind !== 'foreign' || fault.at?.kind !== 'storage' || !this.#strangers.has(fault.at.blob)) note(findings, fault);
    for (const [blob, bytes] of this.#strangers)
      if (faults.some((f) => f.kind === 'foreign' && f.at?.kind === 'storage' && f.at.blob === blob))
        note(findings, {
          kind: 'foreign',
          firstSeq: null,
          lastSeq: null,
          at: this.#at(blob, null),
          note: `No delivery wrote this blob of ${bytes} bytes.`,
        });
    const single = (f: VerifyFault) => f.firstSeq !== null && f.firstSeq === f.lastSeq;
    const ids = await this.#proof.ids(
      this.#target,
      findings.faults.filter(single).map((f) => f.firstSeq!),
    );
    findings.faults = findings.faults.map((f) => (single(f) ? { ...f, id: ids.get(f.firstSeq!) ?? null } : f));
  }
}

/** Consecutive own records of a blob, as few runs as there are. */
function runsOf(
  segments: readonly BlobSegment[],
  own: (segment: BlobSegment, seq: number) => boolean,
): { firstSeq: number; lastSeq: number }[] {
  const runs: { firstSeq: number; lastSeq: number }[] = [];
  for (const segment of segments) {
    for (let seq = segment.firstSeq; seq <= segment.lastSeq; seq += 1) {
      if (!own(segment, seq)) continue;
      const last = runs.at(-1);
      if (last && last.lastSeq === seq - 1) last.lastSeq = seq;
      else runs.push({ firstSeq: seq, lastSeq: seq });
    }
  }
  return runs;
}
