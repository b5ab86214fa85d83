import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FABRIKAM, roles, startServer, type TestServer } from '../../../test/server.ts';

const BASE = '/api/intune/diagnostic-settings';
const storageAccountId =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/contosologs';
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url, { prepare: async () => [] });
  const body = JSON.stringify({
    categories: [{ category: 'AuditLogs', retentionDays: 30 }],
    destinations: { storage: { storageAccountId } },
  });
  expect((await server.call(`${BASE}/Archive`, { method: 'PUT', body, headers: { 'if-none-match': '*' } })).status).toBe(201);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});
const hold = (body: unknown, as = {}, name = 'Archive') =>
  server.call(`${BASE}/${name}/legal-hold`, { method: 'PUT', body: JSON.stringify(body) }, as);
const release = (as = {}) => server.call(`${BASE}/Archive/legal-hold`, { method: 'DELETE' }, as);
const legalHold = async () => (await server.call(`${BASE}/Archive`)).json<{ legalHold: unknown }>().legalHold;

test('a hold names its reason, keeps the setting from being deleted, and ends when it is released', async () => {
  expect((await hold({ reason: '  ' })).json()).toMatchObject({ code: 'request.invalid', errors: [{ path: 'reason' }] });
  expect(await legalHold()).toBeNull();
  expect((await hold({ reason: 'Case 4711' })).json()).toMatchObject({ name: 'Archive', legalHold: { reason: 'Case 4711' } });
  const refused = await server.call(`${BASE}/Archive`, { method: 'DELETE' });
  expect([refused.status, refused.json()]).toMatchObject([409, { code: 'setting.held', detail: expect.stringContaining('Case 4711') }]);
  expect((await release()).status).toBe(204);
  expect((await release()).status).toBe(404);
  expect(await legalHold()).toBeNull();
  expect((await server.call(`${BASE}/Archive`, { method: 'DELETE' })).status).toBe(204);
  expect((await hold({ reason: 'late' })).status).toBe(404);
});

test('only who may write settings, and only in their own directory', async () => {
  expect((await hold({ reason: 'x' }, { role: roles.security })).status).toBe(403);
  expect((await release({ role: roles.security })).status).toBe(403);
  expect((await hold({ reason: 'x' }, { tenantId: FABRIKAM })).status).toBe(404);
});
