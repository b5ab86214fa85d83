import { deliveryStatuses, mostUrgent, type DeliveryView } from '@weir/contract';
import { expect, test } from 'vitest';
import { copyName, costText, figuresOf, lagText, rateText } from './setting-figures.ts';

const delivery = (more: Partial<DeliveryView>): DeliveryView => ({
  id: crypto.randomUUID(),
  type: 'storage',
  category: 'AuditLogs',
  status: 'Healthy',
  reason: null,
  remedy: null,
  lastDeliveredAt: null,
  delivered: 0,
  filtered: 0,
  waiting: 0,
  lagMs: 0,
  quarantined: 0,
  ...more,
});

test('the most urgent delivery stands for a setting; counts are sums, the lag is the longest, the time the latest', () => {
  const bad = delivery({ status: 'Failing', waiting: 5, lagMs: 9_000, lastDeliveredAt: '2026-11-20T10:00:00.000Z' });
  const figures = figuresOf([
    delivery({ lastDeliveredAt: '2026-11-21T10:00:00.000Z', quarantined: 1, lagMs: 10 }),
    bad,
    delivery({ status: 'Paused', waiting: 2, quarantined: 3 }),
    delivery({ status: 'Failing' }),
  ]);
  expect(figures).toEqual({
    urgent: bad,
    others: 1,
    lagMs: 9_000,
    lastDeliveredAt: '2026-11-21T10:00:00.000Z',
    waiting: 7,
    quarantined: 4,
  });
});

test('every status has its place in the order of urgency: none hides behind a healthy one', () => {
  for (const status of deliveryStatuses.filter((s) => s !== 'Healthy'))
    expect(mostUrgent([delivery({}), delivery({ status }), delivery({})])?.status).toBe(status);
});

test('a category that brought nothing yet does not stand for a setting whose others arrive', () => {
  const waits = delivery({ status: 'Waiting for first record' });
  const arrives = delivery({});
  expect(figuresOf([waits, arrives]).urgent).toBe(arrives);
  expect(figuresOf([waits]).urgent).toBe(waits);
  expect(figuresOf([waits, arrives, delivery({ status: 'Paused' })]).urgent!.status).toBe('Paused');
});

test.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [90_000, '2 min'],
  [3_600_000, '1 h'],
  [3 * 86_400_000, '3 days'],
])('%d ms are %s', (ms, text) => expect(lagText(ms)).toBe(text));

test('the sparkline in words', () => {
  expect(rateText({ recordsPerMinute: [0, 0] })).toBe('No record was delivered in the last hour.');
  expect(rateText({ recordsPerMinute: [1200, 0, 4] })).toMatch(/^1.204 records delivered in the last hour, at most 1.200 in a minute\.$/);
});

test('what a month costs, and what nobody knows of it', () => {
  const cost = { dollars: 10.8, unmeasured: [], unpriced: [], prices: '' };
  expect(costText(cost)).toEqual({ amount: '$10.80', note: '' });
  expect(costText({ ...cost, dollars: 0.001, unmeasured: ['Devices'], unpriced: ['splunk'] })).toEqual({
    amount: 'under $0.01',
    note: 'without Devices, Splunk',
  });
  expect(costText({ ...cost, dollars: null, unpriced: ['webhook'] })).toEqual({
    amount: 'Not known',
    note: 'Its receiver charges for it.',
  });
  expect(costText({ ...cost, dollars: null, unmeasured: ['Devices'] }).note).toBe('No record was collected yet.');
});

test('a copy has a name of its own, within Azure’s limit', () => {
  expect(copyName('Archive', ['Archive'])).toBe('Archive copy');
  expect(copyName('Archive', ['archive COPY'])).toBe('Archive copy 2');
  expect(copyName('x'.repeat(260), [])).toHaveLength(260);
});
