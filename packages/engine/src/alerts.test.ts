import { expect, test } from 'vitest';
import { decideAlerts, findingsOf, type AlertDelivery, type AlertFacts, type AlertState } from './alerts.ts';
import type { DeliveryFacts } from './ports.ts';
import { silenceOf, type CategoryFacts } from './silence.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const start = Date.UTC(2026, 10, 21, 12);
const fault = { code: 'http-403', message: 'The receiver answered 403.', remedy: 'Check the secret.' };
const facts = (more: Partial<DeliveryFacts>): DeliveryFacts => ({
  paused: false,
  createdAt: new Date(start - HOUR),
  checkpoint: 1,
  head: 1,
  attempts: 0,
  lastAttemptAt: null,
  nextAttemptAt: null,
  lastDeliveredAt: new Date(start),
  lastFailure: null,
  oldestWaitingAt: null,
  delivered: 1,
  filtered: 0,
  quarantined: 0,
  ...more,
});
const broken = facts({ attempts: 1, lastFailure: { kind: 'misconfigured', fault, at: new Date(start) } });
const delivery = (category: string, of: DeliveryFacts, more: Partial<AlertDelivery> = {}): AlertDelivery => ({
  settingId: 's',
  setting: 'Siem',
  type: 'webhook',
  category,
  facts: of,
  quarantine: { records: 0, newest: null },
  ...more,
});
const scene = (...deliveries: AlertDelivery[]): AlertFacts => ({ deliveries, categories: [] });

/** Plays scenes: minutes from the start, and what is the case then. Returns what was told, with its minute. */
function play(...moments: [minute: number, facts: AlertFacts][]): string[] {
  let states: readonly AlertState[] = [];
  return moments.flatMap(([minute, of]) => {
    const decision = decideAlerts(states, of, new Map(), new Date(start + minute * MINUTE));
    states = decision.states;
    return decision.events.map((e) => `${minute} ${e.kind} ${e.key}`);
  });
}

test('four categories of one destination are one alert, with cause and remedy', () => {
  const found = findingsOf(scene(...['Devices', 'AuditLogs', 'OperationalLogs'].map((c) => delivery(c, broken))), new Date(start));
  expect(found.map((f) => f.subject)).toEqual([
    {
      cause: 'misconfigured',
      settingId: 's',
      setting: 'Siem',
      destination: 'webhook',
      categories: ['AuditLogs', 'Devices', 'OperationalLogs'],
      reason: 'The receiver answered 403.',
      remedy: 'Check the secret.',
    },
  ]);
});

test('it opens after it held, is told again after an hour and then daily, and recovers when it was gone for a while', () => {
  const bad = scene(delivery('AuditLogs', broken));
  const good = scene(delivery('AuditLogs', facts({})));
  const key = 's/webhook/misconfigured';
  expect(
    play(
      [0, bad],
      [0.9, bad],
      [1, bad],
      [60, bad],
      [61, bad],
      [62, bad],
      [1500, bad],
      [1501, bad],
      [1502, good],
      [1503, good],
      [1504, good],
      [1600, good],
    ),
  ).toEqual([`1 opened ${key}`, `61 reminder ${key}`, `1501 reminder ${key}`, `1504 recovered ${key}`]);
});

test('a break begins the wait anew, on both sides', () => {
  const bad = scene(delivery('AuditLogs', broken));
  const good = scene(delivery('AuditLogs', facts({})));
  expect(play([0, bad], [0.5, good], [0.8, bad], [1.5, bad], [1.8, bad], [2, good], [3, bad], [4, good], [5.9, good], [6, good])).toEqual([
    '1.8 opened s/webhook/misconfigured',
    '6 recovered s/webhook/misconfigured',
  ]);
});

test('a further category or another code is told, but not within the hour', () => {
  const one = scene(delivery('AuditLogs', broken));
  const two = scene(delivery('AuditLogs', broken), delivery('Devices', broken));
  expect(play([0, one], [1, one], [2, two], [60.9, two], [61, two], [62, two], [100, one], [121, one], [130, one])).toEqual([
    '1 opened s/webhook/misconfigured',
    '61 reminder s/webhook/misconfigured',
    '121 changed s/webhook/misconfigured',
  ]);
});

test('what a person took away or paused is not called recovered', () => {
  const bad = scene(delivery('AuditLogs', broken));
  const ends = (last: AlertFacts) => {
    let states: readonly AlertState[] = [];
    let resolution: string | undefined;
    for (const [minute, of] of [
      [0, bad],
      [1, bad],
      [2, last],
      [4, last],
    ] as const) {
      const decision = decideAlerts(states, of, new Map(), new Date(start + minute * MINUTE));
      states = decision.states;
      resolution ??= decision.recovered[0]?.resolution;
    }
    return resolution;
  };
  expect(ends(scene(delivery('AuditLogs', facts({ paused: true }))))).toBe('paused');
  expect(ends(scene())).toBe('removed');
  expect(ends(scene(delivery('AuditLogs', facts({}))))).toBe('recovered');
});

test('quarantined records are an alert beside the status, until none is left', () => {
  const quarantine = { records: 3, newest: { code: 'http-422', message: 'A record is not liked.', remedy: null } };
  const [found] = findingsOf(scene(delivery('AuditLogs', facts({}), { quarantine })), new Date(start));
  expect(found!.subject).toMatchObject({ cause: 'quarantined', reason: '3 records were refused for good. A record is not liked.' });
  expect(found!.subject.remedy).toContain('resend');
});

const quiet = (more: Partial<CategoryFacts>): CategoryFacts => ({
  category: 'AuditLogs',
  lastAt: new Date(start - 7 * HOUR),
  weeks: [40, 50, 30, 45],
  source: { readTo: new Date(start), error: null },
  ...more,
});
test.each([
  ['hours that usually have records', quiet({}), 'No record of AuditLogs is newer than 2026-11-21 05:00 UTC'],
  ['one holiday among the weeks', quiet({ weeks: [40, 0, 30, 45] }), 'No record'],
  ['not silent for long enough', quiet({ lastAt: new Date(start - 5 * HOUR) }), null],
  ['a night or weekend that is always quiet', quiet({ weeks: [0, 0, 0, 0] }), null],
  ['few records usually', quiet({ weeks: [1, 2, 1, 1] }), null],
  ['a log that was only imported', quiet({ source: null }), null],
  ['one week known', quiet({ weeks: [40, null, null, null] }), null],
  [
    'a source that cannot be read',
    quiet({ lastAt: null, weeks: [], source: { readTo: new Date(start - 2 * HOUR), error: 'Consent is missing.' } }),
    'Consent is missing.',
  ],
  [
    'a source that failed a moment ago',
    quiet({ lastAt: new Date(start), source: { readTo: new Date(start - MINUTE), error: 'Busy.' } }),
    null,
  ],
] as const)('no records: %s', (_, of, reason) => {
  const said = silenceOf(of, new Date(start))?.reason ?? null;
  if (reason === null) expect(said).toBeNull();
  else expect(said).toContain(reason);
});
