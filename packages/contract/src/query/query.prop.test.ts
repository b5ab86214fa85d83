import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  excluding,
  fieldPart,
  fieldValues,
  including,
  join,
  parseQuery,
  printQuery,
  queryFields,
  withFieldPart,
  withFieldValues,
  withoutCondition,
  type Pattern,
  type Query,
} from './index.ts';

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
  fc.constantFrom('or', 'AND', 'not', '-x', 'a b', 'time>', 'actor:x', '(', ')', '"', '\\', '*', 'Ring 3 (pilot)', 'ü ñ 漢', 'مرحبا'),
);
const usable = (s: string): boolean => s.isWellFormed() && !s.includes('\u0000');
const pattern = fc
  .array(text.filter(usable), { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.tuple(fc.constant(parts), fc.boolean(), fc.boolean()))
  .map(([parts, before, after]): Pattern => [...(before ? [''] : []), ...parts, ...(after ? [''] : [])]);
const leaf: fc.Arbitrary<Query> = fc.oneof(
  pattern.map((p): Query => ({ kind: 'text', pattern: p })),
  fc
    .tuple(fc.constantFrom(...queryFields), fc.oneof(pattern, fc.constant([''])))
    .map(([field, p]): Query => ({ kind: 'field', field, pattern: p })),
  fc
    .tuple(
      fc.constantFrom('>=', '>', '<=', '<'),
      fc.date({ min: new Date('1991-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }),
    )
    .map(([operator, at]): Query => ({ kind: 'time', operator: operator as '<', at: at.toISOString() })),
);
const { query } = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('query'), { minLength: 1, maxLength: 3 }).map((of) => join('and', of)),
    fc.array(tie('query'), { minLength: 1, maxLength: 3 }).map((of) => join('or', of)),
    tie('query').map((of): Query => (of.kind === 'not' ? of.of : { kind: 'not', of })),
  ),
}));

test('a query that is written and read again is the same query', () => {
  fc.assert(
    fc.property(query, (q) => {
      const written = printQuery(q);
      fc.pre(written.length <= 2_000);
      expect(parseQuery(written)).toEqual({ ok: true, query: q });
    }),
    { numRuns: 2_000 },
  );
});

test('a text that can be read means the same after it is tidied up', () => {
  const pieces = fc.constantFrom(
    'a',
    '"b c"',
    'or',
    'and',
    'not',
    '-',
    '(',
    ')',
    ' ',
    'actor:',
    'x*',
    '\\',
    '"',
    'time>=2026',
    'status:(a or b)',
    ':',
    '*',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
      const parsed = parseQuery(parts.join(' '));
      if (parsed.ok) expect(parseQuery(printQuery(parsed.query))).toEqual(parsed);
      else expect(parsed.error.position).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 3_000 },
  );
});

test('anything at all is read or refused at a position inside it, at once', () => {
  const hostile = [
    '"'.repeat(10_000),
    '('.repeat(1_999),
    ')'.repeat(1_999),
    '-'.repeat(1_999),
    '*'.repeat(1_999),
    'a '.repeat(999),
    '\u0000',
    '\uD800',
    `${'not '.repeat(400)}x`,
    'a:'.repeat(900),
  ];
  for (const given of hostile) {
    const started = performance.now();
    const parsed = parseQuery(given);
    expect(performance.now() - started).toBeLessThan(200);
    if (!parsed.ok) expect(parsed.error.position).toBeLessThanOrEqual(given.length);
  }
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (given) => {
      const parsed = parseQuery(given);
      if (!parsed.ok) expect(parsed.error.position).toBeLessThanOrEqual(given.length);
    }),
    { numRuns: 1_000 },
  );
});

test.each<[string, string]>([
  ['', ''],
  ['wipe maya', 'wipe maya'],
  ['Actor:Maya* -status:success', 'actor:Maya* -status:success'],
  ['category:(Device or Role)', 'category:(Device or Role)'],
  ['a or b c', 'a or b c'],
  ['(a or b) c', '(a or b) c'],
  ['not not a', 'a'],
  ['target:"Windows ring 3"', 'target:"Windows ring 3"'],
  ['time:2026-11-21', 'time>=2026-11-21T00:00:00.000Z time<2026-11-22T00:00:00.000Z'],
  ['time:2026-11..2026-12', 'time>=2026-11-01T00:00:00.000Z time<2027-01-01T00:00:00.000Z'],
  ['"or"', '"or"'],
  ['app:Intune', 'application:Intune'],
  ['a**b', 'a*b'],
])('%s is read as %s', (given, written) => {
  const parsed = parseQuery(given);
  expect(parsed).toMatchObject({ ok: true });
  if (parsed.ok) expect(printQuery(parsed.query)).toBe(written);
});

test.each<[string, number, RegExp]>([
  ['"abc', 0, /not closed/],
  ['a (b', 2, /not closed/],
  ['a b)', 3, /no "\("/],
  ['a or', 4, /missing/],
  ['or a', 0, /missing/],
  ['colour:red', 0, /no field "colour"/],
  ['actor:', 6, /value is missing/],
  ['actor>5', 5, /Only time/],
  ['time>=yesterday', 6, /Expected a time/],
  ['time>=2026-02-30', 6, /Expected a time/],
  ['a"b', 1, /quote/],
  ['a -', 2, /missing/],
  ['abc\\', 3, /backslash/],
])('%s is wrong at %i', (given, position, message) => {
  const parsed = parseQuery(given);
  expect(parsed).toEqual({ ok: false, error: { position, message: expect.stringMatching(message) as string } });
});

test('choices, pills and the bar are views of one query', () => {
  const read = (t: string) => {
    const parsed = parseQuery(t);
    if (!parsed.ok) throw new Error(parsed.error.message);
    return parsed.query;
  };
  let q = read('wipe category:(Device or Role) actor:*maya*');
  expect([fieldValues(q, 'category'), fieldPart(q, 'actor'), fieldValues(q, 'actor')]).toEqual([['Device', 'Role'], 'maya', []]);
  q = withFieldValues(q, 'category', ['Compliance']);
  q = withFieldPart(q, 'actor', '');
  expect(printQuery(q)).toBe('wipe category:Compliance');
  q = excluding(q, 'status', 'Failure');
  expect(printQuery(q)).toBe('wipe category:Compliance -status:Failure');
  expect(printQuery(excluding(q, 'status', 'Failure'))).toBe(printQuery(q));
  expect(printQuery(including(q, 'status', 'failure'))).toBe('wipe category:Compliance');
  expect(printQuery(including(q, 'category', 'Device App'))).toBe('wipe category:(Compliance or "Device App") -status:Failure');
  expect(printQuery(excluding(q, 'category', 'Compliance'))).toBe('wipe -status:Failure');
  expect(printQuery(withoutCondition(q, 0))).toBe('category:Compliance -status:Failure');
});
