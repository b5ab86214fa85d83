import { backOff } from './back-off.ts';
import { LeaseLost, type DeliveryLease, type DeliveryStore } from './ports.ts';
import { bounded, timeLimit } from './time-limit.ts';
import type { Fault, Failure, LogRecord, OpenDestination, Prepared } from './types.ts';

export interface DeliverOptions {
  worker: { leaseMs: number };
  /** One attempt at a destination may take so long; then its outcome is unknown, which is a retry. */
  timeoutMs: number;
  /** A busy delivery gives way to others after this time. */
  sliceMs: number;
  now: () => Date;
  random?: () => number;
  signal: AbortSignal;
  /** Told of everything that happens, for logs and metrics. */
  onEvent?: (event: DeliveryEvent) => void;
}
export type DeliveryEvent =
  | { kind: 'accepted'; firstSeq: number; lastSeq: number; records: number; bytes: number; durationMs: number }
  | { kind: 'failed'; failure: Failure['kind']; fault: Fault; firstSeq: number; lastSeq: number; attempts: number; nextAttemptAt: Date }
  | { kind: 'quarantined'; seq: number; recordId: string; fault: Fault };
/** Why the step ended: nothing more waits, its time was up, it failed and waits, the lease went, or it holds back for a fuller batch. */
export type DeliverResult = 'drained' | 'slice' | 'failed' | 'lost' | 'held';

/** Turns anything that was thrown into a retry. Whatever is not known must never cost a record. */
export function unknownFailure(error: unknown): Failure {
  let message = '';
  try {
    message = String(error instanceof Error ? error.message : error);
  } catch {
    // Something that cannot even be put in words is no reason to fail twice.
  }
  return { kind: 'retry', fault: { code: 'unexpected', message: message.slice(0, 500) || 'It failed without saying why.', remedy: null } };
}

/**
 * Moves one delivery as far as it goes: takes up the open batch or cuts one after the checkpoint, writes its bounds down,
 * sends it, and moves the checkpoint when the destination acknowledged. Gives the lease back. Throws only what the store throws;
 * the lease then runs out and the open batch is taken up again.
 */
export async function deliver(
  store: DeliveryStore,
  lease: DeliveryLease,
  destination: OpenDestination,
  options: DeliverOptions,
): Promise<DeliverResult> {
  try {
    const result = await new Run(store, lease, destination, options).run();
    if (result.state !== 'lost') await store.release(lease, result.notBefore);
    return result.state;
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    // Paused, ended or taken over: only the holder of the token can give a lease back, so this frees nobody else's.
    await store.release(lease).catch(() => {});
    return 'lost';
  }
}

class Run {
  readonly #store: DeliveryStore;
  readonly #lease: DeliveryLease;
  readonly #destination: OpenDestination;
  readonly #options: DeliverOptions;
  #checkpoint: number;
  #attempts: number;
  #lastDelivered: number;
  constructor(store: DeliveryStore, lease: DeliveryLease, destination: OpenDestination, options: DeliverOptions) {
    this.#store = store;
    this.#lease = lease;
    this.#destination = destination;
    this.#options = options;
    this.#checkpoint = lease.checkpoint;
    this.#attempts = lease.attempts;
    this.#lastDelivered = lease.lastDeliveredAt?.getTime() ?? 0;
  }

  async run(): Promise<{ state: DeliverResult; notBefore?: Date }> {
    const { now, sliceMs, signal } = this.#options;
    const end = now().getTime() + sliceMs;
    let open = this.#lease.openBatch;
    while (!signal.aborted) {
      const records = await this.#next(open?.lastSeq);
      if (records.length === 0) return { state: 'drained' };
      if (!open && this.#lastDelivered > 0) {
        const due = this.#lastDelivered + this.#destination.limits.intervalMs;
        if (due > now().getTime() && !this.#full(records)) return { state: 'held', notBefore: new Date(due) };
      }
      const refused = records.findIndex((r) => this.#destination.refuse(r) !== null);
      if (refused === 0 && !open?.prepared) {
        await this.#quarantine(records[0]!, this.#destination.refuse(records[0]!)!);
        open = null;
        continue;
      }
      const batch = refused > 0 && !open?.prepared ? records.slice(0, refused) : records;
      const done = await this.#send(batch, open?.prepared ?? null);
      if (!done) return { state: 'failed' };
      open = null;
      if (now().getTime() >= end) return { state: 'slice' };
    }
    return { state: 'slice' };
  }

  /** Records after the checkpoint: those that were read ahead when they fit, else read now. */
  async #next(upTo: number | undefined): Promise<LogRecord[]> {
    await this.#store.renew(this.#lease, this.#options.worker.leaseMs);
    const ahead = this.#ahead;
    this.#ahead = null;
    if (upTo === undefined && ahead?.after === this.#checkpoint) return ahead.records;
    return this.#read(this.#checkpoint, upTo);
  }

  #read(after: number, upTo?: number): Promise<LogRecord[]> {
    const { maxBytes, maxRecords, recordOverheadBytes } = this.#destination.limits;
    // An open batch is read again whole, whatever the limits are by now: the same records must go to the prepared place.
    const bounds =
      upTo === undefined
        ? { maxBytes, maxRecords, recordOverheadBytes }
        : { maxBytes: Number.MAX_SAFE_INTEGER, maxRecords: upTo - after, recordOverheadBytes, upTo };
    return this.#store.read(this.#lease, after, bounds);
  }

  #ahead: { after: number; records: Promise<LogRecord[]> } | null = null;
  /** Reads the next batch while a full one travels. Records never change, so what is read early is what would be read later. */
  #readAhead(batch: readonly LogRecord[]): void {
    const after = batch.at(-1)!.seq;
    if (this.#ahead?.after === after || !this.#full(batch)) return;
    const records = this.#read(after);
    // Awaited later, or never when the batch fails: an error must not count as unhandled meanwhile.
    records.catch(() => {});
    this.#ahead = { after, records };
  }

  #full(records: readonly LogRecord[]): boolean {
    const { maxBytes, maxRecords, recordOverheadBytes } = this.#destination.limits;
    const bytes = records.reduce((sum, r) => sum + r.body.length + recordOverheadBytes, 0);
    return records.length >= maxRecords || bytes >= maxBytes * 0.5;
  }

