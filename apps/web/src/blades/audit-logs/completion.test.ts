import { parseQuery } from '@weir/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completionAt, written } from './completion.ts';

const at = (text: string) => completionAt(text.replace('|', ''), text.indexOf('|'));

test.each([
  ['|', { kind: 'field', typed: '' }],
  ['ac|', { kind: 'field', typed: 'ac', fields: ['activity', 'actor'] }],
  ['wipe ca|', { kind: 'field', typed: 'ca', fields: ['category'] }],
  ['-st|', { kind: 'field', typed: 'st', fields: ['status'] }],
  ['actor:|', { kind: 'value', field: 'actor', typed: '', start: 6, end: 6 }],
  ['wipe actor:ma|', { kind: 'value', field: 'actor', typed: 'ma', start: 11, end: 13 }],
  ['activity:"Patch Mo|', { kind: 'value', field: 'activity', typed: 'Patch Mo', start: 9 }],
  ['category:(Device or Ro|', { kind: 'value', field: 'category', typed: 'Ro', start: 20 }],
])('%s offers %o', (text, expected) => {
  expect(at(text)).toMatchObject(expected);
});
test.each(['zzz|', 'wipe |', 'target:x|', '"actor:ma|'])('%s offers nothing', (text) => {
  expect(at(text)).toBeNull();
});
test('a value that is chosen is read as that value', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 30 }), (value) => {
      fc.pre(value.isWellFormed() && !value.includes('\u0000'));
      expect(parseQuery(`actor:${written(value)}`)).toEqual({ ok: true, query: { kind: 'field', field: 'actor', pattern: [value] } });
    }),
  );
});
