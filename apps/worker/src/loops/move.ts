import type { DestinationTargets } from '@weir/contract';
import {
  backOff,
  bounded,
  SecretUnreadable,
  timeLimit,
  traced,
  unknownFailure,
  type DeliverOptions,
  type DeliveryEvent,
  type DeliveryLease,
  type DeliveryStore,
  type DestinationFactory,
  type OpenDestination,
} from '@weir/engine';
import type { DeliverLoop } from './deliver.ts';

const TIMEOUT_MS = 60_000;
const SLICE_MS = 5_000;
/** Bytes of records that the deliveries of a worker (and again its replays) may have cut for sending at a time. What is read ahead and what clients hold of it comes to a few times as much. */
const CUT_BYTES = 24 << 20;
/** Not more for one: a larger batch is hardly faster, and all that is made of it grows with it. */
const MOST_CUT_BYTES = 2 << 20;
/** Not less for one, however many there are. */
const LEAST_CUT_BYTES = 512 << 10;
/** Of a delivery whose batches may travel beside each other, in place of larger ones. A message to an event hub holds as much. */
const ABREAST = { batches: 3, maxBytes: 1 << 20 };

/** How a lease, a delivery's or a replay's, is named in every log line about it; `batch` is null when none was cut yet. */
export const named = (lease: DeliveryLease, batch: { firstSeq: number; lastSeq: number } | null = lease.openBatch) => ({
  tenant: lease.tenantId,
  setting: lease.settingName,
  delivery: lease.deliveryId,
  ...(lease.replayId !== undefined && { replay: lease.replayId }),
  type: lease.type,
  category: lease.category,
  batch: batch && `${batch.firstSeq}-${batch.lastSeq}`,
});

/**
 * Opens a lease's destination, keeping the lease meanwhile. Null when it could not be opened: the failure is noted and the lease
 * given back.
 */
export async function openDestination(
  loop: DeliverLoop,
  port: DeliveryStore,
  lease: DeliveryLease,
  onFailure: (kind: 'retry' | 'misconfigured') => void = () => {},
): Promise<OpenDestination | null> {
  const { store, log, signal } = loop;
  const limit = timeLimit(signal, TIMEOUT_MS);
  // Opening may take longer than a lease; without it a second slot would begin to open the same destination.
  const renewal = setInterval(() => void port.renew(lease, loop.leaseMs).catch(() => {}), loop.leaseMs / 3);
  const factory = loop.destinations[lease.type] as DestinationFactory;
  const open = () =>
    traced('delivery.open', { 'weir.destination': lease.type }, async () => {
      await store.readyShape(lease);
      return factory.open(lease.target as DestinationTargets[typeof lease.type], lease, limit.signal, await store.secretsOf(lease));
    });
  const result = await bounded(open(), limit.signal)
    .catch((error: unknown) =>
      error instanceof SecretUnreadable ? ({ kind: 'misconfigured', fault: error.fault } as const) : unknownFailure(error),
    )
    .finally(() => (limit.clear(), clearInterval(renewal)));
  if (result.kind === 'open') return result.destination;
  // Stopping is not the destination's failure.
  if (!signal.aborted) {
    const attempts = lease.attempts + 1;
    const kind = result.kind === 'misconfigured' ? 'misconfigured' : 'retry';
    const waitMs = backOff(kind, attempts, 'retryAfterMs' in result ? result.retryAfterMs : undefined);
    onFailure(kind);
    log.warn({ ...named(lease), kind, fault: result.fault, attempts, waitMs }, 'the destination could not be opened');
    await port.failed(lease, { kind, fault: result.fault, waitMs, attempts }).catch(() => {});
  }
  await port.release(lease);
  return null;
}

/** How a lease is moved, one of `busy`; each event is a log line that names the batch. */
export const moving = (
  loop: DeliverLoop,
  lease: DeliveryLease,
  busy: number,
  onEvent: (event: DeliveryEvent) => void = () => {},
): DeliverOptions => ({
  maxBatchBytes: Math.min(MOST_CUT_BYTES, Math.max(LEAST_CUT_BYTES, Math.floor(CUT_BYTES / busy))),
  // Of many deliveries the others use the time in which one waits.
  abreast: CUT_BYTES / busy >= (ABREAST.batches + 1) * ABREAST.maxBytes ? ABREAST : undefined,
  worker: { leaseMs: loop.leaseMs },
  timeoutMs: TIMEOUT_MS,
  sliceMs: SLICE_MS,
  now: () => new Date(),
  signal: loop.signal,
  onEvent(event) {
    onEvent(event);
    const what = lease.replayId === undefined ? 'delivered' : 'replayed';
    const bounds = event.kind === 'quarantined' ? { firstSeq: event.seq, lastSeq: event.seq } : event;
    const line = { ...named(lease, bounds), ...event };
    if (event.kind === 'accepted') loop.log.debug(line, what);
    else if (event.kind === 'passed') loop.log.debug(line, 'filtered out');
    else if (event.kind === 'failed') loop.log.warn(line, `not ${what}; it is tried again`);
    else loop.log.error(line, 'a record went to quarantine');
  },
});
