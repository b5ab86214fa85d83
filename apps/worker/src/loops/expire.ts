import { pause } from '@weir/engine';
import type { Store } from '@weir/store';
import type { Logger } from 'pino';

/** Between two pieces: an append to the same log waits for one at most. */
const REST_MS = 200;

/** Removes what is past the years that a log is kept in Weir, in pieces. Several workers share the work. */
export async function expireLoop(loop: { store: Store; everyMs: number; log: Logger; signal: AbortSignal }): Promise<void> {
  const { store, log, signal } = loop;
  while (!signal.aborted) {
    try {
      for (let step = await store.removeExpired(); step && !signal.aborted; step = await store.removeExpired()) {
        const { tenantId, category, month, records } = step;
        log.info({ tenant: tenantId, category, month, records }, 'records were past the years that they are kept');
        await pause(REST_MS, signal);
      }
    } catch (error) {
      log.error({ err: error }, 'records that are past their years could not be removed; it is tried again');
    }
    await pause(loop.everyMs, signal);
  }
}
