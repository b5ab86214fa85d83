import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpoints } from '@weir/contract';
import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../test/server.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'weir-web-'));
  mkdirSync(join(root, 'web/assets'), { recursive: true });
  writeFileSync(join(root, 'secret.txt'), 'not for the browser');
  writeFileSync(join(root, 'web/index.html'), '<!doctype html><style nonce="__CSP_NONCE__"></style><p>Weir</p>');
  writeFileSync(join(root, 'web/redirect.html'), '<!doctype html><p>back</p>');
  writeFileSync(join(root, 'web/assets/main-abc.js'), 'export {};');
  database = await testDatabase();
  server = await startServer(database.url, {}, { WEIR_WEB_ROOT: join(root, 'web') });
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
  rmSync(root, { recursive: true, force: true });
});
/** A GET whose path is sent as it is: fetch would tidy it up. */
const raw = (path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((done, fail) => {
    const url = new URL(server.origin);
    request({ host: '127.0.0.1', port: url.port, path, headers: { host: url.host, ...headers } }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += String(chunk)));
      answer.on('end', () => done({ status: answer.statusCode!, text, headers: answer.headers }));
    })
      .on('error', fail)
      .end();
  });

test('the API describes itself: every endpoint is there, and every reference leads somewhere', async () => {
  const document = (await server.call('/api/openapi.json', {}, { role: null })).json<{ paths: Record<string, Record<string, unknown>> }>();
  const described = Object.values(endpoints).flatMap((group) =>
    Object.values(group as Record<string, unknown>).flatMap((e) =>
      typeof e === 'object' && e !== null && 'path' in e && 'method' in e ? [e as { path: string; method: string }] : [],
    ),
  );
  expect(described.length).toBeGreaterThan(10);
  for (const { path, method } of described)
    expect(document.paths[path.replaceAll(/:(\w+)/g, '{$1}')], `${method} ${path}`).toHaveProperty(method.toLowerCase());
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((m) => m[1]!);
  expect(references.length).toBeGreaterThan(5);
  for (const reference of references)
    expect(
      reference.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document),
      reference,
    ).toBeDefined();
});

test('pages carry a policy with a fresh nonce and are never kept; files that change their name are kept for ever', async () => {
  const [first, second] = [await raw('/'), await raw('/tenant-administration/audit-logs?category=Role')];
  for (const page of [first, second]) {
    expect(page.status).toBe(200);
    const policy = String(page.headers['content-security-policy']);
    const nonce = /style-src 'self' 'nonce-([^']+)'/.exec(policy)![1];
    expect(page.text).toContain(`nonce="${nonce}"`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  }
  expect(first.headers['content-security-policy']).not.toBe(second.headers['content-security-policy']);
  const asset = await raw('/assets/main-abc.js');
  expect(asset).toMatchObject({ status: 200, text: 'export {};', headers: { 'x-content-type-options': 'nosniff' } });
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(asset.headers['content-type']).toContain('javascript');
  expect(asset.headers['content-security-policy']).toContain("default-src 'none'");
  // A page that asks for a file of an older build must be told so: index.html in its place would be kept as a script.
  const gone = await raw('/assets/gone.js');
  expect([gone.status, gone.headers['cache-control'], gone.text]).toEqual([404, 'no-store', 'No such file.\n']);
  expect(String((await raw('/redirect.html')).headers['content-security-policy'])).toContain("frame-ancestors 'self'");
});

test.each(['/index.html', '/index%2ehtml', '/INDEX.html', '/redirect%2Ehtml', '/redirect.html/'])(
  'a page has its own policy and is never kept, however its name is written: %s',
  async (path) => {
    const page = await raw(path);
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.text).not.toContain('__CSP_NONCE__');
  },
);

test('only reading is possible outside the API', async () => {
  for (const method of ['POST', 'PUT', 'DELETE'])
    for (const path of ['/', '/assets/main-abc.js', '/redirect.html'])
      expect([405, 404], `${method} ${path}`).toContain((await server.call(path, { method }, { role: null })).status);
  const head = await server.call('/anything', { method: 'HEAD' }, { role: null });
  expect([head.status, head.text, head.headers.get('cache-control')]).toEqual([200, '', 'no-store']);
});

test('answers of the API are never kept, framed or guessed at', async () => {
  for (const path of ['/api/me', '/api/nothing', '/api/openapi.json', '/api/auth-config', '/api/audit-logs?limit=0']) {
    const { headers } = await server.call(path);
    expect([path, headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([path, 'no-store', 'nosniff']);
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/assets/..%5c..%5csecret.txt',
  '/assets/%252e%252e/%252e%252e/secret.txt',
  '//../secret.txt',
  '/assets/..;/..;/secret.txt',
  '/secret.txt%00.js',
  '/%',
])('no path leads out of the web root: %s', async (path) => {
  const answer = await raw(path);
  expect(answer.text).not.toContain('not for the browser');
  expect(answer.text).not.toContain(root);
  expect(answer.status).toBeLessThan(500);
});

test('another host name is refused, a number is sent on to the name', async () => {
  for (const path of ['/', '/assets/main-abc.js', '/api/auth-config', '/api/openapi.json']) {
    expect((await raw(path, { host: 'evil.example' })).status, path).toBe(421);
    // A header that anybody can send says nothing about the host.
    expect((await raw(path, { host: 'evil.example', 'x-forwarded-host': new URL(server.origin).host })).status, path).toBe(421);
  }
  // Probes come by address.
  expect((await raw('/healthz', { host: '10.0.0.7:8480' })).text).toBe('ok\n');
  const sentOn = await raw('/x', { host: `127.0.0.1:${new URL(server.origin).port}` });
  expect([sentOn.status, sentOn.headers['location']]).toEqual([307, `${server.origin}/x`]);
});

test('an error says what and where, and shows no stack and no secret', async () => {
  const answer = await server.call('/api/audit-logs?limit=0');
  expect(answer.json()).toMatchObject({ status: 400, code: 'request.invalid', errors: [{ path: 'limit' }], traceId: expect.any(String) });
  for (const path of ['/api/audit-logs?limit=0', '/api/none', '/api/audit-logs/unknown'])
    expect((await server.call(path)).text).not.toMatch(/\.ts:|node_modules|Bearer|postgres:/);
});
