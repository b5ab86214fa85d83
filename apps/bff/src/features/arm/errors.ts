import { armTarget } from '@weir/contract/dialects';
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Caller } from '../../http/bind.ts';
import { problemFrom, type HttpProblem } from '../../http/problem.ts';

interface Detail {
  readonly code: string;
  readonly target: string;
  readonly message: string;
}

/** An answer in the words of Azure Resource Manager. */
export class ArmError extends Error {
  override readonly name = 'ArmError';
  readonly status: number;
  readonly code: string;
  readonly details: readonly Detail[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: string,
    message: string,
    { details = [], headers = {} }: { details?: readonly Detail[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

/** What Azure Resource Manager calls an error of this status. */
const codes: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'InvalidAuthenticationToken',
  403: 'AuthorizationFailed',
  404: 'ResourceNotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  412: 'PreconditionFailed',
  413: 'RequestContentTooLarge',
  429: 'TooManyRequests',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
};
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Names the answer, as Azure does. A correlation id that the caller gave goes through several requests.
 * https://learn.microsoft.com/rest/api/azure/#rest-api-response-header
 */
export function nameAnswer(request: Request, response: Response): void {
  const given = request.get('x-ms-correlation-request-id');
  response.set({
    'x-ms-request-id': String(request.id),
    'x-ms-correlation-request-id': given !== undefined && GUID.test(given) ? given : String(request.id),
    'Cache-Control': 'no-store',
  });
  const client = request.get('x-ms-client-request-id');
  if (client !== undefined && /^[\w-]{1,64}$/.test(client) && request.get('x-ms-return-client-request-id')?.toLowerCase() === 'true')
    response.set('x-ms-client-request-id', client);
}

/** Any error as `{ error: { code, message, details } }`. https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors */
export const answerArmError: ErrorRequestHandler = (error, request, response, _next) => {
  const { status, code, message, details, headers } = error instanceof ArmError ? error : fromProblem(error, request, response);
  if (status >= 500) request.log.error({ err: error }, 'arm request failed');
  if (response.headersSent) return void response.destroy();
  nameAnswer(request, response);
  response
    .status(status)
    .set(headers)
    .json({ error: { code, message, ...(details.length > 0 && { details }) } });
};

function fromProblem(error: unknown, request: Request, response: Response): ArmError {
  const problem = problemFrom(error);
  const { status, extras } = problem;
  const details = (extras.errors ?? []).map(({ path, message }) => ({
    code: codes[status] ?? 'BadRequest',
    target: armTarget(path),
    message,
  }));
  const more = { details, ...(extras.headers && { headers: extras.headers }) };
  if (problem.code === 'token.missing')
    return new ArmError(401, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.", more);
  if (problem.code === 'permission.denied') return new ArmError(403, 'AuthorizationFailed', denied(request, response, problem), more);
  // What a lock on a resource answers in Azure: tools know it.
  if (problem.code === 'setting.held') return new ArmError(409, 'ScopeLocked', problem.message, more);
  return new ArmError(status, codes[status] ?? 'InternalServerError', problem.message, more);
}

/** Azure's sentence for a person who may not, then who may. */
function denied(request: Request, response: Response, problem: HttpProblem): string {
  const { caller } = response.locals as { caller?: Caller };
  const scope = decodedPath(request);
  const action = `microsoft.intune/diagnosticSettings/${{ PUT: 'write', DELETE: 'delete' }[request.method] ?? 'read'}`;
  return `The client '${caller?.principal.upn ?? ''}' with object id '${caller?.principal.oid ?? ''}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. ${problem.message}`;
}
function decodedPath({ path }: Request): string {
  try {
    return decodeURIComponent(path).slice(0, 400);
  } catch {
    return path.slice(0, 400);
  }
}
