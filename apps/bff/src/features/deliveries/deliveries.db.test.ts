import { deliver } from '@weir/engine';
import { auditRecords, ScriptedDestination, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownRecords } from '../../../test/own-records.ts';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../../test/server.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let base = '';
const options = {
  worker: { leaseMs: 60_000 },
  timeoutMs: 60_000,
  sliceMs: 1e9,
  now: () => new Date(),
  signal: new AbortController().signal,
};
const destination = new ScriptedDestination();

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url, { prepare: async () => [] });
  const storageAccountId =
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/contosologs';
  const made = await server.call('/api/intune/diagnostic-settings/Archive', {
    method: 'PUT',
    body: JSON.stringify({ categories: [{ category: 'AuditLogs' }], destinations: { storage: { storageAccountId } } }),
    headers: { 'if-none-match': '*' },
  });
  base = `/api/intune/deliveries/${made.json<{ deliveries: { id: string }[] }>().deliveries[0]!.id}`;
  await server.store.log.append(CONTOSO, auditRecords(20));
  destination.refuse = (record) => (record.seq === 3 || record.seq === 4 ? { code: 'large', message: 'Too large.', remedy: null } : null);
  const [lease] = await server.store.deliveries.claim('w', 60_000, 1);
  await deliver(server.store.deliveries, lease!, destination, options);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});
const post = (path: string, body: object = {}, as = {}) =>
  server.call(`${base}${path}`, { method: 'POST', body: JSON.stringify(body) }, as);

test('paused with a reason, and resumed; the setting says so', async () => {
  expect((await post('/pause', { reason: 'key change' })).status).toBe(204);
  const list = await server.call('/api/intune/diagnostic-settings');
  expect(list.json<{ items: { deliveries: { status: string }[] }[] }>().items[0]!.deliveries[0]!.status).toBe('Paused');
  expect((await server.call(base)).json()).toMatchObject({ paused: { reason: 'key change' }, checkpoint: 20 });
  expect((await post('/resume')).status).toBe(204);
  expect((await server.call(base)).json()).toMatchObject({ paused: null });
});

test('a replay is looked at first, started, seen and cancelled', async () => {
  const from = { from: 'sequence', sequence: 11 };
  expect((await post('/replay-preview', from)).json()).toMatchObject({
    firstSequence: 11,
    lastSequence: 20,
    records: 10,
    duplicates: expect.stringContaining('appended again'),
  });
  const started = await post('/replays', from);
  expect([started.status, started.json()]).toEqual([201, expect.objectContaining({ state: 'Waiting', records: 10, position: 10 })]);
  const cancel = () => server.call(`${base}/replays/${started.json<{ id: string }>().id}`, { method: 'DELETE' });
  expect([(await cancel()).status, (await cancel()).status]).toEqual([204, 404]);
  expect((await server.call(base)).json<{ replays: object[] }>().replays[0]).toMatchObject({ state: 'Cancelled' });
});

test.each<[string, object, string]>([
  ['a sequence number that the delivery has not reached', { from: 'sequence', sequence: 21 }, 'sequence'],
  ['sequence number 0', { from: 'sequence', sequence: 0 }, 'sequence'],
  ['a time to come', { from: 'time', time: '2999-01-01T00:00:00Z' }, 'time'],
  ['no time at all', { from: 'time', time: 'yesterday' }, 'time'],
])('%s is refused and the field is named', async (_what, body, path) => {
  const answer = await post('/replays', body);
  expect([answer.status, answer.json<{ errors: { path: string }[] }>().errors.map((e) => e.path)]).toEqual([400, [path]]);
});

test('the quarantine in pages, one record whole, skipped with a reason, resent', async () => {
  const first = (await server.call(`${base}/quarantine?limit=1`)).json<{ items: object[]; next: number }>();
  expect(first).toMatchObject({ items: [{ sequence: 3, fault: { message: 'Too large.' } }], next: 3 });
  expect((await server.call(`${base}/quarantine?after=3`)).json()).toMatchObject({ items: [{ sequence: 4 }], next: null });
  expect(JSON.parse((await server.call(`${base}/quarantine/3`)).json<{ body: string }>().body)).toBeTypeOf('object');
  expect((await post('/quarantine/skip', { sequences: [4], reason: ' ' })).json()['errors']).toMatchObject([{ path: 'reason' }]);
  expect((await post('/quarantine/skip', { sequences: [4], reason: 'A test record.' })).json()).toEqual({ records: 1 });
  expect((await post('/quarantine/resend')).json()).toEqual({ records: 1 });
  destination.refuse = () => null;
  const [lease] = await server.store.replays.claim('w', 60_000, 5);
  await deliver(server.store.replays.of(lease!), lease!, destination, options);
  expect(destination.held.at(-1)).toBe(3);
  expect((await server.call(`${base}/quarantine`)).json()).toEqual({ items: [], next: null });
});

test('who may not is refused, another directory finds nothing, and each change is a record', async () => {
  expect((await post('/pause', {}, { role: roles.security })).status).toBe(403);
  expect((await post('/pause', {}, { role: null })).status).toBe(401);
  for (const [path, body] of [
    ['/pause', {}],
    ['/replays', { from: 'beginning' }],
    ['/quarantine/resend', {}],
  ] as const)
    expect((await post(path, body, { tenantId: FABRIKAM })).status).toBe(404);
  const told = await ownRecords(server, CONTOSO);
  expect(told.map((r) => r.operationName)).toEqual([
    'Create diagnosticSettings',
    'Pause delivery',
    'Resume delivery',
    'Start replay',
    'Cancel replay',
    'Skip quarantined records',
    'Resend quarantined records',
  ]);
  expect(told[5]!.properties).toMatchObject({ Target: 'Archive/storage/AuditLogs', Reason: 'A test record.', Sequences: [4] });
});
