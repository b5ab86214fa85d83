import { openStore } from '@weir/store';
import { pino } from 'pino';
import { loadConfig, startWorker } from '../src/index.ts';

// The worker as main.ts starts it, with a lease so short that a killed worker's deliveries are soon taken up again.
const config = loadConfig(process.env);
const store = openStore({ url: config.DATABASE_URL, applicationName: 'weir-worker', poolSize: 10 });
const worker = await startWorker(config, store, pino({ level: config.WEIR_LOG_LEVEL }, pino.destination(2)), { leaseMs: 1_000 });
process.send?.('ready');
process.on('SIGTERM', () => void worker.stop().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));
