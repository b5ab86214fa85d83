import { expect } from 'vitest';
import { giveBack as giveBytesBack } from '../src/memory.ts';
import { LeaseLost, type DeliveryLease, type DeliveryStore, type OpenBatch } from '../src/ports.ts';
import type { LogRecord } from '../src/types.ts';

export const seqs = (of: readonly LogRecord[]): number[] => of.map((r) => r.seq);
/** What a store throws whose worker was killed. */
export class Killed extends Error {}

/** One delivery over an array, with the same checks of lease and checkpoint as the store. `dieAt` kills the worker before or after that call. */
export class MemoryStore implements DeliveryStore {
  checkpoint = 0;
  attempts = 0;
  batch: OpenBatch | null = null;
  lastDeliveredAt: Date | null = null;
  notBefore = 0;
  token = '';
  readonly quarantined: number[] = [];
  /** What the ledger would say: bounds, how many of them went. */
  readonly ledger: { firstSeq: number; lastSeq: number; records: number; filtered: number; shapeId: string | null }[] = [];
  /** Newest version of the setting's shape, and what each version lets through. */
  shapeId: string | null = null;
  batchShape: string | null = null;
  lets: (seq: number, shapeId: string | null) => boolean = () => true;
  /** So many records are looked at for one cut. */
  looks = Number.POSITIVE_INFINITY;
  batching: DeliveryLease['batching'] = null;
  readonly log: LogRecord[];
  readonly clock: { now: number };
  /** Whether the next batch is written down with the end of the one before it. */
  begins = true;
  calls = 0;
  /** After each call, before its answer is heard. */
  called: () => void = () => {};
  dieAt = Number.POSITIVE_INFINITY;
  dieAfter = false;
  constructor(log: LogRecord[], clock: { now: number } = { now: 1_000_000 }) {
    this.log = log;
    this.clock = clock;
  }
  async #call<T>(lease: DeliveryLease | null, work: () => T): Promise<T> {
    const dies = ++this.calls === this.dieAt;
    if (dies && !this.dieAfter) throw new Killed();
    if (lease && lease.token !== this.token) throw new LeaseLost();
    const result = work();
    this.called();
    if (dies) throw new Killed();
    return result;
  }
  lease(): DeliveryLease {
    this.token = crypto.randomUUID();
    const { checkpoint, attempts, batch, lastDeliveredAt, token } = this;
    return {
      deliveryId: 'd',
      token,
      tenantId: 't',
      settingName: 's',
      provider: 'microsoft.intune',
      category: 'AuditLogs',
      type: 'storage',
      target: { storageAccountId: 'a' },
      destinationId: 'x',
      checkpoint,
      attempts,
      sinceDeliveredMs: lastDeliveredAt && this.clock.now - lastDeliveredAt.getTime(),
      openBatch: batch,
      shapeId: batch ? this.batchShape : this.shapeId,
      shapeIsOld: batch !== null && this.batchShape !== this.shapeId,
      batching: this.batching,
    };
  }
  claim = async () => [];
  renew = (lease: DeliveryLease) => this.#call(lease, () => {});
  release = (lease: DeliveryLease, waitMs?: number) =>
    this.#call(lease, () => void (this.notBefore = Math.max(this.notBefore, waitMs === undefined ? 0 : this.clock.now + waitMs)));
  /** Sequence numbers of records whose bytes were freed. */
  readonly freed: number[] = [];
  read: DeliveryStore['read'] = (lease, after, bounds) =>
    this.#call(null, () => {
      const giveBack = () => {
        this.freed.push(...seqs(cut.records));
        for (const r of cut.records) giveBytesBack(r.body as Buffer<ArrayBuffer>);
      };
      const cut = { records: [] as LogRecord[], through: after, more: false, giveBack };
      const waiting = this.log.filter((r) => r.seq > after && r.seq <= (bounds.upTo ?? Number.POSITIVE_INFINITY));
      let bytes = 0;
      for (const [n, r] of waiting.entries()) {
        const goes = this.lets(r.seq, lease.shapeId);
        if (goes) bytes += r.body.length + bounds.recordOverheadBytes;
        if (goes && cut.records.length > 0 && bytes > bounds.maxBytes) return cut;
        if (bounds.upTo === undefined && n >= this.looks) return { ...cut, more: true };
        const body = Buffer.allocUnsafeSlow(r.body.length);
        r.body.copy(body);
        if (goes) cut.records.push({ ...r, id: `${r.id}${lease.shapeId ?? ''}`, body });
        cut.through = r.seq;
        if (cut.records.length >= bounds.maxRecords) return cut;
      }
      return cut;
    });
  #fits(lease: DeliveryLease): void {
    if (this.batch === null && lease.shapeId !== this.shapeId) throw new LeaseLost();
  }
  #note(lease: DeliveryLease, firstSeq: number, lastSeq: number, went: number): void {
    this.ledger.push({ firstSeq, lastSeq, records: went, filtered: lastSeq - firstSeq + 1 - went, shapeId: lease.shapeId });
  }
  passed: DeliveryStore['passed'] = (lease, { firstSeq, lastSeq }) =>
    this.#call(lease, () => {
      this.#fits(lease);
      if (this.checkpoint !== firstSeq - 1) throw new LeaseLost();
      this.#note(lease, firstSeq, lastSeq, 0);
      this.checkpoint = lastSeq;
      this.batch = null;
    });
  writeBatch: DeliveryStore['writeBatch'] = (lease, batch) =>
    this.#call(lease, () => {
      expect(batch.firstSeq).toBe(this.checkpoint + 1);
      this.#fits(lease);
      this.batchShape = lease.shapeId;
      this.batch = { ...batch, createdAt: new Date(this.clock.now) };
    });
  extendBatch: NonNullable<DeliveryStore['extendBatch']> = (lease, whole) =>
    this.#call(lease, () => {
      if (!this.begins || lease.shapeId !== this.shapeId) throw new LeaseLost();
      expect(this.batch?.firstSeq).toBe(whole.firstSeq);
      expect(whole.lastSeq).toBeGreaterThan(this.batch!.lastSeq);
      this.batch = { ...whole, createdAt: new Date(this.clock.now) };
    });
  accepted: DeliveryStore['accepted'] = (lease, batches, next, travelling) =>
    this.#call(lease, () => {
      if (this.checkpoint !== batches[0]!.firstSeq - 1) throw new LeaseLost();
      for (const batch of batches) {
        expect(batch.firstSeq).toBe(this.checkpoint + 1);
        expect(batch.filtered).toBe(batch.lastSeq - batch.firstSeq + 1 - batch.records);
        this.#note(lease, batch.firstSeq, batch.lastSeq, batch.records);
        this.checkpoint = batch.lastSeq;
      }
      this.batch = null;
      this.attempts = 0;
      this.lastDeliveredAt = new Date(this.clock.now);
      const begins = this.begins && lease.shapeId === this.shapeId;
      const open = (begins ? next : null) ?? travelling ?? null;
      expect(open?.firstSeq ?? this.checkpoint + 1).toBe(this.checkpoint + 1);
      this.batchShape = open && lease.shapeId;
      this.batch = open && { ...open, createdAt: this.lastDeliveredAt };
      return begins && Boolean(next);
    });
  failed: DeliveryStore['failed'] = (lease, failure) =>
    this.#call(lease, () => {
      this.attempts = failure.attempts;
      this.notBefore = this.clock.now + failure.waitMs;
    });
  quarantine: DeliveryStore['quarantine'] = (lease, r) =>
    this.#call(lease, () => {
      if (this.checkpoint !== r.seq - 1) throw new LeaseLost();
      this.quarantined.push(r.seq);
      this.checkpoint = r.seq;
      this.batch = null;
    });
}
