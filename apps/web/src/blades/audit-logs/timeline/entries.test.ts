import type { CoverageGap, TimelineItem } from '@weir/contract';
import { describe, expect, test } from 'vitest';
import { comparedPoints, entriesOf, pick, withProperty } from './entries.ts';

const item = (id: string, time: string, more: Partial<TimelineItem> = {}): TimelineItem => ({
  id,
  seq: 1,
  time,
  exactTime: time,
  actor: null,
  application: null,
  activity: null,
  targets: [],
  category: null,
  result: 'Success',
  targetTypes: [],
  correlationId: null,
  operation: 'Patch',
  relation: 'itself',
  mark: 'exact',
  reason: '',
  changes: [],
  ...more,
});
const gap = (from: string | null, to: string | null): CoverageGap => ({ from, to, reason: '' });
const dayOf = (time: string): string => time.slice(0, 10);
const shape = (entries: ReturnType<typeof entriesOf>): string[] =>
  entries.map((e) => (e.kind === 'day' ? e.day : e.kind === 'point' ? e.item.id : `gap×${e.gaps.length}`));

describe('points and gaps', () => {
  const items = [item('c', '2026-01-03T12:00Z'), item('b', '2026-01-03T08:00Z'), item('a', '2026-01-01T08:00Z')];
  test('each day once, gaps where they end', () => {
    const gaps = [
      gap('2026-01-04', null),
      gap('2026-01-02T02', '2026-01-02T03'),
      gap('2026-01-02T00', '2026-01-02T01'),
      gap(null, '2025-12-01'),
    ];
    expect(shape(entriesOf(items, gaps, false, dayOf))).toEqual(['gap×1', '2026-01-03', 'c', 'b', 'gap×2', '2026-01-01', 'a', 'gap×1']);
  });
  test('what lies below the last point is not told while there may be more points', () => {
    expect(shape(entriesOf(items.slice(0, 1), [gap(null, '2026-01-02')], true, dayOf))).toEqual(['2026-01-03', 'c']);
  });
  test('a gap within a day splits it, and the day is named again', () => {
    expect(shape(entriesOf(items.slice(0, 2), [gap('2026-01-03T09', '2026-01-03T10')], false, dayOf))).toEqual([
      '2026-01-03',
      'c',
      'gap×1',
      '2026-01-03',
      'b',
    ]);
  });
});

test('two points at most are picked; the first one makes room', () => {
  expect(['a', 'b', 'c', 'c'].reduce(pick, [] as string[])).toEqual(['b']);
});
test('what is compared without a choice are the last two changes of the object itself', () => {
  const items = [item('m', '', { relation: 'mention' }), item('f', '', { result: 'Failure' }), item('c', ''), item('b', '')];
  expect(comparedPoints([], items)).toEqual(['b', 'c']);
  expect(comparedPoints(['b'], items)).toEqual(['b', 'now']);
  expect(comparedPoints(['now'], items)).toEqual(['c', 'now']);
  expect(comparedPoints([], items.slice(0, 3))).toEqual(['c', 'now']);
  expect(comparedPoints([], items.slice(0, 2))).toBeNull();
});
test('a property narrows the points to those that change it, or may', () => {
  const change = (name: string, left = 0) => ({
    part: '',
    name: null,
    type: null,
    left,
    properties: [{ name, oldValue: null, newValue: null, cut: false }],
  });
  const items = [
    item('a', '', { changes: [change('Deferral')] }),
    item('b', '', { changes: [change('Scope')] }),
    item('c', '', { changes: [change('X', 3)] }),
  ];
  expect(withProperty(items, 'deFER').map((i) => i.id)).toEqual(['a', 'c']);
  expect(withProperty(items, undefined)).toBe(items);
});
