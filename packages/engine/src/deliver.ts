import { LeaseLost, type DeliveryLease, type DeliveryStore } from './ports.ts';
import { Run } from './run.ts';
import { traced } from './traced.ts';
import type { Fault, Failure, OpenDestination } from './types.ts';

export interface DeliverOptions {
  worker: { leaseMs: number };
  /** One attempt at a destination may take so long; then its outcome is unknown, which is a retry. */
  timeoutMs: number;
  /** New batches are no larger, so that all that a worker moves at once stays within its memory. */
  maxBatchBytes?: number;
  /** So many batches of one delivery, then no larger than this, may travel beside each other where its destination allows it. */
  abreast?: { batches: number; maxBytes: number } | undefined;
  /** A busy delivery gives way to others after this time. */
  sliceMs: number;
  now: () => Date;
  random?: () => number;
  signal: AbortSignal;
  /** Told of everything that happens, for logs and metrics. */
  onEvent?: (event: DeliveryEvent) => void;
}
export type DeliveryEvent =
  | { kind: 'accepted'; firstSeq: number; lastSeq: number; records: number; bytes: number; durationMs: number }
  /** Of this range nothing goes. */
  | { kind: 'passed'; firstSeq: number; lastSeq: number }
  | { kind: 'failed'; failure: Failure['kind']; fault: Fault; firstSeq: number; lastSeq: number; attempts: number; nextAttemptAt: Date }
  | { kind: 'quarantined'; seq: number; recordId: string; fault: Fault };
/** Why the step ended: nothing more waits, its time was up, it failed and waits, the lease went, or it holds back for a fuller batch. */
export type DeliverResult = 'drained' | 'slice' | 'failed' | 'lost' | 'held';

/**
 * Moves one delivery as far as it goes: takes up the open batch or cuts one after the checkpoint, writes its bounds down,
 * sends it, and moves the checkpoint when the destination acknowledged. Gives the lease back. Throws only what the store throws;
 * the lease then runs out and the open batch is taken up again.
 */
export async function deliver(
  store: DeliveryStore,
  lease: DeliveryLease,
  destination: OpenDestination,
  options: DeliverOptions,
): Promise<DeliverResult> {
  return traced('delivery.step', about(lease), async (span) => {
    const ended = (state: DeliverResult) => (span.setAttribute('weir.result', state), state);
    try {
      const result = await new Run(store, lease, destination, options).run();
      if (result.state !== 'lost') await store.release(lease, result.waitMs);
      return ended(result.state);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      // Paused, ended or taken over: only the holder of the token can give a lease back, so this frees nobody else's.
      await store.release(lease).catch(() => {});
      return ended('lost');
    }
  });
}
const about = (lease: DeliveryLease) => ({
  'weir.tenant': lease.tenantId,
  'weir.setting': lease.settingName,
  'weir.delivery': lease.deliveryId,
  ...(lease.replayId !== undefined && { 'weir.replay': lease.replayId }),
  'weir.category': `${lease.provider}/${lease.category}`,
  'weir.destination': lease.type,
});
