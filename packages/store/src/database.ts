import { Socket } from 'node:net';
import pg from 'pg';
import { CopiedRows } from './copied.ts';
import { frugalSocket } from './frugal-socket.ts';

export type Row = Record<string, unknown>;
/** A statement whose rows are lists, with values read in a way of its own. */
export interface Statement {
  text: string;
  values: unknown[];
  rowMode: 'array';
  types: { getTypeParser(type: number): (value: string) => unknown };
}
/** Runs one statement: a pool, or the client of a transaction. */
export interface Queryable {
  query<T extends Row = Row>(
    text: string | Statement | CopiedRows,
    values?: readonly unknown[],
  ): Promise<{ rows: T[]; rowCount: number | null }>;
}

// Sequence numbers and counts: far below 2^53 in any life of a tenant, so plain numbers are exact.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** PostgreSQL ends a statement after this time, in ms. */
const STATEMENT_MS = 60_000;
/**
 * After this time (ms) without an answer a connection is given up. A firewall that forgot it tells nobody: what is sent is
 * lost, and the system would go on trying for a quarter of an hour.
 */
const SILENT_MS = STATEMENT_MS + 5_000;
/** The same for the short statements that move deliveries: as long as a lease, because after that another worker goes on anyway. */
export const BRIEF_MS = 10_000;

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
    // The driver's types do not tell that it says what for.
    stream: ((options: { ssl?: unknown }) => (options.ssl ? new Socket() : frugalSocket())) as () => Socket,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: SILENT_MS,
    options: [
      '-c plan_cache_mode=force_custom_plan -c timezone=UTC',
      // PostgreSQL's own 4 is that of a turning disk, where reading 48,000 entries of an actor's index costs less than 1,000 rows that
      // they would leave out. What a search reads is in memory or on flash (measured: p95 of actor and activity 36 ms, 22 with this).
      '-c random_page_cost=1.1',
      `-c statement_timeout=${STATEMENT_MS} -c idle_in_transaction_session_timeout=8000`,
      // The server's end of a connection whose other end is gone must not stay for hours either.
      '-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=20000',
    ].join(' '),
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
    async query<T extends Row>(text: string | Statement | CopiedRows, values?: readonly unknown[]) {
      signal.throwIfAborted();
      const { client, release } = await connect(pool);
      let cancelling: Promise<unknown> | undefined;
      const cancel = () => {
        const { processID } = client as unknown as { processID: number };
        cancelling = pool.query('select pg_cancel_backend($1)', [processID]).catch(() => {});
      };
      signal.addEventListener('abort', cancel, { once: true });
      let silent: Error | undefined;
      try {
        signal.throwIfAborted();
        const answer: unknown = await (typeof text === 'string'
          ? client.query(text, values as unknown[])
          : client.query(text as Statement));
        if (text instanceof CopiedRows) await text.done;
        return answer as { rows: T[]; rowCount: number | null };
      } catch (error) {
        if (isSilent(error)) silent = error;
        throw error;
      } finally {
        signal.removeEventListener('abort', cancel);
        // The connection is kept until the cancel has arrived: it must not hit the next one's statement.
        await cancelling;
        release(silent);
      }
    },
  };
}

/** Statements that are given up after `BRIEF_MS`, with their connection. */
export const brief = (db: pg.Pool | pg.PoolClient): Queryable => ({
  async query<T extends Row>(text: string | Statement | CopiedRows, values?: readonly unknown[]) {
    // The driver takes the time with the statement; its types know of it only for the whole connection.
    const patience: object = { query_timeout: BRIEF_MS };
    const statement = typeof text === 'string' ? { text, values: values as unknown[] } : text;
    // Rows that are copied are more than their data.
    const patient = statement instanceof CopiedRows ? Object.assign(statement, patience) : { ...statement, ...patience };
    const answer: unknown = await db.query(patient as Statement);
    return answer as { rows: T[]; rowCount: number | null };
  },
});
/** The driver's error for a statement that got no answer: it has no code. What comes of the statement is unknown. */
const isSilent = (error: unknown): error is Error => error instanceof Error && error.message === 'Query read timeout';

/** Whether an error says that the database cannot be reached, or is starting or stopping. It may be there again in a moment. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  const { code = '' } = error as { code?: string };
  // SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
  if (/^(08|53300|57P0[1-4])|^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/.test(code)) return true;
  return /^Connection terminated|^Query read timeout|timeout exceeded when trying to connect|timeout expired|connection error/i.test(
    error.message,
  );
}

/**
 * Runs statements on one connection, each in a transaction of its own, sent without waiting for the one before and done in that
 * order. A server that crashes between two of them takes the connection along: the next one fails, and what is done as a whole
 * is not taken for done. What the work set goes with it.
 */
export async function onOneConnection<T>(pool: pg.Pool, work: (db: Queryable) => Promise<T>): Promise<T> {
  const { client, release } = await connect(pool);
  // The driver reads it at each query; its types call it fixed, because it cannot change while one is under way. None is here.
  const mode = client as unknown as { pipeline: boolean };
  mode.pipeline = true;
  try {
    const result = await work(client as unknown as Queryable);
    mode.pipeline = false;
    release();
    return result;
  } catch (error) {
    release(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** Runs `work` in one transaction at READ COMMITTED; rolls back when it throws. `patience: 'brief'`: no statement takes longer than `BRIEF_MS`. */
export async function transaction<T>(
  pool: pg.Pool,
  work: (client: Queryable) => Promise<T>,
  patience: 'brief' | 'long' = 'long',
): Promise<T> {
  const { client, release } = await connect(pool);
  const db = patience === 'brief' ? brief(client) : (client as unknown as Queryable);
  let failed: Error | undefined;
  try {
    await db.query('begin');
    const result = await work(db);
    await db.query('commit');
    return result;
  } catch (error) {
    // On a silent connection a rollback would only wait as long again; PostgreSQL does it when the connection goes.
    if (isSilent(error)) failed = error;
    else await db.query('rollback').catch((e: Error) => (failed = e));
    throw error;
  } finally {
    release(failed);
  }
}

/** UTC, ISO 8601 with milliseconds. */
export const iso = (value: unknown): string => (value as Date).toISOString();
export const isoOrNull = (value: unknown): string | null => (value instanceof Date ? value.toISOString() : null);
