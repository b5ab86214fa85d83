import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { Response } from 'express';
import type { ExportRequest } from '@weir/contract';
import { HttpProblem } from '../../http/problem.ts';
import type { DirectoryStore, StoredExport } from '../../ports.ts';
import { fileHeaders } from './stream.ts';

/** A part of a file, both ends included; `whole` when it was not asked for as a part. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly whole: boolean;
}
export const etagOf = (job: StoredExport): string => `"${job.sha256}"`;

/**
 * The part that a request asks for. One range of bytes is taken; several, other units, and ranges of another version of the
 * file give the whole file, as RFC 9110 has it. Null when the file has no such part. https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
export function partOf(headers: IncomingMessage['headers'], size: number, etag: string): Part | null {
  const whole: Part = { start: 0, end: size - 1, whole: true };
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '');
  if (!match || (!match[1] && !match[2])) return whole;
  const condition = headers['if-range'];
  if (condition !== undefined && condition !== etag) return whole;
  const [from, to] = [match[1], match[2]];
  if (!from) {
    const last = Number(to);
    return last === 0 || size === 0 ? null : { start: Math.max(0, size - last), end: size - 1, whole: false };
  }
  const [start, end] = [Number(from), to ? Math.min(Number(to), size - 1) : size - 1];
  if (to && Number(to) < start) return whole;
  return start >= size ? null : { start, end, whole: false };
}

/** Throws a problem that says why there is no file (yet, or any more). */
export function demandFile(job: StoredExport): void {
  if (job.state === 'done') return;
  if (job.state === 'queued' || job.state === 'running')
    throw new HttpProblem('export.not.ready', 'The file is still being made. Try again when the export is done.', {
      headers: { 'Retry-After': '5' },
    });
  const why = {
    failed: `The export failed. ${job.error ?? ''}`.trim(),
    cancelled: 'The export was cancelled.',
    expired: 'The file has expired and was deleted.',
  }[job.state];
  throw new HttpProblem('export.gone', `${why} Run the export again.`);
}

/** Throws `range.invalid` when the file has no such part. */
export function demandPart(headers: IncomingMessage['headers'], job: StoredExport): Part {
  const part = partOf(headers, job.bytes, etagOf(job));
  if (!part)
    throw new HttpProblem('range.invalid', `The file has ${job.bytes} bytes.`, { headers: { 'Content-Range': `bytes */${job.bytes}` } });
  return part;
}

/** Sends a part of the file, piece by piece as the client takes it. Returns the byte behind the last that was handed on. */
export async function sendPart(
  store: DirectoryStore,
  job: StoredExport,
  part: Part,
  response: Response,
  head: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { start, end, whole } = part;
  response.status(whole ? 200 : 206).set({
    ...fileHeaders((job.request as ExportRequest).format, job.fileName),
    'Content-Length': String(end - start + 1),
    'Accept-Ranges': 'bytes',
    ETag: etagOf(job),
    'Repr-Digest': `sha-256=:${Buffer.from(job.sha256!, 'hex').toString('base64')}:`,
    ...(!whole && { 'Content-Range': `bytes ${start}-${end}/${job.bytes}` }),
  });
  let at = start;
  try {
    if (!head && end >= start)
      for await (const data of store.exports.read(job.id, start, end)) {
        signal.throwIfAborted();
        const goesOn = response.write(data);
        at += data.length;
        if (!goesOn) await once(response, 'drain', { signal });
      }
    const finished = once(response, 'finish', { signal });
    response.end();
    await finished;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return at;
}
