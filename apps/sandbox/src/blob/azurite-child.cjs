// Azurite's blob server as a child of the sandbox: its checksums would stall the parent's loop. The settings come by IPC, so
// that no key stands in the process list. Deep imports are not Azurite's public interface: the version is pinned and a test boots it.
const BlobServer = require('azurite/dist/src/blob/BlobServer').default;
const BlobConfiguration = require('azurite/dist/src/blob/BlobConfiguration').default;

process.once('message', async ({ port, dir, accounts }) => {
  process.env.AZURITE_ACCOUNTS = accounts;
  const persistence = [{ locationId: 'Default', locationPath: `${dir}/blobs`, maxConcurrency: 50 }];
  const server = new BlobServer(
    new BlobConfiguration(
      '127.0.0.1',
      port,
      5,
      `${dir}/meta.json`,
      `${dir}/extents.json`,
      persistence,
      false,
      undefined,
      false,
      undefined,
      false,
      true,
      '',
      '',
      '',
      undefined,
      true,
      false,
    ),
  );
  await server.start();
  // Five seconds of acknowledged writes would be lost when it is killed; setting the interval alone has no effect.
  for (const store of [server.metadataStore, server.extentMetadataStore]) {
    store.db.autosaveDisable();
    store.db.autosaveInterval = 250;
    store.db.autosaveEnable();
  }
  const stop = () => server.close().finally(() => process.exit(0));
  process.on('disconnect', stop);
  process.on('SIGTERM', stop);
  process.on('message', (message) => {
    if (message === 'stop') stop();
    else if (message && message.accounts) process.env.AZURITE_ACCOUNTS = message.accounts;
  });
  process.send('ready');
});
// Ctrl-C reaches the whole process group: the parent decides when to stop.
process.on('SIGINT', () => {});
