import { expect, test } from 'vitest';
import { placeLines, placeSummary } from './place.ts';

test('a blob by container, name and byte; byte 0 is a place too', () => {
  expect(placeLines({ blob: 'b/PT1H.json', kind: 'storage', offset: 0, account: 'logs', container: 'c' })).toEqual([
    { name: 'Account', value: 'logs' },
    { name: 'Container', value: 'c' },
    { name: 'Blob', value: 'b/PT1H.json' },
    { name: 'Begins at', value: 'byte 0' },
  ]);
});

test('messages of a hub by their ids, a webhook by its URL', () => {
  expect(
    placeLines({
      kind: 'eventHub',
      partition: 'any',
      messages: [
        { id: 'm1', first: 1, last: 2 },
        { id: 'm2', first: 3, last: 4 },
      ],
    }),
  ).toEqual([
    { name: 'Partition', value: 'dealt out by the service' },
    { name: 'Messages', value: 'm1, m2' },
  ]);
  expect(placeLines({ url: 'https://a', messageId: 'x' })).toEqual([
    { name: 'URL', value: 'https://a' },
    { name: 'Message', value: 'x' },
  ]);
  expect(placeLines({})).toEqual([]);
});

test('a long name is shortened at its beginning, which all of them share', () => {
  expect(placeSummary({ blob: 'tenantId=7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01/y=2026/m=11/d=21/h=13/m=00/PT1H.json' })).toBe(
    '…/h=13/m=00/PT1H.json',
  );
  expect(placeSummary({ index: 'x'.repeat(40) })).toBe(`…${'x'.repeat(24)}`);
  expect([placeSummary({ hub: 'h' }), placeSummary({ position: 1 })]).toEqual(['h', null]);
});
