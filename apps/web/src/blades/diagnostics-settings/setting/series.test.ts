import { expect, test } from 'vitest';
import { formatDuration, seriesOf } from './series.ts';

const point = (minute: number, more: object = {}) => ({
  at: `2026-11-21T10:${String(minute).padStart(2, '0')}:00.000Z`,
  records: 2,
  bytes: 10,
  errors: 1,
  lagMs: 500,
  ...more,
});

test('deliveries to one destination are added up, the longest lag counts, and quiet steps are there', () => {
  const delivery = { deliveryId: '1', type: 'storage', category: 'AuditLogs' } as const;
  const steps = seriesOf(
    {
      from: '2026-11-21T10:00:00.000Z',
      to: '2026-11-21T10:14:30.000Z',
      stepMinutes: 5,
      deliveries: [
        { ...delivery, points: [point(0), point(10, { lagMs: null })] },
        { ...delivery, deliveryId: '2', points: [point(0, { lagMs: 900 })] },
        { ...delivery, deliveryId: '3', type: 'eventHub', points: [point(0, { records: 99 })] },
      ],
    },
    'storage',
  );
  expect(steps.map((s) => [s.at.slice(11, 16), s.records, s.errors, s.lagMs])).toEqual([
    ['10:00', 4, 2, 900],
    ['10:05', 0, 0, null],
    ['10:10', 2, 1, null],
  ]);
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_500, '1.5 s'],
  [90_000, '1.5 minutes'],
  [7_200_000, '2 hours'],
])('%i ms are %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
