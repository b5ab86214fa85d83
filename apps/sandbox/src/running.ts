import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Described } from './cloud.ts';

/** What a running sandbox leaves in its data folder for the `weir` command. */
/** The key that a sandbox on this data folder seals secrets with; null before its first start. */
export function keyOf(data: string): string | null {
  try {
    return readFileSync(join(data, 'secret.key'), 'utf8').trim();
  } catch {
    return null;
  }
}

export type Running = Described & { pid: number; databaseUrl: string; workerPort: number };
export const dataDir = (env: NodeJS.ProcessEnv = process.env): string => resolve(env['WEIR_DATA'] ?? '.weir');
export const runningFile = (data: string): string => join(data, 'running.json');

/** The sandbox that runs on this data folder. Throws a sentence when none does. */
export function readRunning(data: string): Running {
  let running: Running;
  try {
    running = JSON.parse(readFileSync(runningFile(data), 'utf8')) as Running;
    process.kill(running.pid, 0);
  } catch {
    throw new Error(`No sandbox runs on ${data}. Start one with npm start, or set WEIR_DATA to the folder of the one that runs.`);
  }
  return running;
}

/** An access token for Weir's API, through the code flow that the browser takes. `who` is a name, a UPN or an object id. */
export async function tokenFor(running: Running, who: string, tenant?: string): Promise<string> {
  const directory = running.directories.find((d) =>
    [d.tenantId, d.name.toLowerCase()].includes((tenant ?? running.directories[0]!.tenantId).toLowerCase()),
  );
  if (!directory) throw new Error(`No directory is named ${tenant}. There are: ${running.directories.map((d) => d.name).join(', ')}.`);
  const here = running.people.filter((p) => p.tenantId === directory.tenantId);
  const person = here.find((p) => [p.name.toLowerCase(), p.upn, p.oid, p.upn.split('@')[0]].includes(who.toLowerCase()));
  if (!person) throw new Error(`Nobody in ${directory.name} is called ${who}. There are: ${here.map((p) => p.name).join(', ')}.`);
  const base = `${running.endpoints.signIn}/${directory.tenantId}`;
  const verifier = randomBytes(32).toString('base64url');
  const redirectUri = `${running.publicOrigin}/redirect.html`;
  const scope = `api://${running.clients.apiClientId}/access_as_user`;
  const query = new URLSearchParams({
    client_id: running.clients.spaClientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: `openid profile offline_access ${scope}`,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const jar = new Map<string, string>();
  const step = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      jar.set(pair!.slice(0, pair!.indexOf('=')), pair!.slice(pair!.indexOf('=') + 1));
    }
    return response;
  };
  let response = await step(`${base}/oauth2/v2.0/authorize?${query}`);
  for (let hops = 0; hops < 6; hops += 1) {
    const location = response.headers.get('location');
    if (!location) break;
    const url = new URL(location, base);
    const code = url.href.startsWith(redirectUri)
      ? (url.searchParams.get('code') ?? new URLSearchParams(url.hash.slice(1)).get('code'))
      : null;
    if (code) {
      const answer = await fetch(`${base}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: running.clients.spaClientId,
          code,
          redirect_uri: redirectUri,
          code_verifier: verifier,
          scope,
        }),
      });
      const tokens = (await answer.json()) as { access_token?: string; error_description?: string };
      if (tokens.access_token) return tokens.access_token;
      throw new Error(`The provider gave no token: ${tokens.error_description ?? answer.status}`);
    }
    response = url.pathname.includes('/signin/')
      ? await step(url.href, { method: 'POST', body: new URLSearchParams({ oid: person.oid }) })
      : await step(url.href);
  }
  throw new Error(`The sign-in ended without a code (status ${response.status}).`);
}
