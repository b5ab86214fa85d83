import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type pg from 'pg';
import type { AdminActor } from './admin-record.ts';
import type { Position } from './cursor.ts';
import { transaction, type Queryable, type Row } from './database.ts';
import { ExportSpace, LeaseGone } from './errors.ts';
import { digest, ended, tell, toExport, type ClaimedExport, type StoredExport } from './export-jobs.ts';
import type { Known } from './records.ts';

const KEPT_ROWS_DAYS = 30;
/** Of gzip: four fifths of what the best level saves, in a fraction of its time. */
const LEVEL = 1;
/** For so long a download that broke off may go on. */
const RESUME_MINUTES = 10;
const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Part of a file, in order. `position`: of the last record in it; null in a file that cannot be gone on with. */
export interface ExportPiece {
  data: Buffer;
  rows: number;
  position: Position | null;
}
/** The jobs of all tenants, for those who work them off. */
export interface ExportQueue {
  /** Takes the oldest that waits, or whose worker has died, under a lease. */
  claim(leaseMs: number): Promise<ClaimedExport | null>;
  /** Throws `LeaseGone` when the job was cancelled, or went to somebody else. */
  renew(job: ClaimedExport, leaseMs: number): Promise<void>;
  /** Writes a piece down, with how far it brings the file. Throws `LeaseGone`, `ExportSpace`. */
  append(job: ClaimedExport, piece: ExportPiece, limits: { leaseMs: number; tenantBytes: number }): Promise<void>;
  /** What is written already, piece by piece. */
  written(job: ClaimedExport): AsyncIterable<Buffer>;
  /** Forgets what is written: for a file that cannot be gone on with. */
  restart(job: ClaimedExport): Promise<void>;
  /** Writes the last piece and ends the job, in one: an end is never written twice. */
  done(job: ClaimedExport, last: ExportPiece, sha256: string, limits: { keptMs: number; tenantBytes: number }): Promise<void>;
  failed(job: ClaimedExport, error: string): Promise<void>;
  /** Gives it back: another may go on at once. `blameless`: the attempt does not count. */
  release(job: ClaimedExport, blameless: boolean): Promise<void>;
  /** Deletes files whose time is up, and jobs long after. Returns how many files. */
  sweep(): Promise<number>;
  /**
   * Opens a ticket. `from` is the first byte asked for: a download begins at 0, once and in time; one that broke off goes on at
   * or before the byte where it stopped. Null for anything else.
   */
  redeem(ticket: string, from: number): Promise<{ job: StoredExport; actor: AdminActor } | null>;
  /** A download by ticket has ended, or broken off behind the byte `sent`. */
  closeTicket(ticket: string, sent: number, complete: boolean): Promise<void>;
}

const gone = (job: ClaimedExport): LeaseGone => new LeaseGone(`Export ${job.id} was cancelled, or another process works on it.`);

