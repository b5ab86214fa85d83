import type { AuditRow } from '@weir/contract';
import { expect, test } from 'vitest';
import { flatten, noRows, shareTexts } from './rows.ts';

const row = (id: string): AuditRow => ({
  id,
  seq: 1,
  time: '2026-11-21T00:00:00Z',
  actor: 'indra@contoso.example',
  application: null,
  activity: 'Wipe',
  category: 'Device',
  result: 'Success',
  correlationId: null,
  targets: [],
  targetTypes: ['ManagedDevice'],
});
const page = (...ids: string[]) => ({ items: ids.map(row) });
const idsOf = (rows: readonly AuditRow[]) => rows.map((r) => r.id);

test('adds the rows of further pages to those before', () => {
  const [a, b, c] = [page('1', '2'), page(), page('3')];
  const first = flatten(noRows, [a]);
  const then = flatten(first, [a, b, c]);
  expect(idsOf(then.rows)).toEqual(['1', '2', '3']);
  expect(idsOf(first.rows)).toEqual(['1', '2']);
});
test('is the same list while the pages are the same', () => {
  const pages = [page('1')];
  const first = flatten(noRows, pages);
  expect(flatten(first, [...pages])).toBe(first);
});
test('begins anew when the list was read again, or got shorter', () => {
  const [a, b] = [page('1'), page('2')];
  const both = flatten(noRows, [a, b]);
  expect(idsOf(flatten(both, [page('9'), b]).rows)).toEqual(['9', '2']);
  expect(idsOf(flatten(both, [a]).rows)).toEqual(['1']);
  expect(flatten(both, []).rows).toEqual([]);
});
test('shares texts and changes none', () => {
  const rows = JSON.parse(JSON.stringify([row('1'), row('2')])) as AuditRow[];
  shareTexts(rows);
  expect(rows).toEqual([row('1'), row('2')]);
});
