import type { DestinationType } from '@weir/contract';
import { deliver, pause, type DeliveryEvent, type DeliveryLease, type DestinationFactory, type OpenDestination } from '@weir/engine';
import type { Store } from '@weir/store';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import { moving, named, openDestination } from './move.ts';

export interface DeliverLoop {
  store: Store;
  destinations: { [T in DestinationType]: DestinationFactory<T> };
  worker: string;
  slots: number;
  pollMs: number;
  /** How long a delivery stays with a worker that died, in ms. */
  leaseMs: number;
  log: Logger;
  metrics: Metrics;
  signal: AbortSignal;
}
const SETTLE_MS = 20;
const IDLE_CLOSE_MS = 120_000;

/**
 * Moves due deliveries, each in a slot of its own: one that hangs holds its slot and nothing else. Woken by appends and by
 * polling. Resolves when `signal` fired and every slot is empty.
 */
export async function deliverLoop(loop: DeliverLoop): Promise<void> {
  const { store, signal, log } = loop;
  const opened = new Map<string, { destination: OpenDestination; usedAt: number }>();
  const running = new Set<Promise<void>>();
  let troubled = 0;
  let wake = () => {};
  let woken = false;
  const stopListening = store.onAppend(() => {
    // One that comes while deliveries are being claimed counts as well.
    woken = true;
    wake();
  });
  while (!signal.aborted) {
    woken = false;
    const free = loop.slots - running.size;
    const leases =
      free > 0
        ? await store.deliveries
            .claim(loop.worker, loop.leaseMs, free, Math.ceil(loop.slots / 2) - troubled)
            .catch((error: unknown) => (log.error({ err: error }, 'deliveries could not be claimed'), []))
        : [];
    const busy = running.size + leases.length;
    for (const lease of leases) {
      const failedBefore = lease.attempts > 0 ? 1 : 0;
      troubled += failedBefore;
      const work = moveOne(loop, opened, lease, busy)
        .catch((error: unknown) => log.error({ err: error, ...named(lease) }, 'the delivery step failed'))
        .finally(() => {
          running.delete(work);
          troubled -= failedBefore;
          loop.metrics.busy.set(running.size);
          wake();
        });
      running.add(work);
      loop.metrics.busy.set(running.size);
    }
    await closeIdle(opened);
    if (leases.length > 0) continue;
    // A thousand appends a second must not be a thousand claims.
    await pause(SETTLE_MS, signal);
    if (woken && running.size < loop.slots) continue;
    await new Promise<void>((done) => {
      const timer = setTimeout(() => now(), loop.pollMs);
      const now = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', now);
        done();
      };
      wake = now;
      if (signal.aborted) now();
      else signal.addEventListener('abort', now, { once: true });
    });
  }
  await stopListening();
  await Promise.allSettled(running);
  await Promise.allSettled([...opened.values()].map((o) => o.destination.close()));
}

async function moveOne(
  loop: DeliverLoop,
  opened: Map<string, { destination: OpenDestination; usedAt: number }>,
  lease: DeliveryLease,
  busy: number,
): Promise<void> {
  const { store, metrics } = loop;
  const labels = { tenant: lease.tenantId, setting: lease.settingName, category: `${lease.provider}/${lease.category}`, type: lease.type };
  const key = `${lease.destinationId}/${lease.category}/${lease.shapeId ?? ''}`;
  let entry = opened.get(key);
  if (!entry) {
    const destination = await openDestination(loop, store.deliveries, lease, (kind) => metrics.failures.inc({ ...labels, kind }));
    if (!destination) return;
    entry = { destination, usedAt: Date.now() };
    opened.set(key, entry);
  }
  entry.usedAt = Number.POSITIVE_INFINITY;
  const count = (event: DeliveryEvent) => {
    if (event.kind === 'accepted') {
      metrics.records.inc(labels, event.records);
      const filtered = event.lastSeq - event.firstSeq + 1 - event.records;
      if (filtered > 0) metrics.filtered.inc(labels, filtered);
      metrics.bytes.inc(labels, event.bytes);
      metrics.batches.inc(labels);
      metrics.duration.observe(labels, event.durationMs / 1000);
    } else if (event.kind === 'passed') metrics.filtered.inc(labels, event.lastSeq - event.firstSeq + 1);
    else if (event.kind === 'failed') metrics.failures.inc({ ...labels, kind: event.failure });
    else metrics.quarantined.inc(labels);
  };
  const state = await deliver(store.deliveries, lease, entry.destination, moving(loop, lease, busy, count));
  entry.usedAt = Date.now();
  if (state === 'failed') {
    // Opened anew for the next attempt: keys, endpoints and rules may have changed meanwhile.
    opened.delete(key);
    await entry.destination.close().catch(() => {});
  }
}

async function closeIdle(opened: Map<string, { destination: OpenDestination; usedAt: number }>): Promise<void> {
  for (const [key, entry] of opened) {
    if (Date.now() - entry.usedAt < IDLE_CLOSE_MS) continue;
    opened.delete(key);
    await entry.destination.close().catch(() => {});
  }
}
