import { auditRecords, testDatabase } from '@weir/testkit';
import pg from 'pg';
import type { Home } from '@weir/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../../test/server.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
const fault = {
  code: 'AuthorizationFailed',
  message: 'Access to the workspace was refused.',
  remedy: 'Assign Monitoring Metrics Publisher.',
};
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const account = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a';
const hub = '/subscriptions/s/resourceGroups/g/providers/Microsoft.EventHub/namespaces/n/authorizationRules/r';

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  const { settings } = server.store.forTenant(CONTOSO);
  const categories = ['AuditLogs', 'OperationalLogs'].map((category) => ({ category, retentionDays: 0 }));
  const destinations = { storage: { storageAccountId: account }, eventHub: { authorizationRuleId: hub } };
  await settings.create('microsoft.intune', 'Everywhere', { categories, destinations }, actor);
  await server.store.log.append(CONTOSO, auditRecords(12));
});
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

const home = async (as: { role?: string; tenantId?: string } = {}, query = ''): Promise<Home> => {
  const answer = await server.call(`/api/home${query}`, {}, as);
  expect(answer.status, answer.text).toBe(200);
  return answer.json<Home>();
};
const ready = <T>(part: { state: 'ready'; data: T } | { state: string }): T => {
  expect(part.state).toBe('ready');
  return (part as { data: T }).data;
};

test('what is wrong at a destination stands first, once for its categories, with reason and remedy; counts are those of the log', async () => {
  const before = await home();
  expect(ready(before.matters)).toEqual([]);
  expect(ready(before.deliveries)).toMatchObject({ settings: 1, waiting: 24, quarantined: 0 });

  for (;;) {
    const [lease] = await server.store.deliveries.claim('w', 60_000, 1);
    if (!lease) break;
    if (lease.type === 'eventHub')
      await server.store.deliveries.failed(lease, { kind: 'misconfigured', fault, waitMs: 60_000, attempts: 1 });
    else {
      const record = { seq: 1, id: 'record-0', time: new Date().toISOString(), body: Buffer.from('{}') };
      await server.store.deliveries.quarantine(lease, record, { code: 'InvalidJson', message: 'It cannot be read.', remedy: null });
      await server.store.deliveries.release(lease, 60_000);
    }
  }
  const after = await home();
  expect(
    ready(after.matters).map(({ kind, setting, destination, categories, count, reason, remedy }) => ({
      kind,
      setting,
      destination,
      categories,
      count,
      reason,
      remedy,
    })),
  ).toEqual([
    {
      kind: 'misconfigured',
      setting: 'Everywhere',
      destination: 'eventHub',
      categories: ['AuditLogs'],
      count: null,
      reason: fault.message,
      remedy: fault.remedy,
    },
    expect.objectContaining({ kind: 'quarantined', setting: 'Everywhere', destination: 'storage', categories: ['AuditLogs'], count: 1 }),
  ]);
  const { byStatus, waiting, quarantined } = ready(after.deliveries);
  expect(byStatus[0]).toEqual({ status: 'Misconfigured', count: 1 });
  expect(byStatus.reduce((sum, s) => sum + s.count, 0)).toBe(4);
  expect([waiting, quarantined]).toEqual([23, 1]);
});

test('records of today are those since the reader’s midnight', async () => {
  const { records } = await server.store
    .forTenant(CONTOSO)
    .audit()
    .then((a) => a.extent());
  const since = (ms: number) => `?since=${new Date(Date.now() - ms).toISOString()}`;
  const [none, older] = [ready((await home({}, since(0))).records), await home({}, since(90 * 86_400_000))];
  expect(none).toMatchObject({ today: 0, total: records });
  expect(Date.now() - Date.parse(older.since)).toBeLessThan(49 * 3_600_000);
});

test('each part is for those who may see it, and of their own directory', async () => {
  // Nobody answers about Intune's own roles here: what hangs on them is neither shown nor denied.
  const security = await home({ role: roles.security });
  expect(security.deliveries).toEqual({ state: 'denied' });
  for (const part of [security.records, security.sources, security.matters])
    expect(part).toEqual({ state: 'failed', reason: expect.any(String) });
  const there = await home({ tenantId: FABRIKAM });
  expect(ready(there.records)).toMatchObject({ today: 0, total: 0, newest: null });
  expect(ready(there.deliveries)).toEqual({ settings: 0, byStatus: [], waiting: 0, quarantined: 0 });
  expect(ready(there.matters)).toEqual([]);
  expect((await server.call('/api/home', {}, { role: null })).status).toBe(401);
});

test('the list tells each setting’s records by the minute, and how long the oldest waits', async () => {
  const list = async () =>
    (await server.call('/api/intune/diagnostic-settings')).json<{
      items: { recordsPerMinute: number[]; deliveries: { type: string; category: string; lagMs: number }[] }[];
    }>().items[0]!;
  const before = await list();
  expect(before.recordsPerMinute).toEqual(Array.from({ length: 60 }).fill(0));
  expect(before.deliveries.find((d) => d.category === 'AuditLogs')!.lagMs).toBeGreaterThan(0);
  expect(before.deliveries.find((d) => d.category === 'OperationalLogs')!.lagMs).toBe(0);
  const { rows } = { rows: await server.store.forTenant(CONTOSO).settings.list('microsoft.intune') };
  const id = rows[0]!.deliveries.find((d) => d.type === 'storage' && d.category === 'AuditLogs')!.id;
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(
    `insert into delivery_minute (delivery_id, minute, tenant_id, records) values
      ($1, date_trunc('minute', now()) - interval '59 minutes', $2, 7), ($1, date_trunc('minute', now()) - interval '10 minutes', $2, 3), ($1, date_trunc('minute', now()) - interval '3 hours', $2, 1000)`,
    [id, CONTOSO],
  );
  await sql.end();
  const after = (await list()).recordsPerMinute;
  expect(after.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(10);
  expect(after).toContain(3);
  expect(after.at(-11) === 3 || after.at(-12) === 3).toBe(true);
});
