import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import {
  noFindings,
  note,
  replayedOf,
  type Findings,
  type Open,
  type ProofReader,
  type VerifyReport,
  type VerifyTarget,
} from '@weir/engine';
import { containerOf } from './archive.ts';
import { ArchiveCheck } from './check-blob.ts';
import { conclude } from './conclude.ts';

/** How far a verification is; JSON, so that another process can go on with it. */
export interface ArchiveProgress {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly startedAt: string;
  /** The first record that the delivery itself sent; before it only replays did. */
  readonly liveFirst?: number;
  /** Copies that replays sent and that are unaltered, by `copyKey`. */
  copies?: Record<string, number>;
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
  const [live, copied] = options.resume
    ? [null, null]
    : [
        await proof.ledgerRange(target.deliveryId, asked.firstSeq, asked.lastSeq),
        await proof.copyRange(target.deliveryId, asked.firstSeq, asked.lastSeq),
      ];
  const firsts = [options.resume, live, copied].flatMap((r) => (r ? [r.firstSeq] : []));
  // To the checkpoint, whatever the ledger says: a row that is missing at its end must show.
  const range = options.resume ?? (firsts.length > 0 && { firstSeq: Math.min(...firsts), lastSeq: asked.lastSeq });
  const about = { kind: 'storage' as const, tenantId: target.tenantId, setting: target.setting, category: target.category };
  if (!range) return { ...about, ...nothing(started) };

  const container = new BlobServiceClient(account.endpoint, new StorageSharedKeyCredential(account.name, account.key)).getContainerClient(
    containerOf(target.category),
  );
  const progress: ArchiveProgress = options.resume ?? {
    firstSeq: range.firstSeq,
    lastSeq: range.lastSeq,
    ...(copied && { liveFirst: live?.firstSeq ?? range.lastSeq + 1 }),
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
    const gaps = await proof.ledgerGaps(target.deliveryId, progress.liveFirst ?? range.firstSeq, range.lastSeq);
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
  if (whole) await check.others(new Set(blobs.map((b) => b.blob)));
  await conclude({ target, proof, progress, container: container.containerName, strangers: check.strangers, whole });
  const { findings } = progress;
  const replayed = replayedOf(progress.copies ?? {});
  return {
    ...about,
    firstSeq: range.firstSeq,
    lastSeq: range.lastSeq,
    records: progress.records,
    bytes: progress.bytes,
    parts: blobs.length,
    repetitions: 0,
    ...(replayed.length > 0 && { replayed }),
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
