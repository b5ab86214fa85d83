import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTokenValidator, IdentityUnavailable, TokenInvalid, TokenScopeMissing } from './index.ts';

const TID = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const OTHER_TID = 'b1c2f4de-6f0a-4c53-8d7e-5a2b9e8c7f02';
const API = '11111111-1111-4111-8111-111111111111';
const SPA = '22222222-2222-4222-8222-222222222222';
const HOST = 'https://login.example';
const ours = await generateKeyPair('RS256', { extractable: true });
const foreign = await generateKeyPair('RS256');
const now = Math.floor(Date.now() / 1000);
const good = {
  iss: `${HOST}/${TID}/v2.0`,
  aud: API,
  tid: TID,
  oid: '33333333-3333-4333-8333-333333333333',
  ver: '2.0',
  azp: SPA,
  scp: 'access_as_user',
  iat: now,
  nbf: now,
  exp: now + 3600,
  name: 'Indra Rao',
  preferred_username: 'indra.rao@contoso.example',
  wids: ['3A2C62DB-5318-420D-8D74-23AFFEE5D9D5'],
};
const sign = (claims: object, header: { alg?: string; kid?: string } = {}, key: typeof ours.privateKey | Uint8Array = ours.privateKey) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(key);
const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([k]) => k !== name));

let server: Server;
let answer: { status: number; body: string };
let validate: (token: string) => Promise<unknown>;
const fresh = (port: number) =>
  createTokenValidator({
    authorityHost: HOST,
    tenantIds: [TID],
    apiClientId: API,
    spaClientIds: [SPA],
    jwksUri: (t) => `http://127.0.0.1:${port}/${t}`,
    timeoutMs: 300,
  });
const portOf = () => (server.address() as AddressInfo).port;

beforeAll(async () => {
  const jwk: JWK = { ...(await exportJWK(ours.publicKey)), kid: 'k1', use: 'sig' };
  answer = { status: 200, body: JSON.stringify({ keys: [jwk] }) };
  server = createServer((_q, r) => (answer.status === 0 ? undefined : r.writeHead(answer.status).end(answer.body))).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  validate = fresh(portOf());
});
afterAll(() => (server.closeAllConnections(), server.close()));

test('a genuine token says who it is, by directory and object id', async () => {
  expect(await validate(await sign(good))).toMatchObject({
    tenantId: TID,
    oid: good.oid,
    upn: good.preferred_username,
    wids: ['3a2c62db-5318-420d-8d74-23affee5d9d5'],
    groupsOverage: false,
  });
  expect(await validate(await sign({ ...good, _claim_names: { groups: 'src1' } }))).toMatchObject({ groupsOverage: true });
});

describe('refused', () => {
  const spki = () => exportSPKI(ours.publicKey).then((pem) => new TextEncoder().encode(pem));
  test.each<[string, () => Promise<string> | string]>([
    ['an id token (no scp)', () => sign(without('scp'))],
    ['an expired token', () => sign({ ...good, exp: now - 120 })],
    ['a token that is not valid yet', () => sign({ ...good, nbf: now + 600 })],
    ['a token for Graph', () => sign({ ...good, aud: '00000003-0000-0000-c000-000000000000' })],
    ['the api:// form of the audience', () => sign({ ...good, aud: `api://${API}` })],
    ['a v1 issuer', () => sign({ ...good, iss: `https://sts.windows.net/${TID}/` })],
    ['version 1.0', () => sign({ ...good, ver: '1.0' })],
    ['a foreign directory', () => sign({ ...good, tid: OTHER_TID, iss: `${HOST}/${OTHER_TID}/v2.0` })],
    ['a swapped directory', () => sign({ ...good, iss: `${HOST}/${OTHER_TID}/v2.0` })],
    ['another application', () => sign({ ...good, azp: API })],
    ['no azp', () => sign(without('azp'))],
    ['no oid', () => sign(without('oid'))],
    ['an oid that is no GUID', () => sign({ ...good, oid: "x' or 1=1" })],
    ['no expiry', () => sign(without('exp'))],
    ['alg none', () => new UnsecuredJWT(good).encode()],
    ['HS256 with the public key', async () => sign(good, { alg: 'HS256' }, await spki())],
    ['PS256', async () => sign(good, { alg: 'PS256' }, (await generateKeyPair('PS256')).privateKey)],
    ['a foreign key under a known name', () => sign(good, {}, foreign.privateKey)],
    ['a foreign key under an unknown name', () => sign(good, { kid: 'k9' }, foreign.privateKey)],
    ['no JWT at all', () => 'a.b.c'],
  ])('%s', async (_, make) => {
    await expect(validate(await make())).rejects.toBeInstanceOf(TokenInvalid);
  });
  test('a token without the scope, as a matter of rights', async () => {
    await expect(validate(await sign({ ...good, scp: 'other' }))).rejects.toBeInstanceOf(TokenScopeMissing);
  });
});

test.each([
  ['answers 500', { status: 500, body: '' }],
  ['answers no JSON', { status: 200, body: '<html>' }],
  ['hangs', { status: 0, body: '' }],
])('a directory whose key endpoint %s is not the fault of the caller', async (_, bad) => {
  const before = answer;
  answer = bad;
  try {
    await expect(fresh(portOf())(await sign(good))).rejects.toBeInstanceOf(IdentityUnavailable);
  } finally {
    answer = before;
  }
});
test('a directory that cannot be reached is not the fault of the caller', async () => {
  await expect(fresh(1)(await sign(good))).rejects.toBeInstanceOf(IdentityUnavailable);
});

describe('a token that was checked before', () => {
  const published = (key: typeof ours.publicKey) =>
    exportJWK(key).then((jwk) => ({ status: 200, body: JSON.stringify({ keys: [{ ...jwk, kid: 'k1', use: 'sig' }] }) }));
  const later = (seconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: (now + seconds) * 1000 });
  afterEach(async () => {
    vi.useRealTimers();
    answer = await published(ours.publicKey);
  });

  test('names the same person again', async () => {
    const token = await sign(good);
    expect(await validate(token)).toEqual(await validate(token));
  });
  test('is refused with another signature', async () => {
    const token = await sign(good);
    await validate(token);
    const forged = await sign(good, {}, foreign.privateKey);
    await expect(validate(`${token.slice(0, token.lastIndexOf('.'))}${forged.slice(forged.lastIndexOf('.'))}`)).rejects.toBeInstanceOf(
      TokenInvalid,
    );
  });
  test('is refused when its time is over', async () => {
    const token = await sign({ ...good, exp: now + 100 });
    await validate(token);
    later(161);
    await expect(validate(token)).rejects.toThrow('expired');
  });
  test('is refused when its directory has withdrawn or replaced the key', async () => {
    const [mine, token] = [fresh(portOf()), await sign(good)];
    await mine(token);
    answer = await published(foreign.publicKey);
    // Keys are read again after ten minutes; the clock of the test began a little before they were.
    later(700);
    await expect(mine(token)).rejects.toBeInstanceOf(TokenInvalid);
    answer = { status: 200, body: JSON.stringify({ keys: [] }) };
    later(1_400);
    await expect(mine(token)).rejects.toBeInstanceOf(TokenInvalid);
  });
});
