import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparisons, ODataError, type Filter, type Literal, type Operand } from './ast.ts';
import { parseFilter } from './parse.ts';
import { printFilter } from './print.ts';

const at = 0;
const name = fc
  .stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,12}$/)
  .filter((n) => !/^(and|or|not|in|any|all|true|false|null|add|sub|mul|div|divby|mod|has|eq|ne|gt|ge|lt|le)$/i.test(n));
const storable = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((s) => !s.includes('\u0000') && s.isWellFormed());
const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.record({
    kind: fc.constant('literal' as const),
    at: fc.constant(at),
    type: fc.constant('string' as const),
    text: fc.oneof(storable, fc.constantFrom("'", "''", "O'Brien", ' and ', ')', 'a+b%20&c')),
  }),
  fc.constantFrom<Literal>(
    ...(['2026-11-21', '2026-11-21T10:30:15Z', '2026-11-21T10:30:15.1234567Z', '2026-11-21T10:30:15+02:00'].map((text) => ({
      kind: 'literal',
      at,
      type: 'time',
      text,
    })) as Literal[]),
    { kind: 'literal', at, type: 'null', text: 'null' },
    { kind: 'literal', at, type: 'boolean', text: 'true' },
    { kind: 'literal', at, type: 'number', text: '-12.5' },
    { kind: 'literal', at, type: 'guid', text: '0F8b6b0e-0000-4000-8000-0123456789ab' },
  ),
);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((segments) => ({ kind: 'path' as const, at, segments }));
const operand: fc.Arbitrary<Operand> = fc.oneof(
  path,
  literal,
  fc.record({ kind: fc.constant('call' as const), at: fc.constant(at), name, args: fc.array(fc.oneof(path, literal), { maxLength: 3 }) }),
);
const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('compare' as const),
      at: fc.constant(at),
      operator: fc.constantFrom(...comparisons),
      left: operand,
      right: operand,
    }),
    fc.record({
      kind: fc.constant('in' as const),
      at: fc.constant(at),
      left: operand,
      values: fc.array(literal, { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('call' as const), at: fc.constant(at), name, args: fc.array(operand, { maxLength: 2 }) }),
    fc.record({ kind: fc.constantFrom('any' as const, 'all' as const), at: fc.constant(at), path, variable: name, of: tie('filter') }),
    fc.record({ kind: fc.constant('any' as const), at: fc.constant(at), path, variable: fc.constant(''), of: fc.constant(null) }),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), at: fc.constant(at), left: tie('filter'), right: tie('filter') }),
    fc.record({ kind: fc.constant('not' as const), at: fc.constant(at), of: tie('filter') }),
  ),
})).filter;
const placeless = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, v: unknown) => (key === 'at' ? undefined : v)));

test('what is written is read back', () => {
  fc.assert(
    fc.property(filter, (f) => {
      expect(placeless(parseFilter(printFilter(f)))).toEqual(placeless(f));
    }),
    { numRuns: 500 },
  );
});

test('any text is a filter, or is refused with a place within it', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        '(',
        ')',
        "'",
        '/',
        ':',
        ',',
        ' ',
        'not ',
        ' and ',
        ' or ',
        ' eq ',
        ' in ',
        'any(',
        'r:',
        'null',
        '2026-11-21',
        '0f8b6b0e-0000',
        '-',
        '1',
        'a',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        pieces.map((p) => p.join('')),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ODataError);
          const place = (error as ODataError).at;
          expect(place >= 0 && place <= text.length).toBe(true);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test.each([
  '('.repeat(4_000),
  'not '.repeat(1_900),
  'f('.repeat(3_900),
  'a/'.repeat(3_900),
  'r/any(r:'.repeat(900),
  `a eq ${"'".repeat(7_001)}`,
  'a eq 1 and '.repeat(700),
  `a in (${'1,'.repeat(3_000)}1)`,
  '-'.repeat(7_999),
  'x'.repeat(9_000),
])('hostile texts are refused, not run out of memory or time (%#)', (text) => {
  expect(() => parseFilter(text)).toThrow(ODataError);
});

test.each([
  ["category eq 'x", 12, /not closed/],
  ['category eq', 11, /ends where/],
  ["category foo 'x'", 9, /Expected the end/],
  ["(category eq 'x'", 16, /"\)"/],
  ["not category eq 'x'", 0, /parentheses/],
  ["category eq 'x' and", 19, /ends where/],
  ['a mod 2 eq 0', 2, /"mod" is not supported/],
  ["category eq 'x' & 1", 16, /syntax error at '&'/],
  ['', 0, /empty/],
])('%j is refused at %d', (text, place, message) => {
  expect(() => parseFilter(text)).toThrow(message);
  try {
    parseFilter(text);
  } catch (error) {
    expect((error as ODataError).at).toBe(place);
  }
});
