import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Archive, fault, Hub } from '../test/destinations.ts';
import { Killed, MemoryStore } from '../test/memory-store.ts';
import { MISCONFIGURED_CAP_MS, RETRY_CAP_MS } from './back-off.ts';
import { deliver, type DeliverOptions, type DeliverResult } from './deliver.ts';
import type { LogRecord, OpenDestination } from './types.ts';

const record = (seq: number, bytes = 10): LogRecord => ({
  seq,
  id: `r${seq}`,
  time: '2026-11-21T00:00:00Z',
  body: Buffer.alloc(bytes, 'x'),
});
const records = (count: number): LogRecord[] => Array.from({ length: count }, (_, i) => record(i + 1));
const step = (
  store: MemoryStore,
  destination: OpenDestination,
  more: { timeoutMs?: number; signal?: AbortSignal; abreast?: DeliverOptions['abreast'] } = {},
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
  const run = async (begins: boolean, dieAt: number, dieAfter: boolean, lostAnswer: number) => {
    const store = new MemoryStore(records(30));
    store.begins = begins;
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
  const each = await run(false, Number.POSITIVE_INFINITY, false, 0);
  const together = await run(true, Number.POSITIVE_INFINITY, false, 0);
  // Two of the three batches are begun with the end of the one before.
  expect(each).toBe(together + 2);
  for (const begins of [false, true])
    for (let at = 1; at <= each; at += 1)
      for (const after of [false, true]) for (const lost of [0, 1, 2, 3]) await run(begins, at, after, lost);
});

test('what cannot be sent at once is not begun with the end of a batch: a record that no message can hold, a batch that is not full', async () => {
  const begun: (number | undefined)[] = [];
  const watch = (store: MemoryStore): MemoryStore => {
    const { accepted } = store;
    store.accepted = (lease, batches, next) => (begun.push(next?.firstSeq), accepted(lease, batches, next));
    return store;
  };
  const archive = new Archive();
  archive.limits.maxRecords = 10;
  archive.refuse = (r) => (r.seq === 15 ? fault : null);
  const store = watch(new MemoryStore(records(43)));
  expect(await step(store, archive)).toBe('drained');
  expect(archive.held).toEqual(all(43).filter((seq) => seq !== 15));
  expect(store.quarantined).toEqual([15]);
  expect(begun).toEqual([undefined, undefined, 26, undefined, undefined]);
});

test('F4, F15: batches that travel beside each other are written down before, keep their bounds when they go again, and arrive all', async () => {
  const run = async (batches: number, turns: number[], dieAt: number, dieAfter: boolean, fails: number, pausedAt: number) => {
    const store = new MemoryStore(records(57));
    const hub = new Hub();
    hub.turns = [...turns];
    Object.assign(store, { dieAt, dieAfter });
    let [sends, answered] = [0, 0];
    store.called = () => {
      if (store.calls === pausedAt) store.begins = false;
      for (const [first, last] of hub.travels) {
        expect(store.batch!.firstSeq).toBeLessThanOrEqual(first);
        expect(store.batch!.lastSeq).toBeGreaterThanOrEqual(last);
      }
    };
    hub.before = () => (++sends === fails ? { kind: 'retry', fault } : null);
    for (; answered < 20 && store.checkpoint < 57; answered += 1) {
      await step(store, hub, { abreast: { batches, maxBytes: 1e6 } }).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
      await setImmediate();
      store.clock.now = Math.max(store.clock.now, store.notBefore);
    }
    expect([...new Set(hub.held)].toSorted()).toEqual(['1-10', '11-20', '21-30', '31-40', '41-50', '51-57']);
    expect(store.ledger.map((l) => l.lastSeq).at(-1)).toBe(57);
    expect(store.ledger.reduce((sum, l) => sum + l.records, 0)).toBe(57);
    return { most: hub.most, calls: store.calls, sent: hub.held.length };
  };
  // The second arrives before the first, and all of them once.
  const { most, calls, sent } = await run(3, [9, 1, 9, 1, 9, 1], 0, false, 0, 0);
  expect([most, sent]).toEqual([3, 6]);
  const some = fc.nat({ max: calls + 2 });
  const turns = fc.array(fc.nat({ max: 9 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 4 }),
      turns,
      some,
      fc.boolean(),
      fc.nat({ max: 7 }),
      some,
      async (...how) => void (await run(...how)),
    ),
    { numRuns: 400 },
  );
});

