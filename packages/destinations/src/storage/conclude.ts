import { splitCategoryId } from '@weir/contract';
import {
  concludeUnknown,
  copyKey,
  MAX_FAULTS,
  note,
  type BlobSegment,
  type ProofReader,
  type VerifyFault,
  type VerifyTarget,
} from '@weir/engine';
import type { ArchiveProgress } from './verify.ts';

/** Records behind the range that may have been written while it was compared. */
const FRESH = 40_000;

/** An archive whose blobs were all compared. */
export interface Archive {
  readonly target: VerifyTarget<'storage'>;
  readonly proof: ProofReader;
  readonly progress: ArchiveProgress;
  readonly container: string;
  /** Blobs that no delivery wrote, with their length. */
  readonly strangers: ReadonlyMap<string, number>;
  /** Everything was looked at, not a range. */
  readonly whole: boolean;
}

/** Asks the log about the lines that nobody expected, and names what they and the missing records are. */
export async function conclude(archive: Archive): Promise<void> {
  const { target, proof, progress, container, strangers, whole } = archive;
  const { open, findings, firstSeq, lastSeq } = progress;
  const known = new Map<string, number[]>();
  const look = async (log: { provider: string; category: string }, from: number, to: number, mine = true) => {
    const digests = [...new Set(open.unknown.map((u) => u.key))].filter((k) => !k.startsWith('!') && !known.has(k));
    if (digests.length === 0 || from > to) return;
    for (const { digest, seq } of await proof.findBodies(log, from, to, digests))
      known.set(digest, [...(known.get(digest) ?? []), mine ? seq : Number.MAX_SAFE_INTEGER]);
  };
  // Most likely what was written while we looked; only what is none of that makes every body of the log be read again.
  await look(target, lastSeq + 1, Math.min(await proof.head(target), lastSeq + FRESH));
  for (const other of progress.others) {
    const { provider, name: category } = splitCategoryId(other);
    const head = await proof.head({ provider, category });
    await look({ provider, category }, Math.max(1, head - FRESH), head, false);
  }
  await look(target, 1, lastSeq);
  const leftOut = new Set<number>();
  for (const seq of [...new Set([...known.values()].flat())].slice(0, MAX_FAULTS))
    if (seq >= firstSeq && seq <= lastSeq && (await proof.leftOut(target.deliveryId, seq, seq)).length > 0) leftOut.add(seq);
  const found = concludeUnknown(open, known, { firstSeq, lastSeq, whole, leftOut }, container);
  const faults = await withoutLateCopies(archive, found, leftOut);
  progress.open = { missing: [], unknown: [], unnoted: [] };
  for (const fault of faults)
    if (fault.kind !== 'foreign' || fault.at?.kind !== 'storage' || !strangers.has(fault.at.blob)) note(findings, fault);
  for (const [blob, bytes] of strangers)
    if (faults.some((f) => f.kind === 'foreign' && f.at?.kind === 'storage' && f.at.blob === blob))
      note(findings, {
        kind: 'foreign',
        firstSeq: null,
        lastSeq: null,
        at: { kind: 'storage', container, blob, offset: null },
        note: `No delivery wrote this blob of ${bytes} bytes.`,
      });
  const single = (f: VerifyFault) => f.firstSeq !== null && f.firstSeq === f.lastSeq;
  const ids = await proof.ids(
    target,
    findings.faults.filter(single).map((f) => f.firstSeq!),
  );
  findings.faults = findings.faults.map((f) => (single(f) ? { ...f, id: ids.get(f.firstSeq!) ?? null } : f));
}

/** Second copies that a replay wrote while the archive was read, or whose acknowledgement never came, are not doubled. */
async function withoutLateCopies(
  { target, proof, progress, container }: Archive,
  faults: readonly VerifyFault[],
  leftOut: ReadonlySet<number>,
): Promise<VerifyFault[]> {
  const known = new Map<string, readonly BlobSegment[]>();
  const copiesIn = async (blob: string): Promise<readonly BlobSegment[]> => {
    // In this order: a batch that is acknowledged in between is in both.
    const open = await proof.unconfirmed(target.sink, container, blob);
    return [...open, ...(await proof.segments(target.sink, container, blob)).filter((s) => s.replay !== null)];
  };
  const rest: VerifyFault[] = [];
  for (const fault of faults) {
    const { kind, firstSeq: seq, at } = fault;
    // Under another condition it may have sent what the delivery left out.
    const again = seq !== null && (kind === 'doubled' || (kind === 'unaccounted' && leftOut.has(seq)));
    if (again && at?.kind === 'storage' && at.offset !== null) {
      const { blob, offset } = at;
      if (!known.has(blob)) known.set(blob, await copiesIn(blob));
      const copy = known.get(blob)!.find((s) => s.firstSeq <= seq && s.lastSeq >= seq && s.offset <= offset && offset < s.offset + s.bytes);
      if (copy?.replay) {
        const copies = (progress.copies ??= {});
        const key = copyKey(copy.replay);
        copies[key] = (copies[key] ?? 0) + 1;
        continue;
      }
    }
    rest.push(fault);
  }
  return rest;
}
