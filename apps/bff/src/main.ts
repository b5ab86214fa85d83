import { deriveStatus } from '@weir/engine';
import { prepareDestinations } from '@weir/destinations';
import { openStore } from '@weir/store';
import { loadConfig, startBff } from './index.ts';
import { directoryStores } from './store.ts';

const config = loadConfig(process.env);
const store = openStore({ url: config.DATABASE_URL, applicationName: 'weir-bff' });
await store.migrate();
const bff = await startBff(config, {
  store: directoryStores(store),
  deriveStatus,
  prepare: (credential, _tenantId, provider, input) =>
    prepareDestinations({ credential, armEndpoint: config.WEIR_ARM_ENDPOINT, armScope: config.WEIR_ARM_SCOPE, provider, input }),
});
process.send?.({ kind: 'ready', port: bff.port });

let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  void bff.close().then(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// The launcher is gone: nobody would stop this process later.
process.on('disconnect', stop);
