import { ApiProblem, grantedBy, type Permission } from '@weir/contract';

/** The server did not answer at all: it is down, or the network is. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server did not answer. Check your connection; if it is fine, the admin center may be restarting.', { cause });
    this.name = 'Unreachable';
  }
}

/** The token is no longer enough. `claims` is what a new sign-in must satisfy, when the server says so. */
export class SessionExpired extends Error {
  readonly claims: string | undefined;
  constructor(claims?: string) {
    super(
      claims
        ? 'Your organization asks you to sign in once more for this, for example with a second factor.'
        : 'Your session has ended. Sign in again to go on; you come back to this page.',
    );
    this.name = 'SessionExpired';
    this.claims = claims;
  }
}

/** The person is signed in, but lacks a permission. Thrown by routes before the server has to refuse. */
export class PermissionMissing extends Error {
  readonly permission: Permission;
  readonly roles: readonly string[];
  constructor(permission: Permission, roles: readonly string[] = grantedBy[permission]) {
    super(`This page needs one of these roles: ${roles.join(', ')}.`);
    this.name = 'PermissionMissing';
    this.permission = permission;
    this.roles = roles;
  }
}

export type Failure = 'unreachable' | 'session' | 'permission' | 'not-found' | 'unavailable' | 'refused' | 'internal';
export interface Explained {
  kind: Failure;
  title: string;
  text: string;
  /** Stable code and trace id of the server's answer, for support. */
  code: string | null;
  traceId: string | null;
  /** Roles that would have been enough. */
  roles: readonly string[];
  canRetry: boolean;
}

const titles: Record<Failure, string> = {
  unreachable: 'The admin center cannot be reached',
  session: 'Sign in again',
  permission: 'You do not have access',
  'not-found': 'Not found',
  unavailable: 'Temporarily not available',
  refused: 'The request was refused',
  internal: 'Something went wrong',
};
const kindOf = (status: number): Failure => {
  if (status === 401) return 'session';
  if (status === 403) return 'permission';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 429 || status === 502 || status === 503) return 'unavailable';
  return status >= 500 ? 'internal' : 'refused';
};

/** What went wrong, in words, with what the reader can do about it. Takes anything that was thrown. */
export function explain(error: unknown): Explained {
  const base = { code: null, traceId: null, roles: [] as readonly string[], canRetry: true };
  if (error instanceof ApiProblem) {
    const { status, code, detail, traceId, needed } = error.problem;
    const kind = kindOf(status);
    return {
      kind,
      title: kind === 'permission' && !needed ? 'Access was refused' : titles[kind],
      text: detail,
      code,
      traceId: traceId || null,
      roles: needed?.roles ?? [],
      canRetry: kind !== 'not-found',
    };
  }
  if (error instanceof PermissionMissing) {
    return {
      ...base,
      kind: 'permission',
      title: titles.permission,
      text: error.message,
      code: 'permission.denied',
      roles: error.roles,
      canRetry: false,
    };
  }
  if (error instanceof Unreachable) return { ...base, kind: 'unreachable', title: titles.unreachable, text: error.message };
  if (error instanceof SessionExpired) return { ...base, kind: 'session', title: titles.session, text: error.message };
  return { ...base, kind: 'internal', title: titles.internal, text: error instanceof Error ? error.message : String(error) };
}

/** One sentence for a message bar, a field or an announcement. */
export const problemText = (error: unknown): string => explain(error).text;

/** Messages by field, `name` or `destinations.storage`: what the server says about each value it refused. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {};
  const found: Record<string, string> = {};
  for (const { path, message } of error.problem.errors ?? []) found[path.replace(/^(body|params|query)\./, '')] ??= message;
  return found;
}

/** Whether asking again soon can help: never for what the server decided. */
export const isTransient = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof ApiProblem && [429, 502, 503].includes(error.problem.status));
