import type { TokenCredential } from '@azure/core-auth';
import { SourceFault } from '@weir/engine';

export interface GraphOptions {
  credential: TokenCredential;
  /** Origin of Microsoft Graph in this cloud. */
  graphEndpoint: string;
  graphScope: string;
}
const TIMEOUT_MS = 60_000;

/** Reads all pages of a Graph list. Throws `SourceFault` in words for an admin, with the service's Retry-After. */
export async function* graphPages<T>(
  options: GraphOptions,
  tenantId: string,
  path: string,
  permission: string,
  signal: AbortSignal,
): AsyncGenerator<T[]> {
  const origin = new URL(options.graphEndpoint).origin;
  const seen = new Set<string>();
  for (let url = new URL(path, options.graphEndpoint).href; ;) {
    const page: { value?: T[]; '@odata.nextLink'?: string } = await getJson(options, tenantId, url, permission, signal);
    if (!Array.isArray(page.value)) throw new SourceFault('Microsoft Graph answered without a list of values.');
    yield page.value;
    seen.add(url);
    const next = page['@odata.nextLink'];
    if (!next) return;
    url = new URL(next, url).href;
    // The token goes with the request: a link elsewhere would hand it out. A link that does not move would never end.
    if (new URL(url).origin !== origin) throw new SourceFault('Microsoft Graph sent a next page on another origin; it was not followed.');
    if (seen.has(url)) throw new SourceFault('Microsoft Graph sent a next page that was read already; the window is read again later.');
  }
}

async function getJson<T>(options: GraphOptions, tenantId: string, url: string, permission: string, signal: AbortSignal): Promise<T> {
  const token = await options.credential.getToken(options.graphScope, { tenantId, abortSignal: signal }).catch((error: unknown) => {
    throw new SourceFault(`No token for Microsoft Graph could be had: ${reason(error)}`, undefined, 'source');
  });
  if (!token)
    throw new SourceFault(
      'No token for Microsoft Graph could be had. Check the engine credential (AZURE_CLIENT_ID and its secret or identity).',
      undefined,
      'source',
    );
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token.token}`, accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: unknown) => {
    throw new SourceFault(`Microsoft Graph could not be reached: ${reason(error)}`, undefined, 'source');
  });
  if (response.ok) return (await response.json()) as T;
  const body = await response.text().catch(() => '');
  const message = messageOf(body);
  const retryAfter = Number(response.headers.get('retry-after'));
  const retryAfterMs = retryAfter > 0 ? retryAfter * 1000 : undefined;
  if (response.status === 429 || response.status === 503)
    throw new SourceFault(`Microsoft Graph throttles: ${message}`, retryAfterMs ?? 10_000);
  // Intune's own broker throttles with a 500.
  if (response.status === 500 && body.includes('Rate limit reached'))
    throw new SourceFault(`Microsoft Graph throttles: ${message}`, retryAfterMs ?? 20_000);
  if (response.status === 401 || response.status === 403) {
    throw new SourceFault(
      `Microsoft Graph refused (${response.status}): ${message} Grant the engine's app the application permission ${permission} and admin consent.`,
      undefined,
      'source',
    );
  }
  throw new SourceFault(`Microsoft Graph answered ${response.status}: ${message}`, retryAfterMs);
}

const reason = (error: unknown): string =>
  error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
function messageOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { error?: { code?: string; message?: string } };
    return [parsed.error?.code, parsed.error?.message].filter(Boolean).join(': ').slice(0, 300) || 'no reason given.';
  } catch {
    return body.slice(0, 200) || 'no reason given.';
  }
}
