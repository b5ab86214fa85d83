import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deriveStatus } from '@weir/engine';
import { freePort } from '@weir/postgres';
import { openStore, type Store } from '@weir/store';
import { loadConfig, secretKeysOf, startBff, type BffDeps } from '../src/index.ts';
import { directoryStores } from '../src/store.ts';

export const CONTOSO = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
export const FABRIKAM = '1c0a9d6e-0d0a-4d54-8f3b-6a2f4b8f2b02';
/** Role template ids. https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
export const roles = {
  intune: '3a2c62db-5318-420d-8d74-23affee5d9d5',
  security: '194ae4cb-b126-40b2-bd5b-6091b380977d',
} as const;
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json<T = Record<string, unknown>>(): T;
}
export interface TestServer {
  origin: string;
  store: Store;
  token(as?: { role?: string; tenantId?: string; oid?: string; lifeS?: number }): string;
  /** Calls as an Intune Administrator of Contoso, or as somebody else; `role: null` sends no token. */
  call(path: string, init?: RequestInit, as?: { role?: string | null; tenantId?: string }): Promise<Answer>;
  close(): Promise<void>;
}

/** The web server on a migrated database, with a key of its own that signs tokens for any role and directory. */
export async function startServer(databaseUrl: string, deps: Partial<BffDeps> = {}, env: Record<string, string> = {}): Promise<TestServer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' };
  const keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] }))).listen(0, '127.0.0.1');
  await once(keys, 'listening');
  const authority = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    WEIR_DIRECTORIES: JSON.stringify([
      { tenantId: CONTOSO, name: 'Contoso' },
      { tenantId: FABRIKAM, name: 'Fabrikam' },
    ]),
    WEIR_AUTHORITY_HOST: authority,
    WEIR_SPA_CLIENT_ID: 'spa',
    WEIR_API_CLIENT_ID: 'api',
    WEIR_API_CLIENT_SECRET: 'of-no-use-here',
    WEIR_LOG_LEVEL: 'silent',
    WEIR_PORT: String(port),
    WEIR_PUBLIC_ORIGIN: origin,
    ...env,
  });
  const store = openStore({ url: databaseUrl, applicationName: 'test', secretKeys: secretKeysOf(config) });
  await store.migrate();
  const bff = await startBff(config, {
    store: directoryStores(store),
    deriveStatus,
    prepare: async () => [],
    sendTest: async () => ({
      outcome: { kind: 'accepted', bytes: 0, place: {} },
      durationMs: 1,
      exchanges: [],
    }),
    notify: async () => ({ taken: true, answer: '200', remedy: null }),
    checkResponses: true,
    ...deps,
  });

  // Somebody new each time: the limits per person are not what most tests are about.
  const token: TestServer['token'] = ({ role = roles.intune, tenantId = CONTOSO, oid = randomUUID(), lifeS = 80_000 } = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const unsigned = `${base64({ alg: 'RS256', kid: 'k' })}.${base64({
      iss: `${authority}/${tenantId}/v2.0`,
      aud: 'api',
      tid: tenantId,
      oid,
      ver: '2.0',
      azp: 'spa',
      scp: 'access_as_user',
      iat: now,
      exp: now + lifeS,
      wids: [role],
      name: 'Indra Rao',
      preferred_username: 'indra.rao@contoso.example',
    })}`;
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(privateKey, 'base64url')}`;
  };
  return {
    origin,
    store,
    token,
    async call(path, init = {}, as = {}) {
      const { role = roles.intune, tenantId } = as;
      const response = await fetch(`${origin}${path}`, {
        ...init,
        headers: {
          ...(init.body !== undefined && { 'content-type': 'application/json' }),
          ...(role !== null && { authorization: `Bearer ${token({ role, ...(tenantId && { tenantId }) })}` }),
          ...(init.headers as Record<string, string>),
        },
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
    },
    async close() {
      await bff.close();
      keys.close();
    },
  };
}
