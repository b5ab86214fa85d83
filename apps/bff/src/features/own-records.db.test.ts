import { auditRecords, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ownRecords } from '../../test/own-records.ts';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../test/server.ts';

// Everything that an admin does is a record of category AdminCenterLogs; what was refused did not happen and leaves none.
const BASE = '/api/intune/diagnostic-settings';
const EXPORT = '/api/audit-logs/export';
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let faults: { path: string; message: string }[] = [];

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url, { prepare: async () => faults });
  await server.store.log.append(CONTOSO, auditRecords(20));
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});
beforeEach(async () => {
  faults = [];
  const { items } = (await server.call(BASE)).json<{ items: { name: string }[] }>();
  for (const { name } of items) await server.call(`${BASE}/${name}`, { method: 'DELETE' });
});

const body = (storage: string, category = 'AuditLogs') => ({
  categories: [{ category, retentionDays: 30 }],
  destinations: {
    storage: {
      storageAccountId: `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/${storage}`,
    },
  },
});
const put = (name: string, input: unknown, headers: Record<string, string> = { 'if-none-match': '*' }, role: string = roles.intune) =>
  server.call(`${BASE}/${name}`, { method: 'PUT', body: JSON.stringify(input), headers }, { role });
const send = (input: unknown, role?: string) =>
  server.call(EXPORT, { method: 'POST', body: JSON.stringify(input) }, role === undefined ? {} : { role });
/** The records that `work` left behind. */
async function left(work: () => Promise<unknown>) {
  const before = (await ownRecords(server, CONTOSO)).length;
  await work();
  return (await ownRecords(server, CONTOSO)).slice(before);
}

test('a change says who, what, from what and to what, under the trace id of its request', async () => {
  const id = 'trace-of-the-change';
  const [created, updated, deleted, ...more] = await left(async () => {
    expect((await put('Archive', body('one'), { 'if-none-match': '*', 'x-request-id': id })).status).toBe(201);
    expect((await put('Archive', body('one', 'Devices'), { 'if-match': '"1"' })).status).toBe(200);
    expect((await server.call(`${BASE}/Archive`, { method: 'DELETE' })).status).toBe(204);
  });
  expect(more).toEqual([]);
  expect(created).toMatchObject({
    operationName: 'Create diagnosticSettings',
    identity: 'indra.rao@contoso.example',
    correlationId: id,
    properties: { Target: 'Archive', Actor: { UPN: 'indra.rao@contoso.example', Name: 'Indra Rao' }, Before: null, After: body('one') },
  });
  expect(updated!.properties).toMatchObject({ Before: body('one'), After: body('one', 'Devices') });
  expect(deleted).toMatchObject({
    operationName: 'Delete diagnosticSettings',
    properties: { Before: body('one', 'Devices'), After: null },
  });
});

test('an export says what was asked for and how much went out', async () => {
  const filter = { from: '2026-10-01T00:00:00Z', to: '2026-10-02T00:00:00Z', q: 'category:Category1' };
  const records = await left(async () => {
    expect((await send({ format: 'csv', filter })).status).toBe(200);
    expect((await send({ format: 'json', filter: { ...filter, q: 'actor:nobody' } })).status).toBe(200);
  });
  expect(records.map((r) => r.properties)).toMatchObject([
    { Format: 'csv', Rows: 7, Complete: true, Filter: { From: '2026-10-01T00:00:00.000Z', To: '2026-10-02T00:00:00.000Z' } },
    { Format: 'json', Rows: 0, Complete: true },
  ]);
  // Which records an admin took is told by the search, so it must be in the record in a form that finds them again.
  expect(JSON.stringify(records[0]!.properties['Filter']).toLowerCase()).toContain('category:category1');
});

test('what was refused leaves no record', async () => {
  await put('Archive', body('one'));
  const answers: number[] = [];
  const records = await left(async () => {
    const add = async (answer: Promise<{ status: number }>) => void answers.push((await answer).status);
    await add(put('Archive', body('two')));
    await add(put('Archive', body('two'), { 'if-match': '"9"' }));
    await add(put('Archive', body('two'), {}));
    await add(put('Gone', body('two'), { 'if-match': '"1"' }));
    await add(put('Second', body('one')));
    await add(put('Second', { ...body('two'), categories: [] }));
    await add(put('Second', body('two', 'NoSuchLogs')));
    await add(put('Second', body('two'), { 'if-none-match': '*' }, roles.security));
    await add(server.call(`${BASE}/Gone`, { method: 'DELETE' }));
    await add(server.call(`${BASE}/Archive`, { method: 'DELETE' }, { role: roles.security }));
    await add(server.call(`${BASE}/Archive`, { method: 'DELETE' }, { tenantId: FABRIKAM }));
    faults = [{ path: 'destinations.storage.storageAccountId', message: 'No.' }];
    await add(put('Second', body('two')));
    await add(send({ format: 'xml', filter: {} }));
    await add(send({ format: 'csv', filter: { q: '(' } }));
    await add(send({ format: 'csv', filter: { from: '2026-10-02T00:00:00Z', to: '2026-10-01T00:00:00Z' } }));
    await add(send({ format: 'csv', filter: {} }, roles.security));
  });
  expect(answers).toEqual([409, 412, 400, 404, 409, 400, 400, 403, 404, 403, 404, 400, 400, 400, 400, 503]);
  expect(records).toEqual([]);
  expect(await ownRecords(server, FABRIKAM)).toEqual([]);
});

test('when many save at once there are as many records as saves that were accepted', async () => {
  await put('Archive', body('one'));
  const records = await left(async () => {
    const answers = await Promise.all([
      ...[1, 2, 3, 4].map((n) => put('Archive', body(`update${n}`), { 'if-match': '"1"' })),
      // Six more would make seven settings: two of them are refused.
      ...[1, 2, 3, 4, 5, 6].map((n) => put(`new${n}`, body(`new${n}`))),
    ]);
    expect(answers.map((a) => a.status).toSorted((a, b) => a - b)).toEqual([200, 201, 201, 201, 201, 409, 409, 412, 412, 412]);
  });
  expect(records.map((r) => r.operationName).toSorted()).toEqual([
    ...Array.from({ length: 4 }, () => 'Create diagnosticSettings'),
    'Update diagnosticSettings',
  ]);
  expect((await server.call(BASE)).json<{ items: unknown[] }>().items).toHaveLength(5);
});

test('a change whose record cannot be written does not happen', async () => {
  expect((await put('Archive', body('one'))).status).toBe(201);
  const settings = async () => (await server.call(BASE)).json()['items'];
  const before = await settings();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no room for %', new.operation; end $$`,
  );
  await client.query(
    `create trigger refuse before insert on record for each row when (new.operation ~ 'diagnosticSettings|Export') execute function refuse()`,
  );
  try {
    const records = await left(async () => {
      const answers = [
        await put('Second', body('two')),
        await put('Archive', body('two'), { 'if-match': '"1"' }),
        await server.call(`${BASE}/Archive`, { method: 'DELETE' }),
      ];
      for (const answer of answers) {
        expect([answer.status, answer.json()['code']]).toEqual([500, 'internal']);
        expect(answer.text).not.toContain('no room for');
      }
      // A file whose end waits for its record: this one has nothing else, so it can still be answered.
      expect((await send({ format: 'csv', filter: { from: '2026-09-01T00:00:00Z' } })).status).toBe(500);
    });
    expect(records).toEqual([]);
    expect(await settings()).toEqual(before);
  } finally {
    await client.query('drop function refuse cascade');
    await client.end();
  }
  expect((await put('Second', body('two'))).status).toBe(201);
});
