import type { Fault } from '@weir/engine';

/**
 * What came of a notification. Nothing is ever dropped: `misconfigured` is what a person must mend, and is tried again more seldom.
 */
export type Told =
  | { readonly kind: 'taken'; readonly answer: string }
  | { readonly kind: 'retry' | 'misconfigured'; readonly fault: Fault; readonly retryAfterMs?: number };

/** A notification cannot be halved: one that is refused for its size or content is tried again like any other. */
export const asTold = ({ kind, fault, retryAfterMs }: { kind: string; fault: Fault; retryAfterMs?: number }): Told => ({
  kind: kind === 'misconfigured' ? 'misconfigured' : 'retry',
  fault,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
