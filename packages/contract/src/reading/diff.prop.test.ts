import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDiff, diffValues } from './diff.ts';
import { parseJson, printJson } from './json.ts';
import { jsonChanges } from './json-diff.ts';
import { Meter } from './meter.ts';

/** JSON has several spellings: two are the same value when they are the same without white space. */
const canonical = (value: string | null): string | null => {
  const json = value === null ? null : parseJson(value);
  return json ? printJson(json) : value;
};
const word = fc.constantFrom(
  'a',
  'b',
  'Get-Item',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '.',
  '"',
  '{',
  '}',
  '<null>',
  'é',
  'é',
  '👩‍💻',
  '\uD800',
  '\u202E',
);
const prose = fc.array(word, { maxLength: 60 }).map((words) => words.join(''));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', '', '__proto__', '<null>', 1, 2, -0, 1.5, true, false, null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.constantFrom('id', 'name', 'a', 'b', 'c', '__proto__', 'a b'), tie('value'), { maxKeys: 5 }),
    tie('value').map((inner) => JSON.stringify(inner)),
  ),
})).value;
const jsonText = fc.tuple(json, fc.constantFrom(0, 2)).map(([value, indent]) => JSON.stringify(value, null, indent));
const value = fc.oneof(fc.constantFrom(null, '', '<null>'), fc.string({ unit: 'binary' }), prose, jsonText);

describe('a difference', () => {
  it('gives the new value when it is applied to the old one', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const result = applyDiff(diffValues(before, after), before);
        if (diffValues(before, after).kind === 'json') expect(result).toBe(canonical(after));
        else expect(result).toBe(after);
      }),
      { numRuns: 3_000 },
    );
  });
  it('of JSON gives it too, and an edit is told as such', () => {
    fc.assert(
      fc.property(jsonText, jsonText, (before, after) => {
        const diff = diffValues(before, after);
        expect(canonical(applyDiff(diff, before))).toBe(canonical(after));
        if (diff.kind === 'json' && diff.node.is !== 'same') expect(jsonChanges(diff.node).length).toBeGreaterThan(0);
      }),
      { numRuns: 3_000 },
    );
  });
  it('of a long text with a few edits finds them by words', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3_999), fc.stringMatching(/^[a-z]{1,5}$/)), { minLength: 1, maxLength: 5 }), (edits) => {
        const lines = Array.from({ length: 4_000 }, (_, n) => `Set-Item -Path HKLM:\\Software\\Weir -Name value${n}`);
        const changed = [...lines];
        for (const [at, text] of edits) changed[at] = lines[at]!.replace('Path', `Path${text}`);
        const [before, after] = [lines.join('\n'), changed.join('\n')];
        const diff = diffValues(before, after);
        expect(applyDiff(diff, before)).toBe(after);
        if (diff.kind !== 'text') throw new Error(diff.kind);
        expect(diff.unit).toBe('words');
        expect(diff.pieces.flatMap((p) => (p.is === 'removed' ? p.text : []))).toEqual(
          diff.pieces.flatMap((p) => (p.is === 'removed' ? 'Path' : [])),
        );
      }),
      { numRuns: 20 },
    );
  });
});

describe('hostile values', () => {
  const many = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));
  const random = (seed: number) => {
    let state = seed;
    return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648);
  };
  const noise = (seed: number, n: number, of: number) => {
    const next = random(seed);
    return many(n, () => `w${next() % of}`);
  };
  const cases: [string, string, string][] = [
    ['two scripts without a line in common', many(3_000, (i) => `a${i} b`).join('\n'), many(3_000, (i) => `c${i} d`).join('\n')],
    ['the same two words in disorder', noise(1, 60_000, 2).join(' '), noise(2, 60_000, 2).join(' ')],
    ['lines in disorder', noise(3, 30_000, 3).join('\n'), noise(4, 30_000, 3).join('\n')],
    ['one long word', 'A'.repeat(300_000), 'B'.repeat(300_000)],
    ['nothing but brackets', '('.repeat(100_000), ')'.repeat(100_000)],
    ['lists of numbers', JSON.stringify(noise(5, 20_000, 5)), JSON.stringify(noise(6, 20_000, 5))],
    [
      'lists of things that are a little alike',
      JSON.stringify(many(2_000, (i) => ({ a: i, b: i % 7 }))),
      JSON.stringify(many(2_000, (i) => ({ a: -i, b: i % 5 }))),
    ],
    [
      'lists in lists',
      JSON.stringify(many(50, (i) => many(50, (j) => [`${i * j}`]))),
      JSON.stringify(many(50, (i) => many(50, (j) => [`${i + j}`]))),
    ],
    [
      'objects without a key in common',
      JSON.stringify(Object.fromEntries(many(50_000, (i) => [`a${i}`, i] as const))),
      JSON.stringify(Object.fromEntries(many(50_000, (i) => [`b${i}`, i] as const))),
    ],
    ['JSON nested too deeply', `${'['.repeat(20_000)}1${']'.repeat(20_000)}`, `${'['.repeat(20_000)}2${']'.repeat(20_000)}`],
    ['an unbroken run of blanks', `${' '.repeat(200_000)}a`, `${' '.repeat(200_001)}b`],
  ];
  it.each(cases)('%s: bounded work, and still right', (_, before, after) => {
    const meter = new Meter();
    const diff = diffValues(before, after, meter);
    expect(meter.spent).toBeLessThan(meter.limit + before.length + after.length);
    expect(canonical(applyDiff(diff, before))).toBe(canonical(after));
  });
  it('the meter bounds what a whole list of values costs, and none of them is wrong for it', () => {
    const meter = new Meter(5_000);
    for (let i = 0; i < 50; i += 1) {
      const [before, after] = [noise(i, 500, 4).join(' '), noise(i + 100, 500, 4).join(' ')];
      expect(applyDiff(diffValues(before, after, meter), before)).toBe(after);
    }
    expect(meter.spent).toBeLessThan(7_000);
  });
});
