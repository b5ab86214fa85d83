import { backOff } from './back-off.ts';
import { bounded, timeLimit } from './time-limit.ts';
import type { Failure, Fault } from './types.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** From the record after `afterSeq` on, a category's records are kept so many days; 0 is forever. */
export interface RetentionPolicy {
  readonly afterSeq: number;
  readonly days: number;
}

/**
 * The longest that any record of `firstSeq` to `lastSeq` is kept, in days; null is forever. `policies` stand in the order of
 * `afterSeq`. Records from before the first policy have the first one. Without any policy nothing is known: forever.
 */
export function daysFor(policies: readonly RetentionPolicy[], firstSeq: number, lastSeq: number): number | null {
  let longest = 0;
  for (const [i, policy] of policies.entries()) {
    const begin = i === 0 ? 0 : policy.afterSeq + 1;
    const end = policies[i + 1]?.afterSeq ?? Number.MAX_SAFE_INTEGER;
    if (begin > lastSeq || end < firstSeq) continue;
    if (policy.days === 0) return null;
    longest = Math.max(longest, policy.days);
  }
  return longest === 0 ? null : longest;
}

/** When records that arrived at `writtenAt` may go; null is never. A day has 24 hours. */
export const keepUntil = (writtenAt: Date, days: number | null): Date | null =>
  days === null ? null : new Date(writtenAt.getTime() + days * DAY_MS);

/** The later of two ends; null is never. */
export const longerOf = (a: Date | null, b: Date | null): Date | null => (a === null || b === null ? null : a > b ? a : b);

/** A blob of the archive whose time may have come. */
export interface DueBlob {
  readonly id: number;
  readonly tenantId: string;
  /** ARM id of the storage account. */
  readonly accountId: string;
  readonly container: string;
  readonly blob: string;
  /** Failed attempts so far. */
  readonly attempts: number;
}
/** What the store knows of a blob, read under its lock: the longest that any of its records is kept, and its bytes up to the end of the last acknowledged append. */
export interface BlobFacts {
  readonly keepUntil: Date;
  readonly days: number;
  readonly length: number;
}
/** What the storage account says of it. `now` is the account's own clock. */
export interface SeenBlob {
  readonly kind: 'found';
  readonly etag: string;
  readonly length: number;
  readonly lastModified: Date;
  readonly now: Date;
}
export type Erasure =
  | { readonly kind: 'deleted'; readonly lastModified: Date }
  | { readonly kind: 'gone' }
  /** Not due any more: held, written to, or settled by somebody else. */
  | { readonly kind: 'not-due' }
  | { readonly kind: 'kept'; readonly fault: Fault; readonly waitMs: number }
  | (Failure & { readonly kind: 'retry' | 'misconfigured'; readonly onlyThis?: boolean });

/** A storage account, opened for deleting. A thrown error is a retry. */
export interface BlobRemover {
  look(container: string, blob: string, signal: AbortSignal): Promise<SeenBlob | Erasure>;
  /** Deletes it if it still is what `etag` names. */
  remove(container: string, blob: string, etag: string, signal: AbortSignal): Promise<{ kind: 'deleted' } | { kind: 'changed' } | Erasure>;
}
export type OpenRemover = (
  accountId: string,
  tenantId: string,
  signal: AbortSignal,
) => Promise<{ kind: 'open'; remover: BlobRemover } | Failure>;

/** What retention needs of the store. */
export interface RetentionStore {
  /** Takes blobs that are past their time by `marginMs`, not held and not failing, oldest first; nobody else gets them for `leaseMs`. */
  claimDue(limit: number, leaseMs: number, marginMs: number): Promise<DueBlob[]>;
  /**
   * One transaction, which no legal hold can pass: asks again whether the blob is due, lets `erase` delete it, and when it is
   * gone forgets it and writes the record of it.
   */
  settle(blob: DueBlob, marginMs: number, erase: (facts: BlobFacts) => Promise<Erasure>): Promise<Erasure>;
  /** Notes why it is still there, and when to try again. */
  postpone(blob: DueBlob, why: { kind: 'kept' | 'retry' | 'misconfigured'; fault: Fault; waitMs: number; attempts: number }): Promise<void>;
}

/**
 * Whether a blob whose time has come by the database's clock may go: it must hold exactly what was acknowledged, and must be as
 * old by the account's own clock as its records were to be kept. Null: yes.
 */
