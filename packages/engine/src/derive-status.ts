import { statusThresholds, type DeliveryStatus } from '@weir/contract';
import type { DeliveryFacts } from './ports.ts';

/** Records wait and nothing was even tried for so long: the worker is not running. */
export const STALLED_AFTER_MS = statusThresholds.stalledAfterMs;
/** The oldest waiting record is older than this although batches are accepted: the delivery is behind. */
export const BEHIND_AFTER_MS = statusThresholds.behindAfterMs;
/** Failures in a row before "Failing": one throttle answer is everyday life. */
export const FAILING_AFTER_ATTEMPTS = statusThresholds.failingAfterAttempts;

/** What a delivery's facts mean, in one word with reason and remedy. Pure; the table stands in the README. */
export function deriveStatus(facts: DeliveryFacts, now: Date): { status: DeliveryStatus; reason: string | null; remedy: string | null } {
  const waiting = facts.head - facts.checkpoint;
  const age = (since: Date | null) => (since ? now.getTime() - since.getTime() : 0);
  if (facts.paused)
    return {
      status: 'Paused',
      reason: `${waiting} ${waiting === 1 ? 'record waits' : 'records wait'}.${facts.pause ? ` ${pausedBy(facts.pause)}` : ''}`,
      remedy: 'Resume the delivery; its position is kept.',
    };
  const failure = facts.attempts > 0 ? facts.lastFailure : null;
  if (failure?.kind === 'misconfigured') return { status: 'Misconfigured', reason: failure.fault.message, remedy: failure.fault.remedy };
  if (failure && facts.attempts >= FAILING_AFTER_ATTEMPTS)
    return {
      status: 'Failing',
      reason: failure.fault.message,
      remedy: failure.fault.remedy ?? 'Nothing is lost: it is tried again by itself.',
    };
  // A pause that the destination asked for, or that saves appends, is no stall, however long it is.
  const untouched = Math.min(
    age(facts.oldestWaitingAt),
    age(facts.lastAttemptAt ?? facts.createdAt),
    age(facts.nextAttemptAt ?? facts.createdAt),
  );
  if (waiting > 0 && facts.oldestWaitingAt && untouched > STALLED_AFTER_MS) {
    return {
      status: 'Stalled',
      reason: 'Records wait and nothing was tried.',
      remedy: 'Check that the worker runs and reaches the database.',
    };
  }
  // What is held for a fuller batch is not behind.
  const behind =
    facts.attempts === 0 ? Math.min(age(facts.oldestWaitingAt), age(facts.nextAttemptAt ?? facts.createdAt)) : age(facts.oldestWaitingAt);
  if (waiting > 0 && behind > BEHIND_AFTER_MS) return { status: 'Catching up', reason: `${waiting} records wait.`, remedy: null };
  if (facts.lastDeliveredAt === null)
    return {
      status: 'Waiting for first record',
      reason:
        waiting > 0 ? 'The first records are about to be sent.' : 'No record of this category was collected since the setting was made.',
      remedy: null,
    };
  return { status: 'Healthy', reason: null, remedy: null };
}

const pausedBy = ({ by, reason }: { by: string; reason: string | null }): string =>
  `Paused by ${by}${reason === null ? '' : `: ${reason.replace(/\.$/, '')}`}.`;
