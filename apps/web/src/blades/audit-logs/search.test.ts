import { defaultParseSearch, defaultStringifySearch } from '@tanstack/react-router';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auditLogsSearch, endedAt, rangeName, toFilter, type AuditLogsSearch } from './search.ts';

const read = (query: string) => auditLogsSearch(defaultParseSearch(query) as Parameters<typeof auditLogsSearch>[0]);

const value = fc
  .string({ minLength: 1, maxLength: 40 })
  .map((s) => s.trim())
  .filter((s) => s !== '');
const iso = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }).map((d) => d.toISOString());
const anySearch: fc.Arbitrary<AuditLogsSearch> = fc
  .tuple(
    fc.oneof(
      fc.constant({}),
      fc.record({ range: fc.constantFrom('24h', '7d', '3d', '90m') }),
      fc.record({ range: fc.constant('custom'), from: iso, to: iso }),
    ),
    fc.record({ q: value, values: fc.constant(true as const), live: fc.constant(1 as const), selected: value }, { requiredKeys: [] }),
  )
  .map(([range, rest]) => ({ ...rest, ...range }));

describe('the address of the blade', () => {
  test('reproduces the screen: what is written comes back, whatever the text', () => {
    fc.assert(
      fc.property(anySearch, (search) => {
        expect(read(defaultStringifySearch(search))).toEqual(search);
      }),
    );
  });
  test('written by hand it is understood too', () => {
    expect(read('?q=category:Device&range=7d')).toEqual({ q: 'category:Device', range: '7d' });
    expect(read('?category=Device&actor=123&range=7d')).toEqual({ q: 'category:Device actor:*123*', range: '7d' });
    expect(read('?range=30d')).toEqual({});
  });
  test('what does not fit is dropped', () => {
    expect(read('?range=0d&from=noon&category=%5B%5D&actor=%20&x=1&activity=%7B%7D')).toEqual({});
    expect(read('?range=custom')).toEqual({});
    expect(read('?from=2026-11-01T00:00:00Z')).toEqual({});
  });
});

test('the range is counted back from the moment that was fixed', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  expect(toFilter({}, now)).toEqual({ from: '2026-10-22T12:00:00.000Z' });
  expect(toFilter({ range: '24h' }, now).from).toBe('2026-11-20T12:00:00.000Z');
  expect(toFilter({ range: '90m' }, now).from).toBe('2026-11-21T10:30:00.000Z');
  expect([rangeName('24h'), rangeName('1h'), rangeName('90m'), rangeName('custom')]).toEqual([
    'Last 24 hours',
    'Last hour',
    'Last 90 minutes',
    'Custom',
  ]);
  expect(toFilter({ range: 'custom', from: '2026-11-01T00:00:00Z' }, now)).toEqual({
    from: '2026-11-01T00:00:00Z',
  });
});

test('a range is over when its end lies in the past', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const to = '2026-11-03T00:00:00Z';
  expect(endedAt({ range: 'custom', to }, now)).toBe(to);
  expect(endedAt({ range: 'custom', to: '2026-12-01T00:00:00Z' }, now)).toBeUndefined();
  expect(endedAt({ range: 'custom', from: to }, now)).toBeUndefined();
  expect(endedAt({ range: '24h' }, now)).toBeUndefined();
});