  /** Sends consecutive records, halving them as often as the destination asks. False: it failed and the delivery waits. */
  async #send(records: readonly LogRecord[], prepared: Prepared | null): Promise<boolean> {
    for (let batch = records; ;) {
      const outcome = await this.#attempt(batch, prepared);
      prepared = null;
      if (outcome === 'accepted') return true;
      if (outcome.kind === 'stale') {
        if (await this.#staleTooOften(outcome, batch)) return false;
        continue;
      }
      if (outcome.kind === 'too_large' || outcome.kind === 'rejected') {
        if (batch.length === 1) {
          await this.#quarantine(batch[0]!, outcome.fault);
          return true;
        }
        batch = batch.slice(0, Math.ceil(batch.length / 2));
        continue;
      }
      await this.#failed(outcome, batch);
      return false;
    }
  }

  #stale = 0;
  /** A place that moves again and again has another writer: back off like any failure. */
  async #staleTooOften(outcome: Failure, batch: readonly LogRecord[]): Promise<boolean> {
    this.#stale += 1;
    if (this.#stale < 5) return false;
    await this.#failed({ kind: 'retry', fault: outcome.fault }, batch);
    return true;
  }

  async #attempt(batch: readonly LogRecord[], prepared: Prepared | null): Promise<'accepted' | Failure> {
    const { now, timeoutMs, signal } = this.#options;
    const firstSeq = batch[0]!.seq;
    const lastSeq = batch.at(-1)!.seq;
    const started = now().getTime();
    const attempt = timeLimit(signal, timeoutMs);
    const limit = attempt.signal;
    let renewing = false;
    const renewal = setInterval(() => {
      // One at a time: while the store is slow they would only take its connections.
      if (renewing) return;
      renewing = true;
      void this.#store
        .renew(this.#lease, this.#options.worker.leaseMs)
        .catch(() => {})
        .finally(() => (renewing = false));
    }, this.#options.worker.leaseMs / 3);
    try {
      let place = prepared;
      if (place === null) {
        const made = await bounded(this.#destination.prepare(batch, limit), limit);
        if (made.kind !== 'prepared') return made;
        place = made.prepared;
        // Written down before it is sent: after a crash the same records go to the same place, where doubles are told apart.
        await this.#store.writeBatch(this.#lease, { firstSeq, lastSeq, prepared: place });
      }
      this.#readAhead(batch);
      const outcome = await bounded(this.#destination.send(batch, place, limit), limit);
      if (outcome.kind !== 'accepted') return outcome;
      const durationMs = now().getTime() - started;
      await this.#store.accepted(this.#lease, {
        firstSeq,
        lastSeq,
        records: batch.length,
        bytes: outcome.bytes,
        place: outcome.place,
        digest: outcome.digest,
        attempts: this.#attempts + 1,
        durationMs,
      });
      this.#checkpoint = lastSeq;
      this.#attempts = 0;
      this.#stale = 0;
      this.#lastDelivered = now().getTime();
      this.#options.onEvent?.({ kind: 'accepted', firstSeq, lastSeq, records: batch.length, bytes: outcome.bytes, durationMs });
      return 'accepted';
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      return unknownFailure(error);
    } finally {
      attempt.clear();
      clearInterval(renewal);
    }
  }

  async #failed(outcome: Failure, batch: readonly LogRecord[]): Promise<void> {
    const { now, random, signal } = this.#options;
    // Stopping is not the destination's failure; the batch is written down and goes on with the next worker.
    if (signal.aborted) return;
    this.#attempts += 1;
    const retryAfterMs = 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined;
    const kind = outcome.kind === 'misconfigured' ? 'misconfigured' : 'retry';
    const nextAttemptAt = new Date(now().getTime() + backOff(kind, this.#attempts, retryAfterMs, random?.()));
    await this.#store.failed(this.#lease, { kind, fault: outcome.fault, nextAttemptAt, attempts: this.#attempts });
    this.#options.onEvent?.({
      kind: 'failed',
      failure: kind,
      fault: outcome.fault,
      firstSeq: batch[0]!.seq,
      lastSeq: batch.at(-1)!.seq,
      attempts: this.#attempts,
      nextAttemptAt,
    });
  }

  async #quarantine(record: LogRecord, fault: Fault): Promise<void> {
    await this.#store.quarantine(this.#lease, record, fault);
    this.#checkpoint = record.seq;
    this.#options.onEvent?.({ kind: 'quarantined', seq: record.seq, recordId: record.id, fault });
  }
}
