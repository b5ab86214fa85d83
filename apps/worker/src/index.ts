import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { createDestinations, engineCredential, removerFactory } from '@weir/destinations';
import { createSources } from '@weir/sources';
import type { Store } from '@weir/store';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.ts';
import { startHealth } from './health.ts';
import { deliverLoop } from './loops/deliver.ts';
import { replayLoop } from './loops/replay.ts';
import { expireLoop } from './loops/expire.ts';
import { retainLoop } from './loops/retain.ts';
import { sourceLoop } from './loops/sources.ts';
import { verifyLoop } from './loops/verify.ts';
import { alertLoop } from './loops/alert.ts';
import { aliveLoop } from './loops/alive.ts';
import { watchLoop } from './loops/watch.ts';
import { createMetrics } from './metrics.ts';

export { configSchema, loadConfig, secretKeysOf, type WorkerConfig } from './config.ts';

/** With the watch of living workers (8 s), a dead worker's deliveries go on elsewhere within 15 s. */
const LEASE_MS = 10_000;

/** Starts the engine in this process: sources, deliveries, the watchdog and the health endpoints. The store must be migrated. */
export async function startWorker(
  config: WorkerConfig,
  store: Store,
  log: Logger,
  options: { leaseMs?: number } = {},
): Promise<{ port: number; stop(): Promise<void> }> {
  const worker = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const metrics = createMetrics(store);
  const stopping = new AbortController();
  const { signal } = stopping;
  const credential = engineCredential({ authorityHost: config.AZURE_AUTHORITY_HOST });
  const network = { privateAddresses: config.WEIR_PRIVATE_ADDRESSES, allowHttp: config.WEIR_ALLOW_HTTP };
  const destinations = createDestinations({
    credential,
    armEndpoint: config.WEIR_ARM_ENDPOINT,
    armScope: config.WEIR_ARM_SCOPE,
    monitorScope: config.WEIR_MONITOR_SCOPE,
    intervals: {
      storage: config.WEIR_STORAGE_INTERVAL_MS,
      eventHub: config.WEIR_EVENT_HUB_INTERVAL_MS,
      logAnalytics: config.WEIR_LOG_ANALYTICS_INTERVAL_MS,
      partner: config.WEIR_PARTNER_INTERVAL_MS,
    },
    network,
  });
  if (config.WEIR_SECRET_KEY_OLDER) {
    const { sealed, unreadable } = await store.resealSecrets();
    log.info({ sealed, unreadable }, 'secrets were sealed anew with the current key');
  }
  const sources = createSources({ credential, graphEndpoint: config.WEIR_GRAPH_ENDPOINT, graphScope: config.WEIR_GRAPH_SCOPE });
  const health = await startHealth(config.WEIR_WORKER_PORT, store, metrics);
  const tenants = config.WEIR_DIRECTORIES;
  // Before the first claim: the others make room at once. It is said again every two seconds, so a database that is away just now is no reason to end.
  await store.workers
    .seen(worker)
    .catch((error: unknown) => log.error({ err: error }, 'the database could not be told that this worker lives'));
  const shared = { store, worker, log, metrics, signal };
  const moving = {
    ...shared,
    destinations,
    slots: config.WEIR_WORKER_SLOTS,
    pollMs: config.WEIR_POLL_INTERVAL_MS,
    leaseMs: options.leaseMs ?? LEASE_MS,
  };
  const loops = [
    deliverLoop(moving),
    replayLoop(moving),
    sourceLoop({ ...shared, sources, tenants, slots: 3, pollMs: config.WEIR_GRAPH_POLL_MS }),
    watchLoop({ ...shared, tenants }),
    alertLoop({
      ...shared,
      tenants,
      network,
      publicOrigin: config.WEIR_PUBLIC_ORIGIN,
      everyMs: config.WEIR_ALERT_INTERVAL_MS,
      groupMs: config.WEIR_ALERT_GROUP_MS,
      times: { holdMs: config.WEIR_ALERT_HOLD_MS, clearMs: config.WEIR_ALERT_CLEAR_MS },
    }),
    verifyLoop({
      ...shared,
      azure: { credential, armEndpoint: config.WEIR_ARM_ENDPOINT, armScope: config.WEIR_ARM_SCOPE },
      intervalMs: config.WEIR_VERIFY_INTERVAL_MS,
      restMs: config.WEIR_VERIFY_REST_MS,
      startAfterMs: 60_000,
    }),
    aliveLoop(shared),
    expireLoop({ ...shared, everyMs: config.WEIR_LOG_RETENTION_INTERVAL_MS }),
    retainLoop({
      ...shared,
      open: removerFactory({ credential, armEndpoint: config.WEIR_ARM_ENDPOINT, armScope: config.WEIR_ARM_SCOPE }),
      everyMs: config.WEIR_RETENTION_INTERVAL_MS,
    }),
  ];
  log.info({ worker, port: health.port }, 'worker started');
  return {
    port: health.port,
    stop: async () => {
      stopping.abort();
      await Promise.allSettled(loops);
      await store.workers.gone(worker).catch(() => {});
      await health.close();
    },
  };
}