test('what arrived beside each other is acknowledged in one commit, each batch with a row of its own', async () => {
  const store = new MemoryStore(records(60));
  store.attempts = 2;
  const hub = new Hub();
  // The first of three arrives last.
  hub.turns = [9, 0, 0, 9, 0, 0];
  const commits: string[][] = [];
  const { accepted } = store;
  store.accepted = (lease, batches, next, travelling) => {
    commits.push(batches.map((b) => `${b.firstSeq}-${b.lastSeq} ${b.attempts}`));
    return accepted(lease, batches, next, travelling);
  };
  expect(await step(store, hub, { abreast: { batches: 3, maxBytes: 1e6 } })).toBe('drained');
  expect(commits[0]).toEqual(['1-10 3', '11-20 1', '21-30 1']);
  expect(commits.flat().map((c) => c.split(' ')[0])).toEqual(['1-10', '11-20', '21-30', '31-40', '41-50', '51-60']);
  expect(store.ledger.map((l) => [l.firstSeq, l.lastSeq, l.records])).toEqual([1, 11, 21, 31, 41, 51].map((at) => [at, at + 9, 10]));
  expect(store.checkpoint).toBe(60);
});

test('the bytes of a batch are freed when it is acknowledged, not while it may go again', async () => {
  const store = new MemoryStore(records(300));
  const archive = new Archive();
  archive.before = async (batch) => (batch[0]!.seq === 101 && archive.sent.length < 4 ? { kind: 'stale', fault } : null);
  archive.after = () => expect(store.freed).toEqual(all(store.checkpoint));
  expect(await step(store, archive)).toBe('drained');
  expect(archive.sent.map(([first]) => first)).toEqual([1, 101, 101, 101, 201]);
  expect(store.freed).toEqual(all(300));

  const refusing = new MemoryStore(records(100));
  const half = new Archive();
  half.before = async (batch) => (batch.length > 50 ? { kind: 'too_large', fault } : null);
  expect(await step(refusing, half)).toBe('drained');
  expect(half.held).toEqual(all(100));
  // The first half went while the second might have been read from the same cut; it was read anew.
  expect(refusing.freed).toEqual(all(100).slice(50));
});

test('an answer is kept in whole characters, on one line', async () => {
  const store = new MemoryStore(records(3));
  const archive = new Archive();
  const said: (string | undefined)[] = [];
  archive.before = async () => ({ kind: 'accepted', bytes: 1, place: {}, answer: `200\n${'a'.repeat(195)}\u{1F600}` });
  const { accepted } = store;
  store.accepted = (lease, batches, ...more) => (said.push(...batches.map((b) => b.answer)), accepted(lease, batches, ...more));
  await step(store, archive);
  expect(said).toEqual([`200 ${'a'.repeat(195)}`]);
  expect(said[0]!.isWellFormed()).toBe(true);
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

test('a condition: exactly what it lets through arrives, once and in order, the checkpoint covers the rest, and the ledger has no hole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 10 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { maxLength: 4 }),
      async (goes, looks, maxRecords, poison) => {
        const store = new MemoryStore(records(goes.length));
        store.lets = (seq) => goes[seq - 1]!;
        store.looks = looks;
        const archive = new Archive();
        archive.limits.maxRecords = maxRecords;
        archive.before = async (batch) => (batch.some((r) => poison.includes(r.seq)) ? { kind: 'rejected', fault } : null);
        expect(await step(store, archive)).toBe('drained');
        const wanted = all(goes.length).filter((seq) => goes[seq - 1]);
        expect(archive.held).toEqual(wanted.filter((seq) => !poison.includes(seq)));
        expect(store.quarantined).toEqual(wanted.filter((seq) => poison.includes(seq)));
        expect(store.checkpoint).toBe(goes.length);
        const covered = [...store.ledger.map((l) => [l.firstSeq, l.lastSeq]), ...store.quarantined.map((seq) => [seq, seq])];
        let next = 1;
        for (const [from, to] of covered.toSorted((a, b) => a[0]! - b[0]!)) {
          expect(from).toBe(next);
          next = to! + 1;
        }
        expect(next).toBe(goes.length + 1);
        expect(store.ledger.reduce((sum, l) => sum + l.filtered, 0)).toBe(goes.length - wanted.length);
      },
    ),
    { numRuns: 300 },
  );
});

