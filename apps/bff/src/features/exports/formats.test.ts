import { exportColumnIds, type ExportColumn, type ExportRequest, inertText } from '@weir/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExportPage } from '../../ports.ts';
import { cells } from '../../../test/csv.ts';
import { fileShape } from './formats.ts';
import { csvCell, html, inertJson, safeCell } from './inert.ts';

interface Given {
  time: string;
  actor: string | null;
  activity: string | null;
  targets: string[];
  id: string;
  body: string;
  original: string | null;
}
/** A page as the store hands it over. */
function pageOf(shape: ReturnType<typeof fileShape>, records: readonly Given[]): ExportPage {
  const value = (r: Given, field: string): string | null => {
    if (field === 'target') return r.targets.length === 1 ? r.targets[0]! : null;
    if (field === 'targets') return r.targets.length > 1 ? JSON.stringify(r.targets) : null;
    if (field === 'types') return '[]';
    return (r as unknown as Record<string, string | null>)[field] ?? null;
  };
  return {
    rows: records.map((r, i) => [r.time, String(i), ...shape.fields.map((f) => value(r, f))]),
    bodies: shape.bodies ? records.map(({ body, original }) => ({ body, original })) : null,
    last: { time: '2026-11-21T00:00:00.000Z', seq: 1 },
  };
}
/** A file as it is written: in pages of these sizes. */
function write(
  request: Omit<ExportRequest, 'filter' | 'format'> & { format: 'csv' | 'json' | 'ndjson' },
  pages: readonly Given[][],
): string {
  const shape = fileShape({ filter: {}, ...request });
  let rows = 0;
  let text = shape.head;
  for (const records of pages) {
    if (records.length === 0) continue;
    text += shape.page(pageOf(shape, records), rows === 0);
    rows += records.length;
  }
  return text + shape.tail;
}

const before = ['', ' ', '\t', '\r', '\n', '\r\n', '\u00a0', '\ufeff', '\u202e', '"', ',', "'"];
const after = ['', '1', '"', '""', ',', '\r\n', '\n=1', '; =1', 'ü€😀', '\u001b[2J'];
/** Every blank and separator before everything that a spreadsheet may run, with what is hard to quote after it. */
const hostile = before.flatMap((b) => [...'=+-@＝＋－＠"a', '', '\t', '\r'].flatMap((sign) => after.map((a) => b + sign + a)));
const text = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const given = fc.record<Given>({
  time: fc.constant('2026-11-21T00:00:00.123Z'),
  actor: fc.option(text),
  activity: fc.option(text),
  targets: fc.array(text, { maxLength: 3 }),
  id: text,
  body: fc.json().map((j) => j.replaceAll('\n', '')),
  original: fc.option(fc.json()),
});
const pages = fc.array(fc.array(given, { maxLength: 4 }), { maxLength: 4 });
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const acts = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

test('a cell never begins, not even after blanks, with what a spreadsheet would run', () => {
  for (const value of hostile) expect(safeCell(value)).not.toMatch(/^(\s*[=+\-@＝＋－＠]|[\t\r])/);
  for (const value of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', '\n=cmd|calc'])
    expect(safeCell(value)).toBe(`'${value}`);
  // What is harmless stays as it is: a file is also read by programs.
  for (const value of ['', 'Patch Policy', 'a=b', 'indra.rao@contoso.example', '1-2', 'ü', 'a;b']) expect(csvCell(value)).toBe(value);
});

test('CSV reads back cell for cell, and nothing in it is run or hidden', () => {
  fc.assert(
    fc.property(pages, fc.boolean(), (list, bom) => {
      const columns: ExportColumn[] = ['date', 'actor', 'target', 'id', 'activity'];
      const file = write({ format: 'csv', columns, bom }, list);
      expect(file.startsWith('\uFEFF')).toBe(bom);
      const [head, ...rows] = cells(file.slice(bom ? 1 : 0));
      expect(head).toEqual(['Date (UTC)', 'Initiated by (actor)', 'Target', 'Id', 'Activity']);
      const records = list.flat();
      expect(rows).toHaveLength(records.length);
      for (const [i, r] of records.entries()) {
        const one = (value: string | null) => (value === null ? '' : safeCell(inertText(value)));
        const target = r.targets.length < 2 ? one(r.targets[0] ?? null) : safeCell(inertText(r.targets.map(safeCell).join('; ')));
        expect(rows[i]).toEqual([r.time, one(r.actor), target, one(r.id), one(r.activity)]);
        for (const cell of rows[i]!) expect(cell).not.toMatch(acts);
      }
    }),
  );
});

test('JSON and NDJSON hold the very values, with nothing hidden in their text; everything means every column', () => {
  fc.assert(
    fc.property(pages, (list) => {
      const records = list.flat();
      for (const format of ['json', 'ndjson'] as const) {
        const file = write({ format, columns: 'everything' }, list);
        expect(file).not.toMatch(acts);
        const found = (
          format === 'json'
            ? JSON.parse(file)
            : file
                .split('\n')
                .slice(0, -1)
                .map((l) => JSON.parse(l))
        ) as Record<string, unknown>[];
        expect(found).toHaveLength(records.length);
        for (const [i, r] of records.entries()) {
          expect(Object.keys(found[i]!)).toEqual(exportColumnIds);
          expect(found[i]).toMatchObject({ date: r.time, actor: r.actor, activity: r.activity, target: r.targets, id: r.id });
          expect(found[i]!['record']).toEqual(JSON.parse(r.body));
          expect(found[i]!['graph']).toEqual(r.original === null ? null : JSON.parse(r.original));
        }
      }
    }),
  );
});

test('records as they are routed stay byte for byte', () => {
  fc.assert(
    fc.property(pages, (list) => {
      const bodies = list.flat().map((r) => r.body);
      expect(write({ format: 'ndjson' }, list)).toBe(bodies.map((b) => `${b}\n`).join(''));
      expect(JSON.parse(write({ format: 'json', columns: 'records' }, list))).toEqual(bodies.map((b) => JSON.parse(b)));
    }),
  );
});

test('HTML and JSON texts show what they hold, and do nothing', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(html(value)).not.toMatch(acts);
      expect(html(value).replaceAll(/<span class="hidden">U\+[0-9A-F]{4,5}<\/span>|&(amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[<>"'&]/);
      expect(JSON.parse(inertJson(value))).toBe(value);
      expect(inertJson(value)).not.toMatch(acts);
    }),
  );
  expect(html('<b>\u202egpj.exe')).toBe('&lt;b&gt;<span class="hidden">U+202E</span>gpj.exe');
});
