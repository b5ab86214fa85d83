import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { CursorInvalid } from './errors.ts';

export interface Position {
  /** ISO 8601, ms. */
  time: string;
  seq: number;
}

const mark = (key: string, scope: string, payload: string): Buffer =>
  createHmac('sha256', key).update(`${scope}\n${payload}`).digest().subarray(0, 16);
/** What a cursor belongs to: a tenant and its filter. The same position means nothing elsewhere. */
export const scopeOf = (tenantId: string, filter: unknown): string =>
  createHash('sha256').update(tenantId).update(JSON.stringify(filter)).digest('base64url');

/** Position of the last row of a page, opaque and signed with the installation's own key. */
export function writeCursor(key: string, scope: string, position: Position): string {
  const payload = `${Date.parse(position.time)}.${position.seq}`;
  return `${payload}.${mark(key, scope, payload).toString('base64url')}`;
}

/** Reads a cursor back. Throws `CursorInvalid` when it was made for another filter or tenant, elsewhere, or by hand. */
export function readCursor(key: string, scope: string, cursor: string): Position {
  const match = /^(-?\d{1,15})\.(\d{1,16})\.([\w-]{22})$/.exec(cursor);
  if (!match) throw new CursorInvalid('This is not a cursor of this list.');
  const given = Buffer.from(match[3]!, 'base64url');
  if (!timingSafeEqual(given, mark(key, scope, `${match[1]}.${match[2]}`)))
    throw new CursorInvalid('The cursor belongs to another filter or directory, or was changed.');
  return { time: new Date(Number(match[1])).toISOString(), seq: Number(match[2]) };
}
