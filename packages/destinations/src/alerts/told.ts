import type { Fault } from '@weir/engine';

/**
 * What came of a notification. Nothing is ever dropped: `misconfigured` is what a person must mend, and is tried again more seldom.
 */
export type Told =
  | { readonly kind: 'taken'; readonly answer: string }
  | { readonly kind: 'retry' | 'misconfigured'; readonly fault: Fault; readonly retryAfterMs?: number };

/** The words of a destination's fault, where the address is in a channel and not in a setting. */
export const ofChannel = (fault: Fault): Fault => ({
  ...fault,
  remedy:
    fault.remedy
      ?.replace('in the setting', 'in the channel')
      .replace('edit the setting', 'edit the channel')
      .replace('the destination', 'the channel') ?? null,
});
/** A notification cannot be halved: one that is refused for its size or content is tried again like any other. */
export const asTold = ({ kind, fault, retryAfterMs }: { kind: string; fault: Fault; retryAfterMs?: number }): Told => ({
  kind: kind === 'misconfigured' ? 'misconfigured' : 'retry',
  fault: ofChannel(fault),
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
