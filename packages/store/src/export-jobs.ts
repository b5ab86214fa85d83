import { createHash } from 'node:crypto';
import { adminRecord, type AdminActor } from './admin-record.ts';
import type { Position } from './cursor.ts';
import { iso, isoOrNull, type Queryable, type Row } from './database.ts';
import { appendInTransaction, type Known } from './records.ts';

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

/** Sets that a job is nobody's any more, and over. */
export const ended = 'lease_token = null, lease_until = null, ended_at = now()';
/** How a ticket is stored. */
export const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Writes the record of an export, in the transaction of what it tells. */
export const tell = (db: Queryable, known: Known, job: StoredExport, complete: boolean): Promise<void> =>
  appendInTransaction(db, known, job.tenantId, [
    adminRecord(job.tenantId, job.actor, 'Export auditLogs', 'AuditLogs', {
      ...exportProperties({ ...job, complete }),
      Export: job.id,
      State: job.state,
      ...(job.error && { Error: job.error }),
    }),
  ]);

/** A row of `export_job`. */
export function toExport(r: Row): StoredExport {
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
