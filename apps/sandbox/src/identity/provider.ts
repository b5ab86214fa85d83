import { createHash } from 'node:crypto';
import Provider, { interactionPolicy, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import type { Directory, Person } from '../people.ts';
import { memoryAdapter } from './adapter.ts';
import type { loadState } from './keys.ts';
import { submitScript } from './page.ts';

export type State = Awaited<ReturnType<typeof loadState>>;
export interface ProviderOptions {
  state: State;
  directory: Directory;
  people: readonly Person[];
  /** The authority host: what servers reach, and what stands in `iss`. */
  httpsOrigin: string;
  /** Where the app is served. */
  publicOrigin: string;
}
/** Seconds. As Entra's default. MSAL renews five minutes before the end, so it must be well above 300. */
export const ACCESS_TOKEN_TTL = 3600;
const scopeOf = (apiClientId: string) => `api://${apiClientId}/access_as_user`;

/** Claims of a person's access token, as Entra's v2 tokens carry them. */
export function personClaims(person: Person): Record<string, unknown> {
  return {
    ver: '2.0',
    tid: person.tenantId,
    oid: person.oid,
    name: person.name,
    preferred_username: person.upn,
    upn: person.upn,
    wids: person.wids,
    ...(person.groups.length > 0 && { groups: person.groups }),
  };
}

/** One directory's OpenID provider with Entra's own paths. */
export function createProvider({ state, directory, people, httpsOrigin, publicOrigin }: ProviderOptions): Provider {
  const { tenantId } = directory;
  const byOid = new Map(people.map((p) => [p.oid, p]));
  const policy = interactionPolicy.base();
  policy.add(
    new interactionPolicy.Prompt(
      { name: 'select_account', requestable: true },
      new interactionPolicy.Check(
        'select_account_prompt',
        'an account must be chosen',
        (ctx) => ctx.oidc.prompts.has('select_account') && !ctx.oidc.result?.['login'],
      ),
    ),
    0,
  );
  policy.get('login')!.checks.add(
    // Without this a hidden renewal could return the token of whoever signed in last in another tab.
    new interactionPolicy.Check('login_hint_differs', 'another account is signed in', (ctx) => {
      const hint = ctx.oidc.params?.['login_hint'];
      const account = ctx.oidc.session?.accountId;
      // Whoever has just chosen an account meant it, whatever the app had hinted at.
      return typeof hint === 'string' && account !== undefined && byOid.get(account)?.upn !== hint && !ctx.oidc.result?.['login'];
    }),
  );
  policy.remove('consent');
  const configuration: Configuration = {
    adapter: memoryAdapter(),
    jwks: { keys: [state.jwk as never] },
    clients: [
      {
        client_id: state.spaClientId,
        token_endpoint_auth_method: 'none',
        application_type: 'web',
        subject_type: 'pairwise',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`${publicOrigin}/redirect.html`],
        post_logout_redirect_uris: [`${publicOrigin}/`],
      },
    ],
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: { openid: ['sub', 'oid', 'tid', 'ver', 'login_hint', 'sid'], profile: ['name', 'preferred_username'], email: ['email'] },
    conformIdTokenClaims: false,
    routes: {
      authorization: '/oauth2/v2.0/authorize',
      token: '/oauth2/v2.0/token',
      end_session: '/oauth2/v2.0/logout',
      jwks: '/discovery/v2.0/keys',
    },
    pkce: { required: () => true },
    responseTypes: ['code'],
    // MSAL asks for offline_access without a consent prompt, which the library would drop; refresh would then fail.
    extraParams: {
      client_info(ctx: KoaContextWithOIDC) {
        const params = ctx.oidc.params as { scope?: string } | undefined;
        if (params?.scope?.split(' ').includes('openid') && !params.scope.includes('offline_access'))
          params.scope = `${params.scope} offline_access`;
      },
    } as unknown as Configuration['extraParams'],
    expiresWithSession: () => true,
    // Entra leaves older refresh tokens of a browser app usable as well; rotation would sign out a duplicated tab.
    rotateRefreshToken: false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: (_ctx, origin) => origin === publicOrigin,
    cookies: {
      keys: [state.cookieKey],
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: `/${tenantId}` },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: async (_ctx, accountId, client) =>
      createHash('sha256').update(`${client.clientId}|${accountId}`).digest('base64url'),
    interactions: { policy, url: (_ctx, interaction) => `/${tenantId}/signin/${interaction.uid}` },
    ttl: {
      AccessToken: ACCESS_TOKEN_TTL,
      AuthorizationCode: 60,
      IdToken: 3600,
      Interaction: 3600,
      Session: 14 * 86_400,
      Grant: 14 * 86_400,
      RefreshToken: 86_400,
    },
    findAccount: async (_ctx, oid) => {
      const person = byOid.get(oid);
      if (!person) return undefined;
      return {
        accountId: oid,
        claims: async () => ({
          sub: oid,
          oid,
          tid: tenantId,
          ver: '2.0',
          login_hint: person.upn,
          name: person.name,
          preferred_username: person.upn,
          email: person.upn,
        }),
      };
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = `<!doctype html><html lang="en"><head><title>Signing out</title></head><body>${form.replace('</form>', '<input type="hidden" name="logout" value="yes"></form>')}<script>${submitScript}</script></body></html>`;
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => (oneOf ? [oneOf].flat()[0]! : `api://${state.apiClientId}`),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: scopeOf(state.apiClientId),
          audience: state.apiClientId,
          accessTokenFormat: 'jwt',
          accessTokenTTL: ACCESS_TOKEN_TTL,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    formats: {
      customizers: {
        jwt(_ctx, token, jwt) {
          const person = byOid.get((token as { accountId: string }).accountId)!;
          jwt.header = { ...jwt.header, typ: 'JWT' };
          const scp = String(jwt.payload['scope'] ?? '').replaceAll(`api://${state.apiClientId}/`, '');
          delete jwt.payload['scope'];
          delete jwt.payload['client_id'];
          Object.assign(jwt.payload, {
            ...personClaims(person),
            azp: (token as { clientId: string }).clientId,
            azpacr: '0',
            scp,
            nbf: jwt.payload['iat'],
          });
        },
      },
    },
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc as unknown as {
        client: { clientId: string };
        session: { accountId: string; grantIdFor(id: string): string | undefined };
        provider: Provider;
      };
      const known = session.grantIdFor(client.clientId);
      const existing = known ? await provider.Grant.find(known) : undefined;
      if (existing) return existing;
      // First party: nobody is asked to consent to the admin center that they opened.
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope('openid profile email offline_access');
      grant.addResourceScope(`api://${state.apiClientId}`, scopeOf(state.apiClientId));
      await grant.save();
      return grant;
    },
  };
  const provider = new Provider(`${httpsOrigin}/${tenantId}/v2.0`, configuration);
  provider.proxy = true;
  provider.use(async (ctx, next) => {
    await next();
    const body = ctx.body as Record<string, unknown> | undefined;
    const oidc = (ctx as unknown as { oidc?: { route?: string; entities?: { Account?: { accountId: string } } } }).oidc;
    if (oidc?.route !== 'token' || !body?.['access_token']) return;
    const oid = oidc.entities?.Account?.accountId;
    body['client_info'] = Buffer.from(JSON.stringify({ uid: oid, utid: tenantId })).toString('base64url');
    body['ext_expires_in'] = ACCESS_TOKEN_TTL;
  });
  return provider;
}
