import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { ClientSecretCredential } from '@azure/identity';
import type { SettingPreview, SettingTrial } from '@weir/contract';
import { prepareDestinations, tryDestination } from '@weir/destinations';
import { startCloud, tokenFor, type Cloud, type Running } from '@weir/sandbox';
import { auditRecord, testDatabase } from '@weir/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ownRecords } from '../../../test/own-records.ts';
import { CONTOSO, startServer, type TestServer } from '../../../test/server.ts';

// Check and Preview over the real protocols: the cloud misbehaves, never our code.
const BASE = '/api/intune/diagnostic-settings';
const ARM_SCOPE = 'https://management.azure.com/.default';
let cloud: Cloud;
let dir: string;
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let running: Running;
/** What one destination may take, in ms: hanging ones need not hold up the tests. */
let limitMs = 15_000;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'weir-trials-'));
  chmodSync(dir, 0o711);
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 5, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  running = { ...cloud.describe(), pid: process.pid, databaseUrl: '', workerPort: 0 };
  database = await testDatabase();
  const { WEIR_PUBLIC_ORIGIN: _, ...env } = cloud.env();
  const armEndpoint = env['WEIR_ARM_ENDPOINT']!;
  const network = { privateAddresses: '127.0.0.0/8, ::1', allowHttp: false };
  const { clients, endpoints } = running;
  const engine = new ClientSecretCredential(CONTOSO, clients.engineClientId, clients.engineClientSecret, {
    authorityHost: endpoints.authority,
    disableInstanceDiscovery: true,
  });
  server = await startServer(
    database.url,
    {
      prepare: (credential, tenantId, provider, input, secrets) =>
        prepareDestinations({ credential, armEndpoint, armScope: ARM_SCOPE, tenantId, provider, input, secrets, network }),
      sendTest: (request, signal) =>
        tryDestination(
          { credential: engine, armEndpoint, armScope: ARM_SCOPE, monitorScope: 'https://monitor.azure.com/.default', network, limitMs },
          request,
          signal,
        ),
    },
    { ...env, WEIR_SECRET_KEY: randomBytes(32).toString('base64') },
  );
}, 60_000);
afterEach(() => {
  cloud.faults.clear();
  limitMs = 15_000;
});
afterAll(async () => {
  await server?.close();
  await database?.drop();
  await cloud?.close();
  rmSync(dir, { recursive: true, force: true });
});

const account = () => running.storageAccounts.find((a) => a.name === 'contosologs')!;
const azure = () => ({
  storage: { storageAccountId: account().id },
  eventHub: {
    authorizationRuleId: `${running.eventHubNamespaces.find((n) => n.name === 'contoso-siem')!.id}/authorizationRules/RootManageSharedAccessKey`,
  },
  logAnalytics: { workspaceId: running.workspaces.find((w) => w.name === 'contoso-soc')!.id },
});
const webhook = (more: object = {}) => ({
  webhook: { url: `${running.partners.webhook.url}?code=hidden`, secret: running.partners.webhook.secret, ...more },
});
const form = (destinations: object, more: object = {}) => ({ categories: [{ category: 'AuditLogs' }], destinations, ...more });
async function as(who: string, path: string, body?: unknown, init: RequestInit = {}) {
  const authorization = `Bearer ${await tokenFor(running, who, CONTOSO)}`;
  return server.call(
    path,
    {
      method: 'POST',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...init,
      headers: { ...(init.headers as object), authorization },
    },
    { role: null },
  );
}
const check = async (body: unknown, who = 'Indra Rao') => as(who, `${BASE}-check`, body);
const checked = (record: { operationName: string }) => record.operationName === 'Check diagnosticSettings';

