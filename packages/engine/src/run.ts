import { backOff } from './back-off.ts';
import { Cutter, first, limitsOf, type Batch } from './cutting.ts';
import type { DeliverOptions, DeliverResult } from './deliver.ts';
import { LeaseLost, type DeliveryLease, type DeliveryStore } from './ports.ts';
import { bounded, timeLimit, type TimeLimit } from './time-limit.ts';
import { failedSpan, traced } from './traced.ts';
import { acknowledgedOf, arrivedOf, written, type Begun, type Travelling } from './travelling.ts';
import type { Fault, Failure, LogRecord, OpenDestination, Prepared } from './types.ts';
import { unknownFailure } from './unknown-failure.ts';

/** One step of a delivery: batch after batch, from the checkpoint on, while its lease and its time last. */
export class Run {
  readonly #cutter: Cutter;
  readonly #store: DeliveryStore;
  readonly #lease: DeliveryLease;
  readonly #destination: OpenDestination;
  readonly #options: DeliverOptions;
  readonly #abreast: number;
  readonly #end: number;
  #checkpoint: number;
  #attempts: number;
  #lastDelivered: number;
  constructor(store: DeliveryStore, lease: DeliveryLease, destination: OpenDestination, options: DeliverOptions) {
    this.#store = store;
    this.#lease = lease;
    this.#destination = destination;
    this.#options = options;
    const abreast = store.extendBatch && destination.join ? options.abreast : undefined;
    this.#abreast = abreast?.batches ?? 1;
    const limits = limitsOf(destination.limits, lease.batching);
    const most = Math.min(options.maxBatchBytes ?? limits.maxBytes, abreast?.maxBytes ?? limits.maxBytes);
    this.#cutter = new Cutter(
      { store, lease, destination },
      { limits: { ...limits, maxBytes: Math.min(limits.maxBytes, most) }, depth: Math.min(this.#abreast, 2), signal: options.signal },
    );
    this.#end = options.now().getTime() + options.sliceMs;
    this.#checkpoint = lease.checkpoint;
    this.#attempts = lease.attempts;
    this.#lastDelivered = lease.sinceDeliveredMs === null ? 0 : options.now().getTime() - lease.sinceDeliveredMs;
  }

  async run(): Promise<{ state: DeliverResult; waitMs?: number }> {
    const { now, signal } = this.#options;
    let open = this.#lease.openBatch;
    while (!signal.aborted) {
      // The batch that was written down goes in its own shape; the next lease cuts in the new one.
      if (!open && this.#lease.shapeIsOld) return { state: 'slice' };
      const cut = await traced('delivery.cut', {}, async (span) => {
        await this.#renewInTime();
        const next = await this.#cutter.next(this.#checkpoint, open?.lastSeq);
        span.setAttribute('weir.records', next.records.length);
        return next;
      });
      if (cut.through <= this.#checkpoint) return { state: 'drained' };
      if (cut.records.length > 0 && !open && this.#lastDelivered > 0) {
        const { intervalMs } = this.#cutter.limits;
        const waitMs = this.#lastDelivered + intervalMs - now().getTime();
        // More than the interval: the clock was set back meanwhile, which must not hold records up.
        if (waitMs > 0 && waitMs <= intervalMs && !this.#cutter.full(cut)) return { state: 'held', waitMs };
      }
      const refused = open?.prepared ? -1 : cut.records.findIndex((r) => this.#refuse(r) !== null);
      if (cut.records.length === 0) await this.#passed(cut.through);
      else if (refused === 0) await this.#quarantine(cut.records[0]!, this.#refuse(cut.records[0]!)!);
      else {
        const cutWhole = { firstSeq: this.#checkpoint + 1, lastSeq: cut.through, records: cut.records };
        const sound = refused > 0 ? first(cutWhole, refused) : cutWhole;
        const done = await this.#send(open?.prepared ? sound : this.#cutter.whole(sound, cut.more), open?.prepared ?? null, cut.more);
        if (!done) return { state: 'failed' };
      }
      open = null;
      if (this.#timeIsUp()) return { state: 'slice' };
    }
    return { state: 'slice' };
  }

  #timeIsUp(): boolean {
    return this.#options.now().getTime() >= this.#end;
  }

  #refuse(record: LogRecord): Fault | null {
    return record.fault ?? this.#destination.refuse(record);
  }

  #renewedAt: number | null = null;
  /** Before each batch would be a commit more for each: short batches ride on one renewal. A pause is seen when the next batch is written down. */
  async #renewInTime(): Promise<void> {
    const { now, worker } = this.#options;
    const at = now().getTime();
    if (this.#renewedAt !== null && Math.abs(at - this.#renewedAt) < worker.leaseMs / 3) return;
    await this.#store.renew(this.#lease, worker.leaseMs);
    this.#renewedAt = at;
  }

  /**
   * The batch that comes after `lastSeq`, when it was read by now and nothing speaks against sending it at once: it is prepared.
   * Never throws: whatever is in the way shows when it is begun by itself.
   */
  async #following(lastSeq: number): Promise<Begun | null> {
    const cut = this.#cutter.ready(lastSeq);
    if (!cut || this.#options.signal.aborted || this.#timeIsUp() || cut.records.length === 0 || !this.#cutter.full(cut)) return null;
    if (cut.records.some((r) => this.#refuse(r) !== null)) return null;
    const batch = { firstSeq: lastSeq + 1, lastSeq: cut.through, records: cut.records };
    const [limit, startedAt] = [this.#limit(), this.#options.now().getTime()];
    try {
      const made = await bounded(this.#destination.prepare(batch.records, limit.signal), limit.signal);
      if (made.kind === 'prepared') return { batch, prepared: made.prepared, more: cut.more, limit, startedAt };
    } catch {}
    limit.clear();
    return null;
  }
  #limit = (): TimeLimit => timeLimit(this.#options.signal, this.#options.timeoutMs);

  /** Sends consecutive records, halving them as often as the destination asks. False: it failed and the delivery waits. */
  async #send(whole: Batch, prepared: Prepared | null, more: boolean): Promise<boolean> {
    for (let batch = whole; ;) {
      const failed = await this.#attempt(batch, prepared, more);
      if (!failed) return true;
      const { outcome } = failed;
      ({ batch } = failed);
      prepared = null;
      if (outcome.kind === 'stale') {
        if (await this.#staleTooOften(outcome, batch)) return false;
        continue;
      }
      if (outcome.kind === 'too_large' || outcome.kind === 'rejected') {
        if (batch.records.length === 1) {
          await this.#quarantine(batch.records[0]!, outcome.fault);
          return true;
        }
        batch = first(batch, Math.ceil(batch.records.length / 2));
        more = false;
        continue;
      }
      await this.#failed(outcome, batch);
      return false;
    }
  }

  #stale = 0;
  /** A place that moves again and again has another writer: back off like any failure. */
  async #staleTooOften(outcome: Failure, batch: Batch): Promise<boolean> {
    this.#stale += 1;
    if (this.#stale < 5) return false;
    await this.#failed({ kind: 'retry', fault: outcome.fault }, batch);
    return true;
  }

  /**
   * Sends a batch, and those after it for as long as the next is ready when the one before it arrives, or may travel beside it.
   * Everything that travels is written down as one open batch, and they are acknowledged in order. Null: all have arrived; else the
   * one that did not.
   */
  async #attempt(first: Batch, place: Prepared | null, more: boolean): Promise<{ outcome: Failure; batch: Batch } | null> {
    const travelling: Travelling[] = [];
    const limit = this.#limit();
    const startedAt = this.#options.now().getTime();
    const stopRenewing = this.#keepRenewing();
    try {
      const made = place === null ? await this.#prepare(first, limit) : ({ kind: 'prepared', prepared: place } as const);
      if (made.kind !== 'prepared') return { outcome: made, batch: first };
      travelling.push(this.#launch({ batch: first, prepared: made.prepared, more, limit, startedAt }));
      while (travelling.length > 0) {
        if (await this.#extend(travelling)) continue;
        const { batch, outcome } = travelling[0]!;
        const answer = await outcome;
        if (answer.kind !== 'accepted') return { outcome: answer, batch };
        await this.#acknowledge(travelling);
      }
      return null;
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      return { outcome: unknownFailure(error), batch: travelling[0]?.batch ?? first };
    } finally {
      limit.clear();
      // What comes after one that failed is sent again with it.
      for (const { limit: its } of travelling) its.abort();
      await Promise.all(travelling.map((t) => t.outcome));
      stopRenewing();
    }
  }

  #keepRenewing(): () => void {
    const { leaseMs } = this.#options.worker;
    let renewing = false;
    const renewal = setInterval(() => {
      // One at a time: while the store is slow they would only take its connections.
      if (renewing) return;
      renewing = true;
      void this.#store
        .renew(this.#lease, leaseMs)
        .catch(() => {})
        .finally(() => (renewing = false));
    }, leaseMs / 3);
    return () => clearInterval(renewal);
  }

  #bounds = ({ firstSeq, lastSeq }: Pick<Batch, 'firstSeq' | 'lastSeq'>) => ({
    'weir.first': firstSeq,
    'weir.last': lastSeq,
    'weir.attempt': this.#attempts + 1,
  });

  /** Decides a batch's place and writes both down, before it is sent: after a crash the same records go to the same place, where doubles are told apart. */
  #prepare(batch: Batch, { signal }: TimeLimit): Promise<{ kind: 'prepared'; prepared: Prepared } | Failure> {
    const { firstSeq, lastSeq, records } = batch;
    return traced('delivery.prepare', this.#bounds(batch), async (span) => {
      const made = await bounded(this.#destination.prepare(records, signal), signal);
      if (made.kind === 'prepared') await this.#store.writeBatch(this.#lease, { firstSeq, lastSeq, prepared: made.prepared });
      else failedSpan(span, made.fault.code);
      return made;
    });
  }

  #launch(begun: Begun): Travelling {
    const { batch, prepared, more, limit } = begun;
    this.#cutter.begin(batch, more);
    const outcome = traced('delivery.send', this.#bounds(batch), async (span) => {
      const answer = await bounded(this.#destination.send(batch.records, prepared, limit.signal), limit.signal);
      span.setAttribute('weir.outcome', answer.kind);
      if (answer.kind === 'accepted') span.setAttribute('weir.bytes', answer.bytes);
      else failedSpan(span, answer.fault.code);
      return answer;
    })
      .catch(unknownFailure)
      .finally(() => limit.clear());
    const travelling: Travelling = { ...begun, outcome };
    void outcome.then((answer) => Object.assign(travelling, { answer, arrivedAt: this.#options.now().getTime() }));
    return travelling;
  }

  /** Begins one more batch while others travel. False: none may, none is ready before the first of them has its answer, or it could not be begun. */
  async #extend(travelling: Travelling[]): Promise<boolean> {
    const destination = this.#destination;
    const { lastSeq } = travelling.at(-1)!.batch;
    const read = this.#cutter.arriving(lastSeq);
    if (travelling.length >= this.#abreast || !destination.join || !read) return false;
    if (!(await Promise.race([travelling[0]!.outcome.then(() => false), read]))) return false;
    const next = await this.#following(lastSeq);
    if (!next) return false;
    const all = [...travelling, next];
    try {
      await this.#store.extendBatch!(this.#lease, written(all, destination));
    } catch {
      // Paused, changed, or the store is away: what travels arrives first.
      next.limit.clear();
      return false;
    }
    travelling.push(this.#launch(next));
    return true;
  }

  /**
   * Moves the checkpoint over the first of the batches that travel and over those behind it that arrived by now, in one commit: a
   * fast destination takes a batch sooner than the disk takes a commit. Begins as many more as are ready.
   */
  async #acknowledge(travelling: Travelling[]): Promise<void> {
    const arrived = arrivedOf(travelling);
    const rest = travelling.slice(arrived.length);
    const acknowledged = arrived.map((t, n) => acknowledgedOf(t, n === 0 ? this.#attempts + 1 : 1));
    const { lastSeq } = acknowledged.at(-1)!;
    // What failed goes again first, and what travels behind it with it.
    const failed = rest.some(({ answer }) => answer && answer.kind !== 'accepted');
    const next = failed ? [] : await this.#followingAll(travelling.at(-1)!.batch.lastSeq, this.#abreast - rest.length);
    const together = (begun: readonly Begun[]) => (begun.length === 0 ? null : written(begun, this.#destination));
    const giveUp = () => next.forEach(({ limit }) => limit.clear());
    const range = { firstSeq: acknowledged[0]!.firstSeq, lastSeq };
    const begun = await traced('delivery.acknowledge', this.#bounds(range), () =>
      this.#store.accepted(this.#lease, acknowledged, next.length > 0 ? together([...rest, ...next]) : null, together(rest)),
    ).catch((error: unknown) => {
      giveUp();
      throw error;
    });
    travelling.splice(0, arrived.length);
    for (const { batch } of arrived) this.#cutter.done(batch);
    this.#checkpoint = lastSeq;
    this.#attempts = 0;
    this.#stale = 0;
    const { now, onEvent } = this.#options;
    this.#lastDelivered = now().getTime();
    for (const { firstSeq, lastSeq, records, bytes, durationMs } of acknowledged)
      onEvent?.({ kind: 'accepted', firstSeq, lastSeq, records, bytes, durationMs });
    if (begun) for (const one of next) travelling.push(this.#launch(one));
    else giveUp();
  }

  /** Batches after `lastSeq` that are ready, at most so many. */
  async #followingAll(lastSeq: number, most: number): Promise<Begun[]> {
    const all: Begun[] = [];
    for (let next: Begun | null; all.length < most && (next = await this.#following(all.at(-1)?.batch.lastSeq ?? lastSeq));) all.push(next);
    return all;
  }

  async #failed(outcome: Failure, batch: Batch): Promise<void> {
    const { now, random, signal } = this.#options;
    // Stopping is not the destination's failure; the batch is written down and goes on with the next worker.
    if (signal.aborted) return;
    this.#attempts += 1;
    const retryAfterMs = 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined;
    const kind = outcome.kind === 'misconfigured' ? 'misconfigured' : 'retry';
    const waitMs = backOff(kind, this.#attempts, retryAfterMs, random?.());
    await this.#store.failed(this.#lease, { kind, fault: outcome.fault, waitMs, attempts: this.#attempts });
    this.#options.onEvent?.({
      kind: 'failed',
      failure: kind,
      fault: outcome.fault,
      firstSeq: batch.firstSeq,
      lastSeq: batch.lastSeq,
      attempts: this.#attempts,
      nextAttemptAt: new Date(now().getTime() + waitMs),
    });
  }

  /** Moves the checkpoint over records that the condition leaves out. */
  async #passed(lastSeq: number): Promise<void> {
    const firstSeq = this.#checkpoint + 1;
    await this.#store.passed(this.#lease, { firstSeq, lastSeq });
    this.#checkpoint = lastSeq;
    this.#options.onEvent?.({ kind: 'passed', firstSeq, lastSeq });
  }

  async #quarantine(record: LogRecord, fault: Fault): Promise<void> {
    if (record.seq > this.#checkpoint + 1) await this.#passed(record.seq - 1);
    await this.#store.quarantine(this.#lease, record, fault);
    this.#checkpoint = record.seq;
    this.#options.onEvent?.({ kind: 'quarantined', seq: record.seq, recordId: record.id, fault });
  }
}
