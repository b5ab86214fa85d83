import { inertText, type AuditRow } from '@weir/contract';
import type { ColumnId } from './columns-state.ts';
import { kinds } from './columns.tsx';

/** What chosen records are copied as. */
export const copyForms = { table: 'Table', json: 'JSON', markdown: 'Markdown' } as const;
export type RowsForm = keyof typeof copyForms;

const oneLine = (text: string): string => inertText(text.replaceAll(/[\r\n\t]+/g, ' '));

/** A spreadsheet runs a cell that begins so as a formula; an apostrophe makes it text. https://owasp.org/www-community/attacks/CSV_Injection */
const tableCell = (text: string): string => {
  const cell = oneLine(text);
  // A quote at the start would take the cells behind it in.
  return /^\s*["=+\-@＝＋－＠]/.test(cell) ? `'${cell}` : cell;
};
/** Text that Markdown shows as it is, within a table: no markup, no HTML, no link, no further cell. */
const markdownCell = (text: string): string =>
  oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|~#!]/g, String.raw`\$&`)
    // Bare addresses become links by themselves.
    .replaceAll(/(https?|ftp|mailto)(:)|\b(www)(\.)/gi, (_, scheme: string, colon: string, www: string) =>
      scheme ? `${scheme}${colon.replace(':', '&#58;')}` : `${www}&#46;`,
    );

const headings = (columns: readonly ColumnId[]) => columns.map((id) => (id === 'date' ? 'Date (UTC)' : kinds[id].title));

/** The records as text: a table of the shown columns for spreadsheets or for Markdown, or whole rows as JSON. Times are UTC. */
export function rowsText(form: RowsForm, rows: readonly AuditRow[], columns: readonly ColumnId[]): string {
  // JSON allows escapes only in texts, and that is where these signs are.
  if (form === 'json') return inertText(JSON.stringify(rows, null, 2));
  const lines = rows.map((row) => columns.map((id) => kinds[id].text(row)));
  if (form === 'table')
    return [headings(columns), ...lines.map((cells) => cells.map(tableCell))].map((cells) => cells.join('\t')).join('\n');
  return [headings(columns), columns.map(() => '---'), ...lines.map((cells) => cells.map(markdownCell))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
