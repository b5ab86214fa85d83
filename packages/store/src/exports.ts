import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { INTUNE_AUDIT } from '@weir/contract';
import type pg from 'pg';
import { adminRecord, type AdminActor } from './admin-record.ts';
import type { Position } from './cursor.ts';
import { iso, isoOrNull, transaction, type Queryable, type Row } from './database.ts';
import { ExportLimit, ExportSpace, LeaseGone } from './errors.ts';
import { appendInTransaction, categoryNumber, type Known } from './records.ts';

export type ExportState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired';
export interface StoredExport {
  id: string;
  tenantId: string;
  owner: string;
  actor: AdminActor;
  fileName: string;
  request: Record<string, unknown>;
  /** What the request meant when it was made: absolute times. */
  selection: { from: string; to: string; q: string };
  untilSeq: number;
  state: ExportState;
  createdAt: string;
  endedAt: string | null;
  expiresAt: string | null;
  rows: number;
  expected: number;
  bytes: number;
  pieces: number;
  position: Position | null;
  attempts: number;
  sha256: string | null;
  error: string | null;
}
/** A job that this process works on. */
export interface ClaimedExport extends StoredExport {
  token: string;
}
/** Jobs of one person that may wait or run at a time. */
export const MAX_OPEN_EXPORTS = 5;
const KEPT_ROWS_DAYS = 30;
/** Of gzip: four fifths of what the best level saves, in a fraction of its time. */
const LEVEL = 1;
const TICKET_SECONDS = 60;
/** For so long a download that broke off may go on. */
const RESUME_MINUTES = 10;
const ended = 'lease_token = null, lease_until = null, ended_at = now()';
const compress = promisify(gzip);
const expand = promisify(gunzip);
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What the record of an export says, however it was made. */
export const exportProperties = (e: {
  request: Record<string, unknown>;
  selection: object;
  rows: number;
  bytes: number;
  sha256: string | null;
  complete: boolean;
}): Record<string, unknown> => {
  const { from, to, q, ids } = e.selection as { from?: string; to?: string | null; q?: string; ids?: readonly string[] };
  return {
    Filter: ids ? { Ids: ids } : { From: from, To: to ?? null, Query: q },
    Format: e.request['format'],
    Columns: e.request['columns'] ?? null,
    Rows: e.rows,
    Bytes: e.bytes,
    Sha256: e.sha256,
    Complete: e.complete,
  };
};

