import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { SettingInput } from '@weir/contract';
import { engineCredential, inTenant, prepareDestinations } from '@weir/destinations';
import { freePort, startPostgres, type RunningPostgres } from '@weir/postgres';
import { nodeOptionsOf, startCloud, type Cloud } from '@weir/sandbox';
import { openStore, type Store } from '@weir/store';
import { startHalfOpenProxy, startHttpProxy, type HalfOpenProxy, type HttpProxy } from '@weir/testkit';

export const SETTING = 'Soak';
export const PROVIDER = 'microsoft.intune';
export const CATEGORIES = ['AuditLogs', 'OperationalLogs'];
const actor = { oid: '1', upn: 'soak@contoso.example', name: 'Soak', correlationId: 'soak' };

/**
 * What a soak stands on: a PostgreSQL of its own, a pretend cloud, real worker processes, and lines between them that can be
 * cut. Looks at the database go the straight way.
 */
export class Ground {
  readonly cloud: Cloud;
  readonly store: Store;
  readonly tenantId: string;
  readonly databaseUrl: string;
  readonly lines: { database: HalfOpenProxy; blob: HalfOpenProxy; eventHub: HalfOpenProxy };
  readonly workers: ChildProcess[] = [];
  /** Ends of workers that nobody asked for. */
  readonly died: string[] = [];
  workersStarted = 0;
  peakBytes = 0;
  readonly #dir: string;
  readonly #port: number;
  readonly #arm: HttpProxy;
  readonly #asked = new WeakSet<ChildProcess>();
  #postgres: RunningPostgres;
  private constructor(parts: {
    dir: string;
    port: number;
    postgres: RunningPostgres;
    cloud: Cloud;
    store: Store;
    lines: Ground['lines'];
    arm: HttpProxy;
  }) {
    this.#dir = parts.dir;
    this.#port = parts.port;
    this.#postgres = parts.postgres;
    this.#arm = parts.arm;
    this.cloud = parts.cloud;
    this.store = parts.store;
    this.lines = parts.lines;
    this.databaseUrl = parts.postgres.url('weir');
    this.tenantId = parts.cloud.describe().storageAccounts[0]!.tenantId;
  }

  static async make(): Promise<Ground> {
    const dir = mkdtempSync(join(tmpdir(), 'weir-soak-'));
    chmodSync(dir, 0o711);
    const port = await freePort();
    const postgres = await startPostgres({ dir: join(dir, 'postgres'), port });
    await postgres.createDatabase('weir');
    const cloud = await startCloud({
      dir: join(dir, 'sandbox'),
      publicOrigin: 'http://localhost:1',
      history: { Contoso: 10, Fabrikam: 10 },
      live: false,
    });
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
    Object.assign(process.env, cloud.env());
    const store = openStore({ url: postgres.url('weir'), applicationName: 'soak' });
    await store.migrate();
    const line = (to: number) => startHalfOpenProxy({ host: '127.0.0.1', port: to });
    const lines = { database: await line(port), blob: await line(cloud.ports.blob), eventHub: await line(cloud.ports.hubsContoso) };
    const arm = await startHttpProxy({
      upstream: cloud.describe().endpoints.arm,
      rewrite: (body) =>
        body.replaceAll(`:${cloud.ports.blob}`, `:${lines.blob.port}`).replaceAll(`:${cloud.ports.hubsContoso}`, `:${lines.eventHub.port}`),
    });
    const ground = new Ground({ dir, port, postgres, cloud, store, lines, arm });
    await ground.#route();
    return ground;
  }

  async #route(): Promise<void> {
    const about = this.cloud.describe();
    const account = about.storageAccounts.find((a) => a.tenantId === this.tenantId)!;
    const namespace = about.eventHubNamespaces.find((n) => n.tenantId === this.tenantId)!;
    const input: SettingInput = {
      categories: CATEGORIES.map((category) => ({ category, retentionDays: 0 })),
      destinations: {
        storage: { storageAccountId: account.id },
        eventHub: { authorizationRuleId: `${namespace.id}/authorizationRules/RootManageSharedAccessKey` },
      },
    };
    const faults = await prepareDestinations({
      credential: inTenant(engineCredential({ authorityHost: about.endpoints.authority }), this.tenantId),
      armEndpoint: about.endpoints.arm,
      armScope: 'https://management.azure.com/.default',
      provider: PROVIDER,
      input,
    });
    if (faults.length > 0) throw new Error(faults.map((f) => f.message).join(' '));
    await this.store.forTenant(this.tenantId).settings.create(PROVIDER, SETTING, input, actor);
  }

  async startWorker(): Promise<void> {
    const url = new URL(this.databaseUrl);
    url.port = String(this.lines.database.port);
    const child = fork(join(import.meta.dirname, '../src/main.ts'), {
      execArgv: ['--disable-warning=ExperimentalWarning', ...nodeOptionsOf('worker')],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        DATABASE_URL: url.href,
        WEIR_ARM_ENDPOINT: `http://127.0.0.1:${this.#arm.port}`,
        WEIR_WORKER_PORT: '0',
        WEIR_STORAGE_INTERVAL_MS: '500',
        WEIR_EVENT_HUB_INTERVAL_MS: '500',
        WEIR_LOG_LEVEL: 'fatal',
      },
    });
    this.workers.push(child);
    this.workersStarted += 1;
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
    child.once('exit', (code, signal) => {
      this.workers.splice(this.workers.indexOf(child), 1);
      if (this.#asked.has(child)) return;
      this.died.push(`${signal ?? code}: ${said.trim()}`);
      void this.startWorker();
    });
    // It waits for the database, which may be gone or half open just now.
    await Promise.race([once(child, 'message'), once(child, 'exit'), sleep(10_000)]);
  }
  async endWorker(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#asked.add(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
  /** The largest that any worker was. Linux only. */
  look(): void {
    for (const { pid } of this.workers) {
      try {
        const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        this.peakBytes = Math.max(this.peakBytes, Number(peak ?? 0) * 1024);
      } catch {
        // It has just ended, or this system has no such file.
      }
    }
  }

  /** `fast`: as an administrator restarts it. `crash`: without a checkpoint, so that it must recover from its log. */
  async restartPostgres(how: 'fast' | 'crash', downMs: number): Promise<void> {
    const dir = join(this.#dir, 'postgres');
    if (how === 'crash') process.kill(Number(readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGQUIT');
    await this.#postgres.stop();
    await sleep(downMs);
    this.#postgres = await startPostgres({ dir, port: this.#port });
  }
  heal(): void {
    for (const line of Object.values(this.lines)) line.pass();
  }
  async close(): Promise<void> {
    await Promise.all([...this.workers].map((child) => this.endWorker(child, 'SIGKILL')));
    await this.#arm.close();
    for (const line of Object.values(this.lines)) await line.close();
    await this.cloud.close();
    await this.store.close();
    await this.#postgres.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
