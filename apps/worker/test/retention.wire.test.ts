import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { ClientSecretCredential } from '@azure/identity';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import { ALL } from '@weir/contract';
import { createDestinations, removerFactory } from '@weir/destinations';
import { retain, type BlobFacts, type BlobRemover, type Erasure, type OpenRemover } from '@weir/engine';
import { startCloud, type Cloud } from '@weir/sandbox';
import { openStore, type Store } from '@weir/store';
import { auditRecord, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { deliverLoop } from '../src/loops/deliver.ts';
import { retainLoop } from '../src/loops/retain.ts';
import { createMetrics } from '../src/metrics.ts';

// The worker's loops, the real store, the real SDK and blobs as Azure keeps them.
const intune = 'microsoft.intune';
const tenantId = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const dir = mkdtempSync(join(tmpdir(), 'weir-retention-'));
const log = pino({ level: 'silent' });
const NAME = 'Archive';
let cloud: Cloud;
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let sql: pg.Client;
let container: ContainerClient;
let accountId: string;
let open: OpenRemover;
let destinations: ReturnType<typeof createDestinations>;

beforeAll(async () => {
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  const { endpoints, clients, storageAccounts } = cloud.describe();
  const account = storageAccounts.find((a) => a.name === 'contosologs')!;
  accountId = account.id;
  container = new BlobServiceClient(
    account.blobEndpoint,
    new StorageSharedKeyCredential(account.name, account.keys[0]!),
  ).getContainerClient('insights-logs-auditlogs');
  const credential = new ClientSecretCredential(tenantId, clients.engineClientId, clients.engineClientSecret, {
    authorityHost: endpoints.authority,
    disableInstanceDiscovery: true,
  });
  const azure = { credential, armEndpoint: endpoints.arm, armScope: 'https://management.azure.com/.default' };
  open = removerFactory(azure);
  destinations = createDestinations({ ...azure, monitorScope: '', intervals: { storage: 0, eventHub: 0, logAnalytics: 0 } });
});
beforeEach(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await container.deleteIfExists();
});
afterEach(async () => {
  cloud.faults.clear();
  await sql.end();
  await store.close();
  await database.drop();
});
afterAll(async () => {
  await cloud?.close();
  rmSync(dir, { recursive: true, force: true });
});

const settings = () => store.forTenant(tenantId).settings;
const setting = async () => (await settings().get(intune, NAME))!;
const input = (retentionDays: number) => ({
  categories: [{ category: 'AuditLogs', retentionDays }],
  destinations: { storage: { storageAccountId: accountId } },
});
const blobs = async (): Promise<string[]> => {
  const names: string[] = [];
  if (await container.exists()) for await (const blob of container.listBlobsFlat()) names.push(blob.name);
  return names;
};
const retained = async () =>
  (await sql.query('select b.*, p.days, p.records::int from retained_blob b join retained_part p on p.blob_id = b.id order by b.id')).rows;
/** What Weir says of its own deletions. */
const deletions = async () => {
  const audit = await store.forTenant(tenantId).audit('weir/AdminCenterLogs');
  const { items } = await audit.page({ from: '2020-01-01T00:00:00Z', to: undefined, query: ALL }, { limit: 100 });
  const own = items.filter((r) => r.activity === 'Delete archivedLogs');
  return Promise.all(own.map(async (r) => JSON.parse((await audit.get(r.id))!.body) as Record<string, unknown>));
};
async function until(check: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 8_000; !(await check()); await sleep(50))
    if (Date.now() > end) throw new Error('It did not happen in time.');
}
let written = 0;
/** Appends records to the log and has the worker's loop archive them. */
async function archive(count: number): Promise<void> {
  await store.log.append(
    tenantId,
    Array.from({ length: count }, () => auditRecord((written += 1))),
  );
  const stopping = new AbortController();
  const loop = deliverLoop({
    store,
    destinations,
    worker: 'w',
    slots: 2,
    pollMs: 50,
    leaseMs: 15_000,
    log,
    metrics: createMetrics(store),
    signal: stopping.signal,
  });
  await until(async () => (await setting()).deliveries.every((d) => d.facts.checkpoint === d.facts.head)).finally(() => stopping.abort());
  await loop;
}
/** As if the days had passed by every clock. */
const pass = () => sql.query(`update retained_part set days = 0; update retained_blob set keep_until = now() - interval '1 hour'`);
/** As if only the database's clock had jumped. */
const jump = () => sql.query(`update retained_blob set keep_until = now() - interval '1 hour', next_attempt_at = now()`);
const sweep = async (remover: OpenRemover = open): Promise<Erasure['kind'][]> => {
  const outcomes: Erasure['kind'][] = [];
  await retain(store.retention, remover, {
    limit: 20,
    marginMs: 0,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    onEvent: (_blob, outcome) => void outcomes.push(outcome.kind),
  });
  return outcomes;
};
/** The real account, with something that happens between the look and the delete. */
const meanwhile =
  (happens: (remover: BlobRemover) => Promise<unknown>): OpenRemover =>
  async (...args) => {
    const opened = await open(...args);
    if (opened.kind !== 'open') return opened;
    const { remover } = opened;
    return {
      kind: 'open',
      remover: { look: remover.look, remove: async (...about) => (await happens(remover), remover.remove(...about)) },
    };
  };

