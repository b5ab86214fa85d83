import { sign, verify, type KeyObject } from 'node:crypto';

export type Claims = Record<string, unknown> & { tid: string; oid: string; aud: string; exp: number };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An RS256 token with Entra's header. */
export function signToken(key: KeyObject, kid: string, claims: Record<string, unknown>): string {
  const head = `${encode({ typ: 'JWT', alg: 'RS256', kid })}.${encode(claims)}`;
  return `${head}.${sign('sha256', Buffer.from(head), key).toString('base64url')}`;
}

/** Claims of a token that this provider signed and that has not ended. Throws otherwise. */
export function readToken(key: KeyObject, token: string): Claims {
  const [head, body, signature] = token.split('.');
  if (!head || !body || !signature || !verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')))
    throw new Error('The token was not issued here.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
  if (claims.exp * 1000 < Date.now()) throw new Error('The token has ended.');
  return claims;
}
