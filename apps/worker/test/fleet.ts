import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { tableOf, type SettingInput } from '@weir/contract';
import { engineCredential, inTenant, prepareDestinations } from '@weir/destinations';
import type { DeliveryLease, LogRecord } from '@weir/engine';
import { startCloud, type Cloud, type CloudOptions, type Described } from '@weir/sandbox';
import { openStore, type Store } from '@weir/store';
import { auditRecord, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { expect } from 'vitest';

const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };

/** One row of `delivery`, seen from outside. */
export interface SeenDelivery {
  id: string;
  category: string;
  owner: string | null;
  held: boolean;
  checkpoint: number;
  head: number;
  attempts: number;
  batchFirst: number | null;
}

/** Real worker processes on one PostgreSQL and one pretend cloud, and a look at all three from outside. */
export class Fleet {
  readonly cloud: Cloud;
  readonly store: Store;
  /** One connection, which comes back after the server went away. */
  readonly sql: pg.Pool;
  readonly tenantId: string;
  readonly #database: Awaited<ReturnType<typeof testDatabase>>;
  readonly #dir: string;
  readonly #children = new Set<ChildProcess>();
  readonly #counts = new Map<string, number>();
  private constructor(dir: string, cloud: Cloud, store: Store, sql: pg.Pool, database: Awaited<ReturnType<typeof testDatabase>>) {
    this.#dir = dir;
    this.cloud = cloud;
    this.store = store;
    this.sql = sql;
    this.#database = database;
    this.tenantId = cloud.describe().storageAccounts[0]!.tenantId;
  }
  /** On a database of the run's PostgreSQL, or on a given one. */
  static async start(on?: { url: string; drop(): Promise<void> }, as: Partial<CloudOptions> = {}): Promise<Fleet> {
    const dir = mkdtempSync(join(tmpdir(), 'weir-fleet-'));
    const database = on ?? (await testDatabase());
    const store = openStore({ url: database.url, applicationName: 'test' });
    await store.migrate();
    const sql = new pg.Pool({ connectionString: database.url, application_name: 'test-look', max: 1, idleTimeoutMillis: 0 });
    // A test may take the database away.
    sql.on('error', () => {});
    const cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 50, Fabrikam: 20 }, live: false, ...as });
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
    Object.assign(process.env, cloud.env());
    return new Fleet(dir, cloud, store, sql, database);
  }
  async close(): Promise<void> {
    // A stopped process ends by SIGKILL as well.
    for (const child of this.#children) child.kill('SIGKILL');
    await this.cloud.close();
    await this.sql.end();
    await this.store.close();
    await this.#database.drop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Starts a worker. `short`: with a lease of one second. */
  async worker(entry: 'main' | 'short', env: Record<string, string> = {}): Promise<ChildProcess> {
    const file = entry === 'main' ? '../src/main.ts' : 'short-lease.ts';
    const child = fork(join(import.meta.dirname, file), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        ...this.cloud.env(),
        DATABASE_URL: this.#database.url,
        WEIR_WORKER_PORT: '0',
        WEIR_STORAGE_INTERVAL_MS: '50',
        WEIR_EVENT_HUB_INTERVAL_MS: '50',
        WEIR_LOG_LEVEL: 'fatal',
        ...env,
      },
    });
    this.#children.add(child);
    await once(child, 'message');
    return child;
  }
  /** Which of the owners in the database is this process. */
  static isOwner = (child: ChildProcess, owner: string | null): boolean => owner?.split('/')[1] === String(child.pid);
  static async kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  get account(): Described['storageAccounts'][number] {
    return this.cloud.describe().storageAccounts.find((a) => a.tenantId === this.tenantId)!;
  }
  get namespace(): Described['eventHubNamespaces'][number] {
    return this.cloud.describe().eventHubNamespaces.find((n) => n.tenantId === this.tenantId)!;
  }
  get workspace(): Described['workspaces'][number] {
    return this.cloud.describe().workspaces.find((w) => w.tenantId === this.tenantId)!;
  }
  async route(categories: readonly string[], types: { storage?: boolean; eventHub?: boolean; logAnalytics?: boolean }): Promise<void> {
    const destinations: SettingInput['destinations'] = {
      ...(types.storage ? { storage: { storageAccountId: this.account.id } } : {}),
      ...(types.eventHub ? { eventHub: { authorizationRuleId: `${this.namespace.id}/authorizationRules/RootManageSharedAccessKey` } } : {}),
      ...(types.logAnalytics ? { logAnalytics: { workspaceId: this.workspace.id } } : {}),
    };
    const input = { categories: categories.map((category) => ({ category, retentionDays: 0 })), destinations };
    // As a save does: it creates the hubs.
    const { endpoints } = this.cloud.describe();
    const faults = await prepareDestinations({
      credential: inTenant(engineCredential({ authorityHost: endpoints.authority }), this.tenantId),
      armEndpoint: endpoints.arm,
      armScope: 'https://management.azure.com/.default',
      provider: 'microsoft.intune',
      input,
    });
    expect(faults).toEqual([]);
    await this.store.forTenant(this.tenantId).settings.create('microsoft.intune', 'Archive', input, actor);
  }
  async append(category: string, count: number, bytes = 600): Promise<void> {
    const from = this.#counts.get(category) ?? 0;
    this.#counts.set(category, from + count);
    const records = Array.from({ length: count }, (_, i) => auditRecord(from + i, { bytes, category: `microsoft.intune/${category}` }));
    await this.store.log.append(this.tenantId, records);
  }

  async deliveries(): Promise<SeenDelivery[]> {
    const { rows } = await this.sql.query<SeenDelivery>(
      `select d.id, c.name as category, d.lease_owner as owner, coalesce(d.lease_until > now(), false) as held, d.checkpoint::float8 as checkpoint, coalesce(h.seq, 0)::float8 as head,
        d.attempts, d.batch_first::float8 as "batchFirst"
      from delivery d join category c on c.id = d.category left join head h on h.tenant_id = d.tenant_id and h.category = d.category where d.ended_at is null`,
    );
    return rows;
  }
  async until(what: string, check: (seen: SeenDelivery[]) => boolean | Promise<boolean>, ms = 40_000): Promise<void> {
    for (const end = Date.now() + ms; !(await check(await this.deliveries())); await sleep(20)) {
      if (Date.now() > end) throw new Error(`Not in time: ${what}. ${JSON.stringify(await this.deliveries())}`);
    }
  }
  /** Everything was acknowledged. */
  drained = (): Promise<void> =>
    this.until('everything is delivered', (seen) => seen.every((d) => d.checkpoint === d.head && d.batchFirst === null), 90_000);

  async #log(category: string): Promise<LogRecord[]> {
    const lease = { tenantId: this.tenantId, provider: 'microsoft.intune', category } as DeliveryLease;
    const bounds = { maxRecords: 1e7, maxBytes: Number.MAX_SAFE_INTEGER, recordOverheadBytes: 0 };
    return [...(await this.store.deliveries.read(lease, 0, bounds)).records];
  }
  async blobBytes(category: string): Promise<number> {
    let bytes = 0;
    for await (const blob of this.#container(category).listBlobsFlat()) bytes += blob.properties.contentLength ?? 0;
    return bytes;
  }
  #container(category: string) {
    const { name, keys, blobEndpoint } = this.account;
    return new BlobServiceClient(blobEndpoint, new StorageSharedKeyCredential(name, keys[0]!)).getContainerClient(
      `insights-logs-${category.toLowerCase()}`,
    );
  }
  /** After `drained`. The archive holds every record of the log exactly once, in order, byte for byte. */
  async expectArchived(category: string): Promise<void> {
    const acknowledged = Math.min(...(await this.deliveries()).filter((d) => d.category === category).map((d) => d.checkpoint));
    const container = this.#container(category);
    const names: string[] = [];
    for await (const blob of container.listBlobsFlat()) names.push(blob.name);
    const texts: string[] = [];
    for (const name of names.toSorted()) texts.push((await container.getBlobClient(name).downloadToBuffer()).toString());
    const lines = texts.flatMap((text) => text.split('\r\n').filter((line) => line !== ''));
    // A source may go on reading meanwhile: what was acknowledged before must be there, and nothing that is not in the log.
    const bodies = (await this.#log(category)).map((r) => r.body.toString());
    expect(lines.length).toBeGreaterThanOrEqual(acknowledged);
    expect(lines.length).toBeLessThanOrEqual(bodies.length);
    expect(lines.findIndex((line, i) => line !== bodies[i])).toBe(-1);
  }
  /** The workspace has a row for every record, and rows of one sequence number have one record id. */
  async expectIngested(category: string): Promise<void> {
    const { endpoints } = this.cloud.describe();
    const credential = inTenant(engineCredential({ authorityHost: endpoints.authority }), this.tenantId);
    const token = (await credential.getToken('https://api.loganalytics.io/.default'))!;
    const response = await fetch(`${endpoints.logsQuery}/workspaces/${this.workspace.customerId}/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: tableOf('microsoft.intune', category) }),
    });
    expect(response.status).toBe(200);
    const [table] = ((await response.json()) as { tables: { columns: { name: string }[]; rows: unknown[][] }[] }).tables;
    const [id, seq] = ['RecordId', 'Sequence'].map((name) => table!.columns.findIndex((c) => c.name === name));
    const rows = new Set(table!.rows.map((row) => `${Number(row[seq!])} ${String(row[id!])}`));
    expect([...rows].toSorted()).toEqual((await this.#log(category)).map((r) => `${r.seq} ${r.id}`).toSorted());
  }
  /** The hub holds every record at least once; what came twice came under the same message id, and nothing under two. */
  async expectStreamed(category: string): Promise<{ messages: number }> {
    const bodies = (await this.#log(category)).map((r) => r.body.toString());
    const seen = new Map<string, string>();
    let messages = 0;
    const found = new Set<string>();
    const client = new EventHubConsumerClient(
      '$Default',
      this.namespace.connectionStrings['RootManageSharedAccessKey']!,
      `insights-logs-${category.toLowerCase()}`,
    );
    const changed: string[] = [];
    const subscription = client.subscribe(
      {
        processEvents: async (events) => {
          messages += events.length;
          for (const event of events) {
            const text = Buffer.isBuffer(event.body) ? event.body.toString() : JSON.stringify(event.body);
            const id = String(event.messageId);
            if ((seen.get(id) ?? text) !== text) changed.push(id);
            if (!seen.has(id)) for (const r of (JSON.parse(text) as { records: unknown[] }).records) found.add(JSON.stringify(r));
            seen.set(id, text);
          }
        },
        processError: async () => {},
      },
      { startPosition: earliestEventPosition, maxBatchSize: 200 },
    );
    for (const end = Date.now() + 20_000; found.size < bodies.length && Date.now() < end;) await sleep(100);
    // What comes late must not change the picture.
    await sleep(500);
    await subscription.close();
    await client.close();
    expect(bodies.filter((b) => !found.has(b)).length).toBe(0);
    const log = new Set((await this.#log(category)).map((r) => r.body.toString()));
    expect([...found].filter((body) => !log.has(body)).length).toBe(0);
    expect(changed).toEqual([]);
    expect(seen.size).toBeGreaterThan(0);
    return { messages };
  }
}
