import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { ClientSecretCredential } from '@azure/identity';
import { LogsQueryClient, LogsQueryResultStatus } from '@azure/monitor-query-logs';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** Runs the `weir` command as an admin would, against the sandbox that the specs share. */
export async function weir(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(root, 'scripts/weir.ts'), ...args], {
    cwd: root,
    env: process.env,
    maxBuffer: 256 << 20,
  });
  return stdout.trim();
}

/** An access token of a seeded person, through the provider's real flow. */
export const tokenOf = (person: string, ...more: string[]): Promise<string> => weir('token', '--as', person, ...more);

/** Tries until the check holds. For what happens on the other side, out of the page's sight. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined | false | null>, timeoutMs = 40_000): Promise<T> {
  let last: unknown;
  for (const end = Date.now() + timeoutMs; Date.now() < end; await new Promise((r) => setTimeout(r, 500))) {
    try {
      const value = await check();
      if (value) return value;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`${what} did not happen within ${timeoutMs} ms`, { cause: last });
}

/**
 * Waits until no other spec uses this service of the sandbox, which they share: one that is told to misbehave, or a sink that only
 * one setting may have. Returns what gives it back.
 */
export async function alone(service: string): Promise<() => void> {
  const lock = join(process.env['WEIR_DATA'] ?? tmpdir(), `${service}.lock`);
  await eventually(
    `${service} being free`,
    async () => {
      try {
        mkdirSync(lock);
        return true;
      } catch {
        return false;
      }
    },
    110_000,
  );
  return () => rmdirSync(lock);
}

interface Queried {
  endpoints: { authority: string; logsQuery: string };
  clients: { engineClientId: string; engineClientSecret: string };
  workspaces: { name: string; tenantId: string; customerId: string }[];
  caFile: string;
}

/** Asks a workspace of the sandbox with the real query SDK. */
export async function queryWorkspace(name: string, query: string): Promise<Record<string, unknown>[]> {
  const sandbox = JSON.parse(await weir('sandbox', '--json')) as Queried;
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(sandbox.caFile, 'utf8')]);
  const workspace = sandbox.workspaces.find((w) => w.name === name)!;
  const { engineClientId, engineClientSecret } = sandbox.clients;
  const credential = new ClientSecretCredential(workspace.tenantId, engineClientId, engineClientSecret, {
    authorityHost: sandbox.endpoints.authority,
    disableInstanceDiscovery: true,
  });
  const client = new LogsQueryClient(credential, { endpoint: sandbox.endpoints.logsQuery });
  const result = await client.queryWorkspace(workspace.customerId, query, { duration: 'P1D' });
  if (result.status !== LogsQueryResultStatus.Success) throw new Error('The query was answered in part.');
  const [table] = result.tables;
  return table!.rows.map((row) => Object.fromEntries(table!.columnDescriptors.map((c, i) => [c.name!, row[i]])));
}
