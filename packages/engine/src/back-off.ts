/** Milliseconds. A transient failure is tried at least every 5 minutes; what a person must mend, every 30. */
export const RETRY_CAP_MS = 5 * 60_000;
export const MISCONFIGURED_CAP_MS = 30 * 60_000;
const BASE_MS = 1_000;

/**
 * When to try again, in ms: exponential with full jitter, capped, and never before the service's own Retry-After. There is
 * no last attempt. `attempts` counts this failure, from 1; `random` is in [0, 1).
 */
export function backOff(kind: 'retry' | 'misconfigured', attempts: number, retryAfterMs = 0, random: number = Math.random()): number {
  const cap = kind === 'misconfigured' ? MISCONFIGURED_CAP_MS : RETRY_CAP_MS;
  const ceiling = Math.min(cap, BASE_MS * 2 ** Math.min(attempts - 1, 30));
  // Half of the ceiling is kept, so that a run of small random numbers does not hammer a service that is down.
  return Math.max(Math.round(ceiling / 2 + (ceiling / 2) * random), Number.isFinite(retryAfterMs) ? retryAfterMs : 0);
}
