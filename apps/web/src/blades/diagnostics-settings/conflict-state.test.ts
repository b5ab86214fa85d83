import { expect, test } from 'vitest';
import { differences, sameSetting, settled } from './conflict-state.ts';

const base = {
  categories: [{ category: 'AuditLogs', retentionDays: 0 }],
  destinations: { storage: { storageAccountId: '/a' } },
  condition: null,
  masks: [],
  batching: {},
};

test('what either changed stands beside the other, and what both changed differently clashes', () => {
  const theirs = { ...base, categories: [{ category: 'AuditLogs', retentionDays: 30 }], condition: 'status:Failure' };
  const mine = {
    ...base,
    categories: [
      { category: 'AuditLogs', retentionDays: 90 },
      { category: 'Devices', retentionDays: 0 },
    ],
  };
  expect(differences(base, theirs, mine)).toEqual([
    { field: 'Log AuditLogs', was: 'kept forever', theirs: 'kept 30 days', mine: 'kept 90 days', clash: true },
    { field: 'Condition', was: null, theirs: 'status:Failure', mine: null, clash: false },
    { field: 'Log Devices', was: null, theirs: null, mine: 'kept forever', clash: false },
  ]);
  expect(sameSetting(base, theirs)).toBe(false);
  expect(sameSetting(base, { ...base, batching: { storage: {} } })).toBe(true);
});
test('a secret that was typed is not shown', () => {
  const mine = settled({
    categories: base.categories,
    destinations: { splunk: { url: 'https://splunk.example', token: 'not to be seen' } },
  });
  expect(JSON.stringify(differences(base, base, mine))).not.toContain('not to be seen');
});
