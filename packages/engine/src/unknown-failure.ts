import type { Failure } from './types.ts';

/** Turns anything that was thrown into a retry. Whatever is not known must never cost a record. */
export function unknownFailure(error: unknown): Failure {
  let message = '';
  try {
    message = String(error instanceof Error ? error.message : error);
  } catch {
    // Something that cannot even be put in words is no reason to fail twice.
  }
  return { kind: 'retry', fault: { code: 'unexpected', message: message.slice(0, 500) || 'It failed without saying why.', remedy: null } };
}
