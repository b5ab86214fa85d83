import { ApiProblem } from '@weir/contract';
import { describe, expect, test } from 'vitest';
import { claimsOf } from './api.ts';
import { formatBytes, formatUtc, fromLocalInput, toLocalInput } from './format.ts';
import { SessionExpired, Unreachable, explain, fieldErrors, isTransient } from './problem.ts';

const answer = (status: number, more = {}) =>
  new ApiProblem({ type: 'about:blank', title: '', status, code: 'x', detail: 'Why.', traceId: 't1', ...more });

describe('a failure in words', () => {
  test.each([
    [401, 'session', true],
    [403, 'permission', true],
    [404, 'not-found', false],
    [409, 'refused', true],
    [429, 'unavailable', true],
    [500, 'internal', true],
    [503, 'unavailable', true],
  ] as const)('%i is %s', (status, kind, canRetry) => {
    expect(explain(answer(status))).toMatchObject({ kind, canRetry, text: 'Why.', traceId: 't1' });
  });
  test('names the roles that would do', () => {
    const refused = answer(403, { needed: { permission: 'intune.audit.read', roles: ['Intune Administrator'] } });
    expect(explain(refused)).toMatchObject({ title: 'You do not have access', roles: ['Intune Administrator'] });
  });
  test('anything thrown has words', () => {
    expect(explain(new Unreachable(new TypeError('fetch failed'))).kind).toBe('unreachable');
    expect(explain(new SessionExpired()).kind).toBe('session');
    expect(explain('odd').text).toBe('odd');
  });
  test('only what can pass by itself is tried again', () => {
    expect([401, 403, 404, 409, 429, 500, 503].filter((s) => isTransient(answer(s)))).toEqual([429, 503]);
  });
  test('messages find their fields, the first of each', () => {
    const errors = [
      { path: 'body.destinations.storage', message: 'a' },
      { path: 'body.destinations.storage', message: 'b' },
      { path: 'name', message: 'c' },
    ];
    expect(fieldErrors(answer(400, { errors }))).toEqual({ 'destinations.storage': 'a', name: 'c' });
  });
});

test('a claims challenge is read from the header, encoded either way', () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1?>"}}}';
  const encoded = btoa(claims);
  expect(claimsOf(`Bearer error="insufficient_claims", claims="${encoded}"`)).toBe(claims);
  expect(claimsOf(`Bearer claims="${encoded.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}"`)).toBe(claims);
  expect(claimsOf('Bearer claims="%%%"')).toBeUndefined();
  expect(claimsOf(null)).toBeUndefined();
});

test('times and sizes', () => {
  expect(formatUtc('2026-11-01T10:00:00.1234567Z')).toBe('2026-11-01 10:00:00.1234567 UTC');
  expect(formatUtc('2026-11-01T12:00:00+02:00')).toBe('2026-11-01 10:00:00 UTC');
  expect(formatUtc('not a time')).toBe('not a time');
  expect([999, 1000, 12_345, 3_200_000].map(formatBytes)).toEqual(['999 B', '1.0 kB', '12 kB', '3.2 MB']);
  expect(fromLocalInput(toLocalInput('2026-11-01T10:05:00.000Z', 'local'), 'local')).toBe('2026-11-01T10:05:00.000Z');
  expect(toLocalInput('2026-11-01T10:05:00.000Z', 'utc')).toBe('2026-11-01T10:05');
  expect(fromLocalInput('2026-11-01T10:05', 'utc')).toBe('2026-11-01T10:05:00.000Z');
  expect(fromLocalInput('', 'utc')).toBeNull();
  expect(fromLocalInput('', 'local')).toBeNull();
});