test('the worker deletes what is past its time, and writes a record of it', async () => {
  await settings().create(intune, NAME, input(1), actor);
  await archive(7);
  const [name] = await blobs();
  const [row] = await retained();
  expect(row).toMatchObject({ blob: name, days: 1, records: 7 });
  expect(row.keep_until.getTime() - Date.now()).toBeGreaterThan(86_400_000 - 60_000);
  expect(await sweep()).toEqual([]);
  await pass();
  const { proof } = store.forTenant(tenantId);
  const { id } = (await setting()).deliveries[0]!;
  expect(await proof.blobs(id, 1, 100)).toMatchObject([{ blob: name, deleted: false }]);
  const stopping = new AbortController();
  const loop = retainLoop({ store, open, everyMs: 100, marginMs: 0, log, metrics: createMetrics(store), signal: stopping.signal });
  await until(async () => (await retained()).length === 0).finally(() => stopping.abort());
  await loop;
  expect(await blobs()).toEqual([]);
  // A verification does not look for it any more, and finds no gap in the ledger.
  expect(await proof.blobs(id, 1, 100)).toMatchObject([{ blob: name, deleted: true }]);
  expect(await proof.ledgerGaps(id, 1, 7)).toEqual([]);
  expect(await deletions()).toMatchObject([
    { identity: 'Weir', properties: { Container: 'insights-logs-auditlogs', Blob: name, Outcome: 'Deleted', Records: 7 } },
  ]);
});

test('a change of the days touches only what is collected afterwards; an hour of both keeps the longer; 0 keeps forever', async () => {
  await settings().create(intune, NAME, input(30), actor);
  await archive(3);
  await settings().update(intune, NAME, 1, input(2), actor);
  expect((await retained()).map((r) => r.days)).toEqual([30]);
  await sql.query(`update retained_blob set blob = 'an earlier hour'`);
  await archive(3);
  expect((await retained()).map((r) => r.days)).toEqual([30, 2]);
  await settings().update(intune, NAME, 2, input(9), actor);
  await archive(1);
  expect((await retained()).map((r) => r.days)).toEqual([30, 9]);
  await settings().update(intune, NAME, 3, input(0), actor);
  await archive(1);
  expect((await retained()).map((r) => [r.days, r.keep_until === null])).toEqual([
    [30, false],
    [null, true],
  ]);
});

test('a clock of the database that runs ahead deletes nothing: the account’s own clock must agree', async () => {
  await settings().create(intune, NAME, input(1), actor);
  await archive(3);
  await jump();
  expect(await sweep()).toEqual(['kept']);
  expect(await blobs()).toHaveLength(1);
  expect((await setting()).retentionFault).toMatchObject({ blobs: 1, fault: { code: 'too-young' } });
});

test('a blob that is written to between look and delete stays, and so does one that holds more than was acknowledged', async () => {
  await settings().create(intune, NAME, input(1), actor);
  await archive(3);
  await pass();
  const line = 'another record\r\n';
  const [name] = await blobs();
  const append = () => container.getAppendBlobClient(name!).appendBlock(line, line.length);
  expect(await sweep(meanwhile(append))).toEqual(['kept']);
  expect((await retained())[0].failure.fault.code).toBe('changed');
  await sql.query('update retained_blob set next_attempt_at = now()');
  expect(await sweep()).toEqual(['kept']);
  expect((await setting()).retentionFault!.fault.code).toBe('other-content');
  expect(await blobs()).toEqual([name]);
});

