import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import type { DeliveryOutcome, LogRecord, OpenDestination } from '../src/types.ts';
import { seqs } from './memory-store.ts';

export const fault = { code: 'test', message: 'made by the test', remedy: null };
/** What a destination sends. Fails where the bytes of a record were freed. */
const readable = (batch: readonly LogRecord[]): void => expect(batch.filter((r) => r.body.length === 0)).toEqual([]);

/** Appends like a blob: a batch goes to a prepared position; sent again to a position that already holds it, it is not doubled. */
export class Archive implements OpenDestination {
  readonly held: number[] = [];
  readonly sent: number[][] = [];
  limits = { maxBytes: 1_000_000, maxRecords: 100, recordOverheadBytes: 2, intervalMs: 0 };
  refuse: OpenDestination['refuse'] = () => null;
  before: (batch: readonly LogRecord[]) => Promise<DeliveryOutcome | null> = async () => null;
  after: () => void = () => {};
  async prepare() {
    return { kind: 'prepared' as const, prepared: { position: this.held.length } };
  }
  async send(batch: readonly LogRecord[], prepared: Readonly<Record<string, unknown>>): Promise<DeliveryOutcome> {
    this.sent.push(seqs(batch));
    readable(batch);
    const answer = await this.before(batch);
    if (answer) return answer;
    readable(batch);
    const position = prepared['position'] as number;
    if (position !== this.held.length) {
      const there = this.held.slice(position, position + batch.length);
      if (there.join() !== seqs(batch).join()) return { kind: 'stale', fault };
    } else this.held.push(...seqs(batch));
    this.after();
    return { kind: 'accepted', bytes: 1, place: {} };
  }
  async close() {}
}

/** Takes messages in any order, as often as they come; batches may travel beside each other. */
export class Hub implements OpenDestination {
  /** Bounds of each message that arrived, in the order in which they did. */
  readonly held: string[] = [];
  /** Bounds of what is on its way and not given up. */
  readonly travels = new Set<readonly [number, number]>();
  most = 0;
  limits = { maxBytes: 1_000_000, maxRecords: 10, recordOverheadBytes: 2, intervalMs: 0 };
  /** Turns of the event loop until the next batches arrive. */
  turns: number[] = [];
  before: (first: number) => DeliveryOutcome | null = () => null;
  refuse = () => null;
  join: NonNullable<OpenDestination['join']> = (prepared) => ({ messages: prepared.flatMap((p) => p['messages']) });
  async prepare(batch: readonly LogRecord[]) {
    return { kind: 'prepared' as const, prepared: { messages: [[batch[0]!.seq, batch.at(-1)!.seq]] } };
  }
  async send(batch: readonly LogRecord[], prepared: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<DeliveryOutcome> {
    const bounds = [batch[0]!.seq, batch.at(-1)!.seq] as const;
    this.travels.add(bounds);
    signal.addEventListener('abort', () => this.travels.delete(bounds));
    this.most = Math.max(this.most, this.travels.size);
    try {
      // What was given up arrives as well.
      for (let turns = this.turns.shift() ?? 0; turns > 0; turns -= 1) await setImmediate();
      const answer = this.before(bounds[0]);
      if (answer) return answer;
      if (!signal.aborted) readable(batch);
      for (const message of prepared['messages'] as [number, number][]) this.held.push(message.join('-'));
      return { kind: 'accepted', bytes: 1, place: {} };
    } finally {
      this.travels.delete(bounds);
    }
  }
  async close() {}
}
