import { verifyDelivery, type ArchiveProgress, type VerifyOptions } from '@weir/destinations';
import { CannotVerify, pause, type VerifyReport } from '@weir/engine';
import type { ChainProgress, Store, VerificationLease } from '@weir/store';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';

export interface VerifyLoop {
  store: Store;
  azure: Pick<VerifyOptions, 'credential' | 'armEndpoint' | 'armScope'>;
  /** Each archive and each log is verified so often; 0: never. In ms. */
  intervalMs: number;
  /** Between two blobs, or two steps of a log, so that live records come first. In ms. */
  restMs: number;
  /** What waited while the worker was away comes first. In ms. */
  startAfterMs: number;
  log: Logger;
  metrics: Metrics;
  signal: AbortSignal;
}
const LEASE_MS = 10 * 60_000;
const LOOK_MS = 60_000;
/** Pages of a blob between two blobs' rests: a page has a fifth of the rest. */
const PAGES = 5;

/**
 * Verifies archives and logs in the background, one at a time and in small steps. What a worker leaves, the next one goes on
 * with. Chains older records first: a log without a chain has nothing to hold on to.
 */
export async function verifyLoop(loop: VerifyLoop): Promise<void> {
  const { store, signal, log } = loop;
  const from = Date.now() + loop.startAfterMs;
  while (!signal.aborted) {
    let did = false;
    try {
      await store.chainBacklog(signal);
      const lease = loop.intervalMs > 0 && Date.now() >= from ? await store.verifications.claim(loop.intervalMs, LEASE_MS) : null;
      if (lease) {
        did = true;
        await verifyOne(loop, lease);
      }
    } catch (error) {
      if (!signal.aborted) log.error({ err: error }, 'a verification failed');
    }
    if (!did) await pause(Math.min(LOOK_MS, loop.intervalMs || LOOK_MS), signal);
  }
}

async function verifyOne(loop: VerifyLoop, lease: VerificationLease): Promise<void> {
  const { store, signal, log, metrics } = loop;
  const about = { tenant: lease.tenantId, delivery: lease.deliveryId, category: lease.category, from: lease.firstSeq, to: lease.lastSeq };
  const type = lease.deliveryId === null ? 'log' : 'storage';
  const step = async (progress: ArchiveProgress | ChainProgress): Promise<boolean> => {
    await store.verifications.renew(lease, progress, LEASE_MS);
    await pause(loop.restMs, signal);
    return !signal.aborted;
  };
  try {
    const report = await (lease.deliveryId === null ? verifyLog(loop, lease, step) : verifyArchive(loop, lease, lease.deliveryId, step));
    if (report === 'gone') return await store.verifications.drop(lease);
    if (report === null) return await store.verifications.release(lease);
    await store.verifications.finish(lease, { report });
    metrics.verified.inc({ type, result: report.result });
    if (report.result === 'holds') log.info({ ...about, records: report.records, ms: report.durationMs }, 'verified');
    else log.error({ ...about, counts: report.counts, faults: report.faults.slice(0, 20) }, 'a verification found faults');
  } catch (error) {
    if (signal.aborted) return await store.verifications.release(lease);
    // A database that does not answer says nothing about the archive; the lease runs out and another try follows.
    if (!(error instanceof CannotVerify)) throw error;
    metrics.verified.inc({ type, result: 'unknown' });
    log.warn({ ...about, reason: error.message }, 'could not be verified; it is tried again');
    await store.verifications.finish(lease, { reason: error.message });
  }
}

const verifyLog = (loop: VerifyLoop, lease: VerificationLease, onStep: (progress: ChainProgress) => Promise<boolean>) =>
  loop.store.forTenant(lease.tenantId).proof.verifyLog({
    provider: lease.provider,
    category: lease.category,
    range: { firstSeq: lease.firstSeq },
    resume: (lease.progress as ChainProgress | null) ?? undefined,
    onStep,
  });

async function verifyArchive(
  loop: VerifyLoop,
  lease: VerificationLease,
  deliveryId: string,
  onStep: (progress: ArchiveProgress) => Promise<boolean>,
): Promise<VerifyReport | null | 'gone'> {
  const { proof } = loop.store.forTenant(lease.tenantId);
  const target = (await proof.targets({ category: lease.category })).find((t) => t.deliveryId === deliveryId);
  if (!target) return 'gone';
  return verifyDelivery(target, {
    ...loop.azure,
    proof,
    // From the beginning means all of it: then blobs that nobody delivered are looked for, too.
    ...(lease.firstSeq > 1 && { range: { firstSeq: lease.firstSeq } }),
    resume: (lease.progress as ArchiveProgress | null) ?? undefined,
    onStep,
    pace: () => pause(loop.restMs / PAGES, loop.signal),
    signal: loop.signal,
  });
}
