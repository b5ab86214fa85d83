import pg from 'pg';

/** The clock of one database, which a test sets. */
export interface DatabaseClock {
  /** Sets it forward (or back, with a negative number) by so many ms, for every statement from now on. */
  advance(ms: number): Promise<void>;
  /** What it says. */
  now(): Promise<Date>;
  close(): Promise<void>;
}

/**
 * Gives a database a clock that can be set: a server does the same when its host's clock jumps. `now()` and `clock_timestamp()`
 * are found first in a schema of the test's own. Connections that were open before keep the true clock; defaults of columns, too.
 */
export async function databaseClock(url: string): Promise<DatabaseClock> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const database = client.escapeIdentifier(new URL(url).pathname.slice(1));
  await client.query(`
    create schema if not exists clock;
    create table clock.shift (ms float8 not null);
    insert into clock.shift values (0);
    create function clock.now() returns timestamptz language sql stable as
      $$ select pg_catalog.now() + ms * interval '1 millisecond' from clock.shift $$;
    create function clock.clock_timestamp() returns timestamptz language sql volatile as
      $$ select pg_catalog.clock_timestamp() + ms * interval '1 millisecond' from clock.shift $$;
    alter database ${database} set search_path = clock, public, pg_catalog;
  `);
  return {
    async advance(ms) {
      await client.query('update clock.shift set ms = ms + $1', [ms]);
    },
    async now() {
      const { rows } = await client.query<{ now: Date }>('select clock.clock_timestamp() as now');
      return rows[0]!.now;
    },
    close: () => client.end(),
  };
}
