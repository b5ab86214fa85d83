import { once } from 'node:events';
import type { Response } from 'express';
import type { Actor, AuditQuery, DirectoryStore } from '../../ports.ts';
import { exportFormats } from './formats.ts';

/**
 * Streams everything that the filter finds. The next page is read only when the client took the last one; a client that
 * goes away ends the query. The export's own record says how many rows went out and whether that was all.
 */
export async function streamExport(
  store: DirectoryStore,
  actor: Actor,
  request: { filter: AuditQuery; format: 'csv' | 'json'; now: Date },
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  const { filter, format, now } = request;
  const shape = exportFormats[format];
  let rows = 0;
  let complete = false;
  try {
    for await (const page of store.audit.read(filter, signal)) {
      if (rows === 0) begin();
      if (!response.write(shape.page(page, rows === 0))) await once(response, 'drain', { signal });
      rows += page.length;
    }
    signal.throwIfAborted();
    if (rows === 0) begin();
    complete = true;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await store.audit.exported(actor, { filter, format, rows, complete });
  }
  response.end(complete ? shape.tail : '');

  function begin(): void {
    const name = `intune-audit-logs-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.${shape.extension}`;
    response.status(200).set({
      'Content-Type': shape.contentType,
      'Content-Disposition': `attachment; filename="${name}"`,
      'X-Content-Type-Options': 'nosniff',
    });
    response.write(shape.head);
  }
}
