/**
 * How the engine behaves under a load, by real worker processes: time from append to acknowledgement at a low and a high rate,
 * catching up after an outage, many idle deliveries, and several workers. Each figure stands beside what it is compared with.
 * Prints one JSON line for each. `CATCH_UP` sets how many records the outage left (150,000), `PARTS` which figures
 * (latency,catchUp,idle,workers).
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { SettingInput } from '@weir/contract';
import { engineCredential, inTenant, prepareDestinations } from '@weir/destinations';
import { startPostgres } from '@weir/postgres';
import { startCloud } from '@weir/sandbox';
import { openStore } from '@weir/store';
import { auditRecord } from '@weir/testkit';
import pg from 'pg';

const CATCH_UP = Number(process.env['CATCH_UP'] ?? 150_000);
const PARTS = (process.env['PARTS'] ?? 'latency,catchUp,idle,workers').split(',');
const CATEGORIES = ['AuditLogs', 'OperationalLogs', 'DeviceComplianceOrg', 'Devices'];
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
const sql = new pg.Client({ connectionString: DATABASE_URL });
await sql.connect();
const about = cloud.describe();
const account = about.storageAccounts[0]!;
const { tenantId } = account;
const mine = <T extends { tenantId: string }>(list: T[]) => list.find((x) => x.tenantId === tenantId)!;
const { settings } = store.forTenant(tenantId);
const targets: SettingInput['destinations'] = {
  storage: { storageAccountId: account.id },
  eventHub: { authorizationRuleId: `${mine(about.eventHubNamespaces).id}/authorizationRules/RootManageSharedAccessKey` },
  logAnalytics: { workspaceId: mine(about.workspaces).id },
};

async function route(categories: readonly string[], destinations: SettingInput['destinations']): Promise<void> {
  const input: SettingInput = { categories: categories.map((category) => ({ category, retentionDays: 0 })), destinations };
  const faults = await prepareDestinations({
    credential: inTenant(engineCredential({ authorityHost: about.endpoints.authority }), tenantId),
    armEndpoint: about.endpoints.arm,
    armScope: 'https://management.azure.com/.default',
    provider: 'microsoft.intune',
    input,
  });
  if (faults.length > 0) throw new Error(faults.map((f) => f.message).join(' '));
  await settings.create('microsoft.intune', 'Bench', input, actor);
}
async function startWorker(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, '../src/main.ts'), {
    env: {
      ...process.env,
      DATABASE_URL,
      WEIR_WORKER_PORT: '0',
      WEIR_LOG_LEVEL: 'error',
      WEIR_STORAGE_INTERVAL_MS: '50',
      WEIR_EVENT_HUB_INTERVAL_MS: '50',
      WEIR_LOG_ANALYTICS_INTERVAL_MS: '50',
      // What a source reads is not what is measured.
      WEIR_GRAPH_ENDPOINT: 'http://127.0.0.1:9',
    },
    execArgv: ['--max-semi-space-size=4'],
  });
  await once(child, 'message');
  return child;
}
async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
let appended = 0;
const append = (count: number, category: string, bytes: number) =>
  store.log.append(
    tenantId,
    Array.from({ length: count }, () => auditRecord((appended += 1), { bytes, category: `microsoft.intune/${category}` })),
  );
async function drained(): Promise<void> {
  for (;;) {
    const { rows } = await sql.query(
      'select 1 from delivery d join head h on h.tenant_id = d.tenant_id and h.category = d.category where d.ended_at is null and h.seq > d.checkpoint limit 1',
    );
    if (rows.length === 0) return;
    await sleep(100);
  }
}
const print = (figure: string, value: object) => process.stdout.write(`${JSON.stringify({ figure, ...value })}\n`);
const megabytes = (child: ChildProcess, field: 'VmRSS' | 'VmHWM'): number =>
  Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024);
/** Seconds of processor time that a process has used. */
const cpu = (child: ChildProcess): number => {
  const [user, system] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
};

