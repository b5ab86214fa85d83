import type { DestinationType } from '@weir/contract';
import type { BatchLimits, DeliveryOutcome, DestinationFactory, LogRecord, OpenDestination, Prepared } from '@weir/engine';

/**
 * A destination in memory that does what a test tells it. It appends as a blob does: a batch goes to its prepared position, and
 * one that already stands there is not written again. `before` may answer in its place or hold the send up, `after` happens
 * when the batch is in and its answer is not yet out.
 */
export class ScriptedDestination implements OpenDestination {
  /** Sequence numbers in the order in which they were written. */
  readonly held: number[] = [];
  /** Every send, also those that failed. */
  readonly sent: { seqs: number[]; prepared: Prepared }[] = [];
  limits: BatchLimits = { maxBytes: 1 << 20, maxRecords: 100, recordOverheadBytes: 2, intervalMs: 0 };
  before: (batch: readonly LogRecord[]) => DeliveryOutcome | null | Promise<DeliveryOutcome | null> = () => null;
  after: () => void | Promise<void> = () => {};
  refuse: OpenDestination['refuse'] = () => null;

  async prepare(): Promise<{ kind: 'prepared'; prepared: Prepared }> {
    return { kind: 'prepared', prepared: { position: this.held.length } };
  }
  async send(batch: readonly LogRecord[], prepared: Prepared): Promise<DeliveryOutcome> {
    const seqs = batch.map((r) => r.seq);
    this.sent.push({ seqs, prepared });
    const answer = await this.before(batch);
    if (answer) return answer;
    const position = prepared['position'] as number;
    if (position === this.held.length) this.held.push(...seqs);
    else if (this.held.slice(position, position + seqs.length).join() !== seqs.join())
      return { kind: 'stale', fault: { code: 'moved', message: 'Something else stands at the position.', remedy: null } };
    await this.after();
    return { kind: 'accepted', bytes: batch.reduce((sum, r) => sum + r.body.length, 0), place: { position } };
  }
  async close(): Promise<void> {}
}

/** A door that a test opens: whoever waits at `passed` goes on. `arrived` resolves when somebody waits. */
export function gate(): { pass(): Promise<void>; arrived: Promise<void>; open(): void } {
  const here = Promise.withResolvers<void>();
  const door = Promise.withResolvers<void>();
  return { pass: () => (here.resolve(), door.promise), arrived: here.promise, open: () => door.resolve() };
}

/** A registry for a loop that only ever meets the types that are given; any other fails loudly. */
export function onlyDestinations(given: Partial<DestinationFactories>): DestinationFactories {
  const missing = <T extends DestinationType>(type: T): DestinationFactory<T> => ({
    type,
    open: () => Promise.reject(new Error(`This test has no ${type}.`)),
  });
  return {
    storage: missing('storage'),
    eventHub: missing('eventHub'),
    logAnalytics: missing('logAnalytics'),
    splunk: missing('splunk'),
    elastic: missing('elastic'),
    webhook: missing('webhook'),
    ...given,
  };
}
type DestinationFactories = { [T in DestinationType]: DestinationFactory<T> };
