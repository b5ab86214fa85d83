import { expect, test } from 'vitest';
import type { ExportedRecord } from '../../ports.ts';
import { exportFormats, safeCell } from './formats.ts';

const record = (more: Partial<ExportedRecord>): ExportedRecord => ({
  id: 'id',
  seq: 1,
  time: '2026-11-21T00:00:00.000Z',
  actor: null,
  application: null,
  activity: null,
  targets: [],
  category: null,
  result: null,
  correlationId: null,
  body: '{}',
  ...more,
});
/** Cells as a reader of RFC 4180 takes them. */
function cells(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (quoted && text[i] === '"' && text[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text[i] === ',') {
      row.push(cell);
      cell = '';
    } else if (!quoted && text[i] === '\r' && text[i + 1] === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
      i += 1;
    } else cell += text[i];
  }
  return rows;
}
const before = ['', ' ', '\t', '\r', '\n', '\r\n', '\u00a0', '\ufeff', '"', ',', "'"];
const after = ['', '1', '"', '""', ',', '\r\n', '\n=1', '; =1', 'ü€😀'];
/** Every blank and separator before everything that a spreadsheet may run, with what is hard to quote after it. */
const hostile = before.flatMap((b) => [...'=+-@＝＋－＠"a', '', '\t', '\r'].flatMap((sign) => after.map((a) => b + sign + a)));

test('a cell never begins, not even after blanks, with what a spreadsheet would run', () => {
  for (const text of hostile) expect(safeCell(text)).not.toMatch(/^(\s*[=+\-@＝＋－＠]|[\t\r])/);
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', '\n=cmd|calc']) expect(safeCell(text)).toBe(`'${text}`);
  // What is harmless stays as it is: a file is also read by programs.
  for (const text of ['', 'Patch Policy', 'a=b', 'indra.rao@contoso.example', '1-2']) expect(safeCell(text)).toBe(text);
});

test('whatever a record holds, it is one row whose cells read back', () => {
  for (const [i, text] of hostile.entries()) {
    const targets = [text, hostile[(i * 7) % hostile.length]!];
    const [first, second, ...more] = cells(
      exportFormats.csv.page([record({ actor: text, id: text, targets }), record({ id: 'next' })], true),
    );
    expect(more).toEqual([]);
    expect(first).toHaveLength(9);
    expect([first![1], first![7]]).toEqual([safeCell(text), safeCell(text)]);
    expect(first![4]).toBe(safeCell(targets.map(safeCell).join('; ')));
    expect(second![7]).toBe('next');
  }
});

test('pages of JSON joined are one list', () => {
  for (const sizes of [[], [1], [1, 1], [3], [2, 1, 4]]) {
    const { head, tail, page } = exportFormats.json;
    const pages = sizes.map((n, i) =>
      page(
        Array.from({ length: n }, () => record({ body: `{"page":${i}}` })),
        i === 0,
      ),
    );
    const list = JSON.parse([head, ...pages, tail].join('')) as { page: number }[];
    expect(list.map((r) => r.page)).toEqual(sizes.flatMap((n, i) => Array.from({ length: n }, () => i)));
  }
});
