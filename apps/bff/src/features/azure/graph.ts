import type { TokenCredential } from '@azure/core-auth';
import type { GraphCall } from '@weir/access';
import { callAs } from './person.ts';

/** Calls Microsoft Graph as the person. Everything but success and "you may not ask" is an error, so that the role check stays closed. */
export function createGraphCall(options: {
  credentialOf: (tenantId: string, userToken: string) => TokenCredential;
  endpoint: string;
  scope: string;
}): GraphCall {
  return async ({ tenantId, userToken, path }) => {
    const answer = await callAs(options.credentialOf(tenantId, userToken), options.scope, 'GET', `${options.endpoint}${path}`);
    if (answer.status === 403) return { kind: 'denied' };
    if (answer.status !== 200) throw new Error(`Graph answered ${answer.status} to the role check.`);
    return { kind: 'ok', body: answer.body };
  };
}
