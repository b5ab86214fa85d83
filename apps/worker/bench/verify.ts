/**
 * Records/s of about 2 KB at which `weir verify` reads an archive (and a hub, and the log's chain) back and compares it, and the
 * peak memory of its process. Per second of its own CPU time, too: on a busy machine that is the figure that stays. Prints one JSON line. `RECORDS` sets how many (300,000).
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { Destinations, DestinationType } from '@weir/contract';
import { createDestinations, engineCredential, prepareDestinations } from '@weir/destinations';
import { deliver, type DestinationFactory, type VerifyReport } from '@weir/engine';
import { startPostgres } from '@weir/postgres';
import { startCloud } from '@weir/sandbox';
import { openStore } from '@weir/store';
import { auditRecord } from '@weir/testkit';

const RECORDS = Number(process.env['RECORDS'] ?? 300_000);
const actor = { oid: '1', upn: 'bench@contoso.example', name: 'Bench', correlationId: 'bench' };
const dir = mkdtempSync(join(tmpdir(), 'weir-bench-'));
chmodSync(dir, 0o711);
const postgres = await startPostgres({ dir: join(dir, 'postgres') });
await postgres.createDatabase('weir');
const cloud = await startCloud({
  dir: join(dir, 'sandbox'),
  publicOrigin: 'http://localhost:1',
  history: { Contoso: 10, Fabrikam: 10 },
  live: false,
});
tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
Object.assign(process.env, cloud.env(), { DATABASE_URL: postgres.url('weir') });
const store = openStore({ url: postgres.url('weir'), applicationName: 'bench' });
await store.migrate();
const about = cloud.describe();
const account = about.storageAccounts[0]!;
const namespace = about.eventHubNamespaces.find((n) => n.tenantId === account.tenantId)!;
const { tenantId } = account;
const azure = {
  credential: engineCredential({ authorityHost: about.endpoints.authority }),
  armEndpoint: about.endpoints.arm,
  armScope: 'https://management.azure.com/.default',
};

/** Runs the command as a person would, and looks at its memory meanwhile. */
async function verify(args: readonly string[]): Promise<{ report: VerifyReport; cpu: number; peakMB: number }> {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      // As `npm run weir` runs it.
      '--max-semi-space-size=4',
      join(import.meta.dirname, '../../../scripts/weir.ts'),
      'verify',
      ...args,
      '--tenant',
      tenantId,
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let out = '';
  let peak = 0;
  let ticks = 0;
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const look = setInterval(() => {
    try {
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
      const [user, system] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
      ticks = Number(user) + Number(system);
    } catch {
      // It ended, or this system has no such file.
    }
  }, 50);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  clearInterval(look);
  const { reports } = JSON.parse(out) as { reports: VerifyReport[] };
  if (code !== 0) throw new Error(`weir verify ended with ${code}: ${JSON.stringify(reports[0]?.faults.slice(0, 5))}`);
  // A hundredth of a second each, on every Linux.
  return { report: reports[0]!, cpu: ticks / 100, peakMB: Math.round(peak / 1024) };
}

const figures = (report: VerifyReport, cpu: number, peakMB: number) => ({
  records: report.records,
  perSecond: Math.round((report.records / report.durationMs) * 1000),
  perCpuSecond: cpu > 0 ? Math.round(report.records / cpu) : null,
  peakMB,
});
const results: Record<string, unknown> = { records: RECORDS, bytesEach: Buffer.byteLength(auditRecord(0, { bytes: 2_000 }).body) };
try {
  const places: [DestinationType, Destinations, number][] = [
    ['storage', { storage: { storageAccountId: account.id } }, RECORDS],
    // The sandbox's hubs keep what fits into memory.
    [
      'eventHub',
      { eventHub: { authorizationRuleId: `${namespace.id}/authorizationRules/RootManageSharedAccessKey` } },
      Math.min(RECORDS, 20_000),
    ],
  ];
  let appended = 0;
  for (const [type, destinations, count] of places) {
    const input = { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations };
    await prepareDestinations({ ...azure, provider: 'microsoft.intune', input });
    await store.forTenant(tenantId).settings.create('microsoft.intune', 'Bench', input, actor);
    for (let n = 0; n < count; n += 500)
      await store.log.append(
        tenantId,
        Array.from({ length: 500 }, () => auditRecord((appended += 1), { bytes: 2_000 })),
      );
    const [lease] = await store.deliveries.claim('bench', 600_000, 1);
    const factory = createDestinations({ ...azure, monitorScope: '', intervals: { storage: 0, eventHub: 0, logAnalytics: 0 } })[type];
    const opened = await (factory as DestinationFactory).open(lease!.target, lease!, AbortSignal.timeout(60_000));
    if (opened.kind !== 'open') throw new Error(JSON.stringify(opened));
    await deliver(store.deliveries, lease!, opened.destination, {
      worker: { leaseMs: 600_000 },
      timeoutMs: 60_000,
      sliceMs: 1e9,
      now: () => new Date(),
      signal: new AbortController().signal,
    });
    await opened.destination.close();
    const { report, cpu, peakMB } = await verify([
      type === 'storage' ? 'storage' : 'event-hub',
      '--setting',
      'Bench',
      '--category',
      'AuditLogs',
    ]);
    results[type] = figures(report, cpu, peakMB);
    await store.forTenant(tenantId).settings.delete('microsoft.intune', 'Bench', actor);
  }
  const { report, cpu, peakMB } = await verify(['--log', '--category', 'AuditLogs']);
  results['log'] = figures(report, cpu, peakMB);
  process.stdout.write(`${JSON.stringify(results)}\n`);
} finally {
  await cloud.close();
  await store.close();
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}
