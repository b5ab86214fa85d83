import { createClient } from '@weir/contract';
import { SessionExpired, Unreachable } from './problem.ts';

/** Hands out an access token for our API; `fresh` asks for one that is not from the cache. Throws SessionExpired. */
export type TokenSource = (options: { fresh: boolean }) => Promise<string>;
let tokenSource: TokenSource | null = null;
/** Called once by the shell after sign-in. */
export const setTokenSource = (source: TokenSource): void => {
  tokenSource = source;
};

const reach = (url: string, init: RequestInit): Promise<Response> =>
  fetch(url, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new Unreachable(error);
  });

/** The claims that a refused call asks for. https://learn.microsoft.com/entra/identity-platform/claims-challenge */
export function claimsOf(header: string | null): string | undefined {
  const found = /claims="([^"]+)"/.exec(header ?? '')?.[1];
  if (!found) return undefined;
  try {
    return found.trimStart().startsWith('{') ? found : atob(found.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}

async function send(url: string, init: RequestInit): Promise<Response> {
  if (!tokenSource) throw new SessionExpired();
  const attempt = async (fresh: boolean): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${await tokenSource!({ fresh })}`);
    return reach(url, { ...init, headers });
  };
  const first = await attempt(false);
  if (first.status !== 401) return first;
  const asked = claimsOf(first.headers.get('www-authenticate'));
  if (asked) throw new SessionExpired(asked);
  const second = await attempt(true);
  if (second.status === 401) throw new SessionExpired(claimsOf(second.headers.get('www-authenticate')));
  return second;
}

/** The typed client for everything that needs a token. */
export const api = createClient(send);
/** The typed client for public endpoints, before anybody signed in. */
export const publicApi = createClient(reach);
