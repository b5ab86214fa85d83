import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@weir/postgres';
import type { Store } from '@weir/store';
import { CONTOSO, startServer as start } from '../test/server.ts';

export const TENANT = CONTOSO;

/** The web server on a database. */
export const startOn = (url: string) => start(url, { checkResponses: false });

/** The web server on a PostgreSQL of its own, with a signed-in Intune Administrator. */
export async function startServer(): Promise<{
  store: Store;
  databaseUrl: string;
  origin: string;
  /** A token of somebody new. */
  token(): string;
  /** GETs a path; the time from request to the last byte, in ms. */
  get(path: string): Promise<{ ms: number; body: unknown }>;
  close(): Promise<void>;
}> {
  const { url: databaseUrl, stop } = await database();
  const server = await startOn(databaseUrl);
  const headers = { authorization: `Bearer ${server.token()}` };
  return {
    store: server.store,
    databaseUrl,
    origin: server.origin,
    token: () => server.token(),
    async get(path) {
      const started = performance.now();
      const response = await fetch(`${server.origin}${path}`, { headers });
      const text = await response.text();
      const ms = performance.now() - started;
      if (!response.ok) throw new Error(`GET ${path} was answered by ${response.status}: ${text}`);
      return { ms, body: JSON.parse(text) };
    },
    async close() {
      await server.close();
      await stop();
    },
  };
}

/**
 * A cluster of its own, with as much memory as a database of many records is given; or `WEIR_BENCH_DATABASE`, which is left as it
 * is, for measuring again without loading. With `--keep` the cluster runs on until it is interrupted.
 */
export async function database(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env['WEIR_BENCH_DATABASE'];
  if (given) return { url: given, stop: async () => {} };
  const dir = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  // As root the server runs as another user, who must be able to pass through.
  chmodSync(dir, 0o711);
  const postgres = await startPostgres({ dir: join(dir, 'postgres'), settings: { shared_buffers: '4GB' } });
  await postgres.createDatabase('bench');
  return {
    url: postgres.url('bench'),
    stop: async () => {
      if (process.argv.includes('--keep')) {
        console.log(`\nThe database stays until Ctrl-C:\nexport WEIR_BENCH_DATABASE='${postgres.url('bench')}'`);
        const running = setInterval(() => {}, 60_000);
        await once(process, 'SIGINT');
        clearInterval(running);
      }
      await postgres.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
