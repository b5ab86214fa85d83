import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import { categoryId, type Destinations, type DestinationType, type SettingInput } from '@weir/contract';
import { createDestinations, engineCredential, prepareDestinations, verifyDelivery } from '@weir/destinations';
import {
  deliver,
  type DeliverOptions,
  type DestinationFactory,
  type OpenDestination,
  type VerifyFault,
  type VerifyReport,
  type VerifyTarget,
} from '@weir/engine';
import { startCloud, type Cloud } from '@weir/sandbox';
import { openStore, type Store, type StoredReplay } from '@weir/store';
import { auditRecord, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

// Archives and hubs that were filled by the engine over the real SDKs, then tampered with by somebody who holds the keys.
export const provider = 'microsoft.intune';
export const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let dir: string;
export let cloud: Cloud;
export let store: Store;
export let sql: pg.Client;
const opened: OpenDestination[] = [];
let made = 0;

/** A pretend cloud, a database and a clean directory for each test of the file that calls it. */
export function openPlaces(): void {
  beforeAll(async () => {
    database = await testDatabase();
    store = openStore({ url: database.url, applicationName: 'test', secretKeys: [Buffer.alloc(32, 3).toString('base64')] });
    await store.migrate();
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    dir = mkdtempSync(join(tmpdir(), 'weir-verify-'));
    chmodSync(dir, 0o711);
    cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
    Object.assign(process.env, cloud.env());
  });
  afterEach(async () => {
    cloud.faults.clear();
    await Promise.allSettled(opened.splice(0).map((d) => d.close()));
    for (const { name } of await store.forTenant(account().tenantId).settings.list(provider))
      await store.forTenant(account().tenantId).settings.delete(provider, name, actor);
  });
  afterAll(async () => {
    await cloud?.close();
    await sql?.end();
    await store?.close();
    await database?.drop();
    rmSync(dir, { recursive: true, force: true });
  });
}

export const account = () => cloud.describe().storageAccounts.find((a) => a.name === 'contosologs')!;
export const namespace = () => cloud.describe().eventHubNamespaces.find((n) => n.name === 'contoso-siem')!;
export const azure = () => ({
  credential: engineCredential({ authorityHost: cloud.describe().endpoints.authority }),
  armEndpoint: cloud.describe().endpoints.arm,
  armScope: 'https://management.azure.com/.default',
});

export interface Place {
  category: string;
  /** Appends so many records and delivers them as one batch. */
  add(count: number): Promise<void>;
  destination: OpenDestination;
  /** Opens it anew, for the shape that the setting has by now. */
  open(): Promise<OpenDestination>;
  target(): Promise<VerifyTarget>;
  /** Moves every replay and resend of the delivery that waits, to its end. */
  replays(destination?: OpenDestination): Promise<void>;
  verify(range?: { firstSeq?: number; lastSeq?: number }): Promise<VerifyReport>;
}
export const options = (): DeliverOptions => ({
  worker: { leaseMs: 60_000 },
  timeoutMs: 30_000,
  sliceMs: 1e9,
  now: () => new Date(),
  signal: new AbortController().signal,
});
export const person = { ...actor, upn: 'casey.lindqvist@contoso.example' };
/** Asks for a replay from a record on. */
export const replay = async (p: Place, sequence: number) =>
  (await store
    .forTenant(account().tenantId)
    .deliveries.replay(person, (await p.target()).deliveryId, { kind: 'sequence', sequence })) as StoredReplay;
/** A setting with one destination and a category of its own: a container, a hub of its own. */
export async function place(destinations: Destinations, maxBlocks = 2, more: Partial<SettingInput> = {}): Promise<Place> {
  const category = `Proof${(made += 1)}`;
  const { tenantId } = account();
  const name = `Setting ${made}`;
  const input: SettingInput = { categories: [{ category, retentionDays: 0 }], destinations, ...more };
  expect(await prepareDestinations({ ...azure(), provider, input })).toEqual([]);
  await store.forTenant(tenantId).settings.create(provider, name, input, actor);
  const type = Object.keys(destinations)[0] as DestinationType;
  const factories = createDestinations({
    ...azure(),
    monitorScope: 'https://monitor.azure.com/.default',
    intervals: { storage: 0, eventHub: 0, logAnalytics: 0 },
    maxBlocks,
  });
  const open = async (): Promise<OpenDestination> => {
    const { rows } = await sql.query<{ shape_id: string | null }>('select shape_id from setting where name = $1', [name]);
    const identity = { deliveryId: 'd', tenantId, provider, category, shapeId: rows[0]!.shape_id };
    const result = await (factories[type] as DestinationFactory).open(destinations[type]!, identity, AbortSignal.timeout(20_000));
    if (result.kind !== 'open') throw new Error(JSON.stringify(result));
    opened.push(result.destination);
    return result.destination;
  };
  const destination = await open();
  let count = 0;
  const target = async () => (await store.forTenant(tenantId).proof.targets({ category }))[0]!;
  return {
    category,
    destination,
    open,
    target,
    async add(more) {
      await store.log.append(
        tenantId,
        Array.from({ length: more }, () => auditRecord((count += 1), { category: categoryId(provider, category) })),
      );
      for (const lease of await store.deliveries.claim('test', 60_000, 10)) await deliver(store.deliveries, lease, destination, options());
      expect((await target()).checkpoint).toBe(count);
    },
    async replays(through = destination) {
      for (
        let leases = await store.replays.claim('test', 60_000, 10);
        leases.length > 0;
        leases = await store.replays.claim('test', 60_000, 10)
      )
        for (const lease of leases) await deliver(store.replays.of(lease), lease, through, options());
    },
    async verify(range) {
      const report = await verifyDelivery(await target(), {
        ...azure(),
        proof: store.forTenant(tenantId).proof,
        ...(range && { range }),
        signal: AbortSignal.timeout(30_000),
      });
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      return report!;
    },
  };
}

export const container = (p: Place): ContainerClient =>
  new BlobServiceClient(account().blobEndpoint, new StorageSharedKeyCredential(account().name, account().keys[0]!)).getContainerClient(
    `insights-logs-${p.category.toLowerCase()}`,
  );
export const names = async (p: Place): Promise<string[]> => {
  const found: string[] = [];
  for await (const blob of container(p).listBlobsFlat()) found.push(blob.name);
  return found;
};

/** The lines of a blob, without their ends. */
export const linesOf = async (p: Place, name: string): Promise<string[]> =>
  (await container(p).getBlobClient(name).downloadToBuffer()).toString().split('\r\n').slice(0, -1);
export async function put(p: Place, name: string, text: string): Promise<void> {
  const blob = container(p).getAppendBlobClient(name);
  await blob.create();
  if (text !== '') await blob.appendBlock(text, Buffer.byteLength(text));
}
/** Writes a blob anew, as only somebody with the account's key can. */
export const rewrite = async (p: Place, name: string, change: (lines: string[]) => string[]): Promise<void> =>
  put(
    p,
    name,
    change(await linesOf(p, name))
      .map((l) => `${l}\r\n`)
      .join(''),
  );
export const brief = (faults: readonly VerifyFault[]) => faults.map(({ kind, firstSeq, lastSeq, id }) => [kind, firstSeq, lastSeq, id]);

/** A condition that lets one record of seven through, and masks. */
export const shaped: Partial<SettingInput> = {
  condition: 'activity:"Patch Policy2"',
  masks: [
    { path: 'identity', how: 'hash' },
    { path: 'properties.Note', how: 'drop' },
  ],
};
