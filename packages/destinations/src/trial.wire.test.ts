import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { ClientSecretCredential } from '@azure/identity';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { DestinationTargets, DestinationType } from '@weir/contract';
import { Secret, type Secrets } from '@weir/engine';
import { startCloud, type Cloud, type Service } from '@weir/sandbox';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { prepareDestinations, previewOf, testRecord, tryDestination, type TrialRequest } from './index.ts';

// Test records over the real SDKs: what is said to have been sent is what left, and what the preview promised.
const tenantId = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const log = { tenantId, provider: 'microsoft.intune', category: 'AuditLogs' };
const sender = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
let dir: string;
let cloud: Cloud;
let targets: DestinationTargets;
let secrets: Partial<Record<DestinationType, Secrets>>;
let texts: string[];
const types = ['storage', 'eventHub', 'logAnalytics', 'splunk', 'elastic', 'webhook'] as const;

function options(limitMs = 15_000) {
  const { endpoints, clients } = cloud.describe();
  const credential = new ClientSecretCredential(tenantId, clients.engineClientId, clients.engineClientSecret, {
    authorityHost: endpoints.authority,
    disableInstanceDiscovery: true,
  });
  return {
    credential,
    armEndpoint: endpoints.arm,
    armScope: 'https://management.azure.com/.default',
    monitorScope: 'https://monitor.azure.com/.default',
    network: { privateAddresses: '127.0.0.0/8, ::1', allowHttp: false },
    limitMs,
  };
}
const newRecord = () => testRecord(log, sender, new Date());
const attempt = <T extends DestinationType>(type: T, limitMs?: number, more: Partial<TrialRequest<T>> = {}) =>
  tryDestination(
    options(limitMs),
    { type, target: targets[type], log, record: newRecord(), secrets: secrets[type], ...more } as TrialRequest<T>,
    new AbortController().signal,
  );

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'weir-trial-'));
  chmodSync(dir, 0o711);
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  const { storageAccounts, eventHubNamespaces, workspaces, partners } = cloud.describe();
  targets = {
    storage: { storageAccountId: storageAccounts.find((a) => a.name === 'contosologs')!.id },
    eventHub: {
      authorizationRuleId: `${eventHubNamespaces.find((n) => n.name === 'contoso-siem')!.id}/authorizationRules/RootManageSharedAccessKey`,
    },
    logAnalytics: { workspaceId: workspaces.find((w) => w.name === 'contoso-soc')!.id },
    splunk: { url: partners.splunk.url },
    elastic: { url: partners.elastic.url, index: 'audit' },
    webhook: { url: `${partners.webhook.url}?code=in-the-query` },
  };
  const having = (field: string, text: string): Secrets => ({ current: { [field]: new Secret(text) }, previous: {} });
  const [token, key] = [
    partners.splunk.tokens.find((t) => t.name === 'weir')!.token,
    partners.elastic.apiKeys.find((k) => k.name === 'weir')!.encoded,
  ];
  secrets = { splunk: having('token', token), elastic: having('apiKey', key), webhook: having('secret', partners.webhook.secret) };
  texts = [token, key, partners.webhook.secret, partners.webhook.secret.slice(6), 'in-the-query', storageAccounts[0]!.keys[0]!];
  const { storage, eventHub, logAnalytics } = targets;
  const input = { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: { storage, eventHub, logAnalytics } };
  expect(await prepareDestinations({ ...options(), provider: log.provider, input })).toEqual([]);
}, 60_000);
afterEach(() => cloud.faults.clear());
afterAll(async () => {
  await cloud?.close();
  rmSync(dir, { recursive: true, force: true });
});