/** From the moment when the log has a record to the one when the destination acknowledged it, both by PostgreSQL's clock. */
async function latency(): Promise<void> {
  await route(['AuditLogs'], targets);
  const child = await startWorker();
  await append(10, 'AuditLogs', 600);
  await drained();
  for (const [rate, size, seconds] of [
    [18, 1, 30],
    [1_800, 90, 20],
  ] as const) {
    const [{ seq }] = (await sql.query('select max(seq)::float8 as seq from head')).rows as [{ seq: number }];
    const since = performance.now();
    for (let sent = 0; sent < rate * seconds; sent += size) {
      await sleep(Math.max(0, since + (sent / rate) * 1000 - performance.now()));
      await append(size, 'AuditLogs', 600);
    }
    const tookMs = performance.now() - since;
    await drained();
    const { rows } = await sql.query<{ type: string; p50: number; p99: number }>(
      `select x.type, percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
      from (select b.delivery_id, extract(epoch from b.delivered_at - r.appended_at)::float8 * 1000 as ms
        from delivered_batch b join delivery d on d.id = b.delivery_id
        join record_body r on r.tenant_id = d.tenant_id and r.category = d.category and r.seq between b.first_seq and b.last_seq
        where d.ended_at is null and b.first_seq > $1) t
      join delivery d on d.id = t.delivery_id join destination x on x.id = d.destination_id group by x.type order by x.type`,
      [seq],
    );
    print('append to acknowledged', {
      asked: `${rate} records/s`,
      got: `${Math.round((rate * seconds) / (tookMs / 1000))} records/s`,
      ...Object.fromEntries(rows.map((r) => [r.type, `p50 ${Math.round(r.p50)} ms, p99 ${Math.round(r.p99)} ms`])),
      goal: 'p99 2000 ms',
    });
  }
  await end(child);
  await settings.delete('microsoft.intune', 'Bench', actor);
}

async function catchUp(): Promise<void> {
  await route(['AuditLogs'], { storage: targets.storage!, eventHub: targets.eventHub! });
  for (let left = CATCH_UP; left > 0; left -= 500) await append(Math.min(500, left), 'AuditLogs', 600);
  const child = await startWorker();
  const since = performance.now();
  const sizes: number[] = [];
  const looking = setInterval(() => sizes.push(megabytes(child, 'VmRSS')), 100);
  await drained();
  clearInterval(looking);
  const quarter = Math.max(1, Math.floor(sizes.length / 4));
  print('catching up after an outage', {
    records: CATCH_UP,
    recordsPerSecond: Math.round((CATCH_UP * 2) / ((performance.now() - since) / 1000)),
    peakMB: megabytes(child, 'VmHWM'),
    firstQuarterMB: Math.max(...sizes.slice(0, quarter)),
    lastQuarterMB: Math.max(...sizes.slice(-quarter)),
    goal: 'flat, under 300 MB',
  });
  await end(child);
  await settings.delete('microsoft.intune', 'Bench', actor);
}

/** A thousand deliveries of many directories with nothing to do, beside a worker with none. */
async function idle(): Promise<void> {
  const share = async (): Promise<number> => {
    const child = await startWorker();
    await sleep(10_000);
    const [before, since] = [cpu(child), performance.now()];
    await sleep(20_000);
    const used = (cpu(child) - before) / ((performance.now() - since) / 1000);
    await end(child);
    return Number((used * 100).toFixed(2));
  };
  const without = await share();
  const tenants = Array.from({ length: 250 }, () => crypto.randomUUID());
  const input: SettingInput = {
    categories: CATEGORIES.map((category) => ({ category, retentionDays: 0 })),
    destinations: { storage: targets.storage! },
  };
  for (const tenant of tenants) await store.forTenant(tenant).settings.create('microsoft.intune', 'Idle', input, actor);
  const withThem = await share();
  print('1,000 idle deliveries', { percentOfACore: withThem, withNone: without, goal: 'under 2' });
  for (const tenant of tenants) await store.forTenant(tenant).settings.delete('microsoft.intune', 'Idle', actor);
}

async function workers(): Promise<void> {
  const EACH = 10_000;
  const rates: Record<number, number> = {};
  for (const count of [1, 2, 4]) {
    await route(CATEGORIES, { storage: targets.storage!, eventHub: targets.eventHub! });
    for (const category of CATEGORIES) for (let n = 0; n < EACH; n += 500) await append(500, category, 2_000);
    const children = await Promise.all(Array.from({ length: count }, startWorker));
    await drained();
    const { rows } = await sql.query<{ rate: number }>(
      `select sum(records) / extract(epoch from max(delivered_at) - min(delivered_at))::float8 as rate from delivered_batch b
      join delivery d on d.id = b.delivery_id where d.ended_at is null`,
    );
    rates[count] = Math.round(rows[0]!.rate);
    await Promise.all(children.map(end));
    await settings.delete('microsoft.intune', 'Bench', actor);
  }
  print('workers beside each other', {
    one: `${rates[1]} records/s`,
    two: `${rates[2]} records/s, ${(rates[2]! / rates[1]!).toFixed(2)} of one`,
    four: `${rates[4]} records/s, ${(rates[4]! / rates[1]!).toFixed(2)} of one`,
    note: 'All on this machine, with PostgreSQL and the endpoints.',
  });
}

try {
  const parts: Record<string, () => Promise<void>> = { latency, catchUp, idle, workers };
  for (const name of PARTS) await parts[name]!();
} finally {
  await cloud.close();
  await sql.end();
  await store.close();
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}
