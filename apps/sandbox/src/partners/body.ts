import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { NextFunction, Request, Response } from 'express';
import type { Faults, Misbehaviour, Service } from '../faults/index.ts';

/** Reads a body up to a limit, unpacked; null when it is larger. The rest is read and thrown away, so that the answer arrives. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  if (size > limit) return null;
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body.toString();
  try {
    return gunzipSync(body, { maxOutputLength: limit }).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

/** Misbehaves as told. `refuse` and `throttle` answer in the partner's own words; the write of a `drop` is done first. */
export const misbehave =
  (
    faults: Faults,
    service: Service,
    answers: { throttle(response: Response, retryAfter: string): void; refuse(response: Response): void },
  ) =>
  (request: Request, response: Response, next: NextFunction): void => {
    const fault = faults.take(service, request.path);
    response.locals['fault'] = fault;
    if (fault?.kind === 'down') return void request.socket.destroy();
    if (fault?.kind === 'hang') return void request.resume();
    if (fault?.kind === 'throttle' || fault?.kind === 'refuse') {
      request.resume();
      if (fault.kind === 'refuse') return answers.refuse(response);
      return answers.throttle(response, String(fault.retryAfter ?? 1));
    }
    next();
  };
export const faultOf = (response: Response): Misbehaviour['kind'] | undefined =>
  (response.locals['fault'] as Misbehaviour | undefined)?.kind;
/** Ends a request whose work is done: with the answer, or without any when it is to be lost. */
export function finish(request: Request, response: Response, status: number, body: unknown): void {
  if (faultOf(response) === 'drop') return void request.socket.destroy();
  response.status(status).json(body);
}
