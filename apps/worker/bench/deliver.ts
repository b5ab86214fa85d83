/**
 * Records/s of about 2 KB from the log to each destination by the real worker process, and the same bytes by a bare loop
 * over the same SDK in the same run. Prints one JSON line. `RECORDS` sets how many (20,000),
 * `ONLY` one type of destination.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { BareOrder } from './bare.ts';
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
const only = process.env['ONLY'];
const all: SettingInput['destinations'][] = [
  { storage: { storageAccountId: account.id } },
  { eventHub: { authorizationRuleId: `${namespace.id}/authorizationRules/RootManageSharedAccessKey` } },
  { logAnalytics: { workspaceId: workspace.id } },
];
const targets = all.filter((t) => only === undefined || only in t);
// A last batch that is not full would wait for its interval, which is not what is measured.
const intervals = { WEIR_STORAGE_INTERVAL_MS: '50', WEIR_EVENT_HUB_INTERVAL_MS: '50', WEIR_LOG_ANALYTICS_INTERVAL_MS: '50' };

/** Runs the bare loop in a fresh process, as the worker is one: code that is warm already would win by that alone. */
async function bare(type: BareOrder['type']): Promise<number> {
  const child = fork(join(import.meta.dirname, 'bare.ts'), { execArgv: [] });
  const order: BareOrder = {
    type,
    records: RECORDS,
    tenantId: account.tenantId,
    authority: about.endpoints.authority,
    arm: about.endpoints.arm,
    storage: { endpoint: account.blobEndpoint, name: account.name, key: account.keys[0]! },
    eventHub: { connectionString: namespace.connectionStrings['RootManageSharedAccessKey']!, hub: 'insights-logs-auditlogs' },
    logAnalytics: { workspaceId: workspace.id },
  };
  child.send(order);
  const [rate] = (await once(child, 'message')) as [number];
  return rate;
}

/** Records/s that the worker looks at when a condition on a field leaves out 99 of 100, to an event hub; records are the log's. */
async function filtered(): Promise<Record<string, unknown>> {
  const { settings } = store.forTenant(account.tenantId);
  const destinations = targets[1]!;
  const condition = 'activity:"Bench 0"';
  await settings.create(
    'microsoft.intune',
    'Bench',
    { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations, condition },
    actor,
  );
  const count = RECORDS * 5;
  for (let n = 0; n < count; n += 500)
    await store.log.append(
      account.tenantId,
      Array.from({ length: 500 }, () => {
        const record = auditRecord(++appended, { bytes: 2_000 });
        return { ...record, fields: { ...record.fields, operation: `Bench ${appended % 100}` } };
      }),
    );
  const child = fork(join(import.meta.dirname, '../src/main.ts'), {
    env: { ...process.env, DATABASE_URL, WEIR_WORKER_PORT: '0', WEIR_LOG_LEVEL: 'error', ...intervals },
    execArgv: ['--max-semi-space-size=4'],
  });
  let first: { seen: number; at: number } | undefined;
  let last = first;
  while ((last?.seen ?? 0) < count) {
    await sleep(10);
    const { delivered, filtered: left } = (await settings.list('microsoft.intune'))[0]!.deliveries[0]!.facts;
    if (delivered + left > (last?.seen ?? 0)) last = { seen: delivered + left, at: performance.now() };
    first ??= last;
  }
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
  await settings.delete('microsoft.intune', 'Bench', actor);
  return { records: count, share: 0.01, lookedAtPerSecond: Math.round((count - first!.seen) / ((last!.at - first!.at) / 1000)) };
}

const results: Record<string, unknown> = { records: RECORDS, bytesEach: Buffer.byteLength(auditRecord(0, { bytes: 2_000 }).body) };
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
      // As `pnpm start` of the worker runs it.
      execArgv: ['--max-semi-space-size=4'],
    });
    // The clock starts with the first acknowledged batch that is seen: start of the process and first tokens are not delivery.
    // Times are the store's own, so that looking seldom (which would slow the endpoints in this process) costs no accuracy.
    let first: { delivered: number; at: number } | undefined;
    let last = first;
    while ((last?.delivered ?? 0) < RECORDS) {
      await sleep(first ? 100 : 10);
      const { delivered, lastDeliveredAt } = (await settings.list('microsoft.intune'))[0]!.deliveries[0]!.facts;
      if (lastDeliveredAt) last = { delivered, at: lastDeliveredAt.getTime() };
      first ??= last;
    }
    const engine = Math.round((RECORDS - first!.delivered) / ((last!.at - first!.at) / 1000));
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    await settings.delete('microsoft.intune', 'Bench', actor);
    const loop = await bare(type as BareOrder['type']);
    results[type] = {
      engine,
      bare: loop,
      ratio: Number((engine / loop).toFixed(2)),
      workerPeakMB: peak ? Math.round(Number(peak) / 1024) : null,
    };
  }
  results['filtered'] = await filtered();
  process.stdout.write(`${JSON.stringify(results)}\n`);
} finally {
  await cloud.close();
  await store.close();
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}
