/**
 * Records/s of about 2 KB from the log to each destination by the real worker process, and the same bytes by a bare loop
 * over the same SDK in the same run. Prints one JSON line. `RECORDS` sets how many (20,000).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { EventHubProducerClient } from '@azure/event-hubs';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { SettingInput } from '@weir/contract';
import { engineCredential, inTenant, prepareDestinations } from '@weir/destinations';
import { startPostgres } from '@weir/postgres';
import { startCloud } from '@weir/sandbox';
import { openStore } from '@weir/store';
import { auditRecord } from '@weir/testkit';

const RECORDS = Number(process.env['RECORDS'] ?? 20_000);
const actor = { oid: '1', upn: 'bench@contoso.example', name: 'Bench', correlationId: 'bench' };
const dir = mkdtempSync(join(tmpdir(), 'weir-bench-'));
chmodSync(dir, 0o711);
const postgres = await startPostgres({ dir: join(dir, 'postgres') });
await postgres.createDatabase('weir');
const DATABASE_URL = postgres.url('weir');
const cloud = await startCloud({
  dir: join(dir, 'sandbox'),
  publicOrigin: 'http://localhost:1',
  history: { Contoso: 10, Fabrikam: 10 },
  live: false,
});
tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
Object.assign(process.env, cloud.env());
const store = openStore({ url: DATABASE_URL, applicationName: 'bench' });
await store.migrate();

const about = cloud.describe();
const account = about.storageAccounts[0]!;
const namespace = about.eventHubNamespaces.find((n) => n.tenantId === account.tenantId)!;
const workspace = about.workspaces.find((w) => w.tenantId === account.tenantId)!;
const targets: SettingInput['destinations'][] = [
  { storage: { storageAccountId: account.id } },
  { eventHub: { authorizationRuleId: `${namespace.id}/authorizationRules/RootManageSharedAccessKey` } },
  { logAnalytics: { workspaceId: workspace.id } },
];
const bodies = Array.from({ length: RECORDS }, (_, n) => Buffer.from(auditRecord(n, { bytes: 2_000 }).body));
const perSecond = (since: number, records = RECORDS) => Math.round(records / ((performance.now() - since) / 1000));
// A last batch that is not full would wait for its interval, which is not what is measured.
const intervals = { WEIR_STORAGE_INTERVAL_MS: '50', WEIR_EVENT_HUB_INTERVAL_MS: '50', WEIR_LOG_ANALYTICS_INTERVAL_MS: '50' };

async function* chunks(maxBytes: number): AsyncGenerator<Buffer[]> {
  let chunk: Buffer[] = [];
  let size = 0;
  for (const body of bodies) {
    if (size + body.length + 2 > maxBytes) {
      yield chunk;
      [chunk, size] = [[], 0];
    }
    chunk.push(body);
    size += body.length + 2;
  }
  yield chunk;
}
const bare: Record<string, () => Promise<number>> = {
  async storage() {
    const container = new BlobServiceClient(
      account.blobEndpoint,
      new StorageSharedKeyCredential(account.name, account.keys[0]!),
    ).getContainerClient('bare');
    await container.createIfNotExists();
    const blob = container.getAppendBlobClient('bare.json');
    await blob.create();
    const since = performance.now();
    for await (const chunk of chunks(4 << 20)) {
      const payload = Buffer.concat(chunk.flatMap((b) => [b, Buffer.from('\r\n')]));
      await blob.appendBlock(payload, payload.length);
    }
    return perSecond(since);
  },
  async eventHub() {
    const client = new EventHubProducerClient(namespace.connectionStrings['RootManageSharedAccessKey']!, 'insights-logs-auditlogs');
    await client.getEventHubProperties();
    const since = performance.now();
    for await (const chunk of chunks(1_000_000)) await client.sendBatch([{ body: Buffer.from(`{"records":[${chunk.join(',')}]}`) }]);
    const rate = perSecond(since);
    await client.close();
    return rate;
  },
};

const results: Record<string, unknown> = { records: RECORDS, bytesEach: bodies[0]!.length };
let appended = 0;
try {
  for (const destinations of targets) {
    const type = Object.keys(destinations)[0]!;
    const input: SettingInput = { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations };
    const credential = inTenant(engineCredential({ authorityHost: about.endpoints.authority }), account.tenantId);
    const faults = await prepareDestinations({
      credential,
      armEndpoint: about.endpoints.arm,
      armScope: 'https://management.azure.com/.default',
      provider: 'microsoft.intune',
      input,
    });
    if (faults.length > 0) {
      results[type] = { notMeasured: faults.map((f) => f.message).join(' ') };
      continue;
    }
    const { settings } = store.forTenant(account.tenantId);
    await settings.create('microsoft.intune', 'Bench', input, actor);
    for (let n = 0; n < RECORDS; n += 500)
      await store.log.append(
        account.tenantId,
        Array.from({ length: 500 }, () => auditRecord(++appended, { bytes: 2_000 })),
      );
    const child = fork(join(import.meta.dirname, '../src/main.ts'), {
      env: { ...process.env, DATABASE_URL, WEIR_WORKER_PORT: '0', WEIR_LOG_LEVEL: 'error', ...intervals },
      execArgv: [],
    });
    // The clock starts with the first acknowledged batch: start of the process and first tokens are not delivery.
    let first = { delivered: 0, at: performance.now() };
    for (;;) {
      const { facts } = (await settings.list('microsoft.intune'))[0]!.deliveries[0]!;
      if (first.delivered === 0 && facts.delivered > 0) first = { delivered: facts.delivered, at: performance.now() };
      if (facts.delivered >= RECORDS) break;
      await sleep(10);
    }
    const engine = perSecond(first.at, RECORDS - first.delivered);
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    await settings.delete('microsoft.intune', 'Bench', actor);
    const loop = await bare[type]?.();
    results[type] = {
      engine,
      bare: loop ?? null,
      ratio: loop ? Number((engine / loop).toFixed(2)) : null,
      workerPeakMB: peak ? Math.round(Number(peak) / 1024) : null,
    };
  }
  process.stdout.write(`${JSON.stringify(results)}\n`);
} finally {
  await cloud.close();
  await store.close();
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}