test('gone already is fine; a lease is named with what to do; throttling waits as long as it is told', async () => {
  await settings().create(intune, NAME, input(1), actor);
  await archive(3);
  await pass();
  const [name] = await blobs();
  cloud.faults.set('blob', { kind: 'throttle', count: 1, retryAfter: 40 });
  expect(await sweep()).toEqual(['retry']);
  const { rows } = await sql.query(`select extract(epoch from next_attempt_at - now())::int as wait from retained_blob`);
  expect(rows[0].wait).toBeGreaterThan(30);
  await sql.query('update retained_blob set next_attempt_at = now()');
  const lease = container.getBlobClient(name!).getBlobLeaseClient();
  await lease.acquireLease(15);
  expect(await sweep()).toEqual(['misconfigured']);
  expect((await setting()).retentionFault!.fault).toMatchObject({
    code: 'LeaseIdMissing',
    remedy: expect.stringContaining('Break the lease'),
  });
  await lease.breakLease(0);
  await container.getBlobClient(name!).delete();
  await sql.query('update retained_blob set next_attempt_at = now()');
  expect(await sweep()).toEqual(['gone']);
  expect(await deletions()).toMatchObject([{ properties: { Outcome: 'Gone already' } }]);
});

test('a legal hold stops deletion, also one that comes while a blob is about to go; released, the dates hold again', async () => {
  await settings().create(intune, NAME, input(1), actor);
  await archive(3);
  await pass();
  await settings().hold(intune, NAME, 'Case 4711', actor);
  expect((await setting()).legalHold).toMatchObject({ reason: 'Case 4711', by: actor.upn });
  expect(await sweep()).toEqual([]);
  await expect(settings().delete(intune, NAME, actor)).rejects.toThrow('under legal hold (Case 4711)');
  expect(await settings().release(intune, NAME, actor)).toBe(true);
  expect(await settings().release(intune, NAME, actor)).toBe(false);
  // A hold that is asked for while a blob is on its way out waits for that one, and then nothing more goes.
  const order: string[] = [];
  let hold: Promise<void> = Promise.resolve();
  const happens = async () => {
    hold = settings()
      .hold(intune, NAME, 'Case 4712', actor)
      .then(() => void order.push('held'));
    await sleep(300);
    order.push('deleting');
  };
  expect(await sweep(meanwhile(happens))).toEqual(['deleted']);
  await hold;
  expect(order).toEqual(['deleting', 'held']);
  await archive(2);
  await pass();
  expect(await sweep()).toEqual([]);
  expect(await blobs()).toHaveLength(1);
});

test('a hold on one setting keeps a blob that it shares, and a deleted setting leaves its dates', async () => {
  await settings().create(intune, NAME, input(1), actor);
  await archive(3);
  // Intune and Entra archive AuditLogs into the same blob of an account.
  await settings().create('microsoft.aadiam', 'Entra', { ...input(1) }, actor);
  await sql.query(
    `insert into retained_part (blob_id, setting_id, category, days, records, bytes, first_seq, last_seq)
    select b.id, s.id, c.id, 1, 5, 100, 1, 5 from retained_blob b, setting s, category c where s.name = 'Entra' and c.provider = 'microsoft.aadiam' and c.name = 'AuditLogs'`,
  );
  await pass();
  await settings().hold('microsoft.aadiam', 'Entra', 'Case', actor);
  await settings().delete(intune, NAME, actor);
  expect(await sweep()).toEqual([]);
  await settings().release('microsoft.aadiam', 'Entra', actor);
  expect(await sweep()).toEqual(['deleted']);
  expect(await deletions()).toMatchObject([{ properties: { Records: 8, Parts: [{ Setting: NAME }, { Setting: 'Entra' }] } }]);
});

test('what was archived before is written down first, and nothing goes until it is', async () => {
  await settings().create(intune, NAME, input(1), actor);
  await archive(4);
  const [before] = await retained();
  await pass();
  await sql.query(`insert into retention_backlog (delivery_id, tenant_id) select id, tenant_id from delivery`);
  expect(await sweep()).toEqual([]);
  await sql.query('delete from retained_blob');
  while (await store.retainEarlier());
  const [after] = await retained();
  expect([after.blob, after.days, after.records, after.length]).toEqual([before.blob, 1, 4, before.length]);
  expect(Math.abs(after.keep_until.getTime() - before.keep_until.getTime())).toBeLessThan(1000);
  await pass();
  expect(await sweep()).toEqual(['deleted']);
});

test('two workers never take the same blob', async () => {
  await settings().create(intune, NAME, input(1), actor);
  await archive(1);
  await pass();
  const taken = await Promise.all([store.retention.claimDue(20, 60_000, 0), store.retention.claimDue(20, 60_000, 0)]);
  expect(taken.flat()).toHaveLength(1);
  const facts: BlobFacts[] = [];
  const keep = async (f: BlobFacts): Promise<Erasure> => (facts.push(f), { kind: 'not-due' });
  await store.retention.settle(taken.flat()[0]!, 0, keep);
  expect(facts).toHaveLength(1);
});
