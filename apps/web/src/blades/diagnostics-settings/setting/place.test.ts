import { expect, test } from 'vitest';
import { placeLines } from './place.ts';

test('a blob by container, name and byte; byte 0 is a place too', () => {
  expect(placeLines({ kind: 'storage', account: 'logs', container: 'c', blob: 'b/PT1H.json', offset: 0 })).toEqual([
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
