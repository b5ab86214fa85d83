import { expect, test } from 'vitest';
import { Selection } from './selection.ts';

test('only the rows that change are told, and whoever listens to all once', () => {
  const selection = new Selection<number>();
  const heard: string[] = [];
  const stop = selection.subscribe('a', () => heard.push('a'));
  selection.subscribe('b', () => heard.push('b'));
  selection.subscribe(null, () => heard.push('any'));
  selection.set([['a', 1]], true);
  selection.set([['a', 1]], true);
  expect(heard.splice(0)).toEqual(['a', 'any']);
  selection.set(
    [
      ['a', 1],
      ['b', 2],
    ],
    true,
  );
  expect(heard.splice(0)).toEqual(['b', 'any']);
  expect([selection.rows, selection.size, selection.rows === selection.rows]).toEqual([[1, 2], 2, true]);
  stop();
  selection.clear();
  expect(heard).toEqual(['b', 'any']);
  expect([selection.has('a'), selection.rows]).toEqual([false, []]);
});
