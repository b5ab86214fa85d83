import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { pino, type Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { currentTrace, traceOf } from './trace.ts';

const SECRETS = [
  'authorization',
  'clientSecret',
  'password',
  'token',
  'userToken',
  'assertion',
  'connectionString',
  'key',
  'apiKey',
  'secret',
];

/** Structured logs on standard output. Whatever may hold a secret is cut out by name. */
export function createLogger(level: string): Logger {
  return pino({ level, redact: { paths: SECRETS.flatMap((k) => [k, `*.${k}`]), censor: '[removed]' } });
}

/**
 * Logs each request, and gives it an id: the trace that the caller's `traceparent` names, else the caller's `X-Request-Id` when it is
 * a plain one, else the request's own trace where requests are traced, else a new one.
 */
export function requestLog(logger: Logger): RequestHandler {
  const middleware = pinoHttp({
    logger,
    genReqId: (request, response) => {
      const given = request.headers['x-request-id'];
      const plain = typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : null;
      const id = traceOf(request.headers['traceparent']) ?? plain ?? currentTrace() ?? randomUUID();
      response.setHeader('X-Request-Id', id);
      return id;
    },
    autoLogging: { ignore: (request) => /^\/(healthz|readyz|metrics|assets\/)/.test(request.url ?? '') },
    serializers: {
      req: (request: { id: string; method: string; url: string }) => ({
        id: request.id,
        method: request.method,
        path: request.url.split('?')[0],
      }),
      res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
    },
  });
  return (request, response, next) => middleware(request, response, next);
}
