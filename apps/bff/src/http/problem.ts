import { grantedBy, problemCodes, type Permission, type Problem, type ProblemCode } from '@weir/contract';
import { IdentityUnavailable, TokenInvalid, TokenScopeMissing } from '@weir/access';
import type { z } from 'zod';

const titles: Record<ProblemCode, string> = {
  'request.invalid': 'The request is not valid',
  'cursor.invalid': 'The cursor is not valid',
  'token.missing': 'Sign in first',
  'token.invalid': 'The token is not valid',
  'claims.required': 'The directory asks for more',
  'token.scope': 'The token lacks the scope',
  'permission.denied': 'You may not do this',
  'azure.forbidden': 'Azure does not let you do this',
  'not.found': 'Not found',
  'record.removed': 'The record was removed',
  'method.not.allowed': 'Method not allowed',
  'setting.exists': 'The setting exists already',
  'setting.changed': 'The setting has changed',
  'setting.limit': 'Too many settings',
  'setting.held': 'The setting is under legal hold',
  'sink.in.use': 'Conflict',
  'replay.limit': 'Too many replays wait',
  'channel.exists': 'The name is taken',
  'channel.limit': 'Too many channels',
  'view.exists': 'The name is taken',
  'export.limit': 'Too many exports',
  'export.too.many': 'Too many records',
  'export.not.ready': 'The file is not ready',
  'export.gone': 'The file is gone',
  'ticket.invalid': 'The address is no longer good',
  'body.too.large': 'The request is too large',
  'range.invalid': 'There is no such part of the file',
  'rate.limited': 'Too many requests',
  internal: 'Something went wrong here',
  'azure.failed': 'Azure did not answer as it should',
  'identity.unavailable': 'Tokens cannot be checked',
  'roles.unavailable': 'Roles cannot be checked',
  'search.too.long': 'The search took too long',
  'store.unavailable': 'The database cannot be reached',
};

interface Extras {
  errors?: { path: string; message: string; position?: number }[];
  needed?: { permission: string; roles: string[] };
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** An answer that is a problem. `detail` is for people and never holds a secret. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: ProblemCode;
  readonly extras: Extras;
  constructor(code: ProblemCode, detail: string, extras: Extras = {}) {
    super(detail, { cause: extras.cause });
    this.code = code;
    this.extras = extras;
  }
  get status(): number {
    return problemCodes[this.code];
  }
  /** RFC 9457. */
  toBody(traceId: string): Problem {
    const { errors, needed } = this.extras;
    return {
      type: `urn:weir:problem:${this.code}`,
      title: titles[this.code],
      status: this.status,
      code: this.code,
      detail: this.message,
      traceId,
      ...(errors && { errors }),
      ...(needed && { needed }),
    };
  }
}

/** Where in a text something is wrong, when the field's schema says so. */
function positionOf(issue: z.core.$ZodIssue): { position: number } | Record<string, never> {
  const position: unknown = issue.code === 'custom' ? issue.params?.['position'] : undefined;
  return typeof position === 'number' ? { position } : {};
}

/** Names each field: where it stands, what was found, what to do. */
export function invalid(place: 'path' | 'query' | 'body', error: z.ZodError): HttpProblem {
  const errors = error.issues.slice(0, 50).flatMap((issue) => {
    const at = issue.path.map(String).join('.').slice(0, 300);
    if (issue.code !== 'unrecognized_keys') return [{ path: at || place, message: issue.message, ...positionOf(issue) }];
    return issue.keys.slice(0, 20).map((key) => ({
      path: [at, key.slice(0, 100)].filter(Boolean).join('.'),
      message: `There is no such field in the ${place}. Leave it out.`,
    }));
  });
  const first = errors[0];
  return new HttpProblem('request.invalid', `The ${place} is not valid. ${first ? `${first.path}: ${first.message}` : ''}`.trim(), {
    errors,
  });
}

/** What a person lacks, and who has it. */
export function denied(permission: Permission): HttpProblem {
  const roles = [...grantedBy[permission]];
  return new HttpProblem('permission.denied', `This needs the permission ${permission}. It comes with: ${roles.join(', ')}.`, {
    needed: { permission, roles },
  });
}

const bearer = (error: string) => ({ 'WWW-Authenticate': `Bearer error="${error}"` });
const hasStatus = (error: unknown): error is { status: number; type?: string } =>
  error instanceof Error && 'status' in error && typeof error.status === 'number';
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** Makes an answer of any error. What is not known becomes `internal`, and tells nothing but its trace id. */
export function problemFrom(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof TokenInvalid) return new HttpProblem('token.invalid', error.message, { headers: bearer('invalid_token') });
  if (error instanceof TokenScopeMissing) return new HttpProblem('token.scope', error.message, { headers: bearer('insufficient_scope') });
  if (error instanceof IdentityUnavailable)
    return new HttpProblem('identity.unavailable', error.message, { headers: { 'Retry-After': '5' }, cause: error.cause });
  if (hasStatus(error) && error.status < 500) {
    if (error.type === 'entity.too.large') return new HttpProblem('body.too.large', 'A request may hold at most 256 kB.');
    if (error.type === 'entity.parse.failed')
      return new HttpProblem('request.invalid', 'The body is not JSON.', { errors: [{ path: 'body', message: 'Expected JSON.' }] });
    if (error instanceof URIError) return new HttpProblem('request.invalid', 'The address holds a broken % sequence.');
    return new HttpProblem('request.invalid', 'The request could not be read.');
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // query_canceled: the statement's time was up. https://www.postgresql.org/docs/current/errcodes-appendix.html
  if (code === '57014')
    return new HttpProblem(
      'search.too.long',
      'The search took too long and was stopped. Choose a shorter date range, or add a condition such as a category or an actor.',
      { cause: error },
    );
  if (networkCodes.has(code))
    return new HttpProblem('store.unavailable', 'The database cannot be reached. Try again in a moment.', {
      headers: { 'Retry-After': '5' },
      cause: error,
    });
  return new HttpProblem('internal', 'Something went wrong. Tell your administrator the trace id.', { cause: error });
}
