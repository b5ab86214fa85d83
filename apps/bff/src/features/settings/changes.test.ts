import { expect, test } from 'vitest';
import { changeView, differencesOf } from './changes.ts';

const before = {
  categories: [
    { category: 'AuditLogs', retentionDays: 30 },
    { category: 'Devices', retentionDays: 0 },
  ],
  destinations: { storage: { storageAccountId: '/a' }, eventHub: { authorizationRuleId: '/r', eventHubName: 'h' } },
  masks: [],
};

test('only what is not the same is a difference, whatever the order it was written in', () => {
  expect(
    differencesOf(before, {
      destinations: { eventHub: { eventHubName: 'h', authorizationRuleId: '/r' } },
      categories: [{ category: 'AuditLogs', retentionDays: 90 }],
      condition: 'category:Device',
    }),
  ).toEqual([
    { name: 'Category AuditLogs', before: 'kept 30 days', after: 'kept 90 days' },
    { name: 'Category Devices', before: 'kept forever', after: null },
    { name: 'Destination Storage account', before: '{\n  "storageAccountId": "/a"\n}', after: null },
    { name: 'Filter', before: null, after: 'category:Device' },
  ]);
  expect(differencesOf(before, { ...before, condition: '', masks: [] })).toEqual([]);
});

test('what was done to a delivery names the delivery, and the facts of the record in words', () => {
  const change = changeView({
    id: '1',
    time: '2026-11-21T00:00:00.000Z',
    operation: 'Skip quarantined records',
    actor: 'indra',
    target: 'Archive/storage/AuditLogs',
    correlationId: null,
    properties: { RecordId: '1', Actor: {}, Target: 't', DeliveryId: 'd', Sequences: [4], Reason: 'A test record.' },
  });
  expect(change.delivery).toEqual({ type: 'storage', category: 'AuditLogs' });
  expect(change.facts).toEqual([
    { name: 'Delivery id', value: 'd' },
    { name: 'Sequences', value: '4' },
    { name: 'Reason', value: 'A test record.' },
  ]);
});
