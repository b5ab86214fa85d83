import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { DefaultAzureCredential } from '@azure/identity';

/** The engine's own identity: environment, workload identity, managed identity or a developer's sign-in, as @azure/identity finds it. */
export function engineCredential(options: { authorityHost: string }): TokenCredential {
  const host = new URL(options.authorityHost).hostname;
  return new DefaultAzureCredential({
    authorityHost: options.authorityHost,
    // Instance discovery asks Microsoft whether it knows the authority; one of another cloud is known by configuration alone.
    disableInstanceDiscovery: !/\.(microsoftonline\.(com|us)|chinacloudapi\.cn|partner\.microsoftonline\.cn)$/.test(`.${host}`),
    additionallyAllowedTenants: ['*'],
  });
}

/** The same identity in one directory: an engine of several tenants must ask each for its token. */
export const inTenant = (credential: TokenCredential, tenantId: string): TokenCredential => ({
  getToken: (scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null> =>
    credential.getToken(scopes, { ...options, tenantId }),
});
