import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { DefaultAzureCredential } from '@azure/identity';

/** A credential that forgets its tokens when a service refuses one before its end: they were revoked, or somebody's clock is wrong. */
export interface RenewableCredential extends TokenCredential {
  /** Called after a 401. The next token is a new one. */
  refused?(): void;
}
/** Deliveries that were refused together cause one renewal. */
const RENEW_EVERY_MS = 5_000;

/** The engine's own identity: environment, workload identity, managed identity or a developer's sign-in, as @azure/identity finds it. */
export function engineCredential(options: { authorityHost: string }): RenewableCredential {
  const host = new URL(options.authorityHost).hostname;
  // The library renews tokens before their end, and has no way to be told that one is no good: a new instance knows none.
  let current = make();
  let madeAt = Number.NEGATIVE_INFINITY;
  return {
    getToken: (scopes, more) => current.getToken(scopes, more ?? {}),
    refused() {
      // Not the time of day, which may jump.
      if (performance.now() - madeAt < RENEW_EVERY_MS) return;
      madeAt = performance.now();
      current = make();
    },
  };
  function make(): DefaultAzureCredential {
    return new DefaultAzureCredential({
      authorityHost: options.authorityHost,
      // Instance discovery asks Microsoft whether it knows the authority; one of another cloud is known by configuration alone.
      disableInstanceDiscovery: !/\.(microsoftonline\.(com|us)|chinacloudapi\.cn|partner\.microsoftonline\.cn)$/.test(`.${host}`),
      additionallyAllowedTenants: ['*'],
    });
  }
}

/** The same identity in one directory: an engine of several tenants must ask each for its token. */
export const inTenant = (credential: RenewableCredential, tenantId: string): RenewableCredential => ({
  getToken: (scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null> =>
    credential.getToken(scopes, { ...options, tenantId }),
  refused: () => credential.refused?.(),
});
