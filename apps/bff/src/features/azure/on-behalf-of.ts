import { createHash } from 'node:crypto';
import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { OnBehalfOfCredential } from '@azure/identity';
import type { BffConfig } from '../../config.ts';
import { HttpProblem } from '../../http/problem.ts';

const MICROSOFT_AUTHORITIES = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
]);
const MAX_KEPT = 1_000;

/** A downstream claims challenge inside an error of the identity library, if there is one. */
function claimsOf(error: unknown): string | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if ('claims' in e && typeof e.claims === 'string' && e.claims !== '') return e.claims;
  }
  return null;
}

/** The answer that makes MSAL sign in again with what the directory asks for. */
export function claimsRequired(claims: string): HttpProblem {
  const encoded = Buffer.from(claims).toString('base64');
  return new HttpProblem('claims.required', 'Your directory asks for a further sign-in step before this. Sign in again.', {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_claims", claims="${encoded}"` },
  });
}

/** Credentials that act as the person whose token came with the request. The library keeps its tokens, so each is kept as long as it is used. */
export function createOnBehalfOf(
  config: Pick<BffConfig, 'WEIR_AUTHORITY_HOST' | 'WEIR_API_CLIENT_ID' | 'WEIR_API_CLIENT_SECRET'>,
): (tenantId: string, userToken: string) => TokenCredential {
  const kept = new Map<string, TokenCredential>();
  const authority = new URL(config.WEIR_AUTHORITY_HOST);

  return function credentialOf(tenantId, userToken) {
    const clientSecret = config.WEIR_API_CLIENT_SECRET;
    if (clientSecret === undefined) {
      throw new HttpProblem('azure.failed', 'This server has no credential for asking Azure on your behalf. Set WEIR_API_CLIENT_SECRET.');
    }
    const key = createHash('sha256').update(`${tenantId}|${userToken}`).digest('base64');
    let credential = kept.get(key);
    kept.delete(key);
    if (!credential) {
      // The library honours disableInstanceDiscovery here as in its other credentials, but leaves it out of this one's type.
      const options = {
        tenantId,
        clientId: config.WEIR_API_CLIENT_ID,
        clientSecret,
        userAssertionToken: userToken,
        authorityHost: config.WEIR_AUTHORITY_HOST,
        disableInstanceDiscovery: !MICROSOFT_AUTHORITIES.has(authority.hostname),
      };
      credential = explained(() => new OnBehalfOfCredential(options));
    }
    kept.set(key, credential);
    const oldest = kept.size > MAX_KEPT ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return credential;
  };
}

/** The library refuses some authorities as early as its constructor (an http address is one): that is the same problem as no token. */
function explained(make: () => TokenCredential): TokenCredential {
  let inner: TokenCredential | undefined;
  return {
    async getToken(scopes, options): Promise<AccessToken | null> {
      try {
        inner ??= make();
        return await inner.getToken(scopes, options);
      } catch (error) {
        const claims = claimsOf(error);
        if (claims !== null) throw claimsRequired(claims);
        throw new HttpProblem(
          'azure.failed',
          'The directory gave no token for acting on your behalf. The API registration may lack consent, or its secret may have expired.',
          { cause: error },
        );
      }
    },
  };
}
