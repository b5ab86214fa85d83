import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MISCONFIGURED_CAP_MS, RETRY_CAP_MS } from './back-off.ts';
import { deliver, type DeliverResult } from './deliver.ts';
import { LeaseLost, type DeliveryLease, type DeliveryStore, type OpenBatch } from './ports.ts';
import type { DeliveryOutcome, LogRecord, OpenDestination } from './types.ts';

const fault = { code: 'test', message: 'made by the test', remedy: null };
const record = (seq: number, bytes = 10): LogRecord => ({
  seq,
  id: `r${seq}`,
  time: '2026-11-21T00:00:00Z',
  body: Buffer.alloc(bytes, 'x'),
});
const records = (count: number): LogRecord[] => Array.from({ length: count }, (_, i) => record(i + 1));
const seqs = (of: readonly LogRecord[]): number[] => of.map((r) => r.seq);
class Killed extends Error {}

/** One delivery over an array, with the same checks of lease and checkpoint as the store. `dieAt` kills the worker before or after that call. */
class MemoryStore implements DeliveryStore {
  checkpoint = 0;
  attempts = 0;
  batch: OpenBatch | null = null;
  lastDeliveredAt: Date | null = null;
  notBefore = 0;
  token = '';
  readonly quarantined: number[] = [];
  readonly log: LogRecord[];
  readonly clock: { now: number };
  calls = 0;
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
      lastDeliveredAt,
      openBatch: batch,
    };
  }
  claim = async () => [];
  renew = (lease: DeliveryLease) => this.#call(lease, () => {});
  release = (lease: DeliveryLease, notBefore?: Date) =>
    this.#call(lease, () => void (this.notBefore = Math.max(this.notBefore, notBefore?.getTime() ?? 0)));
  read: DeliveryStore['read'] = (_lease, after, bounds) =>
    this.#call(null, () => {
      let bytes = 0;
      return this.log
        .filter((r) => r.seq > after && r.seq <= (bounds.upTo ?? Number.POSITIVE_INFINITY))
        .slice(0, bounds.maxRecords)
        .filter((r, i) => (bytes += r.body.length + bounds.recordOverheadBytes) <= bounds.maxBytes || i === 0);
    });
  writeBatch: DeliveryStore['writeBatch'] = (lease, batch) =>
    this.#call(lease, () => {
      expect(batch.firstSeq).toBe(this.checkpoint + 1);
      this.batch = { ...batch, createdAt: new Date(this.clock.now) };
    });
  accepted: DeliveryStore['accepted'] = (lease, batch) =>
    this.#call(lease, () => {
      if (this.checkpoint !== batch.firstSeq - 1) throw new LeaseLost();
      this.checkpoint = batch.lastSeq;
      this.batch = null;
      this.attempts = 0;
      this.lastDeliveredAt = new Date(this.clock.now);
    });
  failed: DeliveryStore['failed'] = (lease, failure) =>
    this.#call(lease, () => {
      this.attempts = failure.attempts;
      this.notBefore = failure.nextAttemptAt.getTime();
    });
  quarantine: DeliveryStore['quarantine'] = (lease, r) =>
    this.#call(lease, () => {
      if (this.checkpoint !== r.seq - 1) throw new LeaseLost();
      this.quarantined.push(r.seq);
      this.checkpoint = r.seq;
      this.batch = null;
    });
}

/** Appends like a blob: a batch goes to a prepared position; sent again to a position that already holds it, it is not doubled. */
class Archive implements OpenDestination {
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
    const answer = await this.before(batch);
    if (answer) return answer;
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

const step = (
  store: MemoryStore,
  destination: OpenDestination,
  more: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<DeliverResult> =>
  deliver(store, store.lease(), destination, {
    worker: { leaseMs: 60_000 },
    timeoutMs: 60_000,
    sliceMs: 1e9,
    now: () => new Date(store.clock.now),
    random: () => 0.5,
    signal: new AbortController().signal,
    ...more,
  });
const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test('F1: whatever is thrown is a retry of the same batch; no record is dropped or quarantined', async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (thrown) => {
      const store = new MemoryStore(records(7));
      const archive = new Archive();
      archive.before = async () => {
        throw thrown;
      };
      expect(await step(store, archive)).toBe('failed');
      expect([store.checkpoint, store.quarantined, store.batch?.lastSeq]).toEqual([0, [], 7]);
      archive.before = async () => null;
      await step(store, archive);
      expect(archive.held).toEqual(all(7));
    }),
    // The first cannot be turned into text at all.
    { numRuns: 50, examples: [[{ toString: null }], [Object.create(null)], [Object.assign(new Error(), { message: { toString: null } })]] },
  );
});

