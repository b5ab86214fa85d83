import type { DeliveryStatus } from './settings.ts';

/** Where one status ends and another begins. Times in milliseconds. */
export const statusThresholds = { stalledAfterMs: 2 * 60_000, behindAfterMs: 60_000, failingAfterAttempts: 2 } as const;

const minutes = (ms: number): string => (ms === 60_000 ? '1 minute' : `${ms / 60_000} minutes`);

/** What each status of a delivery means, with its threshold, in the order in which they are looked for: the first that fits counts. */
export const statusMeanings: readonly { readonly status: DeliveryStatus; readonly means: string }[] = [
  { status: 'Paused', means: 'A person paused it. Its position is kept.' },
  {
    status: 'Misconfigured',
    means: 'The last attempt failed for a reason that a person must mend: a key, a role or an account is missing.',
  },
  { status: 'Failing', means: `${statusThresholds.failingAfterAttempts} or more attempts in a row failed. It is tried again by itself.` },
  { status: 'Stalled', means: `Records have waited for more than ${minutes(statusThresholds.stalledAfterMs)} and nothing was tried.` },
  {
    status: 'Catching up',
    means: `The oldest waiting record is older than ${minutes(statusThresholds.behindAfterMs)} and is not held back for a fuller batch.`,
  },
  { status: 'Waiting for first record', means: 'Nothing was delivered yet.' },
  {
    status: 'Healthy',
    means: `What is collected arrives: no ${statusThresholds.failingAfterAttempts} attempts in a row failed, and nothing has waited for more than ${minutes(statusThresholds.behindAfterMs)}.`,
  },
];
/** What one status means, with its threshold. */
export const meaningOfStatus = (status: DeliveryStatus): string => statusMeanings.find((m) => m.status === status)!.means;