test('nothing is sent of what is filtered out, and a cut that ended early does not wait for the interval', async () => {
  const store = new MemoryStore(records(1_000));
  store.lets = (seq) => seq % 500 === 0;
  store.looks = 50;
  const archive = new Archive();
  archive.limits.intervalMs = 60_000;
  store.lastDeliveredAt = new Date(store.clock.now);
  expect(await step(store, archive)).toBe('held');
  // The last cut ended with the log: it waits.
  expect([archive.sent, store.checkpoint]).toEqual([[[500]], 950]);
  store.clock.now = store.notBefore;
  expect(await step(store, archive)).toBe('drained');
  expect([archive.sent, store.checkpoint]).toEqual([[[500], [1_000]], 1_000]);
  for (let seq = 1_001; seq <= 1_010; seq += 1) store.log.push(record(seq));
  store.lets = (seq) => seq === 1_005;
  expect(await step(store, archive)).toBe('held');
  expect(store.checkpoint).toBe(1_000);
});

test('an edit between attempts: the batch that was written down goes again as it was, what comes after it goes in the new shape', async () => {
  const store = new MemoryStore(records(20));
  store.shapeId = 'v1';
  store.lets = (seq, shape) => (shape === 'v1' ? seq % 2 === 0 : seq % 5 === 0);
  const archive = new Archive();
  archive.limits.maxRecords = 5;
  const went: string[][] = [];
  archive.before = async (batch) => {
    went.push(batch.map((r) => r.id));
    return went.length === 1 ? { kind: 'retry', fault } : null;
  };
  expect(await step(store, archive)).toBe('failed');
  store.shapeId = 'v2';
  expect(await step(store, archive)).toBe('slice');
  expect(await step(store, archive)).toBe('drained');
  expect(went).toEqual([
    ['r2v1', 'r4v1', 'r6v1', 'r8v1', 'r10v1'],
    ['r2v1', 'r4v1', 'r6v1', 'r8v1', 'r10v1'],
    ['r15v2', 'r20v2'],
  ]);
  expect(store.ledger.map((l) => [l.firstSeq, l.lastSeq, l.shapeId])).toEqual([
    [1, 10, 'v1'],
    [11, 20, 'v2'],
  ]);
  // Edited while it runs: what was cut with the old one and not yet written down is cut anew.
  store.log.push(...[21, 22, 23, 24, 25].map((seq) => record(seq)));
  const lease = store.lease();
  store.shapeId = 'v3';
  store.lets = (seq, shape) => (shape === 'v3' ? seq === 23 : true);
  const options = {
    worker: { leaseMs: 1 },
    timeoutMs: 1e4,
    sliceMs: 1e9,
    now: () => new Date(store.clock.now),
    signal: new AbortController().signal,
  };
  expect(await deliver(store, lease, archive, options)).toBe('lost');
  expect(await step(store, archive)).toBe('drained');
  expect(went.at(-1)).toEqual(['r23v3']);
});

test('a setting says how often and how large, within what the destination takes', async () => {
  const store = new MemoryStore(records(5));
  store.batching = { intervalSeconds: 300, maxKilobytes: 16 };
  const archive = new Archive();
  await step(store, archive);
  store.log.push(record(6));
  expect(await step(store, archive)).toBe('held');
  expect(store.notBefore).toBe(store.clock.now + 300_000);
  store.clock.now = store.notBefore;
  for (let seq = 7; seq <= 12; seq += 1) store.log.push(record(seq, 6_000));
  await step(store, archive);
  expect(archive.sent.map((s) => s.length)).toEqual([5, 3, 2, 2]);
  archive.limits.maxBytes = 7_000;
  for (let seq = 13; seq <= 14; seq += 1) store.log.push(record(seq, 6_000));
  store.clock.now += 300_000;
  await step(store, archive);
  expect(archive.sent.slice(4).map((s) => s.length)).toEqual([1, 1]);
});
