import { deriveStatus } from '@weir/engine';
import { addressRule, prepareDestinations } from '@weir/destinations';
import { openStore } from '@weir/store';
import { loadConfig, secretKeysOf, startBff } from './index.ts';
import { directoryStores } from './store.ts';

const config = loadConfig(process.env);
// Said at the start, not at the first save.
addressRule(config.WEIR_PRIVATE_ADDRESSES);
const store = openStore({ url: config.DATABASE_URL, applicationName: 'weir-bff', secretKeys: secretKeysOf(config) });
await store.migrate();
const bff = await startBff(config, {
  store: directoryStores(store),
  deriveStatus,
  prepare: (credential, tenantId, provider, input, secrets) =>
    prepareDestinations({
      credential,
      armEndpoint: config.WEIR_ARM_ENDPOINT,
      armScope: config.WEIR_ARM_SCOPE,
      tenantId,
      provider,
      input,
      secrets,
      network: { privateAddresses: config.WEIR_PRIVATE_ADDRESSES, allowHttp: config.WEIR_ALLOW_HTTP },
    }),
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
