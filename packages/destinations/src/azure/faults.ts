import type { Failure, Fault } from '@weir/engine';
import { ArmError } from './arm.ts';

interface ErrorLike {
  name?: string;
  code?: string | number;
  statusCode?: number;
  status?: number;
  message?: string;
  errors?: unknown[];
  cause?: unknown;
  details?: { errorCode?: string };
  response?: { headers?: { get(name: string): string | undefined } };
}

/**
 * The only codes that mean "a person must act", each with what to do. The list is short on purpose: a code that is missing
 * here is retried, which costs time; one that is wrongly here would only slow down, never drop.
 */
const misconfigured: Record<string, string> = {
  AuthenticationFailed: 'Check that the storage account’s keys are enabled and that no firewall rewrites requests.',
  AuthorizationFailure: 'Allow this host in the storage account’s network rules, or allow trusted access.',
  AuthorizationPermissionMismatch: 'Give the engine’s identity the data role that the destination needs.',
  AuthorizationFailed: 'Give the engine’s identity Reader on the resource and the right to list its keys. A new role takes some minutes.',
  KeyBasedAuthenticationNotPermitted: 'Allow storage account key access on the account.',
  AccountIsDisabled: 'Enable the storage account.',
  InsufficientAccountPermissions: 'Give the engine’s identity write access to the account.',
  InvalidAuthenticationInfo: 'Check the keys of the account.',
  InvalidResourceName: 'Choose another name: the service refuses this one.',
  ResourceNotFound: 'The resource is gone. Restore it, or choose another destination in the setting.',
  ResourceGroupNotFound: 'The resource group is gone. Restore it, or choose another destination in the setting.',
  SubscriptionNotFound: 'The subscription is gone or disabled. Choose another destination in the setting.',
  UnauthorizedError: 'The event hub policy’s key was refused. Check that the policy exists and may send.',
  UnauthorizedAccess: 'The event hub policy’s key was refused. Check that the policy exists and may send.',
  MessagingEntityNotFoundError: 'The event hub does not exist. Save the setting again to create it, or name another hub.',
  MessagingEntityDisabledError: 'The event hub is disabled. Enable it.',
  OperationForbidden: 'Give the engine’s identity the role Monitoring Metrics Publisher on the data collection rule.',
};
const tooLarge = new Set(['MessageTooLargeError', 'RequestBodyTooLarge', 'ContentLengthLimitExceeded', 'PayloadTooLarge']);

const flat = (error: unknown): ErrorLike[] => {
  const e = (error ?? {}) as ErrorLike;
  return Array.isArray(e.errors) && e.errors.length > 0 ? e.errors.flatMap(flat) : [e];
};

/** What an error of an Azure SDK or of ARM means for a delivery. Everything that is not known is a retry. */
export function classify(error: unknown): Failure {
  const all = flat(error);
  const codes = all.map((e) => String(e.details?.errorCode ?? e.code ?? e.name ?? ''));
  const status = all.map((e) => (error instanceof ArmError ? error.status : (e.statusCode ?? e.status))).find((s) => s !== undefined);
  const known = codes.find((c) => c in misconfigured);
  const large = codes.find((c) => tooLarge.has(c));
  const message =
    all.map((e) => e.message).find((m) => m && m.trim() !== '' && !m.startsWith('undefined')) ?? 'It failed without saying why.';
  const fault: Fault = {
    code: known ?? large ?? codes.find(Boolean) ?? 'unknown',
    message: firstLine(message),
    remedy: known ? misconfigured[known]! : null,
  };
  const retryAfterMs = retryAfterOf(error, all);
  if (large || status === 413) return { kind: 'too_large', fault };
  if (known) return { kind: 'misconfigured', fault };
  if (status === 403)
    return {
      kind: 'misconfigured',
      fault: {
        ...fault,
        remedy: 'Access was refused. Check the engine’s role and the resource’s network rules; a new role takes some minutes.',
      },
    };
  return { kind: 'retry', fault, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** A fault for what the destination can never take. */
export const refusal = (code: string, message: string): Fault => ({
  code,
  message,
  remedy: 'The record is kept in quarantine; the others go on.',
});

function retryAfterOf(error: unknown, all: readonly ErrorLike[]): number | undefined {
  if (error instanceof ArmError) return error.retryAfterMs;
  for (const e of all) {
    const seconds = Number(e.response?.headers?.get('retry-after'));
    if (seconds > 0) return seconds * 1000;
    if (e.name === 'ServerBusyError' || e.code === 'ServerBusyError') return 4_000;
  }
  return undefined;
}

/** SDK messages carry whole requests; the first line says it. Signatures never belong into a log. */
const firstLine = (message: string): string =>
  (message.split('\n')[0] ?? '').replaceAll(/(sig|SharedAccessKey|AccountKey)=[^&;\s]+/gi, '$1=***').slice(0, 300);
