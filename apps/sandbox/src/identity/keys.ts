import {
  generateKeyPairSync,
  createPublicKey,
  createPrivateKey,
  randomBytes,
  randomUUID,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface IdentityState {
  jwk: JsonWebKey & { kid: string; alg: string; use: string };
  cookieKey: string;
  spaClientId: string;
  apiClientId: string;
  apiClientSecret: string;
  engineClientId: string;
  engineClientSecret: string;
}

/** Keys, client ids and secrets of this installation, made once. Tokens stay valid over a restart. */
export async function loadState(dir: string): Promise<IdentityState & { privateKey: KeyObject; publicKey: KeyObject }> {
  const file = join(dir, 'identity.json');
  await mkdir(dir, { recursive: true });
  let state = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as IdentityState,
    () => null,
  );
  if (!state) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    state = {
      jwk: { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), alg: 'RS256', use: 'sig' },
      cookieKey: randomBytes(32).toString('hex'),
      spaClientId: randomUUID(),
      apiClientId: randomUUID(),
      apiClientSecret: randomBytes(32).toString('base64url'),
      engineClientId: randomUUID(),
      engineClientSecret: randomBytes(32).toString('base64url'),
    };
    await writeFile(file, JSON.stringify(state), { mode: 0o600 });
  }
  const privateKey = createPrivateKey({ key: state.jwk, format: 'jwk' });
  return { ...state, privateKey, publicKey: createPublicKey(privateKey) };
}
