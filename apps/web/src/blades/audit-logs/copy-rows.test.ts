import type { AuditRow } from '@weir/contract';
import { expect, test } from 'vitest';
import { rowsText } from './copy-rows.ts';

const row = (part: Partial<AuditRow>): AuditRow => ({
  id: 'a1',
  seq: 7,
  time: '2026-11-21T03:37:11.123Z',
  actor: 'maya@contoso.example',
  application: null,
  activity: 'Patch',
  targets: ['Ring 3'],
  category: 'Device',
  result: 'Success',
  targetTypes: [],
  correlationId: null,
  ...part,
});

test('a table has the shown columns in their order, times in UTC, and an empty cell for what is not recorded', () => {
  expect(rowsText('table', [row({})], ['target', 'date', 'application', 'sequence'])).toBe(
    'Target\tDate (UTC)\tApplication name\tSequence number\nRing 3\t2026-11-21T03:37:11.123Z\t\t7',
  );
});
test.each([
  ['=HYPERLINK("http://x")', `'=HYPERLINK("http://x")`],
  ['  +1', `'  +1`],
  ['@sum', `'@sum`],
  ['"open', `'"open`],
  ['a\tb\r\nc', 'a b c'],
  ['x\u202egpj', String.raw`x\u202egpj`],
])('a cell that would act in a spreadsheet is text: %j', (actor, cell) => {
  expect(rowsText('table', [row({ actor })], ['actor', 'category'])).toBe(`Initiated by (actor)\tCategory\n${cell}\tDevice`);
});
test.each([
  ['a|b', String.raw`a\|b`],
  [String.raw`a\|b`, String.raw`a\\\|b`],
  ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
  ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
  ['[click](javascript:x) `c` **b**', String.raw`\[click\](javascript:x) \`c\` \*\*b\*\*`],
  ['see https://evil.example', 'see https&#58;//evil.example'],
  ['one\n\n| two |', String.raw`one \| two \|`],
])('a Markdown cell stays one cell of plain text: %j', (actor, cell) => {
  expect(rowsText('markdown', [row({ actor })], ['actor'])).toBe(`| Initiated by (actor) |\n| --- |\n| ${cell} |`);
});
test('JSON is the rows as they are, whatever the columns; hidden signs are escaped', () => {
  const rows = [row({ actor: 'x\u202egpj "q" \\' }), row({ id: 'a2', targets: ['a', 'b'] })];
  const text = rowsText('json', rows, ['date']);
  expect(JSON.parse(text)).toEqual(rows);
  expect(text).not.toContain('\u202e');
});
