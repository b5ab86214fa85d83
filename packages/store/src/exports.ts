import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { INTUNE_AUDIT } from '@weir/contract';
import type pg from 'pg';
import { adminRecord, type AdminActor } from './admin-record.ts';
import { iso, transaction, type Queryable } from './database.ts';
import { ExportLimit } from './errors.ts';
import { digest, ended, tell, toExport, type StoredExport } from './export-jobs.ts';
import { appendInTransaction, categoryNumber, type Known } from './records.ts';

/** Jobs of one person that may wait or run at a time. */
export const MAX_OPEN_EXPORTS = 5;
const TICKET_SECONDS = 60;
const expand = promisify(gunzip);

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
