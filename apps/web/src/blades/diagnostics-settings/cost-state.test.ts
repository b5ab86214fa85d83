import { expect, test } from 'vitest';
import { costedOf, dollarsText, usersOf, volumeText } from './cost-state.ts';
import { initialState } from './form-state.ts';

test('only what is ticked counts, and what is half-typed counts as the default', () => {
  const state = initialState(['AuditLogs', 'Devices']);
  expect(costedOf(state)).toEqual({ categories: [], destinations: {}, batching: {} });
  state.categories['AuditLogs'] = { on: true, days: 'x' };
  state.storage.on = true;
  state.batching.storage = { seconds: '300', kilobytes: '1' };
  expect(costedOf(state)).toEqual({
    categories: [{ category: 'AuditLogs', retentionDays: 0 }],
    destinations: { storage: true },
    batching: { storage: { intervalSeconds: 300 } },
  });
});
test.each([
  ['100,000', 100_000],
  ["1'000", 1_000],
  ['0', null],
  ['-5', null],
  ['many', null],
  ['', null],
])('%s users', (text, users) => expect(usersOf(text)).toBe(users));
test('figures as Microsoft writes them', () => {
  expect([90e9, 900e6, 10.8e6, 104_000].map(volumeText)).toEqual(['90 GB', '900 MB', '10.8 MB', '104 KB']);
  expect([0, 0.001, 10.8, 23.124].map(dollarsText)).toEqual(['$0.00', 'under $0.01', '$10.80', '$23.12']);
});