test('a form that was never saved: the record is at each destination as it is shown, an admin record tells of it, and the log has none', async () => {
  const answer = await check(form({ ...azure(), ...webhook() }));
  expect(answer.status, answer.text).toBe(200);
  const { results, recordId, category } = answer.json<SettingTrial>();
  expect([category, results.map((r) => [r.type, r.outcome, r.fault])]).toEqual([
    'AuditLogs',
    ['storage', 'eventHub', 'logAnalytics', 'webhook'].map((type) => [type, 'delivered', null]),
  ]);
  const body = (type: string) => results.find((r) => r.type === type)!.exchanges[0]!.body;
  for (const { type } of results) expect(body(type)).toContain(recordId);
  expect(results[0]!.place).toMatch(/^contosologs\/insights-logs-auditlogs\/weir-test-records\/tenantId=/);
  const line = body('storage').trimEnd();
  expect(JSON.parse(line)).toMatchObject({
    operationName: 'Weir test record',
    category: 'AuditLogs',
    identity: 'indra.rao@contoso.example',
    properties: { RecordId: recordId, TestRecord: true, SentBy: { UPN: 'indra.rao@contoso.example' } },
  });
  const received = cloud.partners.received.list('webhook', undefined, 0, 10);
  expect(received.map((r) => r.body)).toEqual([line]);
  for (const secret of [running.partners.webhook.secret.slice(6), account().keys[0]!, 'hidden', 'Bearer'])
    expect(answer.text.includes(secret), 'a secret was told').toBe(false);

  expect(await (await server.store.forTenant(CONTOSO).audit()).head()).toBe(0);
  const { rows } = { rows: await server.store.forTenant(CONTOSO).settings.list('microsoft.intune') };
  expect(rows).toEqual([]);
  expect((await ownRecords(server, CONTOSO)).filter(checked)).toMatchObject([
    { identity: 'indra.rao@contoso.example', properties: { Target: '(not saved)', TestRecordId: recordId, Cancelled: false } },
  ]);
});

test('of several destinations each says its own: refused with the remedy, hanging, and delivered beside them', async () => {
  cloud.faults.set('webhook', { kind: 'refuse' });
  cloud.faults.set('logs', { kind: 'hang' });
  limitMs = 1_500;
  const { results } = (await check(form({ ...azure(), ...webhook() }))).json<SettingTrial>();
  expect(results.map((r) => [r.type, r.outcome])).toEqual([
    ['storage', 'delivered'],
    ['eventHub', 'delivered'],
    ['logAnalytics', 'timeout'],
    ['webhook', 'misconfigured'],
  ]);
  const refused = results.at(-1)!;
  expect(refused.fault).toMatchObject({ code: 'http-403', remedy: expect.stringContaining('same signing secret') });
  expect(refused.exchanges[0]!.answer).toEqual({ status: '403 Forbidden', text: '{"error":"You may not post here."}' });
  cloud.faults.clear();
  cloud.faults.set('blob', { kind: 'throttle', retryAfter: 3 });
  const throttled = (await check(form({ storage: azure().storage }))).json<SettingTrial>().results[0]!;
  expect([throttled.outcome, throttled.fault!.code, throttled.exchanges]).toEqual(['failed', 'ServerBusy', []]);
});

test('who has no rights in Azure cannot have the engine send there; nothing arrives', async () => {
  const before = cloud.partners.received.list('webhook', undefined, 0, 100).length;
  const answer = (await check(form(azure()), 'Jules Moreau')).json<SettingTrial>();
  expect(answer.results.map((r) => [r.type, r.outcome, r.fault!.code, r.exchanges.length])).toEqual(
    ['storage', 'eventHub', 'logAnalytics'].map((type) => [type, 'misconfigured', 'NotReady', 0]),
  );
  expect(answer.results[0]!.fault!.message).toContain('ListKeys');
  expect((await check(form(webhook()), 'Casey Lindqvist')).json()['code']).toBe('permission.denied');
  expect(cloud.partners.received.list('webhook', undefined, 0, 100)).toHaveLength(before);
});

test('a saved setting is checked with the secret that is stored; so is its form, and another address is refused at the field', async () => {
  const put = await as('Indra Rao', `${BASE}/Hook`, form(webhook()), { method: 'PUT', headers: { 'if-none-match': '*' } });
  expect(put.status, put.text).toBe(201);
  const saved = (await as('Indra Rao', `${BASE}/Hook/check`)).json<SettingTrial>();
  expect(saved.results).toMatchObject([{ type: 'webhook', outcome: 'delivered' }]);
  const { secret: _, ...kept } = webhook().webhook;
  const again = (await check(form({ webhook: kept }, { savedAs: 'Hook' }))).json<SettingTrial>();
  expect(again.results).toMatchObject([{ outcome: 'delivered' }]);
  const moved = await check(form({ webhook: { url: 'https://hooks.evil.example' } }, { savedAs: 'Hook' }));
  expect([moved.status, moved.json<{ errors: { path: string }[] }>().errors[0]!.path]).toEqual([400, 'destinations.webhook.secret']);
  expect((await check(form({ webhook: kept }))).json<{ errors: { message: string }[] }>().errors[0]!.message).toContain(
    'nothing is stored',
  );
  expect((await as('Indra Rao', `${BASE}/Nobody/check`)).status).toBe(404);
  const own = (await ownRecords(server, CONTOSO)).filter(checked);
  expect(own.at(-1)!.properties).toMatchObject({ Target: 'Hook', Results: [expect.stringMatching(/^webhook: delivered/)] });
  const [delivery] = (await server.store.forTenant(CONTOSO).settings.get('microsoft.intune', 'Hook'))!.deliveries;
  expect(delivery!.facts).toMatchObject({ delivered: 0, attempts: 0, checkpoint: 0, lastAttemptAt: null });
});

