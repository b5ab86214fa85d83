import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationTargets } from '@weir/contract';
import { backOff, bounded, deliver, SecretUnreadable, timeLimit, unknownFailure, type DestinationFactory } from '@weir/engine';
import type { ReplayLease } from '@weir/store';
import type { DeliverLoop } from './deliver.ts';

const TIMEOUT_MS = 60_000;
const SLICE_MS = 5_000;

/** Slots for replays: a quarter of those for live deliveries, at least one, and none of theirs. */
export const replaySlots = (slots: number): number => Math.max(1, Math.floor(slots / 4));

/**
 * Moves due replays in slots of their own, beside the live deliveries. Found by polling: nobody waits for a replay's first
 * second. Resolves when `signal` fired and every slot is empty.
 */
export async function replayLoop(loop: DeliverLoop): Promise<void> {
  const { store, signal, log } = loop;
  const running = new Set<Promise<void>>();
  const slots = replaySlots(loop.slots);
  while (!signal.aborted) {
    const free = slots - running.size;
    const leases =
      free > 0
        ? await store.replays
            .claim(loop.worker, loop.leaseMs, free)
            .catch((error: unknown) => (log.error({ err: error }, 'replays could not be claimed'), []))
        : [];
    for (const lease of leases) {
      const work = moveOne(loop, lease)
        .catch((error: unknown) => log.error({ err: error, ...named(lease) }, 'the replay step failed'))
        .finally(() => running.delete(work));
      running.add(work);
    }
    const wait = sleep(loop.pollMs, undefined, { signal }).catch(() => {});
    await (leases.length > 0 ? Promise.race([wait, ...running]) : wait);
  }
  await Promise.allSettled(running);
}

const named = (lease: ReplayLease) => ({
  tenant: lease.tenantId,
  setting: lease.settingName,
  delivery: lease.deliveryId,
  replay: lease.replayId,
  type: lease.type,
  category: lease.category,
});

async function moveOne(loop: DeliverLoop, lease: ReplayLease): Promise<void> {
  const { store, log, signal } = loop;
  const port = store.replays.of(lease);
  const limit = timeLimit(signal, TIMEOUT_MS);
  const renewal = setInterval(() => void port.renew(lease, loop.leaseMs).catch(() => {}), loop.leaseMs / 3);
  const factory = loop.destinations[lease.type] as DestinationFactory;
  const open = async () => {
    await store.readyShape(lease);
    return factory.open(lease.target as DestinationTargets[typeof lease.type], lease, limit.signal, await store.secretsOf(lease));
  };
  const result = await bounded(open(), limit.signal)
    .catch((error: unknown) =>
      error instanceof SecretUnreadable ? ({ kind: 'misconfigured', fault: error.fault } as const) : unknownFailure(error),
    )
    .finally(() => (limit.clear(), clearInterval(renewal)));
  if (result.kind !== 'open') {
    if (!signal.aborted) {
      const attempts = lease.attempts + 1;
      const kind = result.kind === 'misconfigured' ? 'misconfigured' : 'retry';
      const waitMs = backOff(kind, attempts, 'retryAfterMs' in result ? result.retryAfterMs : undefined);
      log.warn({ ...named(lease), kind, fault: result.fault, attempts, waitMs }, 'the destination of a replay could not be opened');
      await port.failed(lease, { kind, fault: result.fault, waitMs, attempts }).catch(() => {});
    }
    return port.release(lease);
  }
  try {
    await deliver(port, lease, result.destination, {
      worker: { leaseMs: loop.leaseMs },
      timeoutMs: TIMEOUT_MS,
      sliceMs: SLICE_MS,
      now: () => new Date(),
      signal,
      onEvent: (event) => {
        if (event.kind === 'failed') log.warn({ ...named(lease), ...event }, 'not replayed; it is tried again');
        else log.debug({ ...named(lease), ...event }, 'replayed');
      },
    });
  } finally {
    await result.destination.close().catch((error: unknown) => log.warn({ err: error, ...named(lease) }, 'not closed'));
  }
}
