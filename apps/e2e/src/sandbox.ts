import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** Runs the `weir` command as an admin would, against the sandbox that the specs share. */
export async function weir(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(root, 'scripts/weir.ts'), ...args], { cwd: root, env: process.env, maxBuffer: 64 << 20 });
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
