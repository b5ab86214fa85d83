import { endpoints } from '@weir/contract';
import { auditRecord, auditRecords, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownRecords } from '../../test/own-records.ts';
import { CONTOSO, FABRIKAM, startServer, type Answer, type TestServer } from '../../test/server.ts';

// Two directories on one server. What is in one must look to the other exactly like what is nowhere.
const BASE = '/api/intune/diagnostic-settings';
const FROM = 'from=2026-09-01T00:00:00Z';
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
/** An object that only the first directory knows, and one that neither does. */
const OBJECT = '5ec2e700-0000-4000-8000-000000000001';
const NOBODY = '5ec2e700-0000-4000-8000-000000000002';
const secret = auditRecord(77, {
  id: 'secret-record',
  body: `{"note":"contoso only","properties":{"Targets":[{"ObjectId":"${OBJECT}","Name":"Secret object"}]}}`,
});

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  await server.store.log.append(CONTOSO, auditRecords(50));
  await server.store.log.append(CONTOSO, [
    { ...secret, fields: { ...secret.fields, actor: 'secret-actor', auditCategory: 'SecretCategory', operation: 'Secret activity' } },
  ]);
  expect((await put('Secret', CONTOSO)).status).toBe(201);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

const put = (name: string, tenantId: string, headers: Record<string, string> = { 'if-none-match': '*' }) =>
  server.call(
    `${BASE}/${name}`,
    {
      method: 'PUT',
      headers,
      body: JSON.stringify({
        categories: [{ category: 'AuditLogs' }],
        destinations: {
          storage: { storageAccountId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/contosologs' },
        },
      }),
    },
    { tenantId },
  );
const there = (path: string, init: RequestInit = {}) => server.call(path, init, { tenantId: FABRIKAM });
/** An answer byte for byte, without what differs between any two: trace id, moment, the caller's own limit, the name that was asked for. */
const bare = (answer: Answer, asked: string) => ({
  status: answer.status,
  headers: [...answer.headers].filter(([name]) => !['date', 'x-request-id', 'ratelimit-policy'].includes(name)),
  text: answer.text.replaceAll(asked, '<asked>').replace(/"traceId":"[^"]+"/, '"traceId":""'),
});

// Names of one length, so that even the length of the answers can be compared.
test.each<[string, (name: string) => Promise<Answer>, string, string]>([
  ['a record', (id) => there(`/api/audit-logs/${id}`), 'secret-record', 'nobody-record'],
  ['the last values of a record', (id) => there(`/api/audit-logs/${id}/last-values`), 'secret-record', 'nobody-record'],
  ['what is related to a record', (id) => there(`/api/audit-logs/${id}/related`), 'secret-record', 'nobody-record'],
  ['the timeline of an object', (id) => there(`/api/audit-objects/${id}/timeline`), OBJECT, NOBODY],
  ['the state of an object', (id) => there(`/api/audit-objects/${id}/state`), OBJECT, NOBODY],
  ['an export', (id) => there(`/api/audit-exports/${id}`), OBJECT, NOBODY],
  ['the file of an export', (id) => there(`/api/audit-exports/${id}/file`), OBJECT, NOBODY],
  ['a setting', (name) => there(`${BASE}/${name}`), 'Secret', 'Nobody'],
  ['a setting’s verifications', (name) => there(`${BASE}/${name}/verifications`), 'Secret', 'Nobody'],
  ['a setting’s history', (name) => there(`${BASE}/${name}/history`), 'Secret', 'Nobody'],
  ['a setting’s batches', (name) => there(`${BASE}/${name}/batches`), 'Secret', 'Nobody'],
  ['a setting’s changes', (name) => there(`${BASE}/${name}/changes`), 'Secret', 'Nobody'],
  ['deleting a setting', (name) => there(`${BASE}/${name}`, { method: 'DELETE' }), 'Secret', 'Nobody'],
  ['changing a setting', (name) => put(name, FABRIKAM, { 'if-match': '"1"' }), 'Secret', 'Nobody'],
])('%s of another directory is answered like one that is nowhere', async (_what, ask, theirs, nobodys) => {
  const [foreign, unknown] = [await ask(theirs), await ask(nobodys)];
  expect(foreign.status).toBe(404);
  expect(bare(foreign, theirs)).toEqual(bare(unknown, nobodys));
});

test('the other directory was not touched, and its own admin sees everything', async () => {
  for (const path of ['/api/audit-logs/secret-record', '/api/audit-logs/secret-record/related', `/api/audit-objects/${OBJECT}/timeline`])
    expect((await server.call(path)).status, path).toBe(200);
  expect((await server.call(`${BASE}/Secret`)).json()['version']).toBe(1);
  expect(await ownRecords(server, FABRIKAM)).toEqual([]);
});

test('no list, count, filter, completion, file or coverage of one directory holds anything of the other', async () => {
  const paths = [
    `/api/audit-logs?${FROM}`,
    `/api/audit-logs?${FROM}&q=secret`,
    `/api/audit-log-summary?${FROM}`,
    `/api/audit-log-summary?${FROM}&exact=true&q=actor:secret-actor`,
    '/api/audit-log-values?field=actor&contains=secret',
    '/api/audit-log-filters',
    '/api/audit-views',
    '/api/coverage',
    `${BASE}-volume`,
    BASE,
  ];
  for (const path of paths) {
    const answer = await there(path);
    expect(answer.status, path).toBe(200);
    // What a setting may tick is the same everywhere; the rest must be empty.
    expect(answer.text.replace(/"categories":\[\{"name".*/, ''), path).not.toMatch(/secret|admin\d|record-|contoso/i);
    expect(answer.text, path).not.toMatch(/"(total|records)":[1-9]/);
    // The same question at home finds something: otherwise the lines above would prove nothing.
    if (!['/api/coverage', '/api/audit-views', `${BASE}-volume`].includes(path))
      expect((await server.call(path)).text, path).toMatch(/secret/i);
  }
  const file = await there('/api/audit-logs/export', { method: 'POST', body: JSON.stringify({ format: 'json', filter: {} }) });
  expect(file.json()).toEqual([]);
});

test('a cursor of one directory is refused in the other, whatever filter it comes with', async () => {
  const { nextCursor } = (await server.call(`/api/audit-logs?limit=5&${FROM}`)).json<{ nextCursor: string }>();
  expect((await server.call(`/api/audit-logs?limit=5&${FROM}&cursor=${nextCursor}`)).status).toBe(200);
  for (const filter of ['', `&${FROM}`, '&q=secret']) {
    const answer = await there(`/api/audit-logs?limit=5${filter}&cursor=${nextCursor}`);
    expect([answer.status, answer.json()['code']]).toEqual([400, 'cursor.invalid']);
  }
});

test('both may use one name and one destination: limits and names are of a directory', async () => {
  expect((await put('Secret', FABRIKAM)).status).toBe(201);
  expect((await there(`${BASE}/Secret`, { method: 'DELETE' })).status).toBe(204);
  expect((await server.call(`${BASE}/Secret`)).status).toBe(200);
});

test('every GET of the contract that reads a directory was looked at above', () => {
  const looked = [
    '/api/audit-logs',
    '/api/audit-logs/:id',
    '/api/audit-logs/:id/last-values',
    '/api/audit-logs/:id/related',
    '/api/audit-objects/:objectId/timeline',
    '/api/audit-objects/:objectId/state',
    '/api/audit-log-summary',
    '/api/audit-log-values',
    '/api/audit-log-filters',
    '/api/audit-views',
    '/api/audit-exports',
    '/api/audit-exports/:id',
    '/api/audit-exports/:id/file',
    '/api/coverage',
    BASE,
    `${BASE}/:name`,
    `${BASE}/:name/verifications`,
    `${BASE}/:name/history`,
    `${BASE}/:name/batches`,
    `${BASE}/:name/changes`,
    `${BASE}-volume`,
  ];
  // A stream that does not end by itself, and a ticket that names its own directory: looked at in tests of their own.
  const elsewhere = ['/api/audit-log-live', '/api/audit-export-download'];
  const groups = [endpoints.auditLogs, endpoints.timeline, endpoints.exports, endpoints.views, endpoints.settings];
  const all = groups
    .flatMap((group) => Object.values(group as Record<string, unknown>))
    .flatMap((e) => (typeof e === 'object' && e !== null && 'path' in e && 'method' in e && e.method === 'GET' ? [e.path as string] : []));
  // A new endpoint makes this test fail: add it to the list of paths above, then here.
  expect(all.toSorted()).toEqual([...looked, ...elsewhere].toSorted());
});
