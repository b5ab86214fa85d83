import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import { ClientSecretCredential } from '@azure/identity';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { LogRecord, OpenDestination, Prepared } from '@weir/engine';
import { startCloud, type Cloud } from '@weir/sandbox';
import { auditRecord } from '@weir/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDestinations, prepareDestinations } from './index.ts';
import { storageFactory } from './storage/index.ts';

// The real SDKs against endpoints that enforce the real limits; faults happen at the endpoint, never in our code.
let cloud: Cloud;
let dir: string;
const tenantId = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const identity = { deliveryId: 'd', tenantId, provider: 'microsoft.intune', category: 'AuditLogs' };
const signal = () => AbortSignal.timeout(20_000);
const records = (from: number, count: number, bytes = 500): LogRecord[] =>
  Array.from({ length: count }, (_, i) => {
    const r = auditRecord(from + i, { bytes });
    return { seq: from + i, id: r.id, time: r.time, body: Buffer.from(r.body) };
  });

function setup() {
  const { endpoints, clients, storageAccounts, eventHubNamespaces, workspaces } = cloud.describe();
  const credential = new ClientSecretCredential(tenantId, clients.engineClientId, clients.engineClientSecret, {
    authorityHost: endpoints.authority,
    disableInstanceDiscovery: true,
  });
  const account = storageAccounts.find((a) => a.name === 'contosologs')!;
  const namespace = eventHubNamespaces.find((n) => n.name === 'contoso-siem')!;
  const workspace = workspaces.find((w) => w.name === 'contoso-soc')!;
  const arm = { credential, armEndpoint: endpoints.arm, armScope: 'https://management.azure.com/.default' };
  const all = { ...arm, monitorScope: 'https://monitor.azure.com/.default', intervals: { storage: 0, eventHub: 0, logAnalytics: 0 } };
  const targets = {
    storage: { storageAccountId: account.id },
    eventHub: { authorizationRuleId: `${namespace.id}/authorizationRules/RootManageSharedAccessKey` },
    logAnalytics: { workspaceId: workspace.id },
  };
  return { arm, all, account, namespace, workspace, targets };
}
const opened = async (result: Promise<{ kind: 'open'; destination: OpenDestination } | { kind: string }>): Promise<OpenDestination> => {
  const r = await result;
  if (!('destination' in r)) throw new Error(JSON.stringify(r));
  return r.destination;
};
async function prepared(destination: OpenDestination, batch: LogRecord[]): Promise<Prepared> {
  const result = await destination.prepare(batch, signal());
  if (result.kind !== 'prepared') throw new Error(JSON.stringify(result));
  return result.prepared;
}
const deliver = async (destination: OpenDestination, batch: LogRecord[]) =>
  destination.send(batch, await prepared(destination, batch), signal());

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'weir-wire-'));
  chmodSync(dir, 0o711);
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  const { arm, targets } = setup();
  expect(
    await prepareDestinations({
      ...arm,
      provider: 'microsoft.intune',
      input: { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: targets },
    }),
  ).toEqual([]);
});
afterEach(() => cloud.faults.clear());
afterAll(async () => {
  await cloud.close();
  rmSync(dir, { recursive: true, force: true });
});

test('what cannot be chosen is said at its field, before anything is saved', async () => {
  const { arm, account, namespace } = setup();
  const input = {
    categories: [{ category: 'AuditLogs', retentionDays: 0 }],
    destinations: {
      storage: { storageAccountId: account.id.replace('contosologs', 'contosopremium') },
      eventHub: { authorizationRuleId: `${namespace.id}/authorizationRules/siem-listen` },
    },
  };
  const faults = await prepareDestinations({ ...arm, provider: 'microsoft.intune', input });
  expect(faults.map((f) => f.path).toSorted()).toEqual([
    'destinations.eventHub.authorizationRuleId',
    'destinations.storage.storageAccountId',
  ]);
  expect(faults.find((f) => f.path.includes('eventHub'))!.message).toContain('lacks Manage and Send');
});

