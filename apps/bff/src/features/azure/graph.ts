import type { TokenCredential } from '@azure/core-auth';
import type { GraphCall } from '@weir/access';

const TIMEOUT_MS = 20_000;

/** Calls Microsoft Graph as the person. Everything but success and "you may not ask" is an error, so that the role check stays closed. */
export function createGraphCall(options: {
  credentialOf: (tenantId: string, userToken: string) => TokenCredential;
  endpoint: string;
  scope: string;
}): GraphCall {
  return async ({ tenantId, userToken, path }) => {
    const token = await options.credentialOf(tenantId, userToken).getToken(options.scope);
    if (!token) throw new Error('The directory gave no token for the role check.');
    const answer = await fetch(`${options.endpoint}${path}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: `Bearer ${token.token}`, accept: 'application/json' },
    });
    if (answer.status === 403) return { kind: 'denied' };
    if (answer.status !== 200) throw new Error(`Graph answered ${answer.status} to the role check.`);
    return { kind: 'ok', body: await answer.json() };
  };
}
