import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { SettingInput } from '@weir/contract';
import { createDestinations } from '@weir/destinations';
import { deriveStatus } from '@weir/engine';
import { startCloud, type Cloud, type Described } from '@weir/sandbox';
import { openStore, type Store } from '@weir/store';
import { auditRecord, auditRecords, testDatabase } from '@weir/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliverLoop } from '../src/loops/deliver.ts';
import { createMetrics } from '../src/metrics.ts';

// The real worker's loop, the real store and partners that behave like the real ones.
const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const key = randomBytes(32).toString('base64');
const dir = mkdtempSync(join(tmpdir(), 'weir-worker-partners-'));
let cloud: Cloud;
let at: Described['partners'];
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let log = '';

beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test', secretKeys: [key] });
  await store.migrate();
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  at = cloud.describe().partners;
});
afterAll(async () => {
  await cloud?.close();
  await store?.close();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs the loop until the check holds. */
async function delivering(over: Store, check: () => Promise<boolean>): Promise<void> {
  const stopping = new AbortController();
  const none = { getToken: async () => null };
  const loop = deliverLoop({
    store: over,
    destinations: createDestinations({
      credential: none,
      armEndpoint: 'https://localhost:1',
      armScope: '',
      monitorScope: '',
      intervals: { storage: 0, eventHub: 0, logAnalytics: 0, partner: 0 },
      network: { privateAddresses: '127.0.0.0/8, ::1', allowHttp: false },
    }),
    worker: 'w',
    slots: 8,
    pollMs: 50,
    leaseMs: 15_000,
    log: pino({ level: 'trace' }, new Writable({ write: (chunk: Buffer, _e, done) => ((log += chunk.toString()), done()) })),
    metrics: createMetrics(over),
    signal: stopping.signal,
  });
  try {
    for (const end = Date.now() + 25_000; !(await check()); await sleep(100))
      if (Date.now() > end) throw new Error('It did not happen in time.');
  } finally {
    stopping.abort();
    await loop;
  }
}
const token = (name: string) => at.splunk.tokens.find((t) => t.name === name)!.token;
const splunk = (index: string, secret: string): SettingInput['destinations'] => ({ splunk: { url: at.splunk.url, index, token: secret } });
const setting = (destinations: SettingInput['destinations']): SettingInput => ({
  categories: [{ category: 'AuditLogs', retentionDays: 0 }],
  destinations,
});
const deliveryOf = async (id: string, over = store) => (await over.forTenant(id).settings.list(intune))[0]!.deliveries[0]!;
const statusOf = async (id: string, over = store) => deriveStatus((await deliveryOf(id, over)).facts, new Date());
const ids = (partner: 'splunk' | 'elastic' | 'webhook', place: string) =>
  cloud.partners.received.list(partner, place, 0, 100_000).map((r) => /"AuditEventId":"([^"]+)"/.exec(r.body)![1]);

test('records reach each partner solution, and no log line holds a secret', async () => {
  const all: [string, 'splunk' | 'elastic' | 'webhook', string, SettingInput['destinations']][] = [
    [crypto.randomUUID(), 'splunk', 'suite-worker', splunk('suite-worker', token('weir'))],
    [
      crypto.randomUUID(),
      'elastic',
      'suite-worker',
      { elastic: { url: at.elastic.url, index: 'suite-worker', apiKey: at.elastic.apiKeys[0]!.encoded } },
    ],
    [
      crypto.randomUUID(),
      'webhook',
      '/hooks/worker',
      { webhook: { url: at.webhook.url.replace('contoso', 'worker'), secret: at.webhook.secret } },
    ],
  ];
  const records = auditRecords(300);
  for (const [id, , , destinations] of all) {
    await store.forTenant(id).settings.create(intune, 'Siem', setting(destinations), actor);
    await store.log.append(id, records);
  }
  await delivering(store, async () => {
    const facts = await Promise.all(all.map(async ([id]) => (await deliveryOf(id)).facts));
    return facts.every((f) => f.checkpoint === f.head);
  });
  for (const [, partner, place] of all) expect(ids(partner, place)).toEqual(records.map((r) => r.id));
  expect(log).toContain('delivered');
  for (const secret of [token('weir'), at.elastic.apiKeys[0]!.encoded, at.webhook.secret, key]) expect(log.includes(secret)).toBe(false);
});

test('F10: a poison record goes to quarantine alone, with its reason; the others arrive', async () => {
  const id = crypto.randomUUID();
  const index = 'suite-worker-poison';
  const apiKey = at.elastic.apiKeys[0]!.encoded;
  await store.forTenant(id).settings.create(intune, 'Siem', setting({ elastic: { url: at.elastic.url, index, apiKey } }), actor);
  const records = auditRecords(50);
  const poison = auditRecord(30);
  const body = JSON.parse(poison.body) as { properties: Record<string, unknown> };
  body.properties['Note'] = { not: 'a text' };
  records[30] = { ...poison, body: JSON.stringify(body) };
  await store.log.append(id, records);
  await delivering(store, async () => (await deliveryOf(id)).facts.checkpoint === 50);
  const { facts } = await deliveryOf(id);
  expect([facts.quarantined, facts.delivered]).toEqual([1, 49]);
  expect(new Set(ids('elastic', index))).toEqual(new Set(records.filter((_, i) => i !== 30).map((r) => r.id)));
  expect(ids('elastic', index)).toHaveLength(49);
});

test('a lost key is Misconfigured with its remedy; nothing is dropped, and the secret entered anew mends it', async () => {
  const id = crypto.randomUUID();
  await store.forTenant(id).settings.create(intune, 'Siem', setting(splunk('suite-lost', token('weir'))), actor);
  await store.log.append(id, auditRecords(5));
  const lost = openStore({ url: database.url, applicationName: 'test', secretKeys: [randomBytes(32).toString('base64')] });
  try {
    await delivering(lost, async () => (await statusOf(id, lost)).status === 'Misconfigured');
    expect((await statusOf(id, lost)).remedy).toContain('WEIR_SECRET_KEY');
    await lost.forTenant(id).settings.update(intune, 'Siem', 1, setting(splunk('suite-lost', token('weir'))), actor);
    await delivering(lost, async () => (await deliveryOf(id, lost)).facts.checkpoint === 5);
    expect(ids('splunk', 'suite-lost')).toHaveLength(5);
  } finally {
    await lost.close();
  }
});

test('a token that was switched off is Misconfigured; another one is used at once', async () => {
  const id = crypto.randomUUID();
  const { settings } = store.forTenant(id);
  await settings.create(intune, 'Siem', setting(splunk('main', token('old'))), actor);
  await store.log.append(id, auditRecords(5));
  await delivering(store, async () => (await statusOf(id)).status === 'Misconfigured');
  expect(await statusOf(id)).toMatchObject({
    reason: 'Splunk answered: Token disabled.',
    remedy: expect.stringContaining('Enable the token'),
  });
  await delivering(store, async () => {
    const { version } = (await settings.get(intune, 'Siem'))!;
    if (version === 1) await settings.update(intune, 'Siem', 1, setting(splunk('main', token('weir'))), actor);
    return (await deliveryOf(id)).facts.checkpoint === 5;
  });
  expect(log.includes(token('old'))).toBe(false);
});
