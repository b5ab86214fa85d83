import { pause, retain, type OpenRemover } from '@weir/engine';
import type { Store } from '@weir/store';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';

export interface RetainLoop {
  store: Store;
  open: OpenRemover;
  /** How often it is looked for blobs whose time has come, in ms. */
  everyMs: number;
  /** How long after its time a blob is left alone, in ms. */
  marginMs?: number;
  log: Logger;
  metrics: Metrics;
  signal: AbortSignal;
}
const LIMIT = 20;
const TIMEOUT_MS = 20_000;
/** What the clocks of the database and of a storage account may differ. */
const MARGIN_MS = 5 * 60_000;

/** Deletes what the archives kept long enough. Several workers share the work: a blob belongs to who took it. */
export async function retainLoop(loop: RetainLoop): Promise<void> {
  const { store, log, metrics, signal } = loop;
  while (!signal.aborted) {
    try {
      while (!signal.aborted && (await store.retainEarlier()));
      let taken = LIMIT;
      while (taken === LIMIT && !signal.aborted) {
        taken = await retain(store.retention, loop.open, {
          limit: LIMIT,
          marginMs: loop.marginMs ?? MARGIN_MS,
          timeoutMs: TIMEOUT_MS,
          signal,
          onEvent: ({ tenantId, accountId, container, blob, attempts }, outcome) => {
            metrics.retained.inc({ outcome: outcome.kind });
            const about = { tenant: tenantId, account: accountId, container, blob };
            if (outcome.kind === 'deleted' || outcome.kind === 'gone')
              log.info({ ...about, outcome: outcome.kind }, 'an archived blob was past its time');
            else if (outcome.kind !== 'not-due')
              log.warn({ ...about, kind: outcome.kind, fault: outcome.fault, attempts }, 'a blob is past its time and not deleted yet');
          },
        });
      }
    } catch (error) {
      log.error({ err: error }, 'retention could not be enforced; it is tried again');
    }
    await pause(loop.everyMs, signal);
  }
}
