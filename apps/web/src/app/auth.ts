import { InteractionRequiredAuthError, PublicClientApplication } from '@azure/msal-browser';
import { endpoints } from '@weir/contract';
import { publicApi } from '../lib/api.ts';
import { SessionExpired } from '../lib/problem.ts';
import { SignInFailed, SignedOut, type SignIn } from './sign-in.ts';

const DIRECTORY = 'weir.directory';
const SIGNED_OUT = 'weir.signed-out';
/** So long before a token's end MSAL gets a new one. */
const RENEW_MS = 300_000;

/** The browser leaves this page: nothing after it may run. */
const leave = (): Promise<never> => new Promise(() => {});

/**
 * Signs in, or leaves the page to do so. MSAL keeps its tokens in sessionStorage: they end with the tab, and are good for
 * our own API only.
 * @throws Unreachable, SignInFailed, SignedOut
 */
export async function signIn(): Promise<SignIn> {
  const config = await publicApi.call(endpoints.session.authConfig);
  const wanted = sessionStorage.getItem(DIRECTORY);
  const directory = config.directories.find((d) => d.tenantId === wanted) ?? config.directories[0];
  if (!directory) throw new Error('The server names no directory to sign in to. Set WEIR_DIRECTORIES.');
  const client = new PublicClientApplication({
    auth: {
      clientId: config.clientId,
      authority: directory.authority,
      knownAuthorities: config.knownAuthorities,
      authorityMetadata: directory.authorityMetadata ?? '',
      redirectUri: '/redirect.html',
      postLogoutRedirectUri: '/',
    },
    cache: { cacheLocation: 'sessionStorage' },
  });
  await client.initialize();
  const { scopes } = config;
  const failed = (cause: unknown) =>
    new SignInFailed(
      cause,
      () => void client.loginRedirect({ scopes }),
      () => void client.loginRedirect({ scopes, prompt: 'select_account' }),
    );
  const result = await client.handleRedirectPromise().catch((error: unknown) => {
    throw failed(error);
  });
  if (result) {
    client.setActiveAccount(result.account);
    sessionStorage.removeItem(SIGNED_OUT);
  }
  // After "Switch directory" accounts of two directories are cached: only the chosen one's counts.
  const active = client.getActiveAccount();
  const account = active?.tenantId === directory.tenantId ? active : client.getAllAccounts().find((a) => a.tenantId === directory.tenantId);
  // Set also when there is none: MSAL would hint at the account of the other directory in the sign-in to this one.
  client.setActiveAccount(account ?? null);
  if (!account) {
    if (sessionStorage.getItem(SIGNED_OUT)) {
      history.replaceState(null, '', '/');
      throw new SignedOut(() => {
        sessionStorage.removeItem(SIGNED_OUT);
        void client.loginRedirect({ scopes });
      });
    }
    await client.loginRedirect({ scopes }).catch((error: unknown) => {
      throw failed(error);
    });
    return leave();
  }
  // Finding it in MSAL's cache takes some frames, and each call would wait for that.
  let kept = { token: '', until: 0 };
  const again = (request: { claims?: string; prompt?: string; loginHint?: string }) => void client.loginRedirect({ scopes, ...request });

  return {
    config,
    token: async ({ fresh }) => {
      if (!fresh && Date.now() < kept.until) return kept.token;
      try {
        const { accessToken, expiresOn } = await client.acquireTokenSilent({ scopes, account, forceRefresh: fresh });
        kept = { token: accessToken, until: (expiresOn?.getTime() ?? 0) - RENEW_MS };
        return accessToken;
      } catch (error) {
        if (error instanceof InteractionRequiredAuthError) throw new SessionExpired(error.claims || undefined);
        throw error;
      }
    },
    signInAgain: (claims) => again({ loginHint: account.username, ...(claims && { claims }) }),
    useAnotherAccount: () => again({ prompt: 'select_account' }),
    switchDirectory: (tenantId) => {
      sessionStorage.setItem(DIRECTORY, tenantId);
      location.assign('/');
    },
    signOut: () => {
      sessionStorage.setItem(SIGNED_OUT, '1');
      void client.logoutRedirect({ account, ...(account.idToken && { idTokenHint: account.idToken }) });
    },
  };
}
