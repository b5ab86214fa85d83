import { addressRule } from '@weir/destinations';
import { openStore } from '@weir/store';
import { pino } from 'pino';
import { loadConfig, secretKeysOf, startWorker } from './index.ts';

const config = loadConfig(process.env);
// The exporter and what it needs are loaded only where they are wanted.
const endTracing = config.OTEL_EXPORTER_OTLP_ENDPOINT ? (await import('@weir/tracing')).startTracing('weir-worker') : null;
// Said at the start, not at the first delivery.
addressRule(config.WEIR_PRIVATE_ADDRESSES);
const log = pino({ level: config.WEIR_LOG_LEVEL, base: { app: 'worker' } });
const store = openStore({ url: config.DATABASE_URL, applicationName: 'weir-worker', poolSize: 20, secretKeys: secretKeysOf(config) });
const orphaned = () => process.exit(0);
process.once('disconnect', orphaned);
await store.migrate((error) => log.error({ err: error }, 'the database cannot be reached; it is waited for'));
process.off('disconnect', orphaned);
const worker = await startWorker(config, store, log);
process.send?.({ kind: 'ready', port: worker.port });

let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  // Leases run out by themselves, so a stop that takes too long may be cut short.
  setTimeout(() => process.exit(0), 5_000).unref();
  void worker
    .stop()
    .then(() => Promise.all([store.close(), endTracing?.()]))
    .then(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// The launcher is gone: nobody would stop this process later.
process.on('disconnect', stop);