test.each(types)('%s: the request that is shown is what the preview promised, is answered, and holds no secret', async (type) => {
  const record = newRecord();
  const { outcome, exchanges } = await attempt(type, 15_000, { record });
  expect(outcome.kind, JSON.stringify(outcome)).toBe('accepted');
  const [sent] = exchanges;
  const body = sent!.encoding === 'gzip' ? gunzipSync(sent!.body) : sent!.body;
  const promised = previewOf(type, targets[type], { ...log, deliveryId: 'd', testId: record.id }, record, new Date(record.time));
  expect(body.toString()).toBe(promised.body.toString());
  expect(body.toString()).toContain(record.id);
  expect([sent!.method, sent!.encoding, sent!.contentType.split(';')[0]]).toEqual([
    promised.method,
    promised.encoding,
    promised.contentType,
  ]);
  if (type === 'eventHub' || type === 'webhook') expect(sent!.headers).toMatchObject(promised.headers);
  expect(sent!.answer?.status).toMatch(/^(20\d|accepted)/);
  const told = JSON.stringify(exchanges.map((e) => ({ ...e, body: body.toString() })));
  for (const text of texts) expect(told.includes(text), 'a secret was told').toBe(false);
});

test('a test record stands beside the archive, never in it, and another one is another message to everybody', async () => {
  const [first, second] = [await attempt('storage'), await attempt('storage')];
  const account = cloud.describe().storageAccounts.find((a) => a.name === 'contosologs')!;
  const container = new BlobServiceClient(
    account.blobEndpoint,
    new StorageSharedKeyCredential(account.name, account.keys[0]!),
  ).getContainerClient('insights-logs-auditlogs');
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat()) names.push(name);
  expect(names.filter((n) => !n.startsWith('weir-test-records/'))).toEqual([]);
  const text = (await Promise.all(names.map((n) => container.getBlobClient(n).downloadToBuffer()))).join('');
  for (const { exchanges } of [first, second]) expect(text).toContain(exchanges[0]!.body.toString());
  for (const type of ['eventHub', 'webhook'] as const) {
    const ids = [await attempt(type), await attempt(type)].map(
      ({ exchanges }) => exchanges[0]!.headers[type === 'webhook' ? 'webhook-id' : 'message-id'],
    );
    expect(new Set(ids).size).toBe(2);
  }
});

const misbehaving: [DestinationType, Service, 'refuse' | 'throttle' | 'down', string, RegExp][] = [
  ['storage', 'blob', 'refuse', 'misconfigured', /network rules/],
  ['storage', 'arm', 'refuse', 'misconfigured', /Give the engine’s identity Reader/],
  ['logAnalytics', 'logs', 'refuse', 'misconfigured', /Monitoring Metrics Publisher/],
  ['webhook', 'webhook', 'refuse', 'misconfigured', /take requests with this signature/],
  ['splunk', 'splunk', 'throttle', 'retry', /^$/],
  ['elastic', 'elastic', 'down', 'retry', /^$/],
];
test.each(misbehaving)('%s, %s: %s is told as a delivery would tell it', async (type, service, kind, outcomeKind, remedy) => {
  cloud.faults.set(service, { kind });
  const { outcome } = await attempt(type);
  expect(outcome.kind).toBe(outcomeKind);
  expect(outcome.kind !== 'accepted' && (outcome.fault.remedy ?? '')).toMatch(remedy);
});

test.each<[DestinationType, Service]>([
  ['storage', 'blob'],
  ['storage', 'arm'],
  ['logAnalytics', 'logs'],
  ['webhook', 'webhook'],
])('%s: a service that hangs (%s) is given up on when the time is over', async (type, service) => {
  cloud.faults.set(service, { kind: 'hang' });
  const { outcome, exchanges } = await attempt(type, 700);
  expect(outcome).toMatchObject({ kind: 'retry', fault: { code: 'timeout', message: 'The destination did not answer in time.' } });
  expect(exchanges.every((e) => e.answer === null)).toBe(true);
});

test('an answer that repeats a secret is shown without it', async () => {
  const { token } = secrets.splunk!.current;
  const { exchanges, outcome } = await attempt('splunk', 15_000, {
    target: { url: targets.splunk.url, index: 'nowhere' },
    // A word that the collector answers with.
    secrets: { current: { token: token! }, previous: { token: new Secret('Incorrect') } },
  });
  expect(outcome).toMatchObject({ kind: 'misconfigured', fault: { remedy: expect.stringContaining('Create the index') } });
  expect(exchanges[0]!.answer!.text).toContain('*** index');
  expect(JSON.stringify([outcome, exchanges[0]!.answer]).includes('Incorrect')).toBe(false);
});
