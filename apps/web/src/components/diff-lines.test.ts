import { diffValues } from '@weir/contract';
import { expect, test } from 'vitest';
import { jsonLines } from './diff-lines.ts';
import { beginning } from './long-text.tsx';

const shown = (before: unknown, after: unknown): string[] => {
  const diff = diffValues(JSON.stringify(before), JSON.stringify(after));
  if (diff.kind !== 'json') throw new Error(diff.kind);
  return jsonLines(diff.node).map((l) => `${'  '.repeat(l.depth)}${l.sign === 'unchanged' ? `… ${l.count}` : `${l.sign} ${l.text}`}`);
};

test('JSON is shown with its changes in place, and what is the same only counted', () => {
  expect(shown({ a: 1, b: 2, c: { d: 'x y', e: [1, 2, 3] }, z: 0 }, { a: 1, b: 2, c: { d: 'x z', e: [1, 2, 3, { f: 4 }] }, y: 5 })).toEqual(
    [
      '  {',
      '  … 2',
      '    "c": {',
      '    - "d": "x y"',
      '    + "d": "x z"',
      '      "e": [',
      '      … 3',
      '      + {',
      '        + "f": 4',
      '      + }',
      '      ]',
      '    }',
      '  - "z": 0',
      '  + "y": 5',
      '  }',
    ],
  );
});
test('a long text is cut at a line where it has some', () => {
  expect(beginning('short')).toBeNull();
  expect(beginning('a\n'.repeat(8))).toBeNull();
  expect(beginning('line\n'.repeat(1_000))).toBe('line\n'.repeat(8).trimEnd());
  expect(beginning('x'.repeat(64_000))).toBe('x'.repeat(600));
  expect(beginning(`${'x'.repeat(64_000)}\n${'y'.repeat(10)}`)).toBe('x'.repeat(600));
});
