import { auditRecord, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownRecords } from '../../../test/own-records.ts';
import { CONTOSO, roles, startServer, type TestServer } from '../../../test/server.ts';

const ADMIN = '62e90394-69f5-4237-9190-012177145e10';
const AUDIT = 'microsoft.intune/AuditLogs';
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  await server.store.log.append(CONTOSO, [
    auditRecord(1, { time: '2019-03-10T12:00:00.000Z' }),
    auditRecord(2, { time: new Date().toISOString() }),
  ]);
});
afterAll(async () => {
  await server?.close();
  await database?.drop();
});
const set = (body: unknown, role = ADMIN) => server.call('/api/log-retention', { method: 'PUT', body: JSON.stringify(body) }, { role });
const items = (answer: { json<T>(): T }) => answer.json<{ items: Record<string, unknown>[] }>().items;

test('a Global Administrator sets it, confirms what shortens it, and a link to a record that went says so', async () => {
  for (const role of [roles.intune, roles.security])
    expect([
      (await server.call('/api/log-retention', {}, { role })).status,
      (await set({ category: AUDIT, years: 1, confirm: 'AuditLogs' }, role)).status,
    ]).toEqual([403, 403]);
  const list = async () => items(await server.call('/api/log-retention', {}, { role: ADMIN }));
  expect(await list()).toMatchObject([{ category: AUDIT, years: null, oldest: '2019-03-10T12:00:00.000Z', removed: null, waits: [] }]);
  const before = (await ownRecords(server, CONTOSO)).length;
  for (const [body, path] of [
    [{ category: AUDIT, years: 5 }, 'confirm'],
    [{ category: AUDIT, years: 5, confirm: 'auditlogs' }, 'confirm'],
    [{ category: AUDIT, years: 0, confirm: 'AuditLogs' }, 'years'],
    [{ category: 'weir/AdminCenterLogs', years: 5, confirm: 'AdminCenterLogs' }, 'category'],
    [{ category: 'microsoft.intune/Devices', years: 5, confirm: 'Devices' }, 'category'],
  ] as const) {
    const answer = await set(body);
    expect([answer.status, answer.json<{ errors: { path: string }[] }>().errors[0]!.path]).toEqual([400, path]);
  }
  expect(await ownRecords(server, CONTOSO)).toHaveLength(before);
  expect(items(await set({ category: AUDIT, years: 5, confirm: 'AuditLogs' }))).toMatchObject([{ years: 5, setBy: expect.any(String) }]);
  // Longer needs no confirmation.
  expect(items(await set({ category: AUDIT, years: 6 }))).toMatchObject([{ years: 6 }]);
  expect((await server.call('/api/audit-logs/record-1')).status).toBe(200);
  expect(await server.store.removeExpired()).toMatchObject({ records: 1, month: '2019-03' });
  const gone = await server.call('/api/audit-logs/record-1');
  expect([gone.status, gone.json()['code'], gone.json()['detail']]).toEqual([
    410,
    'record.removed',
    expect.stringMatching(/^This record of 2019-03 was removed on 20\d\d-\d\d-\d\d: this directory keeps such records for 6 years\./),
  ]);
  expect((await server.call('/api/audit-logs/record-3')).status).toBe(404);
  expect((await list())[0]).toMatchObject({ removed: { records: 1 }, oldest: expect.stringMatching(/^20[^1]/) });
});
