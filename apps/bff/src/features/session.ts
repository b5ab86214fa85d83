import { endpoints } from '@weir/contract';
import type { BffConfig } from '../config.ts';
import type { Api } from '../http/bind.ts';

type SignInConfig = Pick<BffConfig, 'WEIR_AUTHORITY_HOST' | 'WEIR_SIGN_IN_ORIGIN'>;

/**
 * MSAL refuses an http authority, but takes its endpoints from metadata without asking their scheme: so a browser may
 * reach the authority under another origin than its name.
 */
export function authorityMetadata(config: SignInConfig, tenantId: string): string | null {
  if (!config.WEIR_SIGN_IN_ORIGIN) return null;
  const at = `${config.WEIR_SIGN_IN_ORIGIN}/${tenantId}`;
  return JSON.stringify({
    issuer: `${config.WEIR_AUTHORITY_HOST}/${tenantId}/v2.0`,
    authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
    token_endpoint: `${at}/oauth2/v2.0/token`,
    end_session_endpoint: `${at}/oauth2/v2.0/logout`,
    jwks_uri: `${at}/discovery/v2.0/keys`,
  });
}

/** Sign-in settings for the browser, and who I am. */
export function bindSession(api: Api, config: BffConfig): void {
  const directories = config.WEIR_DIRECTORIES;
  api.open(endpoints.session.authConfig, async () => ({
    clientId: config.WEIR_SPA_CLIENT_ID,
    scopes: [`api://${config.WEIR_API_CLIENT_ID}/access_as_user`],
    knownAuthorities: [new URL(config.WEIR_AUTHORITY_HOST).host],
    notice: config.WEIR_NOTICE ?? null,
    directories: directories.map((d) => ({
      ...d,
      authority: `${config.WEIR_AUTHORITY_HOST}/${d.tenantId}`,
      authorityMetadata: authorityMetadata(config, d.tenantId),
    })),
  }));
  api.bind(endpoints.session.me, async ({ caller: { principal, access } }) => ({
    user: { oid: principal.oid, name: principal.name, upn: principal.upn },
    directory: directories.find((d) => d.tenantId === principal.tenantId) ?? { tenantId: principal.tenantId, name: principal.tenantId },
    directories,
    roles: [...access.roles],
    permissions: [...access.permissions],
    warning: access.warning,
  }));
}
