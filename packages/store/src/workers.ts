import type pg from 'pg';
import { brief } from './database.ts';

/** A worker that was not seen for so long (ms) gets no share of the deliveries any more. Shorter than a lease, so that what it held is shared out at once. */
export const WORKER_GONE_MS = 8_000;

/** The processes that move deliveries and read sources. */
export interface Workers {
  /** Says that this worker lives. Called every few seconds; forgets those that were gone for a day. */
  seen(worker: string): Promise<void>;
  /** Says that it ends, so that the others need not wait to find out. */
  gone(worker: string): Promise<void>;
  /** How many live. One that was seen in the future was seen before the server's clock was set back. */
  alive(): Promise<number>;
}

export function workers(pool: pg.Pool): Workers {
  const db = brief(pool);
  return {
    async seen(worker) {
      await db.query(
        `with forgotten as (delete from worker where seen_at < now() - interval '1 day' and id <> $1)
        insert into worker (id) values ($1) on conflict (id) do update set seen_at = now()`,
        [worker],
      );
    },
    async gone(worker) {
      await db.query('delete from worker where id = $1', [worker]);
    },
    async alive() {
      const { rows } = await db.query<{ n: number }>(
        `select count(*) as n from worker where abs(extract(epoch from now() - seen_at)) * 1000 < $1`,
        [WORKER_GONE_MS],
      );
      return rows[0]!.n;
    },
  };
}
