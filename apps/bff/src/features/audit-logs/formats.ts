import { stringify } from 'csv-stringify/sync';
import type { ExportedRecord } from '../../ports.ts';

/** A file format, written page by page so that memory stays flat. */
export interface ExportFormat {
  readonly contentType: string;
  readonly extension: string;
  readonly head: string;
  readonly tail: string;
  page(records: readonly ExportedRecord[], first: boolean): string;
}

/**
 * A spreadsheet runs a cell that begins with one of these as a formula; a leading apostrophe makes it text.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export const safeCell = (value: string): string => (/^[\s]*[=+\-@\t\r＝＋－＠]/.test(value) || /^[\t\r]/.test(value) ? `'${value}` : value);
const cell = (value: string | null): string => (value === null ? '' : safeCell(value));

const columns = [
  'Date (UTC)',
  'Initiated by (actor)',
  'Application name',
  'Activity',
  'Target',
  'Category',
  'Activity status',
  'Id',
  'Correlation id',
];
const row = (r: ExportedRecord): string[] => [
  r.time,
  cell(r.actor),
  cell(r.application),
  cell(r.activity),
  r.targets.map(safeCell).join('; '),
  cell(r.category),
  cell(r.result),
  cell(r.id),
  cell(r.correlationId),
];
const csvOptions = { record_delimiter: 'windows' as const };

const csv: ExportFormat = {
  contentType: 'text/csv; charset=utf-8',
  extension: 'csv',
  // The byte order mark makes Excel read UTF-8.
  head: `\uFEFF${stringify([columns], csvOptions)}`,
  tail: '',
  page: (records) => stringify(records.map(row), csvOptions),
};
const json: ExportFormat = {
  contentType: 'application/json; charset=utf-8',
  extension: 'json',
  head: '[',
  tail: '\n]\n',
  page: (records, first) => records.map((r, i) => `${first && i === 0 ? '\n' : ',\n'}${r.body}`).join(''),
};
export const exportFormats = { csv, json } as const;
