import type { Cut, DeliveryLease, DeliveryStore } from './ports.ts';
import type { BatchLimits, LogRecord, OpenDestination } from './types.ts';

/** Consecutive records of the log, as bounds, and those of them that go. */
export interface Batch {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly records: readonly LogRecord[];
}
/** The first records of a batch; what was filtered out between them and the rest goes with the rest. */
export const first = (batch: Batch, count: number): Batch => {
  const records = batch.records.slice(0, count);
  return { firstSeq: batch.firstSeq, lastSeq: records.at(-1)!.seq, records };
};

/** A destination's limits with what the setting says about batches: never more than the destination takes. */
export function limitsOf(limits: BatchLimits, batching: DeliveryLease['batching']): BatchLimits {
  return {
    ...limits,
    maxBytes: Math.min(limits.maxBytes, (batching?.maxKilobytes ?? Number.POSITIVE_INFINITY) * 1024),
    intervalMs: batching?.intervalSeconds === undefined ? limits.intervalMs : batching.intervalSeconds * 1000,
  };
}

/** What comes after a record; `read` when it is there. */
interface Ahead {
  readonly after: number;
  readonly cut: Promise<Cut>;
  read: Cut | null;
}

/** Cuts the batches of one delivery out of the log, and reads the next ones while full ones travel. */
export class Cutter {
  readonly limits: BatchLimits;
  readonly #store: DeliveryStore;
  readonly #lease: DeliveryLease;
  readonly #destination: OpenDestination;
  readonly #signal: AbortSignal;
  readonly #depth: number;
  /** What was read ahead, or is being read: consecutive batches. */
  #ahead: Ahead[] = [];
  /** How the bytes of records that were read are freed. */
  readonly #bytes = new WeakMap<readonly LogRecord[], () => void>();

  /** `depth`: so many batches are read ahead. */
  constructor(
    { store, lease, destination }: { store: DeliveryStore; lease: DeliveryLease; destination: OpenDestination },
    { limits, depth, signal }: { limits: BatchLimits; depth: number; signal: AbortSignal },
  ) {
    this.#store = store;
    this.#lease = lease;
    this.#destination = destination;
    this.limits = limits;
    this.#depth = depth;
    this.#signal = signal;
  }

  /** What comes after the checkpoint, up to the end of an open batch where there is one: what was read ahead when it fits, else read now. */
  async next(checkpoint: number, upTo: number | undefined): Promise<Cut> {
    const ahead = this.#ahead[0];
    if (upTo === undefined && ahead?.after === checkpoint) {
      // One that failed is read again.
      const cut = await ahead.cut.catch(() => null);
      if (cut) return cut;
    }
    this.#ahead = [];
    return this.#read(checkpoint, upTo);
  }

  /** What comes after a record, when it was read by now. */
  ready(after: number): Cut | null {
    return this.#ahead.find((a) => a.after === after)?.read ?? null;
  }

  /** Whether what comes after a record can be read, when that is known; null where it is not being read. */
  arriving(after: number): Promise<boolean> | null {
    const ahead = this.#ahead[0];
    if (ahead?.after !== after) return null;
    return ahead.cut.then(
      () => true,
      () => false,
    );
  }

  /** What was read ahead is kept by a batch that begins; what does not follow it is read anew. */
  begin({ firstSeq, lastSeq, records }: Batch, more: boolean): void {
    if (this.#ahead[0]?.after === firstSeq - 1) this.#ahead.shift();
    if (this.#ahead[0]?.after !== lastSeq) this.#ahead = [];
    const last = this.#ahead.at(-1);
    if (last ? last.read && this.full(last.read) && this.#ahead.length < this.#depth : this.full({ records, more }))
      this.#readAhead(last?.read?.through ?? lastSeq);
  }

  /** Of a batch that more records follow: without those that would travel in a message that is not full. They begin the next batch. */
  whole(batch: Batch, more: boolean): Batch {
    const { maxBytes, maxRecords } = this.limits;
    const { records } = batch;
    const bytes = this.#bytesOf(records);
    if (more || (records.length < maxRecords && bytes + bytes / records.length <= maxBytes)) return batch;
    const filled = this.#destination.fill?.(records) ?? records.length;
    if (filled >= records.length) return batch;
    const cut = first(batch, filled);
    const giveBack = this.#bytes.get(records);
    if (giveBack) this.#bytes.set(cut.records, giveBack);
    return cut;
  }

  /** A batch was acknowledged: its records are not read again. Of some records of a cut, while others are still to go, nothing is freed. */
  done({ records }: Batch): void {
    this.#bytes.get(records)?.();
    this.#bytes.delete(records);
  }

  /** Whether nothing would be gained by waiting. */
  full({ records, more }: Pick<Cut, 'records' | 'more'>): boolean {
    const { maxBytes, maxRecords } = this.limits;
    return more || records.length >= maxRecords || this.#bytesOf(records) >= maxBytes * 0.5;
  }

  #bytesOf(records: readonly LogRecord[]): number {
    const { recordOverheadBytes } = this.limits;
    return records.reduce((sum, r) => sum + r.body.length + recordOverheadBytes, 0);
  }

  async #read(after: number, upTo?: number): Promise<Cut> {
    const { maxBytes, maxRecords, recordOverheadBytes } = this.limits;
    // An open batch is read again whole, whatever the limits are by now: the same records must go to the prepared place.
    const bounds =
      upTo === undefined
        ? { maxBytes, maxRecords, recordOverheadBytes }
        : { maxBytes: Number.MAX_SAFE_INTEGER, maxRecords: upTo - after, recordOverheadBytes, upTo };
    const cut = await this.#store.read(this.#lease, after, bounds);
    if (cut.giveBack) this.#bytes.set(cut.records, cut.giveBack);
    return cut;
  }

  /**
   * Reads the next batch while full ones travel, and the one after it where several travel at a time. Records and shapes never
   * change, so what is read early is what would be read later.
   */
  #readAhead(after: number): void {
    const { expect } = this.#destination;
    const cut = this.#read(after).then(({ records, through, more }) => {
      const batch = { firstSeq: after + 1, lastSeq: through, records };
      const whole = this.whole(batch, more);
      return whole === batch ? { records, through, more } : { records: whole.records, through: whole.lastSeq, more: true };
    });
    const ahead: Ahead = { after, cut, read: null };
    this.#ahead.push(ahead);
    // Awaited later, or never when the batch fails: an error must not count as unhandled meanwhile.
    cut.then(
      (read) => {
        ahead.read = read;
        if (this.#ahead.at(-1) !== ahead || !this.full(read)) return;
        // What needs no place is done while others travel.
        if (read.records.length > 0) expect?.call(this.#destination, read.records);
        if (this.#ahead.length < this.#depth && !this.#signal.aborted) this.#readAhead(read.through);
      },
      () => {},
    );
  }
}