test('F2, F3: refused or down for 48 hours: tried again within its cap for ever, and nothing is lost', async () => {
  for (const [kind, cap] of [
    ['retry', RETRY_CAP_MS],
    ['misconfigured', MISCONFIGURED_CAP_MS],
  ] as const) {
    const store = new MemoryStore(records(250));
    const archive = new Archive();
    const mended = store.clock.now + 48 * 3_600_000;
    archive.before = async () => (store.clock.now < mended ? { kind, fault } : null);
    while (store.checkpoint < 250) {
      await step(store, archive);
      expect(store.notBefore - store.clock.now).toBeLessThanOrEqual(cap);
      store.clock.now = Math.max(store.notBefore, store.clock.now + 1);
    }
    expect(archive.held).toEqual(all(250));
    expect(store.quarantined).toEqual([]);
    expect(store.clock.now).toBeLessThan(mended + cap + 1000);
  }
});

test('F4, F15: killed before or after every call to the store or the destination, the archive holds every record once, in order', async () => {
  const run = async (dieAt: number, dieAfter: boolean, lostAnswer: number) => {
    const store = new MemoryStore(records(30));
    const archive = new Archive();
    archive.limits.maxRecords = 10;
    store.dieAt = dieAt;
    store.dieAfter = dieAfter;
    let sends = 0;
    archive.after = () => {
      if (++sends === lostAnswer) throw new Killed();
    };
    for (let i = 0; i < 10 && store.checkpoint < 30; i += 1) {
      await step(store, archive).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
      store.clock.now = Math.max(store.clock.now, store.notBefore);
    }
    expect(archive.held).toEqual(all(30));
    expect(store.checkpoint).toBe(30);
    return store.calls;
  };
  const calls = await run(Number.POSITIVE_INFINITY, false, 0);
  expect(calls).toBeGreaterThan(12);
  for (let at = 1; at <= calls; at += 1) for (const after of [false, true]) for (const lost of [0, 1, 2, 3]) await run(at, after, lost);
});

test('F7, F8: a delivery that hangs is given up after its time and holds up no other', async () => {
  const hanging = new Archive();
  hanging.before = () => new Promise(() => {});
  const fine = new Archive();
  const [stuck, moved] = [new MemoryStore(records(20)), new MemoryStore(records(20))];
  const [a, b] = await Promise.all([step(stuck, hanging, { timeoutMs: 30 }), step(moved, fine)]);
  expect([a, b]).toEqual(['failed', 'drained']);
  await step(moved, fine);
  expect(fine.sent.flat()).toEqual(all(20));
  expect(stuck.batch?.lastSeq).toBe(20);
});

test('F10: halving finds exactly the poisoned records; all others arrive once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
      fc.constantFrom('rejected' as const, 'too_large' as const),
      async (poison, kind) => {
        const store = new MemoryStore(records(60));
        const archive = new Archive();
        archive.before = async (batch) => (batch.some((r) => poison.includes(r.seq)) ? { kind, fault } : null);
        expect(await step(store, archive)).toBe('drained');
        expect(store.quarantined).toEqual(poison.toSorted((a, b) => a - b));
        expect(archive.held).toEqual(all(60).filter((seq) => !poison.includes(seq)));
      },
    ),
    { numRuns: 60 },
  );
});

test('F10: a record that no message can hold goes to quarantine unsent, the rest arrive', async () => {
  const store = new MemoryStore([record(1), record(2, 500), record(3), record(4, 500)]);
  const archive = new Archive();
  archive.refuse = (r) => (r.body.length > 100 ? fault : null);
  expect(await step(store, archive)).toBe('drained');
  expect([archive.held, archive.sent, store.quarantined]).toEqual([
    [1, 3],
    [[1], [3]],
    [2, 4],
  ]);
});

test('less than a full batch waits for the interval, a full one does not', async () => {
  const store = new MemoryStore(records(5));
  const archive = new Archive();
  archive.limits.intervalMs = 5_000;
  await step(store, archive);
  store.log.push(record(6));
  expect(await step(store, archive)).toBe('held');
  expect(store.notBefore).toBe(store.clock.now + 5_000);
  for (let seq = 7; seq <= 120; seq += 1) store.log.push(record(seq));
  await step(store, archive);
  expect(archive.held.slice(0, 105)).toEqual(all(105));
});

test('a lease that went to another worker ends the step quietly; nothing is counted twice', async () => {
  const store = new MemoryStore(records(10));
  const archive = new Archive();
  archive.after = () => void (store.token = 'another');
  expect(await step(store, archive)).toBe('lost');
  archive.after = () => {};
  await step(store, archive);
  expect(archive.held).toEqual(all(10));
});

test('stopping counts as no failure and leaves the batch for the next worker', async () => {
  const store = new MemoryStore(records(10));
  const archive = new Archive();
  const stop = new AbortController();
  archive.before = () => (stop.abort(), new Promise(() => {}));
  await step(store, archive, { signal: stop.signal });
  expect([store.attempts, store.batch?.lastSeq, store.notBefore]).toEqual([0, 10, 0]);
});
