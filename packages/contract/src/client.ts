import type { ArgsOf, Endpoint, ResponseOf } from './endpoint.ts';
import { ApiProblem, problem } from './problem.ts';

export interface CallOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** Builds the URL of a call; array values repeat, undefined ones are left out. */
export function urlOf(endpoint: Endpoint, args: { params?: unknown; query?: unknown } = {}): string {
  const params = (args.params ?? {}) as Record<string, unknown>;
  const path = endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries((args.query ?? {}) as Record<string, unknown>)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== null) search.append(key, String(one));
  }
  const query = search.toString();
  return query ? `${path}?${query}` : path;
}

/** Reads a failed answer; one that is no problem+json (a proxy's page) still gives a sentence. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const parsed = problem.safeParse(await response.json().catch(() => null));
  return new ApiProblem(
    parsed.success
      ? parsed.data
      : {
          type: 'about:blank',
          title: response.statusText || 'Error',
          status: response.status,
          code: 'internal',
          detail: `The server answered ${response.status} ${response.statusText} without saying why.`,
          traceId: response.headers.get('x-request-id') ?? '',
        },
  );
}

/** The typed client. `send` adds the token; non-2xx answers throw `ApiProblem`. */
export function createClient(send: (url: string, init: RequestInit) => Promise<Response>) {
  async function raw(
    endpoint: Endpoint,
    args: { params?: unknown; query?: unknown; body?: unknown } = {},
    options: CallOptions = {},
  ): Promise<Response> {
    const init: RequestInit = { method: endpoint.method, headers: { ...options.headers } };
    if (options.signal) init.signal = options.signal;
    if (args.body !== undefined) {
      init.body = JSON.stringify(args.body);
      init.headers = { ...options.headers, 'content-type': 'application/json' };
    }
    const response = await send(urlOf(endpoint, args), init);
    if (!response.ok) throw await problemOf(response);
    return response;
  }
  async function call<E extends Endpoint>(endpoint: E, args?: ArgsOf<E>, options?: CallOptions): Promise<ResponseOf<E>> {
    const response = await raw(endpoint, args, options);
    return (endpoint.response ? await response.json() : undefined) as ResponseOf<E>;
  }
  return { call, raw };
}
export type Client = ReturnType<typeof createClient>;
