import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuditDetails } from '@weir/contract';
import { compareRecords, pairs, recordIdFrom } from './compare-records.ts';

const record = (more: Partial<AuditDetails> = {}): AuditDetails => ({
  id: '1',
  seq: 1,
  activity: { date: '2026-01-01T00:00:00Z', name: 'Patch Policy', correlationId: null, category: 'Device', component: null },
  status: { status: 'Success', operationType: 'Patch', activityType: 'Patch Policy' },
  actor: { type: 'ItPro', upn: 'a@b', objectId: null, application: null, applicationId: null, permissions: ['*'] },
  targets: [],
  body: {},
  original: null,
  ...more,
});
const target = (objectId: string | null, ...properties: [string, string | null, string | null][]) => ({
  type: 'Policy',
  name: 'Ring',
  objectId,
  modifiedProperties: properties.map(([name, oldValue, newValue]) => ({ name, oldValue, newValue })),
});

test('a record compared with itself has no difference', () => {
  const a = record({ targets: [target('p', ['X', null, '1'], ['X', null, '2']), target(null)] });
  expect(compareRecords(a, structuredClone(a)).flatMap((g) => g.rows.filter((r) => !r.equal))).toEqual([]);
});
test('targets meet by id whatever their order and spelling, properties by name', () => {
  const a = record({ targets: [target('q'), target('P', ['X', '0', '1'], ['Only', null, 'a'])] });
  const b = record({ targets: [target('p', ['X', '1', '2'])] });
  const different = compareRecords(a, b).flatMap((g) => g.rows.filter((r) => !r.equal).map((r) => [g.title, r.label, r.a, r.b]));
  expect(different).toEqual([
    ['Target 1: Ring', 'Type', 'Policy', null],
    ['Target 1: Ring', 'Name', 'Ring', null],
    ['Target 1: Ring', 'ObjectID', 'q', null],
    ['Target 2: Ring', 'ObjectID', 'P', 'p'],
    ['Target 2: Ring', 'X: New Value', '1', '2'],
    ['Target 2: Ring', 'X: Old Value', '0', '1'],
    ['Target 2: Ring', 'Only: New Value', 'a', null],
  ]);
});
test('pairing loses nothing and takes nothing twice', () => {
  const list = fc.array(fc.record({ key: fc.option(fc.constantFrom('a', 'b', 'c')), n: fc.nat() }), { maxLength: 8 });
  fc.assert(
    fc.property(list, list, (a, b) => {
      const found = pairs(a, b, (x) => x.key);
      expect(found.flatMap(([x]) => (x ? [x] : []))).toEqual(a);
      expect(found.flatMap(([, y]) => (y ? [y] : [])).toSorted((x, y) => b.indexOf(x) - b.indexOf(y))).toEqual(b);
      for (const [x, y] of found) if (x && y) expect(x.key).toBe(y.key);
    }),
  );
});
test.each([
  [' abc ', 'abc'],
  ['https://weir.example/tenant-administration/audit-logs?range=7d&selected=a%2Fb', 'a/b'],
  ['https://weir.example/tenant-administration/audit-logs/record/a%2Fb', 'a/b'],
])('an id or a link names a record: %s', (text, id) => expect(recordIdFrom(text)).toBe(id));
