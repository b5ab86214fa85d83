import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from './client.ts';
import { connectionFailure, retryAfterOf } from './outcomes.ts';

const servers: Server[] = [];
const clients: HttpClient[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const client of clients.splice(0)) client.close();
});
async function listen(answer: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
type Found = { address: string; family: number }[];
/** A client whose resolver answers from a list, one answer a question, the last one for ever; and how often it was asked. */
function resolving(privateAddresses: string, ...answers: string[][]): { client: HttpClient; asked: string[] } {
  const asked: string[] = [];
  const client = createHttpClient({ privateAddresses, allowHttp: true }, (host, _options, done) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(host);
    done(null, answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })) satisfies Found);
  });
  clients.push(client);
  return { client, asked };
}
const get = (client: HttpClient, url: string, more = {}) =>
  client.request({ method: 'GET', url, signal: AbortSignal.timeout(5_000), ...more });

test('the connection goes to the address that was checked; the name is asked for once, and stays in the Host header', async () => {
  const hosts: (string | undefined)[] = [];
  const port = await listen((request, response) => (hosts.push(request.headers.host), response.end('ok')));
  // A name that is rebound: what it says the second time would be another place.
  const { client, asked } = resolving('127.0.0.1', ['127.0.0.1'], ['169.254.169.254']);
  expect((await get(client, `http://hooks.example:${port}/a`)).text).toBe('ok');
  expect((await get(client, `http://hooks.example:${port}/b`)).text).toBe('ok');
  expect(asked).toEqual(['hooks.example']);
  expect(hosts).toEqual([`hooks.example:${port}`, `hooks.example:${port}`]);
});

test('a name that is rebound to a private address between two connections is refused, and nothing is connected', async () => {
  let connections = 0;
  const port = await listen((_request, response) => response.setHeader('connection', 'close').end('ok'));
  servers[0]!.on('connection', () => (connections += 1));
  const { client } = resolving('127.0.0.1', ['127.0.0.1'], ['127.0.0.2']);
  expect((await get(client, `http://hooks.example:${port}/`)).text).toBe('ok');
  await expect(get(client, `http://hooks.example:${port}/`)).rejects.toMatchObject({
    code: 'AddressNotAllowed',
    message: 'hooks.example is at 127.0.0.2: a private or special address, which may not be called.',
  });
  expect(connections).toBe(1);
});

test('of several addresses only the allowed ones are tried', async () => {
  const port = await listen((_request, response) => response.end('ok'));
  const { client } = resolving('127.0.0.1', ['10.0.0.1', '::1', '127.0.0.1', '169.254.169.254']);
  expect((await get(client, `http://hooks.example:${port}/`)).text).toBe('ok');
});

test.each([
  'http://127.0.0.1:PORT/',
  'http://[::1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f.1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://0:PORT/',
  'http://localhost:PORT/',
])('%s is refused without a connection, whatever way it is written', async (url) => {
  let connections = 0;
  const port = await listen((_request, response) => response.end('secret'));
  servers[0]!.on('connection', () => (connections += 1));
  const client = createHttpClient({ privateAddresses: '', allowHttp: true });
  clients.push(client);
  const error: unknown = await get(client, url.replace('PORT', String(port))).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'AddressNotAllowed' });
  expect(connectionFailure(error)).toMatchObject({
    kind: 'misconfigured',
    fault: { remedy: expect.stringContaining('WEIR_PRIVATE_ADDRESSES') },
  });
  expect(connections).toBe(0);
});

test('http is refused unless it is allowed', async () => {
  const client = createHttpClient({ privateAddresses: '127.0.0.0/8', allowHttp: false });
  await expect(get(client, 'http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'HttpNotAllowed' });
});

test('a redirect is an answer and is not followed', async () => {
  const paths: (string | undefined)[] = [];
  const port = await listen((request, response) => (paths.push(request.url), response.writeHead(302, { location: '/inside' }).end()));
  const { client } = resolving('127.0.0.1', ['127.0.0.1']);
  expect((await get(client, `http://hooks.example:${port}/a`)).status).toBe(302);
  expect(paths).toEqual(['/a']);
});

test('an answer is read up to its bound; one without end does not fill the memory', async () => {
  const port = await listen((_request, response) => {
    const more = () => response.write(Buffer.alloc(65_536)) && setImmediate(more);
    response.on('drain', more);
    more();
  });
  const { client } = resolving('127.0.0.1', ['127.0.0.1']);
  const error: unknown = await get(client, `http://hooks.example:${port}/`, { maxAnswerBytes: 1_000_000 }).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'AnswerTooLong' });
  expect(connectionFailure(error).kind).toBe('retry');
});

test('Retry-After is understood as seconds and as a date', () => {
  const after = (text: string) =>
    retryAfterOf({ status: 429, headers: { 'retry-after': text }, text: '' }, Date.parse('2026-11-21T08:00:00Z'));
  expect([after('7'), after('Sat, 21 Nov 2026 08:00:30 GMT'), after('soon'), after('-1'), after('Sat, 21 Nov 2026 07:00:00 GMT')]).toEqual([
    7_000,
    30_000,
    undefined,
    undefined,
    undefined,
  ]);
});
