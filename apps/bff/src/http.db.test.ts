import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles, startServer, type TestServer } from '../test/server.ts';

const EXPORT = '/api/audit-logs/export';
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each<[string, RequestInit, string | null, number, string]>([
  ['/api/audit-logs', {}, null, 401, 'token.missing'],
  ['/api/audit-logs', bearer('a.b.c'), null, 401, 'token.invalid'],
  ['/api/intune/diagnostic-settings', {}, roles.security, 403, 'permission.denied'],
  ['/api/audit-logs', {}, roles.security, 503, 'roles.unavailable'],
  ['/api/audit-logs?cursor=1', {}, roles.intune, 400, 'cursor.invalid'],
  ['/api/audit-logs?q=%00', {}, roles.intune, 400, 'request.invalid'],
  [`/api/audit-logs?q=${'x'.repeat(10_000)}`, {}, roles.intune, 400, 'request.invalid'],
  ['/api/audit-logs?q=a&q=b', {}, roles.intune, 400, 'request.invalid'],
  ['/api/audit-logs/unknown', {}, roles.intune, 404, 'not.found'],
  ['/api/audit-logs/%E0%A4%A', {}, roles.intune, 400, 'request.invalid'],
  ['/api/nothing', {}, roles.intune, 404, 'not.found'],
  ['/api/me', { method: 'DELETE' }, roles.intune, 405, 'method.not.allowed'],
  [EXPORT, { method: 'POST', body: '{' }, roles.intune, 400, 'request.invalid'],
  [EXPORT, { method: 'POST', body: `"${'x'.repeat(300_000)}"` }, roles.intune, 413, 'body.too.large'],
  [EXPORT, { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }, roles.intune, 400, 'request.invalid'],
  [EXPORT, { method: 'POST', body: '{}', headers: { 'content-encoding': 'x' } }, roles.intune, 400, 'request.invalid'],
  ['/api/intune/diagnostic-settings/a', { method: 'DELETE' }, roles.intune, 404, 'not.found'],
  // The identity library takes no authority over http, as this one is: no token on the person's behalf can be had.
  ['/api/azure/subscriptions', {}, roles.intune, 502, 'azure.failed'],
])('case %# is answered by a problem that shows no stack and no secret', async (path, init, role, status, code) => {
  const answer = await server.call(path, init, { role });
  expect([answer.status, answer.json()['code']]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.json()['traceId']).toBe(answer.headers.get('x-request-id'));
  expect(answer.text).not.toMatch(/\.ts:|\n\s+at |node_modules|postgres:|of-no-use-here/);
});

test('a hostile token is refused in a sentence: no stack, nothing of the token', async () => {
  const [head, body, signature] = server.token().split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  const hostile = [
    `${part({ alg: 'none' })}.${body}.`,
    `${part({ alg: 'HS256', kid: 'k' })}.${body}.${signature}`,
    `${part({ alg: 'RS256', kid: '../../../etc/passwd' })}.${body}.${signature}`,
    `${head}.${part({ ...claims, wids: ['62e90394-69f5-4237-9190-012177145e10'] })}.${signature}`,
    `${head}.${part({ ...claims, tid: '__proto__' })}.${signature}`,
    `${head}.${body}.${signature.slice(2)}`,
    'x'.repeat(15_000),
  ];
  for (const token of hostile) {
    const answer = await server.call('/api/audit-logs', bearer(token), { role: null });
    expect([answer.status, answer.json()['code']]).toEqual([401, 'token.invalid']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(Object.keys(answer.json()).toSorted()).toEqual(['code', 'detail', 'status', 'title', 'traceId', 'type']);
    expect(answer.text).not.toMatch(/\.ts:|\bat \w+ \(|node_modules|jose|passwd|__proto__|x{20}/);
  }
});

test('who I am, and an empty log', async () => {
  expect((await server.call('/api/me')).json()['roles']).toEqual(['Intune Administrator']);
  expect((await server.call('/api/audit-logs')).text).toBe('{"items":[],"nextCursor":null,"searchedTo":null}');
  const file = await server.call(EXPORT, { method: 'POST', body: JSON.stringify({ format: 'json', filter: {} }) });
  expect(file.json()).toEqual([]);
});

test('a directory that is not set up here gets nothing', async () => {
  const answer = await server.call('/api/me', {}, { tenantId: '99999999-9999-4999-8999-999999999999' });
  expect([answer.status, answer.json()['code']]).toEqual([401, 'token.invalid']);
});

test('one person may ask for so many files a minute; another is not held up by that', async () => {
  const authorization = `Bearer ${server.token()}`;
  const ask = () =>
    server.call(EXPORT, { method: 'POST', body: '{"format":"csv","filter":{}}', headers: { authorization } }, { role: null });
  const answers = await Promise.all(Array.from({ length: 22 }, ask));
  expect(answers.map((a) => a.status).toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 20 }, () => 200), 429, 429]);
  const last = await ask();
  expect([last.json()['code'], Number(last.headers.get('retry-after')) > 0]).toEqual(['rate.limited', true]);
  expect((await server.call(EXPORT, { method: 'POST', body: '{"format":"csv","filter":{}}' })).status).toBe(200);
});