test.each<[string, object, string]>([
  ['no category', { categories: [], destinations: azure }, 'categories'],
  ['a category that is not known', { categories: [{ category: 'Nothing' }] }, 'categories.0.category'],
  ['no destination', { categories: [{ category: 'AuditLogs' }], destinations: {} }, 'destinations'],
  ['a condition that cannot be read', { condition: 'actor:(' }, 'condition'],
  ['an address that is none', { destinations: { webhook: { url: 'ftp://x', secret: 'y' } } }, 'destinations.webhook.url'],
])('%s is a problem that names its field', async (_what, wrong, path) => {
  for (const kind of ['check', 'preview']) {
    const answer = await as('Avery Howard', `${BASE}-${kind}`, {
      ...form(azure()),
      ...wrong,
      ...(path === 'categories' && { destinations: azure() }),
    });
    expect([answer.status, answer.json<{ errors: { path: string }[] }>().errors.map((e) => e.path)]).toEqual([
      400,
      expect.arrayContaining([path]),
    ]);
  }
});

test('a browser that goes away ends the check, and the record says so', async () => {
  cloud.faults.set('webhook', { kind: 'hang' });
  const gone = new AbortController();
  const asked = as('Indra Rao', `${BASE}/Hook/check`, undefined, { signal: gone.signal });
  setTimeout(() => gone.abort(), 600);
  await expect(asked).rejects.toThrow();
  await expect
    .poll(async () => (await ownRecords(server, CONTOSO)).filter(checked).at(-1)!.properties, { timeout: 8_000 })
    .toMatchObject({ Target: 'Hook', Cancelled: true });
});

test('preview: nothing yet, the newest that the condition lets through, masked, or nothing that it lets through', async () => {
  const preview = async (more: object = {}) =>
    (await as('Indra Rao', `${BASE}-preview`, form({ ...azure(), ...webhook() }, more))).json<SettingPreview>();
  expect(await preview()).toMatchObject({ record: null, empty: 'none', items: [] });
  // An old one that came last: history is read after what is new.
  for (const n of [1, 2, 3, 0]) await server.store.log.append(CONTOSO, [auditRecord(n)]);
  const plain = await preview();
  expect(plain).toMatchObject({ record: { id: 'record-3', sequence: 3, newerLeftOut: 0 }, empty: null, looked: 4 });
  const body = auditRecord(3).body;
  const of = (p: SettingPreview, type: string) => p.items.find((i) => i.type === type)!.body;
  expect([of(plain, 'storage'), of(plain, 'eventHub')]).toEqual([`${body}\r\n`, `{"records":[${body}]}`]);
  expect(JSON.parse(of(plain, 'logAnalytics'))).toMatchObject([{ RecordId: 'record-3', Sequence: 3, SourceTenantId: CONTOSO }]);
  expect(plain.items.map((i) => i.bytes)).toEqual(plain.items.map((i) => Buffer.byteLength(i.body)));
  const shaped = await preview({
    condition: 'activity:"Patch Policy1"',
    masks: [
      { path: 'identity', how: 'hash' },
      { path: 'properties.Note', how: 'drop' },
    ],
  });
  expect(shaped).toMatchObject({ record: { id: 'record-1', newerLeftOut: 2 }, exampleHashes: true });
  expect(JSON.parse(of(shaped, 'storage'))).toMatchObject({ identity: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(of(shaped, 'storage')).not.toContain('Note');
  expect(await preview({ condition: 'activity:Nothing' })).toMatchObject({ record: null, empty: 'filtered', looked: 4 });
});

test('a person checks ten times a minute at most', async () => {
  const answers = [];
  for (let n = 0; n < 11; n += 1) answers.push((await as('Avery Howard', `${BASE}/Nobody/check`)).status);
  expect(answers.filter((s) => s === 404).length).toBeLessThanOrEqual(10);
  expect(answers.at(-1)).toBe(429);
});
