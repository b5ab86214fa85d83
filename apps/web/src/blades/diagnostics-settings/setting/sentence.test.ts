import type { DeliveryHistory, DeliveryStatus, DeliveryView } from '@weir/contract';
import { expect, test } from 'vitest';
import { arrivalText, stabilityText } from './sentence.ts';

const delivery = (status: DeliveryStatus, quarantined = 0): DeliveryView => ({
  id: crypto.randomUUID(),
  type: 'storage',
  category: 'AuditLogs',
  status,
  reason: null,
  remedy: null,
  lastDeliveredAt: null,
  delivered: 0,
  filtered: 0,
  waiting: 0,
  lagMs: 0,
  quarantined,
});
const point = (records: number, errors = 0, lagMs: number | null = null) => ({
  at: '2026-11-21T10:00:00.000Z',
  records,
  bytes: 0,
  errors,
  lagMs,
});
const history = (...points: DeliveryHistory['deliveries'][number]['points']): DeliveryHistory => ({
  from: '2026-11-21T09:00:00.000Z',
  to: '2026-11-21T10:00:00.000Z',
  stepMinutes: 1,
  deliveries: [{ deliveryId: crypto.randomUUID(), type: 'storage', category: 'AuditLogs', points }],
});

test.each<[DeliveryStatus[], string]>([
  [['Healthy', 'Failing', 'Paused'], '1 of 3 deliveries does not work. Nothing is lost: records wait.'],
  [['Healthy', 'Paused'], '1 of 2 deliveries is paused; records wait.'],
  [['Healthy', 'Catching up'], 'Records are arriving; 1 of 2 deliveries is catching up.'],
  [['Waiting for first record'], 'No record was delivered yet.'],
  [['Healthy', 'Waiting for first record'], 'Records are arriving: 1 of 2 deliveries; the others wait for their first record.'],
  [['Healthy', 'Healthy'], 'Records are arriving at every destination.'],
])('%j', (statuses, text) => expect(arrivalText(statuses.map((s) => delivery(s)))).toBe(text));

test('what the time comes to: records, failed attempts, the longest lag, and what is in quarantine', () => {
  expect(stabilityText(history(point(1_200, 0, 900), point(34, 1, 4_300)), 'last hour', [delivery('Healthy', 2)])).toBe(
    'In the last hour: 1,234 records delivered, 1 attempt failed, a lag of 4.3 s at most. 2 records are in quarantine.',
  );
  expect(stabilityText(history(), 'last 24 hours', [delivery('Paused')])).toBe(
    'In the last 24 hours: nothing was delivered, no attempt failed. Nothing is in quarantine.',
  );
});
