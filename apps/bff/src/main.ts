import { deriveStatus } from '@weir/engine';
import { addressRule, engineCredential, prepareDestinations, sendNotification, tryDestination } from '@weir/destinations';
import { openStore } from '@weir/store';
import { createLogger } from './http/log.ts';
import { loadConfig, secretKeysOf, startBff } from './index.ts';
import { directoryStores } from './store.ts';

const config = loadConfig(process.env);
// The exporter and what it needs are loaded only where they are wanted.
const endTracing = config.OTEL_EXPORTER_OTLP_ENDPOINT ? (await import('@weir/tracing')).startTracing('weir-bff') : null;
// Said at the start, not at the first save.
addressRule(config.WEIR_PRIVATE_ADDRESSES);
const store = openStore({ url: config.DATABASE_URL, applicationName: 'weir-bff', secretKeys: secretKeysOf(config) });
const log = createLogger(config.WEIR_LOG_LEVEL);
await store.migrate((error) => log.error({ err: error }, 'the database cannot be reached; it is waited for'));
const network = { privateAddresses: config.WEIR_PRIVATE_ADDRESSES, allowHttp: config.WEIR_ALLOW_HTTP };
// The one that deliveries are made with: what it may do is what a test record is to show.
const credential = engineCredential({ authorityHost: config.AZURE_AUTHORITY_HOST });
const bff = await startBff(config, {
  store: directoryStores(store),
  deriveStatus,
  notify: async (target, secrets, notification, signal) => {
    const told = await sendNotification(target, secrets, notification, { network, signal });
    return told.kind === 'taken'
      ? { taken: true, answer: told.answer, remedy: null }
      : { taken: false, answer: told.fault.message, remedy: told.fault.remedy };
  },
  sendTest: (request, signal) =>
    tryDestination(
      {
        credential,
        armEndpoint: config.WEIR_ARM_ENDPOINT,
        armScope: config.WEIR_ARM_SCOPE,
        monitorScope: config.WEIR_MONITOR_SCOPE,
        network,
      },
      request,
      signal,
    ),
  prepare: (person, tenantId, provider, input, secrets) =>
    prepareDestinations({
      credential: person,
      armEndpoint: config.WEIR_ARM_ENDPOINT,
      armScope: config.WEIR_ARM_SCOPE,
      tenantId,
      provider,
      input,
      secrets,
      network,
    }),
});
process.send?.({ kind: 'ready', port: bff.port });

let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  void bff
    .close()
    .then(() => endTracing?.())
    .then(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// The launcher is gone: nobody would stop this process later.
process.on('disconnect', stop);
