import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { neededRights } from '@weir/contract';
import { prepareDestinations } from '@weir/destinations';
import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HttpProblem } from '../../http/problem.ts';
import { startServer, type TestServer } from '../../../test/server.ts';
import { armOf } from './person.ts';

// An Azure Resource Manager that answers as each test says: what the pretend cloud never does on its own.
interface ArmAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Breaks the connection after this much of the body. */
  breaks?: boolean;
}
let answers: (request: IncomingMessage) => ArmAnswer = () => ({});
let asked: string[] = [];
let arm: Server;
let endpoint = '';
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
const credential = { getToken: async () => ({ token: 'of-the-person', expiresOnTimestamp: Date.now() + 3_600_000 }) };

beforeAll(async () => {
  arm = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    const { status = 200, headers = {}, body = '{}', breaks = false } = answers(request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    if (!breaks) return void response.end(body);
    response.write(body, () => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(arm, 'listening');
  endpoint = `http://127.0.0.1:${(arm.address() as AddressInfo).port}`;
  database = await testDatabase();
  server = await startServer(database.url, {
    prepare: (_credential, _t, provider, input) =>
      prepareDestinations({ credential, armEndpoint: endpoint, armScope: 'arm', provider, input }),
  });
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
  arm?.close();
});
beforeEach(() => {
  asked = [];
  answers = () => ({});
});

const BASE = '/api/intune/diagnostic-settings';
const account = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/Logs/providers/Microsoft.Storage/storageAccounts/one';
const put = (name = 'Archive') =>
  server.call(`${BASE}/${name}`, {
    method: 'PUT',
    headers: { 'if-none-match': '*' },
    body: JSON.stringify({ categories: [{ category: 'AuditLogs' }], destinations: { storage: { storageAccountId: account } } }),
  });
const refusal = (code: string, message: string) => JSON.stringify({ error: { code, message } });
const saved = async () => (await server.call(BASE)).json<{ items: unknown[] }>().items.length;
const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}';
const challenge = {
  'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(CLAIMS).toString('base64')}"`,
};

test('a step that the directory asks for reaches the browser as a challenge, and nothing is saved', async () => {
  answers = () => ({ status: 401, headers: challenge, body: refusal('InteractionRequired', 'Sign in again.') });
  const answer = await put();
  expect([answer.status, answer.json()['code']]).toEqual([401, 'claims.required']);
  const [, claims] = /^Bearer error="insufficient_claims", claims="([^"]+)"$/.exec(answer.headers.get('www-authenticate')!)!;
  expect(Buffer.from(claims!, 'base64').toString()).toBe(CLAIMS);
  expect(await saved()).toBe(0);
});

test('a token that Azure does not take is a problem of Azure, not an error here', async () => {
  answers = () => ({ status: 401, body: refusal('InvalidAuthenticationToken', 'The access token is invalid.') });
  const answer = await put();
  expect([answer.status, answer.json()['code'], answer.json()['detail']]).toEqual([502, 'azure.failed', 'The access token is invalid.']);
  expect(await saved()).toBe(0);
});

test('what the person may not do is said beside the field, in the words of Azure', async () => {
  answers = () => ({ status: 403, body: refusal('AuthorizationFailed', 'No authorization to perform listKeys/action over scope X.') });
  const answer = await put();
  expect([answer.status, answer.json()['code']]).toEqual([400, 'request.invalid']);
  expect(answer.json()['errors']).toEqual([
    {
      path: 'destinations.storage.storageAccountId',
      message: `${neededRights.storage.message} No authorization to perform listKeys/action over scope X.`,
    },
  ]);
  expect(await saved()).toBe(0);
});

test('a save that must fail asks Azure for nothing', async () => {
  answers = (request) => ({
    body: request.url!.includes('/listKeys')
      ? '{"keys":[{"value":"a2V5"}]}'
      : '{"name":"one","properties":{"primaryEndpoints":{"blob":"http://blob.example"}}}',
  });
  expect((await put()).status).toBe(201);
  expect(asked).toContain(`POST ${account}/listKeys`);
  asked = [];
  expect((await put()).status).toBe(409);
  expect((await put('Second')).json()['code']).toBe('sink.in.use');
  expect(asked).toEqual([]);
});

const person = () => armOf({ credential, endpoint, scope: 'arm' });
const refused = async (work: Promise<unknown>): Promise<HttpProblem> => {
  const error: unknown = await work.then(
    () => new Error('it was not refused'),
    (e: unknown) => e,
  );
  if (!(error instanceof HttpProblem)) throw error;
  return error;
};
test.each<[number, Record<string, string>, string]>([
  [401, challenge, 'claims.required'],
  [401, {}, 'azure.failed'],
  [403, {}, 'azure.forbidden'],
  [404, {}, 'not.found'],
  [429, { 'retry-after': '7' }, 'azure.failed'],
  [500, {}, 'azure.failed'],
])('Azure answers %i: %j is %s', async (status, headers, code) => {
  answers = () => ({ status, headers, body: refusal('X', 'In its own words.') });
  expect((await refused(person().armList('/subscriptions', '2022-12-01'))).code).toBe(code);
});

test('a list goes on over its pages, but never to another host: the token would go along', async () => {
  answers = (request) => ({
    body: JSON.stringify(
      request.url!.includes('skip') ? { value: [3] } : { value: [1, 2], nextLink: `${endpoint}/subscriptions?api-version=1&skip=2` },
    ),
  });
  expect(await person().armList('/subscriptions', '1')).toEqual([1, 2, 3]);
  asked = [];
  answers = () => ({ body: JSON.stringify({ value: [1], nextLink: `${endpoint.replace('127.0.0.1', 'localhost')}/stolen` }) });
  expect((await refused(person().armList('/subscriptions', '1'))).code).toBe('azure.failed');
  expect(asked).toEqual(['GET /subscriptions']);
});

test('half an answer is not taken for an empty list', async () => {
  answers = () => ({ headers: { 'content-length': '500' }, body: '{"value":[{"id":"/subs', breaks: true });
  expect((await refused(person().armList('/subscriptions', '1'))).code).toBe('azure.failed');
  answers = () => ({ body: '<html>a proxy speaks</html>' });
  expect((await refused(person().armList('/subscriptions', '1'))).code).toBe('azure.failed');
});
