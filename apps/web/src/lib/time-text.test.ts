import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTimeText } from './time-text.ts';

const now = new Date(2026, 10, 21, 12, 30);
const local = (...parts: [number, number, number, number?, number?]) => new Date(...parts).toISOString();
const span = (text: string) => {
  const read = parseTimeText(text, now);
  return read.ok ? read.span : read.message;
};

test('spans counted back from now', () => {
  expect(span('last 3 days')).toEqual({ range: '3d' });
  expect(span('  Past 2  WEEKS ')).toEqual({ range: '14d' });
  expect(span('last hour')).toEqual({ range: '1h' });
  expect(span('90m')).toEqual({ range: '90m' });
  expect(span('the last 6 months')).toEqual({ range: '180d' });
  expect(span('last year')).toEqual({ range: '365d' });
});
test('a reader of UTC means UTC, unless the text names a zone', () => {
  const utc = (text: string) => {
    const read = parseTimeText(text, new Date('2026-11-21T02:30:00Z'), 'utc');
    return read.ok ? read.span : read.message;
  };
  expect(utc('today')).toEqual({ from: '2026-11-21T00:00:00.000Z' });
  expect(utc('yesterday')).toEqual({ from: '2026-11-20T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' });
  expect(utc('2026-10-31')).toEqual({ from: '2026-10-31T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' });
  expect(utc('2026-02-31')).toMatch(/is no time/);
  expect(utc('2026-11-01 10:00')).toEqual({ from: '2026-11-01T10:00:00.000Z' });
  expect(utc('2026-11-01T10:00:00+02:00')).toEqual({ from: '2026-11-01T08:00:00.000Z' });
  expect(utc('2026-11-01 10:00 UTC')).toEqual({ from: '2026-11-01T10:00:00.000Z' });
  expect(utc('Nov 1, 2026, 04:37:11 AM')).toEqual({ from: '2026-11-01T04:37:11.000Z' });
});
test('days, moments and pairs of them', () => {
  expect(span('today')).toEqual({ from: local(2026, 10, 21) });
  expect(span('yesterday')).toEqual({ from: local(2026, 10, 20), to: local(2026, 10, 21) });
  expect(span('2026-11-01')).toEqual({ from: local(2026, 10, 1), to: local(2026, 10, 2) });
  expect(span('2026-11-01 to 2026-11-03')).toEqual({ from: local(2026, 10, 1), to: local(2026, 10, 4) });
  expect(span('2026-11-01T10:00:00Z')).toEqual({ from: '2026-11-01T10:00:00.000Z' });
  expect(span('2026-11-01T10:00:00Z/2026-11-01T11:00:00Z')).toEqual({ from: '2026-11-01T10:00:00.000Z', to: '2026-11-01T11:00:00.000Z' });
  expect(span('2026-11-01 10:00:00 UTC - 2026-11-01 10:30')).toMatchObject({ from: '2026-11-01T10:00:00.000Z' });
  expect(span('Nov 1, 2026, 04:37:11 AM')).toEqual({ from: new Date(2026, 10, 1, 4, 37, 11).toISOString() });
  expect(span('1763712000')).toEqual({ from: '2025-11-21T08:00:00.000Z' });
  expect(span('1763712000123')).toEqual({ from: '2025-11-21T08:00:00.123Z' });
});
test('what is no time is said, with examples', () => {
  expect(span('2026-02-31')).toMatch(/"2026-02-31" is no time. Try/);
  expect(span('soon')).toMatch(/"soon" is no time/);
  expect(span('2026-11-03 to 2026-11-01')).toMatch(/end must lie after/);
  expect(span('2027-01-01')).toMatch(/future/);
  expect(span('last 0 days')).toMatch(/Between 1 and/);
  expect(span('2026-11-01 to 2026-11-02 to 2026-11-03')).toMatch(/More than two/);
});
test('never throws, and what it reads is a span', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 60 }), fc.stringMatching(/^[0-9a-z :./-]{0,40}$/)), (text) => {
      const read = parseTimeText(text, now);
      if (!read.ok) expect(read.message).not.toBe('');
      else if ('range' in read.span) expect(read.span.range).toMatch(/^[1-9]\d{0,3}[mhd]$/);
      else expect(Date.parse(read.span.from)).toBeLessThan(read.span.to ? Date.parse(read.span.to) : Number.POSITIVE_INFINITY);
    }),
    { numRuns: 1000 },
  );
});
