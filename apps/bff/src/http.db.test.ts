import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveStatus } from '@weir/engine';
import { freePort, startPostgres } from '@weir/postgres';
import { openStore } from '@weir/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig, startBff, type RunningBff } from './index.ts';
import { directoryStores } from './store.ts';

const TID = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
let bff: RunningBff;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let dir: string;
let keys: Server;
const b64 = (v: object | ArrayBuffer) =>
  Buffer.from(v instanceof ArrayBuffer ? new Uint8Array(v) : JSON.stringify(v)).toString('base64url');
const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
let authority = '';
async function token(role: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: `${authority}/${TID}/v2.0`,
    aud: 'api',
    tid: TID,
    oid: '33333333-3333-4333-8333-333333333333',
    ver: '2.0',
    azp: 'spa',
    scp: 'access_as_user',
    iat: now,
    exp: now + 600,
    wids: [role],
    name: 'I',
    preferred_username: 'i@contoso.example',
  };
  const head = `${b64({ alg: 'RS256', kid: 'k' })}.${b64(claims)}`;
  return `${head}.${b64(await crypto.subtle.sign(algorithm.name, pair.privateKey, Buffer.from(head)))}`;
}
const INTUNE = '3a2c62db-5318-420d-8d74-23affee5d9d5';
const SECURITY = '194ae4cb-b126-40b2-bd5b-6091b380977d';
async function call(path: string, init: RequestInit = {}, role: string | null = INTUNE) {
  const headers = {
    'content-type': 'application/json',
    ...(role && { authorization: `Bearer ${await token(role)}` }),
    ...(init.headers as object),
  };
  const r = await fetch(`http://localhost:${bff.port}${path}`, { ...init, headers });
  return { status: r.status, type: r.headers.get('content-type'), text: await r.text() };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-bff-'));
  // Under root, PostgreSQL runs as another user, who must get in.
  await chmod(dir, 0o755);
  postgres = await startPostgres({ dir: join(dir, 'pg') });
  await postgres.createDatabase('bff');
  const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'k' };
  keys = createServer((_q, r) => r.end(JSON.stringify({ keys: [jwk] }))).listen(0, '127.0.0.1');
  await once(keys, 'listening');
  authority = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
  const port = await freePort();
  const config = loadConfig({
    DATABASE_URL: postgres.url('bff'),
    WEIR_DIRECTORIES: JSON.stringify([{ tenantId: TID, name: 'Contoso' }]),
    WEIR_AUTHORITY_HOST: authority,
    WEIR_SPA_CLIENT_ID: 'spa',
    WEIR_API_CLIENT_ID: 'api',
    WEIR_LOG_LEVEL: 'silent',
    WEIR_PORT: String(port),
    WEIR_PUBLIC_ORIGIN: `http://localhost:${port}`,
  });
  const store = openStore({ url: config.DATABASE_URL, applicationName: 'test' });
  await store.migrate();
  bff = await startBff(config, {
    store: directoryStores(store),
    deriveStatus,
    prepare: async () => {
      throw new Error('not reached');
    },
    checkResponses: true,
  });
}, 60_000);
afterAll(async () => {
  await bff?.close();
  keys?.close();
  await postgres?.stop();
  if (dir) await rm(dir, { recursive: true, force: true });
});

test.each<[string, RequestInit, string | null, number, string]>([
  ['/api/audit-logs', {}, null, 401, 'token.missing'],
  ['/api/audit-logs', { headers: { authorization: 'Bearer a.b.c' } }, null, 401, 'token.invalid'],
  ['/api/intune/diagnostic-settings', {}, SECURITY, 403, 'permission.denied'],
  ['/api/audit-logs', {}, SECURITY, 503, 'roles.unavailable'],
  ['/api/audit-logs?cursor=1', {}, INTUNE, 400, 'cursor.invalid'],
  ['/api/audit-logs?actor=%00', {}, INTUNE, 400, 'request.invalid'],
  [`/api/audit-logs?actor=${'x'.repeat(10_000)}`, {}, INTUNE, 400, 'request.invalid'],
  ['/api/audit-logs/unknown', {}, INTUNE, 404, 'not.found'],
  ['/api/nothing', {}, INTUNE, 404, 'not.found'],
  ['/api/me', { method: 'DELETE' }, INTUNE, 405, 'method.not.allowed'],
  ['/api/audit-logs/export', { method: 'POST', body: '{' }, INTUNE, 400, 'request.invalid'],
  ['/api/audit-logs/export', { method: 'POST', body: `"${'x'.repeat(300_000)}"` }, INTUNE, 413, 'body.too.large'],
  ['/api/intune/diagnostic-settings/a', { method: 'DELETE' }, INTUNE, 404, 'not.found'],
])('case %# is answered by a problem', async (path, init, role, status, code) => {
  const answer = await call(path, init, role);
  expect([answer.status, JSON.parse(answer.text).code]).toEqual([status, code]);
  expect(answer.type).toContain('application/problem+json');
});
test('who I am, and an empty log', async () => {
  expect(JSON.parse((await call('/api/me')).text).roles).toEqual(['Intune Administrator']);
  expect((await call('/api/audit-logs')).text).toBe('{"items":[],"nextCursor":null}');
  const file = await call('/api/audit-logs/export', { method: 'POST', body: JSON.stringify({ format: 'json', filter: {} }) });
  expect(JSON.parse(file.text)).toEqual([]);
});
