import { ALL, defaultPrices, estimateMonth, volumesOfDays, type SettingListItem } from '@weir/contract';
import { auditRecords, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../../test/server.ts';

const BASE = '/api/intune/diagnostic-settings';
const account = (name: string) =>
  `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/${name}`;
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let faults: { path: string; message: string }[] | Error = [];

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url, {
    prepare: async () => {
      if (faults instanceof Error) throw faults;
      return faults;
    },
  });
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});
beforeEach(async () => {
  faults = [];
  for (const { name } of (await list()).items) await server.call(`${BASE}/${name}`, { method: 'DELETE' });
});

const body = (storage: string, category = 'AuditLogs', retentionDays: unknown = 0) => ({
  categories: [{ category, retentionDays }],
  destinations: { storage: { storageAccountId: account(storage) } },
});
const put = (name: string, input: unknown, headers: Record<string, string> = { 'if-none-match': '*' }) =>
  server.call(`${BASE}/${encodeURIComponent(name)}`, { method: 'PUT', body: JSON.stringify(input), headers });
const list = async () => (await server.call(BASE)).json<{ items: SettingListItem[] }>();
const changes = async () => {
  const log = await server.store.forTenant(CONTOSO).audit('weir/AdminCenterLogs');
  const { items } = await log.page({ from: '2020-01-01T00:00:00Z', to: undefined, query: ALL }, { limit: 500 });
  return items.map((r) => r.activity).toReversed();
};

test('created, changed and deleted; each is a record of its own', async () => {
  const before = (await changes()).length;
  const created = await put('Archive', body('contosologs'));
  expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
  const changed = await put('Archive', body('contosologs', 'Devices'), { 'if-match': '"1"' });
  expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
  expect((await server.call(`${BASE}/Archive`)).json()).toMatchObject({
    version: 2,
    categories: [{ category: 'Devices', retentionDays: 0 }],
  });
  expect((await server.call(`${BASE}/Archive`, { method: 'DELETE' })).status).toBe(204);
  expect((await changes()).slice(before)).toEqual(['Create diagnosticSettings', 'Update diagnosticSettings', 'Delete diagnosticSettings']);
});

test.each<[string, string, unknown, string]>([
  ['an unknown category', 'x', body('a', 'NoSuchLogs'), 'categories.0.category'],
  ['no category', 'x', { ...body('a'), categories: [] }, 'categories'],
  ['no destination', 'x', { ...body('a'), destinations: {} }, 'destinations'],
  ['retention of 366 days', 'x', body('a', 'AuditLogs', 366), 'categories.0.retentionDays'],
  ['retention of one and a half days', 'x', body('a', 'AuditLogs', 1.5), 'categories.0.retentionDays'],
  ['retention below zero', 'x', body('a', 'AuditLogs', -1), 'categories.0.retentionDays'],
  ['retention as text', 'x', body('a', 'AuditLogs', '30'), 'categories.0.retentionDays'],
  ...[...'<>*%&:\\?+/\n\u007f'].map((sign): [string, string, unknown, string] => [
    `a name with ${JSON.stringify(sign)}`,
    `a${sign}b`,
    body('a'),
    'name',
  ]),
  ['a name that ends with a blank', 'a ', body('a'), 'name'],
  [
    'a category that stands there twice',
    'x',
    { ...body('a'), categories: [{ category: 'Devices' }, { category: 'Devices' }] },
    'categories',
  ],
  ['a category of another log provider', 'x', body('a', 'AdminCenterLogs'), 'categories.0.category'],
  ['a name that is too long', 'n'.repeat(261), body('a'), 'name'],
  [
    'an id that is none',
    'x',
    { ...body('a'), destinations: { storage: { storageAccountId: 'contosologs' } } },
    'destinations.storage.storageAccountId',
  ],
  // The id becomes a path that Weir's own identity calls: nothing in it may lead elsewhere.
  ...['one?x=', 'one#', '..', '.', 'a%2fb', 'one two', 'one\\..', 'one/blobServices/default'].map(
    (last): [string, string, unknown, string] => [`an id that ends with ${last}`, 'x', body(last), 'destinations.storage.storageAccountId'],
  ),
  [
    'an id with .. in its middle',
    'x',
    { ...body('a'), destinations: { storage: { storageAccountId: account('a').replace('/logs/', '/../') } } },
    'destinations.storage.storageAccountId',
  ],
  ['a field that is not known', 'x', { ...body('a'), extra: 1 }, 'extra'],
  [
    'a field that is not known, further in',
    'x',
    { ...body('a'), destinations: { storage: { storageAccountId: account('a'), key: 'k' } } },
    'destinations.storage.key',
  ],
  ['a body that is no object', 'x', 'text', 'body'],
])('%s is refused and the field is named; nothing is saved', async (_what, name, input, path) => {
  const answer = await put(name, input);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([400, expect.stringContaining('application/problem+json')]);
  expect(answer.json<{ errors: { path: string }[] }>().errors.map((e) => e.path)).toContain(path);
  expect((await list()).items).toEqual([]);
});

