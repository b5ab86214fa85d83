import { expect, test } from 'vitest';
import { barsOf, sum, together } from './bars.ts';

const data = {
  total: 30,
  exact: true,
  exactFacets: true,
  from: '2026-11-01T10:30:00.000Z',
  to: '2026-11-01T13:00:00.000Z',
  bucketMs: 3_600_000,
  facets: [],
  buckets: [
    { at: '2026-11-01T10:00:00.000Z', value: 'Success', count: 5 },
    { at: '2026-11-01T12:00:00.000Z', value: 'Failure', count: 2 },
    { at: '2026-11-01T12:00:00.000Z', value: 'Timeout', count: 1 },
  ],
};

test('a bar for each hour, empty ones too, with what did not succeed at the bottom', () => {
  const { series, bars } = barsOf(data, 'status');
  expect(series).toEqual(['Not successful', 'Successful']);
  expect(bars.map((b) => b.counts)).toEqual([
    [0, 5],
    [0, 0],
    [3, 0],
  ]);
});
test('the most frequent categories have a colour of their own, the rest one together, and none is lost', () => {
  const buckets = Array.from({ length: 9 }, (_, n) => ({ at: '2026-11-01T11:00:00.000Z', value: `C${n}`, count: n + 1 }));
  const { series, bars } = barsOf({ ...data, buckets }, 'category');
  expect(series).toEqual(['C8', 'C7', 'C6', 'C5', 'C4', 'Others']);
  expect(together(bars, series)).toEqual([9, 8, 7, 6, 5, 10]);
  expect(sum(bars.flatMap((b) => b.counts))).toBe(45);
});
