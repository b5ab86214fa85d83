import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { IdentityUnavailable, TokenInvalid, TokenScopeMissing } from './errors.ts';
import { hasGroupsOverage, type Principal } from './principal.ts';

export interface TokenValidatorOptions {
  /** e.g. `https://login.microsoftonline.com`, without a slash at the end. */
  readonly authorityHost: string;
  readonly tenantIds: readonly string[];
  /** The audience: the API registration's client id (a GUID; v2.0 tokens never carry the `api://` form). */
  readonly apiClientId: string;
  /** Apps that may call on behalf of a user (`azp`). */
  readonly spaClientIds: readonly string[];
  /** Where a directory's signing keys are. Default `<authorityHost>/<tid>/discovery/v2.0/keys`. */
  readonly jwksUri?: (tenantId: string) => string;
  /** How long to wait for the keys, in milliseconds. */
  readonly timeoutMs?: number;
}

const text = z.string().max(1000).catch('');
const claimsSchema = z.object({
  tid: z.guid(),
  oid: z.guid(),
  iss: z.string(),
  ver: z.literal('2.0'),
  azp: z.string(),
  iat: z.number(),
  exp: z.number(),
  scp: z.string().optional(),
  name: text,
  preferred_username: text,
  upn: text,
  wids: z.array(z.guid()).max(1000).catch([]),
});
const REQUIRED_SCOPE = 'access_as_user';

/**
 * Checks access tokens of Entra ID v2.0 and says who is calling.
 * Claims: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 * Throws TokenInvalid (401), TokenScopeMissing (403) or IdentityUnavailable (503). Messages never hold any part of the token.
 */
export function createTokenValidator(options: TokenValidatorOptions): (token: string) => Promise<Principal> {
  const authority = options.authorityHost.replace(/\/+$/, '');
  const keysAt = options.jwksUri ?? ((tid: string) => `${authority}/${tid}/discovery/v2.0/keys`);
  const keySets = new Map<string, JWTVerifyGetKey>(
    options.tenantIds.map((tid) => [
      tid.toLowerCase(),
      createRemoteJWKSet(new URL(keysAt(tid)), {
        cooldownDuration: 30_000,
        cacheMaxAge: 600_000,
        timeoutDuration: options.timeoutMs ?? 5_000,
      }),
    ]),
  );
  const spas = new Set(options.spaClientIds.map((id) => id.toLowerCase()));

  return async function validate(token) {
    const tenantId = tenantOf(token);
    const keys = keySets.get(tenantId);
    if (!keys) throw new TokenInvalid('The token comes from a directory that is not set up here.');
    const issuer = `${authority}/${tenantId}/v2.0`;
    const payload = await verify(token, guarded(keys, tenantId), issuer, options.apiClientId);
    const parsed = claimsSchema.safeParse(payload);
    if (!parsed.success) {
      const named = parsed.error.issues.map((i) => i.path.join('.')).join(', ');
      throw new TokenInvalid(`The token is not a v2.0 access token of a user: ${named} missing or wrong.`);
    }
    const claims = parsed.data;
    if (claims.tid.toLowerCase() !== tenantId) throw new TokenInvalid('The token names another directory than its issuer.');
    if (!spas.has(claims.azp.toLowerCase())) throw new TokenInvalid('The token was issued to another application.');
    if (claims.scp === undefined) throw new TokenInvalid('The token has no scp claim: it was not issued to a signed-in user.');
    if (!claims.scp.split(' ').includes(REQUIRED_SCOPE)) throw new TokenScopeMissing(`The token lacks the scope ${REQUIRED_SCOPE}.`);
    const upn = claims.preferred_username || claims.upn;
    return {
      tenantId,
      oid: claims.oid.toLowerCase(),
      name: claims.name || upn,
      upn,
      wids: claims.wids.map((w) => w.toLowerCase()),
      groupsOverage: hasGroupsOverage(payload),
      issuedAt: claims.iat,
      expiresAt: claims.exp,
    };
  };
}

function tenantOf(token: string): string {
  try {
    const { tid } = decodeJwt(token);
    if (typeof tid === 'string') return tid.toLowerCase();
  } catch {
    throw new TokenInvalid('The token is not a JSON Web Token.');
  }
  throw new TokenInvalid('The token names no directory (tid).');
}

async function verify(token: string, keys: JWTVerifyGetKey, issuer: string, audience: string): Promise<Record<string, unknown>> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ['RS256'],
      clockTolerance: 60,
      requiredClaims: ['exp', 'iat', 'tid', 'oid'],
    });
    return payload;
  } catch (error) {
    if (error instanceof IdentityUnavailable || error instanceof TokenInvalid) throw error;
    if (error instanceof errors.JWTExpired) throw new TokenInvalid('The token has expired. Sign in again.');
    if (error instanceof errors.JWTClaimValidationFailed) throw new TokenInvalid(`The token's ${error.claim} claim does not fit this API.`);
    throw new TokenInvalid('The token could not be verified.');
  }
}

/** Tells "no such key" (the token's fault) from "the keys cannot be read" (not the caller's fault). */
function guarded(keys: JWTVerifyGetKey, tenantId: string): JWTVerifyGetKey {
  return async (header, jws) => {
    if (typeof header.kid !== 'string') throw new TokenInvalid('The token does not name its key (kid).');
    try {
      return await keys(header, jws);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw new TokenInvalid('The token is signed with a key that its directory does not publish.');
      throw new IdentityUnavailable(`The signing keys of directory ${tenantId} could not be read. Try again in a moment.`, {
        cause: error,
      });
    }
  };
}
