import type { ErrorRequestHandler, Request, Response } from 'express';
import { problemFrom } from '../../http/problem.ts';

/** An answer in Graph's own words. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** What Graph calls an error of this status. https://learn.microsoft.com/graph/errors */
const codes: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'InvalidAuthenticationToken',
  403: 'Forbidden',
  404: 'ResourceNotFound',
  405: 'Request_BadRequest',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
};

/** Graph names each answer; what the caller called it is given back when it is a plain name. */
export function nameAnswer(request: Request, response: Response): void {
  const given = request.headers['client-request-id'];
  response.set({
    'request-id': String(request.id),
    'client-request-id': typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : String(request.id),
    'OData-Version': '4.0',
    'Cache-Control': 'no-store',
  });
}

/** Any error as `{ error: { code, message, innerError } }`. https://learn.microsoft.com/graph/errors#json-representation */
export const answerGraphError: ErrorRequestHandler = (error, request, response, _next) => {
  const { status, code, message, headers } = error instanceof GraphError ? error : fromProblem(error);
  if (status >= 500) request.log.error({ err: error }, 'graph request failed');
  if (response.headersSent) return void response.destroy();
  nameAnswer(request, response);
  response
    .status(status)
    .set(headers)
    .json({
      error: {
        code,
        message,
        innerError: {
          date: new Date().toISOString().slice(0, 19),
          'request-id': response.get('request-id'),
          'client-request-id': response.get('client-request-id'),
        },
      },
    });
};

function fromProblem(error: unknown): GraphError {
  const problem = problemFrom(error);
  return new GraphError(problem.status, codes[problem.status] ?? 'InternalServerError', problem.message, problem.extras.headers);
}
