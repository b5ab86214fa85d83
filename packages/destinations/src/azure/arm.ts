import type { RenewableCredential } from './credential.ts';

export interface ArmOptions {
  credential: RenewableCredential;
  /** Origin of Azure Resource Manager in this cloud. */
  endpoint: string;
  scope: string;
}
/** An error answer of ARM, or none at all (status 0). */
export class ArmError extends Error {
  override readonly name = 'ArmError';
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  /** What the directory wants of the person before it lets the call through (JSON), when it says so. */
  readonly claims: string | undefined;
  constructor(
    status: number,
    code: string,
    message: string,
    more: { retryAfterMs?: number | undefined; claims?: string | undefined } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = more.retryAfterMs;
    this.claims = more.claims;
  }
}
/** Versions that every cloud has; newer ones bring nothing that is used here. */
export const apiVersions = {
  storage: '2023-05-01',
  eventHub: '2024-01-01',
  operationalInsights: '2023-09-01',
  insights: '2023-03-11',
  resources: '2022-12-01',
} as const;
const TIMEOUT_MS = 30_000;

/** Azure Resource Manager: get, post, put. Does not retry; throws `ArmError`. */
export class ArmClient {
  readonly #options: ArmOptions;
  readonly #origin: string;
  constructor(options: ArmOptions) {
    this.#options = options;
    this.#origin = new URL(options.endpoint).origin;
  }

  get<T>(id: string, apiVersion: string, signal?: AbortSignal): Promise<T> {
    return this.#call<T>('GET', this.#url(id, apiVersion), undefined, signal);
  }
  post<T>(id: string, apiVersion: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return this.#call<T>('POST', this.#url(id, apiVersion), body, signal);
  }
  put<T>(id: string, apiVersion: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.#call<T>('PUT', this.#url(id, apiVersion), body, signal);
  }
  /** All pages. A next link on another origin would be sent the token, so it is refused. */
  async list<T>(id: string, apiVersion: string, signal?: AbortSignal): Promise<T[]> {
    const items: T[] = [];
    for (let url: string | undefined = this.#url(id, apiVersion); url !== undefined;) {
      if (new URL(url).origin !== this.#origin)
        throw new ArmError(0, 'ForeignNextLink', 'Azure sent a next page on another host; it was not followed.');
      const page: { value?: T[]; nextLink?: string } = await this.#call('GET', url, undefined, signal);
      items.push(...(page.value ?? []));
      url = page.nextLink || undefined;
    }
    return items;
  }

  #url(id: string, apiVersion: string): string {
    return `${this.#origin}${id.startsWith('/') ? '' : '/'}${id}?api-version=${apiVersion}`;
  }

  /** A token that is refused before its end is renewed once. */
  async #call<T>(method: string, url: string, body: unknown, signal?: AbortSignal): Promise<T> {
    const token = await this.#token(signal);
    try {
      return await this.#send<T>(token, method, url, body, signal);
    } catch (error) {
      if (!(error instanceof ArmError && error.status === 401 && error.claims === undefined)) throw error;
      this.#options.credential.refused?.();
      const renewed = await this.#token(signal);
      if (renewed === token) throw error;
      return this.#send<T>(renewed, method, url, body, signal);
    }
  }

  async #token(signal?: AbortSignal): Promise<string> {
    const token = await this.#options.credential.getToken(this.#options.scope, signal ? { abortSignal: signal } : {});
    if (!token) throw new ArmError(401, 'NoToken', 'No token for Azure Resource Manager could be had.');
    return token.token;
  }

  async #send<T>(token: string, method: string, url: string, body: unknown, signal?: AbortSignal): Promise<T> {
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new ArmError(0, 'network', `Azure Resource Manager could not be reached: ${cause}`);
    });
    if (response.ok) return (await readAnswer(response)) as T;
    const answer = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
    const retryAfter = Number(response.headers.get('retry-after'));
    // https://learn.microsoft.com/entra/identity-platform/claims-challenge
    const challenge = /claims="([^"]+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1];
    throw new ArmError(
      response.status,
      answer.error?.code ?? String(response.status),
      (answer.error?.message ?? `Azure answered ${response.status}.`).slice(0, 500),
      {
        retryAfterMs: retryAfter > 0 ? retryAfter * 1000 : undefined,
        claims: challenge === undefined ? undefined : Buffer.from(challenge, 'base64').toString(),
      },
    );
  }
}

/** The JSON of an answer; none at all is {}. Half an answer must not pass for an empty one: a list would look as if nothing were there. */
async function readAnswer(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ArmError(0, 'BrokenAnswer', 'Azure Resource Manager began an answer that could not be read to its end.');
  }
}
