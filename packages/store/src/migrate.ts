import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { DatabaseNewer } from './errors.ts';
import { workOffBacklog } from './search/backlog.ts';

const folder = join(import.meta.dirname, '../migrations');

/**
 * Brings the database to this code's schema, one numbered file after another, each in a transaction of its own. Several
 * starters may call it at once: an advisory lock lets one work. Throws `DatabaseNewer` when the database is ahead of the code.
 */
export async function migrate(pool: pg.Pool): Promise<{ applied: string[] }> {
  const files = (await readdir(folder)).filter((f) => /^\d{4}_.*\.sql$/.test(f)).toSorted();
  const client = await pool.connect();
  try {
    await client.query('set statement_timeout = 0');
    await client.query("select pg_advisory_lock(hashtext('weir.migrate'))");
    await client.query(
      'create table if not exists migration (number int primary key, name text not null, applied_at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ number: number; name: string }>('select number, name from migration');
    const done = new Set(rows.map((r) => r.number));
    const newest = Math.max(0, ...files.map((f) => Number(f.slice(0, 4))));
    const ahead = rows.find((r) => r.number > newest);
    if (ahead)
      throw new DatabaseNewer(
        `The database has migration ${ahead.name}, which this version of Weir does not know. Start the newer Weir, or restore a backup.`,
      );
    const applied: string[] = [];
    for (const file of files.filter((f) => !done.has(Number(f.slice(0, 4))))) {
      await client.query('begin');
      try {
        await client.query('insert into migration (number, name) values ($1, $2)', [Number(file.slice(0, 4)), file]);
        await client.query(await readFile(join(folder, file), 'utf8'));
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
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
