import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { brief, isUnreachable } from './database.ts';
import { DatabaseNewer } from './errors.ts';
import { workOffBacklog } from './search/backlog.ts';

const folder = join(import.meta.dirname, '../migrations');
/** One migration may rewrite a large table: hours, in ms. */
const MIGRATION_MS = 24 * 3_600_000;

/**
 * Brings the database to this code's schema, one numbered file after another, each in a transaction of its own. Several
 * starters may call it at once: an advisory lock lets one work. Throws `DatabaseNewer` when the database is ahead of the code.
 */
export async function migrate(pool: pg.Pool): Promise<{ applied: string[] }> {
  const files = (await readdir(folder)).filter((f) => /^\d{4}_.*\.sql$/.test(f)).toSorted();
  const client = await pool.connect();
  const db = brief(client);
  const patience: object = { query_timeout: MIGRATION_MS };
  try {
    await db.query('set statement_timeout = 0');
    // Asked again and again: an answer that is waited for without end cannot be told from a connection that is gone.
    while (!(await db.query("select pg_try_advisory_lock(hashtext('weir.migrate')) as mine")).rows[0]!['mine']) await sleep(500);
    await db.query(
      'create table if not exists migration (number int primary key, name text not null, applied_at timestamptz not null default now())',
    );
    const { rows } = await db.query<{ number: number; name: string }>('select number, name from migration');
    const done = new Set(rows.map((r) => r.number));
    const newest = Math.max(0, ...files.map((f) => Number(f.slice(0, 4))));
    const ahead = rows.find((r) => r.number > newest);
    if (ahead)
      throw new DatabaseNewer(
        `The database has migration ${ahead.name}, which this version of Weir does not know. Start the newer Weir, or restore a backup.`,
      );
    const applied: string[] = [];
    for (const file of files.filter((f) => !done.has(Number(f.slice(0, 4))))) {
      await db.query('begin');
      try {
        await db.query('insert into migration (number, name) values ($1, $2)', [Number(file.slice(0, 4)), file]);
        await client.query({ text: await readFile(join(folder, file), 'utf8'), ...patience });
        await db.query('commit');
      } catch (error) {
        if (isUnreachable(error)) throw error;
        await db.query('rollback');
        throw new Error(`Migration ${file} failed: ${(error as Error).message}`, { cause: error });
      }
      applied.push(file);
    }
    // Under the same lock: a second starter waits, and finds nothing left to do.
    await workOffBacklog(pool);
    return { applied };
  } finally {
    // Closing the connection also lets the advisory lock go.
    client.release(true);
  }
}

/**
 * `migrate`, when the database may not be there yet: it is waited for, as it is when it goes away later. Tells `onWait` of each
 * attempt. Any other error, a refused password among them, is thrown.
 */
export async function migrateWhenReachable<T>(migrate: () => Promise<T>, onWait: (error: unknown) => void): Promise<T> {
  for (;;) {
    try {
      return await migrate();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      onWait(error);
      await sleep(2_000);
    }
  }
}
