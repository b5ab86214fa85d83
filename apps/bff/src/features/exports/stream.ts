import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Response } from 'express';
import type { Actor, ExportPiece } from '../../ports.ts';
import { fileTypes } from './formats.ts';
import { make, type Order } from './make.ts';

/** `intune-audit-logs-20261121T043000Z.csv` */
export const fileName = (format: keyof typeof fileTypes, now: Date): string =>
  `intune-${format === 'pack' ? 'evidence-pack' : 'audit-logs'}-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.${fileTypes[format].extension}`;

/** Headers of a file that is to be saved, never shown. */
export const fileHeaders = (format: keyof typeof fileTypes, name: string): Record<string, string> => ({
  'Content-Type': fileTypes[format].contentType,
  'Content-Disposition': `attachment; filename="${name}"`,
  'X-Content-Type-Options': 'nosniff',
});

/**
 * Sends the file while it is made. The next page is written only when the client took the last one; a client that goes away
 * ends the query. The export's own record says how many rows went out, whether that was all, and the digest of what went out.
 */
export async function streamFile(order: Order, actor: Actor, response: Response, signal: AbortSignal): Promise<void> {
  const { request } = order;
  const hash = createHash('sha256');
  let [rows, bytes, complete] = [0, 0, false];
  let held: ExportPiece | null = null;
  const send = async (piece: ExportPiece): Promise<void> => {
    if (!response.headersSent) response.status(200).set(fileHeaders(request.format, fileName(request.format, new Date(order.at))));
    hash.update(piece.data);
    bytes += piece.data.length;
    rows += piece.rows;
    if (piece.data.length > 0 && !response.write(piece.data)) await once(response, 'drain', { signal });
  };
  try {
    // One piece behind: the end of the file goes out only when its record is written.
    for await (const piece of make(order, signal, null)) {
      if (held && held.data.length + piece.data.length < 65_536)
        held = { data: Buffer.concat([held.data, piece.data]), rows: held.rows + piece.rows, position: piece.position };
      else {
        if (held) await send(held);
        held = piece;
      }
    }
    signal.throwIfAborted();
    complete = true;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (complete && held) {
      hash.update(held.data);
      rows += held.rows;
      bytes += held.data.length;
    }
    await order.store.exports.streamed(actor, {
      request,
      selection: order.asked,
      rows,
      bytes,
      sha256: hash.digest('hex'),
      complete,
    });
  }
  if (!response.headersSent) response.status(200).set(fileHeaders(request.format, fileName(request.format, new Date(order.at))));
  response.end(complete ? held?.data : undefined);
}
