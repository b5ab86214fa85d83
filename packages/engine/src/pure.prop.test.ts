import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backOff, MISCONFIGURED_CAP_MS, RETRY_CAP_MS } from './back-off.ts';
import { deriveStatus, STALLED_AFTER_MS } from './derive-status.ts';
import { planWindows } from './plan-windows.ts';
import type { DeliveryFacts, KnownWindows } from './ports.ts';

test('back-off never passes its cap, never comes before Retry-After, and never is zero', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('retry' as const, 'misconfigured' as const),
      fc.integer({ min: 1, max: 1e9 }),
      fc.integer({ min: 0, max: 1e8 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (kind, attempts, after, random) => {
        const delay = backOff(kind, attempts, after, random);
        expect(delay).toBeGreaterThanOrEqual(Math.max(after, 500));
        expect(delay).toBeLessThanOrEqual(Math.max(after, kind === 'retry' ? RETRY_CAP_MS : MISCONFIGURED_CAP_MS));
      },
    ),
  );
});

test('F17: whatever the worker’s on and off times, the windows’ union covers history and everything since, without a gap', () => {
  const DAY = 86_400_000;
  const plan = { strideMs: 60_000, overlapMs: 900_000, sliceMs: 7 * DAY, historyMs: 60 * DAY, reconcileAfterMs: 3 * 3_600_000 };
  type Known = { from: Date; to: Date; kind: 'live' | 'history' | 'reconcile'; state: 'planned' | 'done' | 'retry' };
  const seen = (known: readonly Known[]): KnownWindows => {
    const live = known.filter((w) => w.kind === 'live');
    const span = live.length > 0 && {
      from: new Date(Math.min(...live.map((w) => w.from.getTime()))),
      to: new Date(Math.max(...live.map((w) => w.to.getTime()))),
      open: live.some((w) => w.state !== 'done'),
    };
    return { live: span || null, reconciled: known.filter((w) => w.kind === 'reconcile').map((w) => w.from) };
  };
  fc.assert(
    fc.property(
      fc.array(fc.record({ wait: fc.integer({ min: 1, max: 3 * DAY }), done: fc.boolean() }), { minLength: 1, maxLength: 40 }),
      (turns) => {
        const start = Date.UTC(2026, 5, 1);
        let now = start;
        const known: Known[] = [];
        for (const { wait, done } of [...turns, { wait: 60_000, done: true }, { wait: 60_000, done: true }]) {
          for (const w of planWindows(seen(known), new Date(now), plan)) known.push({ ...w, state: 'planned' });
          if (done) for (const w of known) w.state = 'done';
          now += wait;
        }
        const spans = known.map((w) => [w.from.getTime(), w.to.getTime()] as const).toSorted((a, b) => a[0] - b[0]);
        let covered = start - plan.historyMs;
        for (const [from, to] of spans) {
          expect(from).toBeLessThanOrEqual(covered);
          covered = Math.max(covered, to);
        }
        expect(covered).toBeGreaterThanOrEqual(now - 60_000);
      },
    ),
  );
});

const now = new Date('2026-11-21T12:00:00Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const healthy: DeliveryFacts = {
  paused: false,
  createdAt: ago(1e8),
  checkpoint: 10,
  head: 10,
  attempts: 0,
  lastAttemptAt: ago(1000),
  nextAttemptAt: null,
  lastDeliveredAt: ago(1000),
  lastFailure: null,
  oldestWaitingAt: null,
  filtered: 0,
  delivered: 10,
  quarantined: 0,
};
const failure = (kind: 'retry' | 'misconfigured') => ({ kind, fault: { code: 'c', message: 'm', remedy: 'r' }, at: ago(1000) });
test.each<[string, Partial<DeliveryFacts>]>([
  ['Healthy', {}],
  ['Paused', { paused: true, attempts: 9, lastFailure: failure('misconfigured') }],
  ['Misconfigured', { attempts: 1, lastFailure: failure('misconfigured') }],
  ['Failing', { attempts: 2, lastFailure: failure('retry') }],
  ['Healthy', { attempts: 1, lastFailure: failure('retry') }],
  ['Catching up', { head: 500, oldestWaitingAt: ago(600_000) }],
  ['Stalled', { head: 11, oldestWaitingAt: ago(STALLED_AFTER_MS + 1), lastAttemptAt: ago(STALLED_AFTER_MS + 1) }],
  ['Stalled', { head: 11, oldestWaitingAt: ago(STALLED_AFTER_MS + 1), lastAttemptAt: null, lastDeliveredAt: null }],
  // Throttled for ten minutes: it waits because it was asked to.
  [
    'Catching up',
    {
      head: 11,
      attempts: 1,
      oldestWaitingAt: ago(STALLED_AFTER_MS + 1),
      lastAttemptAt: ago(STALLED_AFTER_MS + 1),
      nextAttemptAt: ago(-600_000),
    },
  ],
  ['Waiting for first record', { checkpoint: 0, head: 0, lastDeliveredAt: null, lastAttemptAt: null }],
])('F16: status %s from %o', (status, facts) => {
  expect(deriveStatus({ ...healthy, ...facts }, now).status).toBe(status);
});

test('a pause says who paused and why, where somebody said so', () => {
  const of = (pause?: DeliveryFacts['pause']) =>
    deriveStatus({ ...healthy, head: healthy.checkpoint + 2, paused: true, ...(pause && { pause }) }, now).reason;
  expect(of()).toBe('2 records wait.');
  expect(of({ by: 'indra@contoso.example', reason: null })).toBe('2 records wait. Paused by indra@contoso.example.');
  expect(of({ by: 'indra@contoso.example', reason: 'The account moves.' })).toBe(
    '2 records wait. Paused by indra@contoso.example: The account moves.',
  );
});