/** Export jobs of one tenant, as one person sees them: their own. */
export class Exports {
  readonly #pool: pg.Pool;
  readonly #known: Known;
  readonly #tenantId: string;
  constructor(pool: pg.Pool, known: Known, tenantId: string) {
    this.#pool = pool;
    this.#known = known;
    this.#tenantId = tenantId;
  }
  get #db(): Queryable {
    return this.#pool as unknown as Queryable;
  }

  /** Throws `ExportLimit` when the person has too many that wait or run. */
  async create(
    actor: AdminActor,
    job: Pick<StoredExport, 'fileName' | 'request' | 'selection' | 'untilSeq' | 'expected'>,
  ): Promise<StoredExport> {
    const id = await transaction(this.#pool, async (db) => {
      // One at a time for each person, so that the count holds.
      await db.query('select pg_advisory_xact_lock(hashtextextended($1, 7))', [`${this.#tenantId}/${actor.oid}`]);
      const category = await categoryNumber(db, this.#known, INTUNE_AUDIT);
      const { rows } = await db.query<{ id: string }>(
        `insert into export_job (tenant_id, category, owner, actor, request, selection, until_seq, file_name, expected)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9
        where (select count(*) from export_job where tenant_id = $1 and owner = $3 and state in ('queued', 'running')) < ${MAX_OPEN_EXPORTS} returning id`,
        [
          this.#tenantId,
          category,
          actor.oid,
          JSON.stringify(actor),
          JSON.stringify(job.request),
          JSON.stringify(job.selection),
          job.untilSeq,
          job.fileName,
          job.expected,
        ],
      );
      if (!rows[0]) throw new ExportLimit(MAX_OPEN_EXPORTS);
      return rows[0].id;
    });
    return (await this.get(actor.oid, id))!;
  }

  /** Newest first. */
  async list(owner: string): Promise<StoredExport[]> {
    const { rows } = await this.#db.query(
      'select * from export_job where tenant_id = $1 and owner = $2 order by created_at desc, id limit 200',
      [this.#tenantId, owner],
    );
    return rows.map(toExport);
  }

  /** Null when the person has none of that id. */
  async get(owner: string, id: string): Promise<StoredExport | null> {
    const { rows } = await this.#db.query('select * from export_job where tenant_id = $1 and owner = $2 and id = $3', [
      this.#tenantId,
      owner,
      id,
    ]);
    return rows[0] ? toExport(rows[0]) : null;
  }

  /** Ends a job that waits or runs, deletes what it wrote, and writes its record. Whoever works on it notices at its next piece. */
  async cancel(owner: string, id: string): Promise<StoredExport | null> {
    await transaction(this.#pool, async (db) => {
      const { rows } = await db.query(
        `update export_job set state = 'cancelled', ${ended}, stored_bytes = 0, pieces = 0
        where tenant_id = $1 and owner = $2 and id = $3 and state in ('queued', 'running') returning *`,
        [this.#tenantId, owner, id],
      );
      if (!rows[0]) return;
      await db.query('delete from export_piece where job_id = $1', [id]);
      await tell(db, this.#known, toExport(rows[0]), false);
    });
    return this.get(owner, id);
  }

  /** False when the person has none of that id. */
  async delete(owner: string, id: string): Promise<boolean> {
    if (!(await this.cancel(owner, id))) return false;
    const { rowCount } = await this.#db.query('delete from export_job where tenant_id = $1 and owner = $2 and id = $3', [
      this.#tenantId,
      owner,
      id,
    ]);
    return rowCount === 1;
  }

  /** Bytes of the file from `start` to `end`, both included. One piece is in memory at a time. */
  async *read(id: string, start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at <= end;) {
      const { rows } = await this.#db.query<{ start: number; data: Buffer }>(
        `select p.start, p.data from export_piece p join export_job j on j.id = p.job_id
        where j.tenant_id = $1 and j.id = $2 and p.start <= $3 and p.start + p.length > $3`,
        [this.#tenantId, id, at],
      );
      const piece = rows[0];
      if (!piece) throw new Error('A piece of the file is gone: it was deleted while it was read.');
      const data = (await expand(piece.data)).subarray(at - piece.start, end - piece.start + 1);
      yield data;
      at += data.length;
    }
  }

  /** What stands in an address by which one download can be made. */
  async ticket(actor: AdminActor, id: string): Promise<{ ticket: string; expiresAt: string }> {
    const ticket = randomBytes(32).toString('base64url');
    const { rows } = await this.#db.query<{ expires_at: Date }>(
      `insert into export_ticket (hash, job_id, tenant_id, actor, expires_at) values ($1, $2, $3, $4, now() + interval '${TICKET_SECONDS} seconds') returning expires_at`,
      [digest(ticket), id, this.#tenantId, JSON.stringify(actor)],
    );
    return { ticket, expiresAt: iso(rows[0]!.expires_at) };
  }

  /** The record of somebody taking the file. */
  downloaded(actor: AdminActor, job: StoredExport): Promise<void> {
    return transaction(this.#pool, (db) =>
      appendInTransaction(db, this.#known, this.#tenantId, [
        adminRecord(this.#tenantId, actor, 'Download auditLogs export', job.fileName, {
          Export: job.id,
          Rows: job.rows,
          Bytes: job.bytes,
          Sha256: job.sha256,
        }),
      ]),
    );
  }
}

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

const tell = (db: Queryable, known: Known, job: StoredExport, complete: boolean): Promise<void> =>
  appendInTransaction(db, known, job.tenantId, [
    adminRecord(job.tenantId, job.actor, 'Export auditLogs', 'AuditLogs', {
      ...exportProperties({ ...job, complete }),
      Export: job.id,
      State: job.state,
      ...(job.error && { Error: job.error }),
    }),
  ]);

function toExport(r: Row): StoredExport {
  return {
    id: r['id'] as string,
    tenantId: r['tenant_id'] as string,
    owner: r['owner'] as string,
    actor: r['actor'] as AdminActor,
    fileName: r['file_name'] as string,
    request: r['request'] as Record<string, unknown>,
    selection: r['selection'] as StoredExport['selection'],
    untilSeq: r['until_seq'] as number,
    state: r['state'] as ExportState,
    createdAt: iso(r['created_at']),
    endedAt: isoOrNull(r['ended_at']),
    expiresAt: isoOrNull(r['expires_at']),
    rows: r['rows'] as number,
    expected: r['expected'] as number,
    bytes: r['bytes'] as number,
    pieces: r['pieces'] as number,
    position: r['position'] as Position | null,
    attempts: r['attempts'] as number,
    sha256: r['sha256'] as string | null,
    error: r['error'] as string | null,
  };
}