test('a change must name the version that it was made from', async () => {
  await put('Archive', body('contosologs'));
  const stale = await put('Archive', body('other'), { 'if-match': '"7"' });
  expect([stale.status, stale.json()['code']]).toEqual([412, 'setting.changed']);
  for (const headers of [{}, { 'if-match': '1' }, { 'if-match': '"1"', 'if-none-match': '*' }, { 'if-none-match': '"1"' }]) {
    expect((await put('Archive', body('other'), headers as Record<string, string>)).status).toBe(400);
  }
  const again = await put('ARCHIVE', body('other'));
  expect([again.status, again.json()['code']]).toEqual([409, 'setting.exists']);
  expect((await list()).items.map((s) => s.version)).toEqual([1]);
});

test('two who save the same version: one is told', async () => {
  await put('Archive', body('contosologs'));
  const answers = await Promise.all([1, 2, 3, 4].map((n) => put('Archive', body(`store${n}`), { 'if-match': '"1"' })));
  expect(answers.map((a) => a.status).toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412]);
});

test('a sixth setting is refused', async () => {
  for (const n of [1, 2, 3, 4, 5]) expect((await put(`s${n}`, body(`account${n}`))).status).toBe(201);
  const five = await list();
  const sixth = await put('s6', body('account6'));
  expect([sixth.status, sixth.json()['code']]).toEqual([409, 'setting.limit']);
  // As Azure says it.
  expect(sixth.json()['detail']).toBe(
    'The limit of 5 diagnostic settings was reached. To create a new diagnostic setting, delete an existing one.',
  );
  expect(await list()).toEqual(five);
  // The limit is on new ones: the five can still be changed, and a deleted one makes room.
  expect((await put('s5', body('account5', 'Devices'), { 'if-match': '"1"' })).status).toBe(200);
  await server.call(`${BASE}/s1`, { method: 'DELETE' });
  expect((await put('s6', body('account6'))).status).toBe(201);
});