export function exportQueue(pool: pg.Pool, known: Known): ExportQueue {
  const db = pool as unknown as Queryable;
  const held = async (on: Queryable, job: ClaimedExport, set: string, values: readonly unknown[] = []): Promise<Row> => {
    const { rows } = await on.query(`update export_job set ${set} where id = $1 and lease_token = $2 and state = 'running' returning *`, [
      job.id,
      job.token,
      ...values,
    ]);
    if (!rows[0]) throw gone(job);
    return rows[0];
  };
  /**
   * Writes a piece down and how far it brings the file, and renews the lease, in one statement: whoever gathers the next piece
   * is busy, and each round trip would wait for it.
   */
  const write = async (
    on: Queryable,
    job: ClaimedExport,
    piece: ExportPiece,
    data: Buffer,
    { leaseMs, tenantBytes }: { leaseMs: number; tenantBytes: number },
  ): Promise<void> => {
    const { rows } = await on.query<{ held: boolean; full: boolean }>(
      `with stored as (select coalesce(sum(stored_bytes), 0) + $6 > $7 as "full" from export_job where tenant_id = $3),
      job as (
        update export_job set rows = rows + $4, bytes = bytes + $5, stored_bytes = stored_bytes + $6, pieces = pieces + 1,
          position = coalesce($8, position), lease_until = now() + $9 * interval '1 millisecond'
        where id = $1 and lease_token = $2 and state = 'running' and not (select "full" from stored) returning pieces, bytes
      ),
      piece as (insert into export_piece (job_id, n, start, length, data) select $1, pieces - 1, bytes - $5, $5, $10 from job)
      select exists (select from job) as held, "full" from stored`,
      [
        job.id,
        job.token,
        job.tenantId,
        piece.rows,
        piece.data.length,
        data.length,
        tenantBytes,
        piece.position && JSON.stringify(piece.position),
        leaseMs,
        data,
      ],
    );
    if (rows[0]!.held) return;
    if (rows[0]!.full) throw new ExportSpace(tenantBytes);
    throw gone(job);
  };
  return {
    async claim(leaseMs) {
      const { rows } = await db.query(
        `update export_job set state = 'running', attempts = attempts + 1, lease_token = gen_random_uuid(), lease_until = now() + $1 * interval '1 millisecond'
        where id = (select id from export_job where state = 'queued' or (state = 'running' and lease_until < now()) order by created_at limit 1 for update skip locked)
        returning *`,
        [leaseMs],
      );
      return rows[0] ? { ...toExport(rows[0]), token: rows[0]['lease_token'] as string } : null;
    },
    async renew(job, leaseMs) {
      await held(db, job, `lease_until = now() + $3 * interval '1 millisecond'`, [leaseMs]);
    },
    async append(job, piece, limits) {
      await write(db, job, piece, await compress(piece.data, { level: LEVEL }), limits);
    },
    async *written(job) {
      for (let n = 0; n < job.pieces; n += 1) {
        const { rows } = await db.query<{ data: Buffer }>('select data from export_piece where job_id = $1 and n = $2', [job.id, n]);
        if (!rows[0]) throw new LeaseGone(`Export ${job.id} was deleted.`);
        yield await expand(rows[0].data);
      }
    },
    restart: (job) =>
      transaction(pool, async (tx) => {
        await held(tx, job, 'rows = 0, bytes = 0, stored_bytes = 0, pieces = 0, position = null');
        await tx.query('delete from export_piece where job_id = $1', [job.id]);
      }),
    async done(job, last, sha256, { keptMs, tenantBytes }) {
      const data = await compress(last.data, { level: LEVEL });
      await transaction(pool, async (tx) => {
        await write(tx, job, last, data, { leaseMs: 0, tenantBytes });
        const row = await held(tx, job, `state = 'done', sha256 = $3, expires_at = now() + $4 * interval '1 millisecond', ${ended}`, [
          sha256,
          keptMs,
        ]);
        await tell(tx, known, toExport(row), true);
      });
    },
    failed: (job, error) =>
      transaction(pool, async (tx) => {
        const row = await held(tx, job, `state = 'failed', error = $3, stored_bytes = 0, pieces = 0, ${ended}`, [error]);
        await tx.query('delete from export_piece where job_id = $1', [job.id]);
        await tell(tx, known, toExport(row), false);
      }),
    async release(job, blameless) {
      await db.query(
        `update export_job set state = 'queued', ${blameless ? 'attempts = greatest(0, attempts - 1), ' : ''}lease_token = null, lease_until = null where id = $1 and lease_token = $2 and state = 'running'`,
        [job.id, job.token],
      );
    },
    sweep: () =>
      transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ id: string }>(
          `update export_job set state = 'expired', expires_at = null, stored_bytes = 0, pieces = 0 where state = 'done' and expires_at < now() returning id`,
        );
        if (rows.length > 0) await tx.query('delete from export_piece where job_id = any ($1::uuid[])', [rows.map((r) => r.id)]);
        await tx.query(`delete from export_ticket where expires_at < now() - interval '1 day'`);
        await tx.query(`delete from export_job where ended_at < now() - interval '${KEPT_ROWS_DAYS} days' and state <> 'done'`);
        return rows.length;
      }),
    async redeem(ticket, from) {
      const { rows } = await db.query(
        `with opened as (
          update export_ticket set in_use = true
          where hash = $1 and not done and not in_use and expires_at > now() and (($2 = 0 and sent = 0) or ($2 > 0 and $2 <= sent))
          returning job_id, tenant_id, actor as taker
        ) select j.*, o.taker from opened o join export_job j on j.id = o.job_id and j.tenant_id = o.tenant_id`,
        [digest(ticket), from],
      );
      return rows[0] ? { job: toExport(rows[0]), actor: rows[0]['taker'] as AdminActor } : null;
    },
    async closeTicket(ticket, sent, complete) {
      await db.query(
        `update export_ticket set in_use = false, done = $3, sent = greatest(sent, $2), expires_at = case when $3 or $2 = 0 then expires_at else now() + interval '${RESUME_MINUTES} minutes' end where hash = $1`,
        [digest(ticket), sent, complete],
      );
    },
  };
}
