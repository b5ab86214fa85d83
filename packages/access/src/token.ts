import { hash } from 'node:crypto';
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTHeaderParameters } from 'jose';
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
/** Tokens that are remembered, by their hash: a stolen dump of the memory must not hold more of them than it must. */
const MOST_REMEMBERED = 5_000;
interface Checked {
  readonly principal: Principal;
  readonly header: JWTHeaderParameters;
  /** The one that signed it, as its directory published it when it was checked. */
  readonly key: unknown;
}

/**
 * Checks access tokens of Entra ID v2.0 and says who is calling.
 * Claims: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 * A token that was checked before is not checked again until it ends, as long as its directory still publishes the key; that is
 * asked each time.
 * Throws TokenInvalid (401), TokenScopeMissing (403) or IdentityUnavailable (503). Messages never hold any part of the token.
 */
export function createTokenValidator(options: TokenValidatorOptions): (token: string) => Promise<Principal> {
  const authority = options.authorityHost.replace(/\/+$/, '');
  const keysAt = options.jwksUri ?? ((tid: string) => `${authority}/${tid}/discovery/v2.0/keys`);
  const keySets = new Map<string, FindKey>(
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

  const remembered = new Map<string, Checked>();

  return async function validate(token) {
    const digest = hash('sha256', token, 'base64');
    const before = remembered.get(digest);
    if (before && Date.now() < before.principal.expiresAt * 1000) {
      const { tenantId } = before.principal;
      if ((await guarded(keySets.get(tenantId)!, tenantId)(before.header)) === before.key) return before.principal;
    }
    remembered.delete(digest);
    const checked = await check(token);
    const oldest = remembered.size >= MOST_REMEMBERED ? remembered.keys().next() : undefined;
    if (oldest?.value !== undefined) remembered.delete(oldest.value);
    remembered.set(digest, checked);
    return checked.principal;
  };

  async function check(token: string): Promise<Checked> {
    const tenantId = tenantOf(token);
    const keys = keySets.get(tenantId);
    if (!keys) throw new TokenInvalid('The token comes from a directory that is not set up here.');
    const issuer = `${authority}/${tenantId}/v2.0`;
    const { payload, protectedHeader, key } = await verify(token, guarded(keys, tenantId), issuer, options.apiClientId);
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
    const principal = {
      tenantId,
      oid: claims.oid.toLowerCase(),
      name: claims.name || upn,
      upn,
      wids: claims.wids.map((w) => w.toLowerCase()),
      groupsOverage: hasGroupsOverage(payload),
      issuedAt: claims.iat,
      expiresAt: claims.exp,
    };
    return { principal, header: protectedHeader, key };
  }
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

async function verify(token: string, keys: FindKey, issuer: string, audience: string) {
  try {
    return await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ['RS256'],
      clockTolerance: 60,
      requiredClaims: ['exp', 'iat', 'tid', 'oid'],
    });
  } catch (error) {
    if (error instanceof IdentityUnavailable || error instanceof TokenInvalid) throw error;
    if (error instanceof errors.JWTExpired) throw new TokenInvalid('The token has expired. Sign in again.');
    if (error instanceof errors.JWTClaimValidationFailed) throw new TokenInvalid(`The token's ${error.claim} claim does not fit this API.`);
    throw new TokenInvalid('The token could not be verified.');
  }
}

type KeySet = ReturnType<typeof createRemoteJWKSet>;
type FindKey = (header: JWTHeaderParameters, jws?: Parameters<KeySet>[1]) => ReturnType<KeySet>;
/** Tells "no such key" (the token's fault) from "the keys cannot be read" (not the caller's fault). */
function guarded(keys: FindKey, tenantId: string): FindKey {
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