test('when the last place is fought for, one gets it', async () => {
  for (const n of [1, 2, 3, 4]) await put(`s${n}`, body(`account${n}`));
  const answers = await Promise.all([5, 6, 7, 8].map((n) => put(`s${n}`, body(`account${n}`))));
  expect(answers.map((a) => a.status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
  expect((await list()).items).toHaveLength(5);
});

test.each([
  ['event hub', 'eventHub', 'authorizationRuleId', 'Microsoft.EventHub/namespaces/Siem/authorizationRules/Root'],
  ['workspace', 'logAnalytics', 'workspaceId', 'Microsoft.OperationalInsights/workspaces/Soc'],
])('a refused change leaves the setting as it was: the %s is used already', async (_what, type, field, resource) => {
  const id = account('x').replace('Microsoft.Storage/storageAccounts/x', resource);
  const used = { categories: [{ category: 'AuditLogs' }], destinations: { [type]: { [field]: id } } };
  expect((await put('one', used)).status).toBe(201);
  expect((await put('two', body('contosologs'))).status).toBe(201);
  const before = (await list()).items;
  const both = {
    ...body('elsewhere'),
    destinations: {
      ...body('elsewhere').destinations,
      [type]: {
        [field]: id
          .toUpperCase()
          .replace(/^.*?\/PROVIDERS/, '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers'),
      },
    },
  };
  const refused = await put('two', both, { 'if-match': '"1"' });
  expect([refused.status, refused.json()['code']]).toEqual([409, 'sink.in.use']);
  // Neither the destination that was free nor the version: nothing is half saved.
  expect((await list()).items).toEqual(before);
});

test('a destination is used once per category, in whatever case its id is written', async () => {
  await put('one', body('contosologs'));
  const twice = await put('two', body('ContosoLogs'));
  expect([twice.status, twice.json()['code']]).toEqual([409, 'sink.in.use']);
  expect(twice.json<{ detail: string }>().detail).toContain(`'${account('ContosoLogs')}' is already used in diagnostic setting 'one'`);
  expect((await put('two', body('contosologs', 'Devices'))).status).toBe(201);
});

test('what a destination lacks is said beside its field, and nothing is saved', async () => {
  faults = [{ path: 'destinations.storage.storageAccountId', message: 'Premium storage cannot be used.' }];
  const answer = await put('one', body('contosologs'));
  expect(answer.status).toBe(400);
  expect(answer.json()['errors']).toEqual(faults);
  expect((await list()).items).toEqual([]);
});

test('a failure on the way to a destination saves nothing and tells nothing but its trace id', async () => {
  faults = new Error('connect to secret-host with key abc');
  const answer = await put('one', body('contosologs'));
  expect([answer.status, answer.json()['code']]).toEqual([500, 'internal']);
  expect(answer.text).not.toMatch(/secret-host|abc|\.ts:/);
  expect((await list()).items).toEqual([]);
});

test('who may not is refused, and another directory sees nothing', async () => {
  await put('one', body('contosologs'));
  expect((await server.call(BASE, {}, { role: roles.security })).status).toBe(403);
  expect((await server.call(BASE, {}, { role: null })).status).toBe(401);
  const there = await server.call(BASE, {}, { tenantId: FABRIKAM });
  expect(there.json()['items']).toEqual([]);
  const foreign = await server.call(`${BASE}/one`, {}, { tenantId: FABRIKAM });
  await server.call(`${BASE}/one`, { method: 'DELETE' });
  const unknown = await server.call(`${BASE}/one`, {}, { tenantId: FABRIKAM });
  expect(foreign.status).toBe(404);
  expect({ ...foreign.json(), traceId: '' }).toEqual({ ...unknown.json(), traceId: '' });
});

test('the volume of the last 30 days, for who may read settings', async () => {
  const records = auditRecords(40, 900_000).map((r, i) => ({ ...r, time: new Date(Date.now() - i * 3_600_000).toISOString() }));
  await server.store.log.append(CONTOSO, records);
  const answer = await server.call(`${BASE}-volume`);
  const { items } = answer.json<{ items: { category: string; records: number; days: number; bytesPerRecord: number }[] }>();
  const audit = items.find((v) => v.category === 'AuditLogs')!;
  expect(audit.records).toBeGreaterThanOrEqual(40);
  expect(audit.days).toBeGreaterThanOrEqual(1);
  expect(audit.days).toBeLessThanOrEqual(30);
  expect(audit.bytesPerRecord).toBeGreaterThan(100);
  expect((await server.call(`${BASE}-volume`, {}, { role: roles.security })).status).toBe(403);

  const input = body('contosologs');
  await put('one', input);
  const cost = (await list()).items.find((s) => s.name === 'one')!.cost;
  const { recordsPerDay, bytesPerRecord } = volumesOfDays(items)['AuditLogs']!;
  const month = estimateMonth(
    { ...input, categories: [{ category: 'AuditLogs', retentionDays: 0 }] },
    { AuditLogs: { recordsPerDay, bytesPerRecord } },
    defaultPrices,
  );
  expect(cost.dollars).toBeCloseTo(month.dollars, 4);
  expect(cost.dollars).toBeGreaterThan(0);
  expect(cost).toMatchObject({ unmeasured: [], unpriced: [] });
  // Nothing is known of what was never collected, and that is not the same as free.
  await put('two', { ...body('contosologs'), categories: [{ category: 'Devices', retentionDays: 0 }] });
  expect((await list()).items.find((s) => s.name === 'two')!.cost).toMatchObject({ dollars: null, unmeasured: ['Devices'] });
});
