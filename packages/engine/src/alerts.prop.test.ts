import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideAlerts, OPENINGS_MS, type AlertFacts, type AlertState } from './alerts.ts';
import type { DeliveryFacts } from './ports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TICK = 15_000;
const start = Date.UTC(2026, 10, 1);
type Condition = 'healthy' | 'failing' | 'misconfigured' | 'stalled' | 'quarantined' | 'paused' | 'deleted';
const conditions: Condition[] = ['healthy', 'failing', 'misconfigured', 'stalled', 'quarantined', 'paused', 'deleted'];

function factsOf(condition: Condition, at: number, code = 'c', categories = ['AuditLogs', 'Devices']): AlertFacts {
  if (condition === 'deleted') return { deliveries: [], categories: [] };
  const ago = (ms: number) => new Date(at - ms);
  const failed = condition === 'failing' || condition === 'misconfigured';
  const facts: DeliveryFacts = {
    paused: condition === 'paused',
    createdAt: new Date(0),
    checkpoint: 5,
    head: condition === 'stalled' || failed ? 6 : 5,
    attempts: failed ? 3 : 0,
    lastAttemptAt: condition === 'stalled' ? ago(HOUR) : ago(0),
    nextAttemptAt: condition === 'stalled' ? ago(HOUR) : ago(0),
    lastDeliveredAt: ago(HOUR),
    lastFailure: failed
      ? {
          kind: condition === 'failing' ? 'retry' : 'misconfigured',
          fault: { code, message: 'It said no.', remedy: 'Mend it.' },
          at: ago(0),
        }
      : null,
    oldestWaitingAt: condition === 'stalled' ? ago(HOUR) : null,
    delivered: 5,
    filtered: 0,
    quarantined: 0,
  };
  const quarantine = { records: condition === 'quarantined' ? 3 : 0, newest: null };
  return {
    deliveries: categories.map((category) => ({ settingId: 's', setting: 'S', type: 'webhook' as const, category, facts, quarantine })),
    categories: [],
  };
}

/** What the store does around the decision: keeps the states, the endings, and what was told. */
class Keeper {
  states: readonly AlertState[] = [];
  endings: { key: string; at: number }[] = [];
  told: { kind: string; key: string; at: number }[] = [];
  tick(at: number, facts: AlertFacts): void {
    const openings = new Map<string, number>();
    for (const { key, at: ended } of this.endings) if (at - ended < OPENINGS_MS) openings.set(key, (openings.get(key) ?? 0) + 1);
    const { states, recovered, events } = decideAlerts(this.states, facts, openings, new Date(at));
    // Through JSON each time, as through a restart.
    this.states = states.map(revived);
    for (const { state } of recovered) this.endings.push({ key: state.key, at });
    for (const { kind, key } of events) this.told.push({ kind, key, at });
  }
}
const revived = (state: AlertState): AlertState =>
  JSON.parse(JSON.stringify(state), (key, value: unknown) =>
    ['since', 'openedAt', 'clearSince', 'notifiedAt'].includes(key) && typeof value === 'string' ? new Date(value) : value,
  ) as AlertState;

const flapping = fc.array(
  fc.record({
    condition: fc.constantFrom(...conditions.filter((c) => c !== 'deleted')),
    ticks: fc.integer({ min: 1, max: 80 }),
    code: fc.constantFrom('a', 'b'),
  }),
  { minLength: 1, maxLength: 60 },
);

test('no storm: however the statuses flap, one alert is told a few times an hour, and less from then on', () => {
  fc.assert(
    fc.property(flapping, (turns) => {
      const keeper = new Keeper();
      let at = start;
      // The pattern again and again for two days.
      for (let turn = 0; at < start + 2 * DAY; turn = (turn + 1) % turns.length) {
        const { condition, ticks, code } = turns[turn]!;
        for (let i = 0; i < ticks; i += 1, at += TICK) keeper.tick(at, factsOf(condition, at, code));
      }
      for (const key of new Set(keeper.told.map((t) => t.key))) {
        const times = keeper.told.filter((t) => t.key === key).map((t) => t.at);
        // Clearing takes 2, 4, 8 ... minutes: an hour has room for 5 openings, their ends and a reminder.
        for (const first of times) {
          expect(times.filter((t) => t >= first && t < first + HOUR).length).toBeLessThanOrEqual(12);
          expect(times.filter((t) => t >= first && t < first + DAY).length).toBeLessThanOrEqual(60);
        }
        expect(times.filter((t) => t >= start + DAY && t < start + DAY + 6 * HOUR).length).toBeLessThanOrEqual(20);
      }
    }),
    { numRuns: 10 },
  );
}, 60_000);

test('an opening recovers at most once, nothing recovers that was not opened, and the order is kept', () => {
  fc.assert(
    fc.property(flapping, (turns) => {
      const keeper = new Keeper();
      let at = start;
      for (const { condition, ticks, code } of turns)
        for (let i = 0; i < ticks; i += 1, at += TICK) keeper.tick(at, factsOf(condition, at, code));
      // All is well in the end, for longer than any alert takes to clear: each that was opened has recovered.
      for (let i = 0; i < 24 * 60; i += 1, at += MINUTE) keeper.tick(at, factsOf('healthy', at));
      expect(keeper.states).toEqual([]);
      for (const key of new Set(keeper.told.map((t) => t.key))) {
        let open = false;
        for (const { kind } of keeper.told.filter((t) => t.key === key)) {
          expect(open).toBe(kind !== 'opened');
          open = kind !== 'recovered';
        }
        expect(open).toBe(false);
      }
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('nothing is forgotten while the worker is down: what still holds is told, what is gone recovers', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Condition>('failing', 'misconfigured', 'stalled', 'quarantined'),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 3 * DAY }),
      fc.boolean(),
      (condition, before, down, mended) => {
        const keeper = new Keeper();
        let at = start;
        for (let i = 0; i < before; i += 1, at += TICK) keeper.tick(at, factsOf(condition, at));
        const wasOpen = keeper.told.length > 0;
        at += down;
        for (let i = 0; i < 40; i += 1, at += TICK) keeper.tick(at, factsOf(mended ? 'healthy' : condition, at));
        const kinds = keeper.told.map((t) => t.kind);
        expect(kinds.filter((k) => k === 'opened').length).toBe(wasOpen || !mended ? 1 : 0);
        expect(kinds.filter((k) => k === 'recovered').length).toBe(wasOpen && mended ? 1 : 0);
        expect(keeper.states.length).toBe(mended ? 0 : 1);
      },
    ),
  );
});
