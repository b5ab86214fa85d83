import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@weir/postgres';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the run's cluster, database `postgres`. */
    postgres: string;
  }
}

/** Starts one PostgreSQL for all test files of a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-test-'));
  // As root the server runs as another user, who must be able to pass through.
  chmodSync(dir, 0o711);
  const cluster = await startPostgres({ dir: join(dir, 'postgres') });
  project.provide('postgres', cluster.url('postgres'));
  return async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
