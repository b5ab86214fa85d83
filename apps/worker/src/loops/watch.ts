import { deriveStatus, pause } from '@weir/engine';
import type { Store } from '@weir/store';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';

const EVERY_MS = 30_000;
const providers = ['microsoft.intune', 'microsoft.aadiam', 'weir'];

/** Looks for what nobody else would notice: records that wait although nothing was even tried. */
export async function watchLoop(loop: {
  store: Store;
  tenants: readonly { tenantId: string }[];
  log: Logger;
  metrics: Metrics;
  signal: AbortSignal;
}): Promise<void> {
  while (!loop.signal.aborted) {
    try {
      let stalled = 0;
      for (const { tenantId } of loop.tenants) {
        for (const provider of providers) {
          for (const setting of await loop.store.forTenant(tenantId).settings.list(provider)) {
            for (const delivery of setting.deliveries) {
              const { status, reason } = deriveStatus(delivery.facts, new Date());
              if (status !== 'Stalled') continue;
              stalled += 1;
              loop.log.error({ tenant: tenantId, setting: setting.name, delivery: delivery.id, reason }, 'a delivery stands still');
            }
          }
        }
      }
      loop.metrics.stalled.set(stalled);
      await loop.store.pruneHistory();
    } catch (error) {
      loop.log.error({ err: error }, 'deliveries could not be watched');
    }
    await pause(EVERY_MS, loop.signal);
  }
}
