import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '@weir/engine';
import { describe, expect, test } from 'vitest';
import {
  suiteRecord,
  suiteRecords,
  Trial,
  within,
  type DestinationTraits,
  type FaultKind,
  type FaultPlace,
  type Gap,
} from './destination-harness.ts';

/** How long after its signal a destination may still be busy. */
const GRACE_MS = 1_500;
/** Texts on which encodings break: outside the basic plane, line ends of other systems, a lone surrogate, quotes in quotes. */
const ODD_TEXT = 'Grüße 日本 👩‍👩‍👧 \u2028 \u0085 \ud800 "quoted" \\ \r\n \u0000 \ufeff';

/**
 * The rules of `OpenDestination`, proven on a destination over its real client: what arrives, what a failure is called, what
 * must not be told. Every destination passes it; what differs between them is in `traits`. Rows of the ways in which peers lose
 * logs are named as F1, F2 ...
 */
export function describeDestination(name: string, traits: DestinationTraits): void {
  const trial = (title: string, run: (t: Trial) => Promise<void>, gap?: Gap) =>
    test(title, { timeout: 60_000, fails: gap !== undefined && (traits.gaps?.includes(gap) ?? false) }, async () => {
      const t = new Trial(traits, await traits.start());
      try {
        await run(t);
      } finally {
        await t.end();
      }
    });
  /** What comes of a batch while the service misbehaves, at opening or at sending. */
  const attemptUnder = async (t: Trial, kind: FaultKind, place: FaultPlace, batch: LogRecord[], ms = 20_000) => {
    if (place === 'open') {
      await t.harness.fault(kind, 'open');
      return t.tryOpen(within(ms));
    }
    const destination = traits.refusedAt === 'open' && kind === 'refuse' ? null : await t.open();
    const prepared = destination && (await t.prepare(destination, batch));
    await t.harness.fault(kind, 'send');
    return destination && prepared ? t.send(destination, batch, prepared, within(ms)) : t.tryOpen(within(ms));
  };
  /** After a failure everything works again and every record is there. */
  const recovers = async (t: Trial, batch: LogRecord[]) => {
    await t.harness.clearFaults();
    expect((await t.deliver(await t.open(), batch)).kind).toBe('accepted');
  };

  describe(name, () => {
    trial('a single record, a hundred and odd texts arrive byte for byte and in order', async (t) => {
      const destination = await t.open();
      const batches = [suiteRecords(1), suiteRecords(100, 2), suiteRecords(3, 102, { text: ODD_TEXT }), suiteRecords(1, 105)];
      for (const batch of batches)
        expect(await t.deliver(destination, batch)).toMatchObject({
          kind: 'accepted',
          answer: expect.stringMatching(/^(2\d\d|accepted)\b/),
        });
      await t.holds(batches.flat(), 'once');
    });

    trial('a batch without records harms nothing', async (t) => {
      const destination = await t.open();
      await t.deliver(destination, []).catch(() => {});
      expect((await t.deliver(destination, suiteRecords(2))).kind).toBe('accepted');
      await t.holds(suiteRecords(2), 'once');
    });

    trial('F9: a full batch goes in as few messages as fit, none over the limit', async (t) => {
      const destination = await t.open();
      const { maxBytes, maxRecords, recordOverheadBytes } = destination.limits;
      const bytes = 3_000;
      const batch = suiteRecords(Math.min(maxRecords, Math.floor(maxBytes / (bytes + recordOverheadBytes))), 1, { bytes });
      expect((await t.deliver(destination, batch)).kind).toBe('accepted');
      const sizes = (await t.harness.messages()).map((m) => m.bytes);
      expect(sizes.length).toBeGreaterThan(0);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(traits.messageBytes);
      // Two neighbours that fit into one message should have been one; an envelope and one record are given away.
      for (const [i, size] of sizes.slice(1).entries()) expect(size + sizes[i]!).toBeGreaterThan(traits.messageBytes - bytes - 2_048);
      await t.holds(batch, 'once');
    });

    trial('F9, F10: the largest record goes, one byte more is refused by name, the others go', async (t) => {
      const destination = await t.open();
      const refused = (bytes: number) => destination.refuse(suiteRecord(2, { bytes }));
      if (!traits.refusesLargeRecords) {
        const batch = [suiteRecord(1), suiteRecord(2, { bytes: 5 << 20 }), suiteRecord(3)];
        expect(batch.map((r) => destination.refuse(r))).toEqual([null, null, null]);
        for (const record of batch) expect((await t.deliver(destination, [record])).kind).toBe('accepted');
        return void (await t.holds(batch, 'once'));
      }
      let [fits, over] = [1_000, 8 << 20];
      while (over - fits > 1) {
        const middle = (fits + over) >> 1;
        if (refused(middle)) over = middle;
        else fits = middle;
      }
      const fault = t.checked(refused(over))!;
      expect(fault.message).toMatch(/\d{4,}/);
      expect(fault.remedy).toBeTruthy();
      const batch = [suiteRecord(1), suiteRecord(2, { bytes: fits }), suiteRecord(3)];
      expect(batch.map((r) => destination.refuse(r))).toEqual([null, null, null]);
      expect((await t.deliver(destination, batch)).kind).toBe('accepted');
      await t.holds(batch, 'once');
    });

    trial('F4: a lost answer is a retry; sent again to the same place it is not doubled beyond the guarantee', async (t) => {
      const destination = await t.open();
      const first = suiteRecords(3);
      expect((await t.deliver(destination, first)).kind).toBe('accepted');
      const batch = suiteRecords(40, 4);
      const prepared = await t.prepare(destination, batch);
      await t.harness.fault('lose answer', 'send');
      expect((await t.send(destination, batch, prepared, within(5_000))).kind).toBe('retry');
      await t.harness.clearFaults();
      // The next attempt may be another process's, which knows nothing but what was written down.
      const again = await t.open();
      expect((await t.send(again, batch, prepared)).kind).toBe('accepted');
      const there = await t.holds([...first, ...batch]);
      if (traits.guarantee === 'exactly once') return;
      const copies = there.filter((r) => r.seq >= 4);
      expect(copies.length).toBeGreaterThan(batch.length);
      if (traits.guarantee === 'at least once, same message id')
        expect(new Set(copies.map((r) => `${r.seq}/${r.messageId}`)).size).toBe(batch.length);
    });

    for (const place of traits.places ?? (['open', 'send'] satisfies FaultPlace[])) {
      trial(`F13, at ${place}: throttling is a retry that waits as long as the service asks`, async (t) => {
        const outcome = await attemptUnder(t, 'throttle', place, suiteRecords(2));
        expect(outcome).toMatchObject({ kind: 'retry', retryAfterMs: traits.retryAfterMs[place] });
        await recovers(t, suiteRecords(2));
      });
      trial(`F2, at ${place}: a refusal asks a person to act and tells what to do, again and again, until it is mended`, async (t) => {
        const batch = suiteRecords(2);
        for (let i = 0; i < 3; i += 1) {
          const outcome = await attemptUnder(t, 'refuse', place, batch);
          expect(outcome.kind).toBe('misconfigured');
          expect(outcome.kind === 'misconfigured' && outcome.fault.remedy).toMatch(/\w{3,}/);
          if (place === 'send') await t.harness.clearFaults();
        }
        await recovers(t, batch);
        await t.holds(batch, 'once');
      });
      trial(`F8, at ${place}: no answer: it stops when the signal says so, and it is a retry`, async (t) => {
        const batch = suiteRecords(2);
        const started = Date.now();
        // Opening before the fault takes a part of this time, too, so the bound is on what comes after.
        const outcome = await attemptUnder(t, 'hang', place, batch, 700);
        expect(outcome.kind).toBe('retry');
        expect(Date.now() - started).toBeLessThan(700 + GRACE_MS + (place === 'send' ? 1_000 : 0));
        await recovers(t, batch);
      });
      trial(`at ${place}: a cut connection is a retry`, async (t) => {
        expect((await attemptUnder(t, 'cut', place, suiteRecords(2), 5_000)).kind).toBe('retry');
        await recovers(t, suiteRecords(2));
      });
      trial(`F1, at ${place}: an error that nobody knows is a retry, whatever it says`, async (t) => {
        expect((await attemptUnder(t, 'unknown', place, suiteRecords(2), 5_000)).kind).toBe('retry');
        await recovers(t, suiteRecords(2));
      });
    }

    trial('F8: bytes go out and no answer comes, on a line that looks well: it stops in time, and is a retry', async (t) => {
      const destination = await t.open();
      const first = suiteRecords(2);
      expect((await t.deliver(destination, first)).kind).toBe('accepted');
      const batch = suiteRecords(20, 3);
      const prepared = await t.prepare(destination, batch);
      t.harness.line.swallow('from service');
      const started = Date.now();
      expect((await t.send(destination, batch, prepared, within(1_500))).kind).toBe('retry');
      expect(Date.now() - started).toBeLessThan(1_500 + GRACE_MS);
      expect(t.harness.line.bytes('to service')).toBeGreaterThan(0);
      t.harness.line.pass();
      const again = await t.open();
      expect((await t.send(again, batch, prepared)).kind).toBe('accepted');
      await t.holds([...first, ...batch]);
    });

    trial(
      'F8: a dead line does not hold up closing: a slot of the engine waits for it',
      async (t) => {
        const destination = await t.open();
        expect((await t.deliver(destination, suiteRecords(2))).kind).toBe('accepted');
        t.harness.line.swallow('from service');
        await t.deliver(destination, suiteRecords(2, 3), within(500));
        const closed = await Promise.race([destination.close().then(() => true), sleep(3_000, false)]);
        expect(closed).toBe(true);
      },
      'close on a dead line',
    );

    trial('two that are opened on one place do not disturb each other', async (t) => {
      const both = [await t.open(), await t.open()];
      const batchesOf = (i: number) => Array.from({ length: 5 }, (_, n) => suiteRecords(4, i * 1_000 + n * 4 + 1));
      await Promise.all(
        both.map(async (destination, i) => {
          // Both begin the place at once: one may be asked to come again, which costs no record.
          for (const batch of batchesOf(i)) {
            let outcome = await t.deliver(destination, batch);
            for (let again = 0; outcome.kind === 'retry' && again < 5; again += 1) outcome = await t.deliver(destination, batch);
            expect(outcome.kind).toBe('accepted');
          }
        }),
      );
      const there = await t.harness.readBack(40);
      for (const i of [0, 1])
        expect(there.filter((r) => Math.floor(r.seq / 1_000) === i).map((r) => r.seq)).toEqual(
          batchesOf(i)
            .flat()
            .map((r) => r.seq),
        );
      await both[0]!.close();
      expect((await t.deliver(both[1]!, suiteRecords(1, 5_000))).kind).toBe('accepted');
    });

    trial('neither place nor preparation holds a secret, and the preparation is JSON', async (t) => {
      const destination = await t.open();
      const batch = suiteRecords(2);
      const made = await destination.prepare(batch, within());
      if (made.kind !== 'prepared') throw new Error(JSON.stringify(made));
      expect(JSON.parse(JSON.stringify(made.prepared))).toEqual(made.prepared);
      const outcome = await t.send(destination, batch, t.checked(made).prepared);
      expect(outcome).toMatchObject({ kind: 'accepted', bytes: expect.any(Number) });
      expect(t.harness.secrets().length).toBeGreaterThan(0);
    });

    trial('closing twice is closing once, and no connection keeps the process alive', async (t) => {
      const destination = await t.open();
      expect((await t.deliver(destination, suiteRecords(2))).kind).toBe('accepted');
      await destination.close();
      await destination.close();
      await expect.poll(() => holding(t.harness.line.port), { timeout: 3_000 }).toBe(0);
    });
  });
}

/** Sockets to a port that keep the process alive. Pooled ones that wait for a next use do not. */
function holding(port: number): number {
  const handles = (process as unknown as { _getActiveHandles(): (Socket | object)[] })._getActiveHandles();
  return handles.filter((h) => 'remotePort' in h && h.remotePort === port).length;
}
