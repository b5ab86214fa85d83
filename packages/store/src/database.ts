import pg from 'pg';

export type Row = Record<string, unknown>;
/** A statement whose rows are lists, with values read in a way of its own. */
export interface Statement {
  text: string;
  values: unknown[];
  rowMode: 'array';
  types: { getTypeParser(): (value: string) => unknown };
}
/** Runs one statement: a pool, or the client of a transaction. */
export interface Queryable {
  query<T extends Row = Row>(text: string | Statement, values?: readonly unknown[]): Promise<{ rows: T[]; rowCount: number | null }>;
}

// Sequence numbers and counts: far below 2^53 in any life of a tenant, so plain numbers are exact.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * Opens a pool. Every plan is made for its own values: a generic plan cannot see the time range or how rare an actor is
 * (measured at 3,700 times slower for one filter). Statements are unnamed for the same reason. A process that froze inside a
 * transaction loses it after 8 s: its row locks would keep a delivery from every other worker for as long as it sleeps.
 */
export function openPool(url: string, applicationName: string, size: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: applicationName,
    max: size,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    options: '-c plan_cache_mode=force_custom_plan -c timezone=UTC -c statement_timeout=60000 -c idle_in_transaction_session_timeout=8000',
  });
  // An idle connection that the server closes must not end the process; the next query opens another.
  pool.on('error', () => {});
  // Nor one that is in use between two statements: the next one fails, and whoever asked for it is told.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/**
 * A connection that is cut while it is used tells so twice: by the statement, which rejects, and by an event, which would end
 * the process when nobody listens.
 */
async function connect(pool: pg.Pool): Promise<{ client: pg.PoolClient; release(failed?: Error): void }> {
  const client = await pool.connect();
  const ignore = () => {};
  client.on('error', ignore);
  return {
    client,
    release(failed) {
      client.off('error', ignore);
      client.release(failed);
    },
  };
}

/**
 * Statements that end when the signal fires: a search that nobody waits for any more must not keep the server busy. They are
 * cancelled in PostgreSQL itself; what then comes of them is an error.
 */
export function cancellable(pool: pg.Pool, signal: AbortSignal): Queryable {
  return {
    async query<T extends Row>(text: string | Statement, values?: readonly unknown[]) {
      signal.throwIfAborted();
      const { client, release } = await connect(pool);
      let cancelling: Promise<unknown> | undefined;
      const cancel = () => {
        const { processID } = client as unknown as { processID: number };
        cancelling = pool.query('select pg_cancel_backend($1)', [processID]).catch(() => {});
      };
      signal.addEventListener('abort', cancel, { once: true });
      try {
        signal.throwIfAborted();
        const answer: unknown = await (typeof text === 'string' ? client.query(text, values as unknown[]) : client.query(text));
        return answer as { rows: T[]; rowCount: number | null };
      } finally {
        signal.removeEventListener('abort', cancel);
        // The connection is kept until the cancel has arrived: it must not hit the next one's statement.
        await cancelling;
        release();
      }
    },
  };
}

/** Runs `work` in one transaction at READ COMMITTED; rolls back when it throws. */
export async function transaction<T>(pool: pg.Pool, work: (client: Queryable) => Promise<T>): Promise<T> {
  const { client, release } = await connect(pool);
  let failed: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client as unknown as Queryable);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((e: Error) => (failed = e));
    throw error;
  } finally {
    release(failed);
  }
}

/** UTC, ISO 8601 with milliseconds. */
export const iso = (value: unknown): string => (value as Date).toISOString();
export const isoOrNull = (value: unknown): string | null => (value instanceof Date ? value.toISOString() : null);