export function whyKept(facts: BlobFacts, seen: SeenBlob): { fault: Fault; waitMs: number } | null {
  if (seen.length !== facts.length) {
    return {
      fault: {
        code: 'other-content',
        message: `The blob has ${seen.length} bytes, and Weir wrote ${facts.length}. What is not known to be past its time is not deleted.`,
        remedy:
          'Wait if a delivery is behind or paused: it may have written there. Otherwise delete the blob yourself when nobody needs it.',
      },
      waitMs: HOUR_MS,
    };
  }
  const missing = facts.days * DAY_MS - (seen.now.getTime() - seen.lastModified.getTime());
  if (missing <= 0) return null;
  return {
    fault: {
      code: 'too-young',
      message: 'By the storage account’s clock the blob was changed too recently for its days to be over.',
      remedy: 'Check the clock of the database server. A change of the blob’s metadata counts as a change, too.',
    },
    waitMs: Math.min(missing, HOUR_MS),
  };
}

export interface RetainOptions {
  /** Blobs that are taken at a time. */
  limit: number;
  /** How long after its time a blob is left alone: what two clocks may differ. */
  marginMs: number;
  /** One blob may take so long. */
  timeoutMs: number;
  signal: AbortSignal;
  random?: () => number;
  onEvent?: (blob: DueBlob, outcome: Erasure) => void;
}

/**
 * One step of retention: takes blobs whose time has come and deletes them, one after the other. An account that fails is left
 * alone for the rest of the step. Answers how many blobs were taken.
 */
export async function retain(store: RetentionStore, open: OpenRemover, options: RetainOptions): Promise<number> {
  const { limit, marginMs, timeoutMs, signal } = options;
  // Whoever takes blobs works through all of them: a second worker must not come along meanwhile.
  const due = await store.claimDue(limit, limit * timeoutMs * 2 + 60_000, marginMs);
  const opened = new Map<string, { kind: 'open'; remover: BlobRemover } | Failure>();
  for (const blob of due) {
    if (signal.aborted) break;
    const key = `${blob.tenantId}/${blob.accountId}`;
    const attempt = timeLimit(signal, timeoutMs);
    let outcome: Erasure;
    try {
      const account = opened.get(key) ?? (await bounded(open(blob.accountId, blob.tenantId, attempt.signal), attempt.signal));
      opened.set(key, account);
      outcome =
        account.kind === 'open'
          ? await store.settle(blob, marginMs, (facts) => bounded(erase(account.remover, blob, facts, attempt.signal), attempt.signal))
          : failed(account);
    } catch (error) {
      outcome = failed({ kind: 'retry', fault: { code: 'unexpected', message: messageOf(error), remedy: null } });
    } finally {
      attempt.clear();
    }
    // Stopping is nobody's failure.
    if (signal.aborted && outcome.kind === 'retry') break;
    if (outcome.kind === 'retry' || outcome.kind === 'misconfigured') {
      if (!outcome.onlyThis) opened.set(key, outcome);
      const attempts = blob.attempts + 1;
      const waitMs = backOff(outcome.kind, attempts, 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined, options.random?.());
      await store.postpone(blob, { kind: outcome.kind, fault: outcome.fault, waitMs, attempts });
    } else if (outcome.kind === 'kept') {
      await store.postpone(blob, { kind: 'kept', fault: outcome.fault, waitMs: outcome.waitMs, attempts: blob.attempts });
    }
    options.onEvent?.(blob, outcome);
  }
  return due.length;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

/** Deleting has no sizes and no content to refuse: what is not a person's to mend is tried again. */
function failed(failure: Failure): Erasure {
  return failure.kind === 'misconfigured' || failure.kind === 'retry' ? { ...failure } : { kind: 'retry', fault: failure.fault };
}

async function erase(remover: BlobRemover, { container, blob }: DueBlob, facts: BlobFacts, signal: AbortSignal): Promise<Erasure> {
  const seen = await remover.look(container, blob, signal);
  if (seen.kind !== 'found') return seen;
  const kept = whyKept(facts, seen);
  if (kept) return { kind: 'kept', ...kept };
  const removed = await remover.remove(container, blob, seen.etag, signal);
  if (removed.kind === 'deleted') return { kind: 'deleted', lastModified: seen.lastModified };
  if (removed.kind !== 'changed') return removed;
  return {
    kind: 'kept',
    fault: { code: 'changed', message: 'The blob was written to while it was about to be deleted.', remedy: null },
    waitMs: 60_000,
  };
}