describe('storage', () => {
  const archive = () => {
    const { account } = setup();
    return new BlobServiceClient(account.blobEndpoint, new StorageSharedKeyCredential(account.name, account.keys[0]!)).getContainerClient(
      'insights-logs-auditlogs',
    );
  };
  const lines = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const blob of archive().listBlobsFlat())
      found.push(...(await archive().getBlobClient(blob.name).downloadToBuffer()).toString().split('\r\n').filter(Boolean));
    return found;
  };
  const open = (maxBlocks?: number) => {
    const { arm, targets } = setup();
    return opened(storageFactory({ ...arm, intervalMs: 0, ...(maxBlocks && { maxBlocks }) }).open(targets.storage, identity, signal()));
  };

  test('holds each record byte for byte and once, also when the answer to a write is lost', async () => {
    const destination = await open();
    const first = records(1, 5);
    expect(await deliver(destination, first)).toMatchObject({
      kind: 'accepted',
      answer: expect.stringMatching(/^201, ETag 0x[0-9A-F]+, request [0-9a-f-]{36}$/) as string,
    });
    const second = records(6, 5);
    const place = await prepared(destination, second);
    cloud.faults.set('blob', { kind: 'drop', count: 1 });
    expect((await destination.send(second, place, signal())).kind).toBe('retry');
    expect(await destination.send(second, place, signal())).toMatchObject({
      kind: 'accepted',
      answer: expect.stringMatching(/^412 .* in the blob already$/) as string,
    });
    expect(await lines()).toEqual([...first, ...second].map((r) => r.body.toString()));
  });

  test('another writer makes the place stale, and nothing of ours is written twice', async () => {
    const destination = await open();
    const batch = records(11, 3);
    const place = await prepared(destination, batch);
    expect((await deliver(await open(), records(14, 3))).kind).toBe('accepted');
    expect((await destination.send(batch, place, signal())).kind).toBe('stale');
    expect((await deliver(destination, batch)).kind).toBe('accepted');
    expect(new Set(await lines()).size).toBe((await lines()).length);
  });

  test('F14: begins the next blob before the last one is full', async () => {
    const destination = await open(4);
    for (let i = 0; i < 6; i += 1) expect((await deliver(destination, records(100 + i, 1))).kind).toBe('accepted');
    const names: string[] = [];
    for await (const blob of archive().listBlobsFlat()) names.push(blob.name);
    expect(names.some((n) => n.endsWith('PT1H_1.json'))).toBe(true);
  });

  test('F2, F13: throttling waits as long as it was told, a refusal asks for a person, a cut line is tried again', async () => {
    const destination = await open();
    const batch = records(200, 2);
    const place = await prepared(destination, batch);
    cloud.faults.set('blob', { kind: 'throttle', retryAfter: 7, count: 1 });
    expect(await destination.send(batch, place, signal())).toMatchObject({ kind: 'retry', retryAfterMs: 7_000 });
    cloud.faults.set('blob', { kind: 'refuse', count: 1 });
    expect(await destination.send(batch, place, signal())).toMatchObject({
      kind: 'misconfigured',
      fault: { code: 'AuthorizationFailure' },
    });
    cloud.faults.set('blob', { kind: 'down', count: 1 });
    expect((await destination.send(batch, place, signal())).kind).toBe('retry');
    cloud.faults.set('blob', { kind: 'hang', count: 1 });
    expect((await destination.send(batch, place, AbortSignal.timeout(500))).kind).toBe('retry');
    expect((await destination.send(batch, place, signal())).kind).toBe('accepted');
  });
});

