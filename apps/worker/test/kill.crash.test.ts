import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { DeliveryLease } from '@weir/engine';
import { startCloud, type Cloud } from '@weir/sandbox';
import { openStore, type Store } from '@weir/store';
import { auditRecord, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const KILLS = 10;
/** Records that the worker reads from Graph meanwhile. */
const HISTORY = 200;
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const dir = mkdtempSync(join(tmpdir(), 'weir-kill-'));
let cloud: Cloud;
let store: Store;
let database: Awaited<ReturnType<typeof testDatabase>>;
let child: ChildProcess | undefined;

beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: HISTORY, Fabrikam: 20 }, live: false });
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await cloud?.close();
  await store?.close();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

async function startChild(): Promise<ChildProcess> {
  const env = {
    ...process.env,
    ...cloud.env(),
    DATABASE_URL: database.url,
    WEIR_WORKER_PORT: '0',
    WEIR_STORAGE_INTERVAL_MS: '50',
    WEIR_POLL_INTERVAL_MS: '50',
    WEIR_LOG_LEVEL: 'error',
  };
  const started = fork(join(import.meta.dirname, 'short-lease.ts'), { env, execArgv: [] });
  await once(started, 'message');
  return started;
}
async function archived(account: { name: string; blobEndpoint: string; keys: string[] }): Promise<string[]> {
  const container = new BlobServiceClient(
    account.blobEndpoint,
    new StorageSharedKeyCredential(account.name, account.keys[0]!),
  ).getContainerClient('insights-logs-auditlogs');
  const names: string[] = [];
  for await (const blob of container.listBlobsFlat()) names.push(blob.name);
  const texts = await Promise.all(
    names.toSorted().map(async (name) => (await container.getBlobClient(name).downloadToBuffer()).toString()),
  );
  return texts.flatMap((text) => text.split('\r\n').filter((line) => line !== ''));
}

test(
  'F4: a worker killed ten times during delivery leaves every record in the archive exactly once, in order',
  { timeout: 180_000 },
  async () => {
    const account = cloud.describe().storageAccounts[0]!;
    const tenant = store.forTenant(account.tenantId);
    await tenant.settings.create(
      'microsoft.intune',
      'Archive',
      { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: { storage: { storageAccountId: account.id } } },
      actor,
    );
    const delivery = async () => (await tenant.settings.list('microsoft.intune'))[0]!.deliveries[0]!;

    const appending = new AbortController();
    let count = 0;
    const writer = (async () => {
      while (!appending.signal.aborted) {
        await store.log.append(
          account.tenantId,
          Array.from({ length: 20 }, () => auditRecord(++count, { bytes: 2_000 })),
        );
        await sleep(5);
      }
    })();
    const checkpoints: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      child = await startChild();
      const before = (await delivery()).facts.checkpoint;
      while ((await delivery()).facts.checkpoint === before) await sleep(10);
      // Other moments of a batch each time: while it is written down, sent, acknowledged.
      await sleep((kill * 37) % 150);
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      checkpoints.push((await delivery()).facts.checkpoint);
    }
    appending.abort();
    await writer;
    child = await startChild();
    for (;;) {
      const { facts } = await delivery();
      // Not before the last window was read: what came after the last look would be in the log only.
      if (facts.checkpoint === facts.head && facts.head >= count + HISTORY) break;
      await sleep(50);
    }
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const asked = Date.now();
    await gone;
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(new Set(checkpoints).size).toBe(KILLS);

    const lease = { tenantId: account.tenantId, provider: 'microsoft.intune', category: 'AuditLogs' } as DeliveryLease;
    const { records: log } = await store.deliveries.read(lease, 0, {
      maxRecords: 10_000_000,
      maxBytes: Number.MAX_SAFE_INTEGER,
      recordOverheadBytes: 0,
    });
    const lines = await archived(account);
    const bodies = log.map((r) => r.body.toString());
    expect(lines.length).toBe(bodies.length);
    expect(lines.findIndex((line, i) => line !== bodies[i])).toBe(-1);
  },
);
