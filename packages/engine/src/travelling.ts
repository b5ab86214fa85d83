import type { Batch } from './cutting.ts';
import type { Acknowledged, Written } from './ports.ts';
import type { TimeLimit } from './time-limit.ts';
import type { DeliveryOutcome, OpenDestination, Prepared } from './types.ts';

/** A batch with its place, and the time that it has. */
export interface Begun {
  readonly batch: Batch;
  readonly prepared: Prepared;
  /** More of the log comes after it. */
  readonly more: boolean;
  readonly limit: TimeLimit;
  readonly startedAt: number;
}
/** One that was written down and is on its way. */
export interface Travelling extends Begun {
  readonly outcome: Promise<DeliveryOutcome>;
  /** The outcome, once it is there. */
  answer?: DeliveryOutcome;
  arrivedAt?: number;
}
/** One that its destination took. */
export type Arrived = Travelling & { readonly answer: DeliveryOutcome & { kind: 'accepted' }; readonly arrivedAt: number };

/** Consecutive batches, at least one, as they are written down together. */
export const written = (begun: readonly Begun[], destination: OpenDestination): Written => {
  const prepared = begun.map((b) => b.prepared);
  return {
    firstSeq: begun[0]!.batch.firstSeq,
    lastSeq: begun.at(-1)!.batch.lastSeq,
    prepared: prepared.length === 1 ? prepared[0]! : destination.join!(prepared),
  };
};

/** The first of what travels, as far as all of it has arrived. */
export function arrivedOf(travelling: readonly Travelling[]): Arrived[] {
  const waiting = travelling.findIndex((t) => t.answer?.kind !== 'accepted');
  return travelling.slice(0, waiting === -1 ? travelling.length : waiting) as Arrived[];
}

/** What the ledger is told of a batch that took so many attempts. */
export function acknowledgedOf({ batch, startedAt, answer, arrivedAt }: Arrived, attempts: number): Acknowledged {
  const { firstSeq, lastSeq, records } = batch;
  const { bytes, place, digest } = answer;
  return {
    firstSeq,
    lastSeq,
    records: records.length,
    filtered: lastSeq - firstSeq + 1 - records.length,
    bytes,
    place,
    digest,
    answer: answer.answer && oneLine(answer.answer),
    attempts,
    durationMs: arrivedAt - startedAt,
  };
}

/** What a destination said, as the ledger keeps it: some of it is another service's text. The cut must not leave half a character. */
const oneLine = (answer: string): string =>
  answer
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ')
    .slice(0, 200)
    .replace(/\p{Cs}$/u, '');
