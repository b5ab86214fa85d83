import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

const named = (url: string, database: string): string => {
  const copy = new URL(url);
  copy.pathname = `/${database}`;
  return copy.href;
};

/** A database of this test's own, empty. `drop` when done; a failed test may leave it, for a look with psql. */
export async function testDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const url: string = inject('postgres' as never);
  const name = `test_${randomBytes(8).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await run(`create database ${name}`);
  return { url: named(url, name), drop: () => run(`drop database ${name} with (force)`) };
}
