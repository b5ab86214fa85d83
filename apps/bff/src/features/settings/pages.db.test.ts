import type { BatchView, OpenBatchView, SettingChange } from '@weir/contract';
import { deliver } from '@weir/engine';
import { auditRecords, ScriptedDestination, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../../test/server.ts';

interface Page<T> {
  items: T[];
  nextCursor: string | null;
  open?: OpenBatchView[];
}
const base = '/api/intune/diagnostic-settings/Archive';
const account = (name: string) =>
  `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/${name}`;
const workspaceId =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/w';
const options = {
  worker: { leaseMs: 60_000 },
  timeoutMs: 60_000,
  sliceMs: 1e9,
  now: () => new Date(),
  signal: new AbortController().signal,
};
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;

const put = (retentionDays: number, headers: Record<string, string>) =>
  server.call(base, {
    method: 'PUT',
    headers,
    body: JSON.stringify({
      categories: [{ category: 'AuditLogs', retentionDays }],
      destinations: { storage: { storageAccountId: account('contosologs') }, logAnalytics: { workspaceId } },
    }),
  });
async function pages<T>(path: string): Promise<T[]> {
  const found: T[] = [];
  for (let cursor = ''; ;) {
    const page = (await server.call(`${path}${cursor && `&cursor=${cursor}`}`)).json<Page<T>>();
    found.push(...page.items);
    if (page.nextCursor === null) return found;
    cursor = page.nextCursor;
  }
}

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url, { prepare: async () => [] });
  expect((await put(0, { 'if-none-match': '*' })).status).toBe(201);
  await server.store.log.append(CONTOSO, auditRecords(20));
  for (const lease of await server.store.deliveries.claim('w', 60_000, 5)) {
    const own = new ScriptedDestination();
    own.limits = { ...own.limits, maxRecords: 4 };
    if (lease.type === 'storage')
      own.before = ([first]) => ({ kind: 'accepted', bytes: 9, place: { position: first!.seq - 1 }, answer: `201\r\n${'x'.repeat(300)}` });
    await deliver(server.store.deliveries, lease, own, options);
  }
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

test('a batch has what its destination said, as one short line; a dash is for what said nothing', async () => {
  const all = await pages<BatchView>(`${base}/batches?limit=200`);
  expect(new Set(all.filter((b) => b.type === 'storage').map((b) => b.answer))).toEqual(new Set([`201 ${'x'.repeat(196)}`]));
  expect(new Set(all.filter((b) => b.type === 'logAnalytics').map((b) => b.answer))).toEqual(new Set([null]));
});

test('every batch comes once, newest first, whatever the size of a page', async () => {
  const all = await pages<BatchView>(`${base}/batches?limit=200`);
  expect(all.map((b) => b.deliveredAt)).toEqual(
    all
      .map((b) => b.deliveredAt)
      .toSorted()
      .toReversed(),
  );
  const keys = (batches: BatchView[]) => batches.map((b) => `${b.type} ${b.firstSequence}-${b.lastSequence}`);
  const expected = ['storage', 'logAnalytics'].flatMap((type) => [1, 5, 9, 13, 17].map((n) => `${type} ${n}-${n + 3}`));
  expect(keys(all).toSorted()).toEqual(expected.toSorted());
  for (const limit of [1, 2, 3, 7]) expect(keys(await pages(`${base}/batches?limit=${limit}`)).toSorted()).toEqual(expected.toSorted());
  const ofOne = await pages<BatchView>(`${base}/batches?type=storage&category=AuditLogs&limit=2`);
  expect(ofOne.map((b) => b.firstSequence)).toEqual([17, 13, 9, 5, 1]);
  expect(ofOne[0]).toMatchObject({ records: 4, attempts: 1, place: { position: 16 } });
  expect(await pages(`${base}/batches?category=Devices&limit=2`)).toEqual([]);
});

test('a batch that is on its way stands beside them, with its fault', async () => {
  await server.store.log.append(CONTOSO, auditRecords(3, 21));
  const [lease] = await server.store.deliveries.claim('w', 60_000, 1);
  const failing = new ScriptedDestination();
  failing.before = () => ({ kind: 'retry', fault: { code: 'busy', message: 'Too busy.', remedy: null } });
  await deliver(server.store.deliveries, lease!, failing, options);
  const { open } = (await server.call(`${base}/batches?limit=1`)).json<Page<BatchView>>();
  expect(open).toMatchObject([{ firstSequence: 21, lastSequence: 23, attempts: 1, fault: { message: 'Too busy.' } }]);
});

test('changes: who, what, and only what is different; of this setting alone', async () => {
  expect((await put(30, { 'if-match': '"1"' })).status).toBe(200);
  await server.call('/api/intune/diagnostic-settings/Archive%20two', {
    method: 'PUT',
    headers: { 'if-none-match': '*' },
    body: JSON.stringify({
      categories: [{ category: 'AuditLogs' }],
      destinations: { storage: { storageAccountId: account('contosoarchive') } },
    }),
  });
  const { deliveries } = (await server.call(base)).json<{ deliveries: { id: string; type: string }[] }>();
  const { id } = deliveries.find((d) => d.type === 'storage')!;
  await server.call(`/api/intune/deliveries/${id}/pause`, { method: 'POST', body: JSON.stringify({ reason: 'key change' }) });
  const changes = await pages<SettingChange>(`${base}/changes?limit=1`);
  expect(changes.map((c) => [c.operation, c.delivery?.type ?? null])).toEqual([
    ['Pause delivery', 'storage'],
    ['Update diagnosticSettings', null],
    ['Create diagnosticSettings', null],
  ]);
  expect(changes[0]!.facts).toContainEqual({ name: 'Reason', value: 'key change' });
  expect(changes[1]!.differences).toEqual([{ name: 'Category AuditLogs', before: 'kept forever', after: 'kept 30 days' }]);
});

test('a cursor of another list, a setting that is not there, another directory, a person without the right', async () => {
  const { nextCursor } = (await server.call(`${base}/batches?limit=1`)).json<Page<BatchView>>();
  const statusOf = async (path: string, as = {}) => (await server.call(path, {}, as)).status;
  expect(await statusOf(`${base}/batches?type=storage&cursor=${nextCursor}`)).toBe(400);
  expect(await statusOf(`${base}/changes?cursor=${nextCursor}`)).toBe(400);
  for (const list of ['batches', 'changes']) {
    expect(await statusOf(`/api/intune/diagnostic-settings/Nothing/${list}`)).toBe(404);
    expect(await statusOf(`${base}/${list}`, { tenantId: FABRIKAM })).toBe(404);
    expect(await statusOf(`${base}/${list}`, { role: roles.security })).toBe(403);
  }
});
