import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { categoryId } from '@weir/contract';
import {
  COPY_NOTE,
  compareLines,
  copyKey,
  keepOpen,
  note,
  type BlobSegment,
  type Comparison,
  type Cursor,
  type ExpectedLine,
  type FoundLine,
  type ProofReader,
  type VerifyTarget,
} from '@weir/engine';
import { blobLines, expectedLines, type Unlike } from './lines.ts';
import type { ArchiveProgress } from './verify.ts';

/** Lines that nobody expected, and records that are not there, which are kept until all blobs were compared. */
const MAX_OPEN = 100_000;

const noLinesFound: Cursor<FoundLine> = { peek: () => undefined, take: () => {}, fill: async () => false };
const noLines: Cursor<ExpectedLine> = { peek: () => undefined, take: () => {}, fill: async () => false };

/** Compares the blobs of one archive, one by one, and keeps in `progress` what it found. */
export class ArchiveCheck {
  readonly #target: VerifyTarget<'storage'>;
  readonly #proof: ProofReader;
  readonly #container: ContainerClient;
  readonly #progress: ArchiveProgress;
  readonly #signal: AbortSignal;
  readonly #pace: (() => Promise<void>) | undefined;
  /** Blobs that no delivery wrote, with their length. */
  readonly strangers = new Map<string, number>();
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
    segment.deliveryId === this.#target.deliveryId && seq >= this.#progress.firstSeq && seq <= this.#progress.lastSeq;
  #at = (blob: string, offset: number | null) => ({
    kind: 'storage' as const,
    container: this.#container.containerName,
    blob,
    offset,
  });

  /** Compares one blob of the ledger. */
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
      for (const { copy, firstSeq, lastSeq } of await this.#ownRuns(segments))
        note(findings, {
          kind: 'missing',
          firstSeq,
          lastSeq,
          at: this.#at(name, null),
          note: copy === undefined ? 'The blob is gone.' : `The blob is gone. ${COPY_NOTE}`,
        });
      return;
    }
    const expected = expectedLines(this.#proof, segments, this.#own, this.#pace);
    const comparison = await compareLines(expected, blobLines(download[Symbol.asyncIterator]()));
    this.#progress.records += comparison.matched;
    for (const [key, records] of Object.entries(comparison.copies)) this.#copied(key, records);
    this.#progress.bytes += comparison.bytes;
    const judged = await this.#asSent(name, comparison, expected.unlike);
    for (const m of judged.misplaced)
      if (m.own) note(findings, { kind: 'misplaced', firstSeq: m.seq, lastSeq: m.seq, at: this.#at(name, m.offset) });
    this.#keep(name, judged);
  }

  /** What should be in a blob, as few runs as there are. What the condition left out never was. */
  async #ownRuns(segments: readonly BlobSegment[]): Promise<{ firstSeq: number; lastSeq: number; copy?: string | undefined }[]> {
    if (segments.some((s) => s.shapeId !== null)) {
      const { missing } = await compareLines(expectedLines(this.#proof, segments, this.#own, this.#pace), noLinesFound);
      return missing.filter((m) => m.own);
    }
    const [live, copies] = [segments.filter((s) => s.replay === null), segments.filter((s) => s.replay !== null)];
    return [...runsOf(live, this.#own), ...runsOf(copies, this.#own).map((run) => ({ ...run, copy: 'any' }))];
  }

  #copied(key: string, records: number): void {
    const copies = (this.#progress.copies ??= {});
    copies[key] = (copies[key] ?? 0) + records;
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
      // In Node the stream is one of buffers; the SDK's type is also that of a browser.
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
      const owned = segment.deliveryId === this.#target.deliveryId;
      const copy = segment.replay ? copyKey(segment.replay) : undefined;
      if (!asSent) {
        if (owned && gone.length === 0 && !missing.some((m) => m.own && m.copy === copy && m.firstSeq <= lastSeq && m.lastSeq >= firstSeq))
          this.#notAsSent(blob, firstSeq, lastSeq, offset, 'Log and archive agree, and both differ from what the ledger says was sent.');
        continue;
      }
      const inside = new Set<number>();
      for (const m of missing.filter((run) => run.copy === copy))
        for (let seq = Math.max(m.firstSeq, firstSeq); seq <= Math.min(m.lastSeq, lastSeq); seq += 1) if (m.own) inside.add(seq);
      const passed = gone.filter((seq) => inside.delete(seq)).length;
      const proved = without ? 0 : passed;
      if (copy === undefined) this.#progress.records += proved;
      else if (proved > 0) this.#copied(copy, proved);
      this.#progress.byDigest += proved;
      for (const seq of inside)
        this.#notAsSent(blob, seq, seq, offset, 'The archive holds what was sent; the log holds something else by now.');
      missing = missing.flatMap((m) =>
        m.copy !== copy || m.lastSeq < firstSeq || m.firstSeq > lastSeq
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
  async others(known: ReadonlySet<string>): Promise<void> {
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
        this.strangers.set(name, properties.contentLength ?? 0);
        this.#keep(name, comparison);
      }
    } catch (error) {
      // Without a container no blob is there; what should be was named before.
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    }
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
