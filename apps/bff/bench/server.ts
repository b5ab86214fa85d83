import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@weir/postgres';
import type { Store } from '@weir/store';
import type pg from 'pg';
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
  const asker = fork(new URL('asker.ts', import.meta.url), [server.origin, server.token()], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const waiting = new Map<number, (answer: { ms: number; status: number; text: string }) => void>();
  asker.on('message', ({ id, ...answer }: { id: number; ms: number; status: number; text: string }) => {
    waiting.get(id)!(answer);
    waiting.delete(id);
  });
  asker.once('exit', (code) => {
    for (const answer of waiting.values()) answer({ ms: 0, status: 0, text: `The process that asks ended (${code}).` });
  });
  let asked = 0;
  return {
    store: server.store,
    databaseUrl,
    origin: server.origin,
    token: () => server.token(),
    async get(path) {
      const id = (asked += 1);
      const { ms, status, text } = await new Promise<{ ms: number; status: number; text: string }>((resolve) => {
        waiting.set(id, resolve);
        asker.send({ id, path });
      });
      if (status !== 200) throw new Error(`GET ${path} was answered by ${status}: ${text}`);
      return { ms, body: JSON.parse(text) };
    },
    async close() {
      asker.disconnect();
      await server.close();
      await stop();
    },
  };
}

/** A little over half of the machine: what a year of ten million records needs for its rows and indexes (without bodies, 15 GB). */
const SHARED_MB = Math.round((totalmem() / 2 ** 20) * 0.54);

/**
 * Reads the rows and the indexes of the records, but not their bodies, into PostgreSQL's memory: a figure is then that of the
 * search, not that of the machine's disk on the first touch. Answers the seconds that it took.
 */
export async function warm(db: pg.Client): Promise<number> {
  const started = performance.now();
  await db.query('create extension if not exists pg_prewarm');
  await db.query(
    `select count(pg_prewarm(oid::regclass)) from pg_class
    where (relname like 'record%' or relname like 'word%') and relname not like 'record\\_body%' and relkind in ('r', 'i')`,
  );
  return (performance.now() - started) / 1000;
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
  const postgres = await startPostgres({ dir: join(dir, 'postgres'), settings: { shared_buffers: `${SHARED_MB}MB` } });
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
