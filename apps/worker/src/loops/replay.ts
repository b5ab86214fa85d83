import { setTimeout as sleep } from 'node:timers/promises';
import { deliver } from '@weir/engine';
import type { ReplayLease } from '@weir/store';
import type { DeliverLoop } from './deliver.ts';
import { moving, named, openDestination } from './move.ts';

/** Slots for replays: a quarter of those for live deliveries, at least one, and none of theirs. */
export const replaySlots = (slots: number): number => Math.max(1, Math.floor(slots / 4));

/**
 * Moves due replays in slots of their own, beside the live deliveries. Found by polling, half as often as deliveries: nobody
 * waits for a replay's first second. Resolves when `signal` fired and every slot is empty.
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
    const busy = running.size + leases.length;
    for (const lease of leases) {
      const work = moveOne(loop, lease, busy)
        .catch((error: unknown) => log.error({ err: error, ...named(lease) }, 'the replay step failed'))
        .finally(() => running.delete(work));
      running.add(work);
    }
    const wait = sleep(2 * loop.pollMs, undefined, { signal }).catch(() => {});
    await (leases.length > 0 ? Promise.race([wait, ...running]) : wait);
  }
  await Promise.allSettled(running);
}

async function moveOne(loop: DeliverLoop, lease: ReplayLease, busy: number): Promise<void> {
  const port = loop.store.replays.of(lease);
  const destination = await openDestination(loop, port, lease);
  if (!destination) return;
  try {
    await deliver(port, lease, destination, moving(loop, lease, busy));
  } finally {
    await destination.close().catch((error: unknown) => loop.log.warn({ err: error, ...named(lease) }, 'not closed'));
  }
}
