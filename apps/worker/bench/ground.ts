/** What the benches of the engine share: a PostgreSQL, a pretend cloud, real worker processes, and what each of them uses. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { SettingInput } from '@weir/contract';
import { engineCredential, inTenant, prepareDestinations } from '@weir/destinations';
import { startPostgres } from '@weir/postgres';
import { nodeOptionsOf, startCloud } from '@weir/sandbox';
import { openStore } from '@weir/store';
import { auditRecord } from '@weir/testkit';
import pg from 'pg';

export const actor = { oid: '1', upn: 'bench@contoso.example', name: 'Bench', correlationId: 'bench' };
const dir = mkdtempSync(join(tmpdir(), 'weir-bench-'));
chmodSync(dir, 0o711);
const postgres = await startPostgres({ dir: join(dir, 'postgres') });
await postgres.createDatabase('weir');
const DATABASE_URL = postgres.url('weir');
// Services have disks of their own: what they keep stays in memory, where the system has a place for it.
const afar = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weir-bench-'));
const cloud = await startCloud({
  dir: join(afar, 'sandbox'),
  publicOrigin: 'http://localhost:1',
  history: { Contoso: 10, Fabrikam: 10 },
  live: false,
});
tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
Object.assign(process.env, cloud.env());
const secretKey = randomBytes(32).toString('base64');
export const store = openStore({ url: DATABASE_URL, applicationName: 'bench', secretKeys: [secretKey] });
await store.migrate();
export const sql = new pg.Client({ connectionString: DATABASE_URL });
await sql.connect();

export const about = cloud.describe();
export const account = about.storageAccounts[0]!;
export const { tenantId } = account;
const mine = <T extends { tenantId: string }>(list: T[]) => list.find((x) => x.tenantId === tenantId)!;
export const namespace = mine(about.eventHubNamespaces);
export const workspace = mine(about.workspaces);
export const { settings } = store.forTenant(tenantId);
export const targets = {
  storage: { storageAccountId: account.id },
  eventHub: { authorizationRuleId: `${namespace.id}/authorizationRules/RootManageSharedAccessKey` },
  logAnalytics: { workspaceId: workspace.id },
};

/** Makes the destinations ready and a setting that sends the categories there. */
export async function route(categories: readonly string[], destinations: SettingInput['destinations'], condition?: string): Promise<void> {
  const input = {
    categories: categories.map((category) => ({ category, retentionDays: 0 })),
    destinations,
    ...(condition !== undefined && { condition }),
  };
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
export const unroute = () => settings.delete('microsoft.intune', 'Bench', actor);

/**
 * Brings the log to where it is soon after appends by itself: vacuumed and on the disk. The first reader of fresh pages marks
 * their rows as committed, which writes; that work belongs to the appends, not to what is measured next.
 */
export async function settled(): Promise<void> {
  await sql.query('vacuum (analyze) record_body');
  await sql.query('checkpoint');
  await sleep(1_000);
}

let appended = 0;
export const append = (
  count: number,
  category: string,
  bytes: number,
  change: (record: ReturnType<typeof auditRecord>) => ReturnType<typeof auditRecord> = (r) => r,
  tenant = tenantId,
) =>
  store.log.append(
    tenant,
    Array.from({ length: count }, () => change(auditRecord((appended += 1), { bytes, category: `microsoft.intune/${category}` }))),
  );

/** Starts the worker as `npm start` runs it. `profile`: a folder for what V8 says of its time. `env`: what is otherwise than in most benches. */
export async function startWorker(profile?: string, env: Record<string, string> = {}): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, '../src/main.ts'), {
    env: {
      ...process.env,
      DATABASE_URL,
      WEIR_SECRET_KEY: secretKey,
      WEIR_PRIVATE_ADDRESSES: '127.0.0.0/8',
      WEIR_ALLOW_HTTP: 'true',
      WEIR_WORKER_PORT: '0',
      WEIR_LOG_LEVEL: 'error',
      // A last batch that is not full would wait for its interval, which is not what is measured.
      WEIR_STORAGE_INTERVAL_MS: '50',
      WEIR_EVENT_HUB_INTERVAL_MS: '50',
      WEIR_LOG_ANALYTICS_INTERVAL_MS: '50',
      WEIR_PARTNER_INTERVAL_MS: '50',
      // Nor is what a source reads.
      WEIR_GRAPH_ENDPOINT: 'http://127.0.0.1:9',
      ...env,
    },
    execArgv: [...nodeOptionsOf('worker'), ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
  });
  await once(child, 'message');
  return child;
}
export async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
export async function drained(): Promise<void> {
  for (;;) {
    const { rows } = await sql.query(
      'select 1 from delivery d join head h on h.tenant_id = d.tenant_id and h.category = d.category where d.ended_at is null and h.seq > d.checkpoint limit 1',
    );
    if (rows.length === 0) return;
    await sleep(100);
  }
}

export const print = (figure: string, value: object) => process.stdout.write(`${JSON.stringify({ figure, ...value })}\n`);
export const megabytes = (child: ChildProcess, field: 'VmRSS' | 'VmHWM'): number =>
  Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024);
const stat = (pid: number): string[] => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
/** Seconds of processor time that a process has used. */
export const cpu = (pid: number): number => {
  const [user, system] = stat(pid).slice(11, 13);
  return (Number(user) + Number(system)) / 100;
};
/** Seconds of processor time that all of PostgreSQL, and all of the pretend cloud (this process and its blob server), have used. */
export function othersCpu(): { postgres: number; endpoints: number } {
  const postmaster = Number(readFileSync(join(dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const used = { postgres: 0, endpoints: cpu(process.pid) };
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const parent = Number(stat(pid)[1]);
      if (parent === postmaster) used.postgres += cpu(pid);
      // And what those have used that ended.
      else if (pid === postmaster)
        used.postgres +=
          cpu(pid) +
          stat(pid)
            .slice(13, 15)
            .reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
      else if (parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('azurite')) used.endpoints += cpu(pid);
    } catch {
      // It ended meanwhile.
    }
  }
  return used;
}
export async function close(): Promise<void> {
  await cloud.close();
  await sql.end();
  await store.close();
  await postgres.stop();
  for (const made of [dir, afar]) rmSync(made, { recursive: true, force: true });
}