describe('event hub', () => {
  test('sends messages as few as fit, refuses what fits none, and carries the same ids when it sends again', async () => {
    const { all, targets, namespace } = setup();
    const destination = await opened(createDestinations(all).eventHub.open(targets.eventHub, identity, signal()));
    expect(destination.refuse(records(1, 1, 1_100_000)[0]!)).toMatchObject({ code: 'MessageTooLarge' });
    expect(destination.refuse(records(1, 1, 900_000)[0]!)).toBeNull();
    const batch = records(1, 1_000, 2_000);
    const place = await prepared(destination, batch);
    expect((place['messages'] as unknown[]).length).toBe(2);
    expect((await destination.send(batch, place, signal())).kind).toBe('accepted');
    expect((await destination.send(batch, place, signal())).kind).toBe('accepted');
    const seen: { id: unknown; ids: string[] }[] = [];
    const client = new EventHubConsumerClient(
      '$Default',
      namespace.connectionStrings['RootManageSharedAccessKey']!,
      'insights-logs-auditlogs',
    );
    const subscription = client.subscribe(
      {
        processEvents: async (events) =>
          void seen.push(
            ...events.map((e) => ({
              id: e.messageId,
              ids: (e.body as { records: { properties: { AuditEventId: string } }[] }).records.map((r) => r.properties.AuditEventId),
            })),
          ),
        processError: async () => {},
      },
      { startPosition: earliestEventPosition, maxBatchSize: 50 },
    );
    for (let i = 0; i < 100 && seen.length < 4; i += 1) await new Promise((r) => setTimeout(r, 100));
    await subscription.close();
    await client.close();
    await destination.close();
    expect(seen.length).toBe(4);
    expect(new Set(seen.map((m) => m.id)).size).toBe(2);
    expect([...new Map(seen.map((m) => [m.id, m.ids])).values()].flat().length).toBe(1_000);
  });
});

describe('Log Analytics', () => {
  test('fills the rows, says throttling and refusal as they are, and leaves what would be cut off to quarantine', async () => {
    const { all, targets } = setup();
    const destination = await opened(createDestinations(all).logAnalytics.open(targets.logAnalytics, identity, signal()));
    const batch = records(1, 200, 2_000);
    cloud.faults.set('logs', { kind: 'throttle', retryAfter: 3, count: 1 });
    expect(await deliver(destination, batch)).toMatchObject({ kind: 'retry', retryAfterMs: 3_000 });
    cloud.faults.set('logs', { kind: 'refuse', count: 1 });
    expect(await deliver(destination, batch)).toMatchObject({ kind: 'misconfigured', fault: { code: 'OperationForbidden' } });
    cloud.faults.set('logs', { kind: 'down', count: 1 });
    expect((await deliver(destination, batch)).kind).toBe('retry');
    expect(await deliver(destination, batch)).toMatchObject({
      kind: 'accepted',
      answer: expect.stringMatching(/^204, request [0-9a-f-]{36}$/) as string,
    });
    expect(destination.refuse(records(1, 1, 70_000)[0]!)).toMatchObject({ code: 'FieldTooLong' });
    expect(destination.refuse(records(1, 1, 60_000)[0]!)).toBeNull();
  });

  test('batches that travel beside each other have an answer each; what was joined goes again as one, in calls that fit', async () => {
    const { all, targets } = setup();
    const destination = await opened(createDestinations(all).logAnalytics.open(targets.logAnalytics, identity, signal()));
    const batches = [records(1_001, 300, 2_000), records(1_301, 300, 2_000), records(1_601, 300, 2_000)];
    const one = /^204, request [0-9a-f-]{36}$/;
    const outcomes = await Promise.all(batches.map((batch) => deliver(destination, batch)));
    const answers = outcomes.map((o) => (o.kind === 'accepted' ? o.answer! : o.kind));
    for (const answer of answers) expect(answer).toMatch(one);
    expect(new Set(answers).size).toBe(3);
    const prepared = await Promise.all(batches.map((batch) => destination.prepare(batch, signal())));
    const together = destination.join!(prepared.map((p) => (p.kind === 'prepared' ? p.prepared : {})));
    expect(await destination.send(batches.flat(), together, signal())).toMatchObject({
      kind: 'accepted',
      answer: expect.stringMatching(/^(204, request [0-9a-f-]{36}(; )?)+$/) as string,
    });
  });
});
