import type { TokenCredential } from '@azure/core-auth';
import { HttpProblem } from '../../http/problem.ts';
import type { AzureOfPerson } from '../../ports.ts';
import { claimsRequired } from './on-behalf-of.ts';

const TIMEOUT_MS = 20_000;
const MAX_PAGES = 50;

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}
/** One HTTPS call with the person's token. Throws an HttpProblem when there is no answer. */
export async function callAs(credential: TokenCredential, scope: string, method: string, url: string, body?: unknown): Promise<HttpAnswer> {
  const token = await credential.getToken(scope);
  if (!token) throw new HttpProblem('azure.failed', 'The directory gave no token for acting on your behalf.');
  try {
    const answer = await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${token.token}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : parse(text) };
  } catch (error) {
    throw new HttpProblem('azure.failed', `${new URL(url).host} did not answer. Try again in a moment.`, { cause: error });
  }
}
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** ARM's error as ours; its own sentence is kept, because it names the missing action and scope. */
export function armProblem(answer: HttpAnswer): HttpProblem {
  const error = (answer.body as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  const said = typeof error?.message === 'string' ? error.message.slice(0, 1_000) : `Azure answered ${answer.status}.`;
  const challenge = /claims="([^"]+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1];
  if (answer.status === 401 && challenge) return claimsRequired(Buffer.from(challenge, 'base64').toString());
  if (answer.status === 403) return new HttpProblem('azure.forbidden', said);
  if (answer.status === 404) return new HttpProblem('not.found', said);
  return new HttpProblem('azure.failed', said);
}

/** Azure Resource Manager as the person. Pages are followed only where they stay at the same endpoint. */
export function armOf(options: {
  credential: () => TokenCredential;
  endpoint: string;
  scope: string;
}): Pick<AzureOfPerson, 'arm' | 'armList'> {
  const { credential, endpoint, scope } = options;
  async function send(method: 'GET' | 'PUT', url: string, body?: unknown): Promise<unknown> {
    const answer = await callAs(credential(), scope, method, url, body);
    if (answer.status < 200 || answer.status > 299) throw armProblem(answer);
    return answer.body;
  }
  const urlOf = (path: string, version: string) => `${endpoint}${path}?api-version=${version}`;
  return {
    arm: (method, path, version, body) => send(method, urlOf(path, version), body),
    async armList(path, version) {
      const items: unknown[] = [];
      let url: string | undefined = urlOf(path, version);
      for (let page = 0; url !== undefined && page < MAX_PAGES; page++) {
        const answer = (await send('GET', url)) as { value?: unknown[]; nextLink?: string } | null;
        items.push(...(answer?.value ?? []));
        url = answer?.nextLink;
        if (url && new URL(url).origin !== new URL(endpoint).origin) {
          throw new HttpProblem('azure.failed', 'Azure pointed to a next page at another host.');
        }
      }
      return items;
    },
  };
}
