import { describe, expect, test } from 'vitest';
import { columnsText, defaultColumns, defaultIds, moved, parseColumns, resized, withColumn } from './columns-state.ts';

describe('columns in the address', () => {
  test('the default is not said, everything else comes back as it was', () => {
    expect(columnsText(defaultColumns)).toBe('');
    const mine = resized(withColumn(moved(defaultColumns, 'category', 0), 'id', true), 'actor', 240.4);
    expect(columnsText(mine)).toBe('category.date.actor~240.application.activity.target.id');
    expect(parseColumns(columnsText(mine))).toEqual(mine);
    expect(encodeURIComponent(columnsText(mine))).toBe(columnsText(mine));
  });
  test.each([
    ['date.date~300.nothing.__proto__.target', [{ id: 'date' }, { id: 'target' }]],
    [
      'actor~1.id~99999',
      [
        { id: 'actor', width: 48 },
        { id: 'id', width: 1_200 },
      ],
    ],
    ['actor~-5.id~x.target~1e9', [{ id: 'actor' }, { id: 'id' }, { id: 'target' }]],
    ['constructor.toString', null],
    ['', null],
    [undefined, null],
  ])('what is typed there wrongly is left out: %s', (text, columns) => expect(parseColumns(text)).toEqual(columns));
});

describe('choosing', () => {
  test('a new column comes last, and once; the last one stays', () => {
    expect(withColumn(defaultColumns, 'status', true).at(-1)).toEqual({ id: 'status' });
    expect(withColumn(defaultColumns, 'actor', true)).toBe(defaultColumns);
    const one = parseColumns('target')!;
    expect(withColumn(one, 'target', false)).toBe(one);
  });
  test('a move takes the width along and stops at the ends', () => {
    const wide = resized(defaultColumns, 'date', 300);
    expect(moved(wide, 'date', 2).map((c) => c.id)).toEqual(['actor', 'application', 'date', 'activity', 'target', 'category']);
    expect(moved(wide, 'date', 99).at(-1)).toEqual({ id: 'date', width: 300 });
    expect(moved(wide, 'date', -1).map((c) => c.id)).toEqual(defaultIds);
    expect(moved(wide, 'nothing', 0)).toBe(wide);
  });
});
