import { defaultExportColumns, exportColumnIds, exportColumns, type ExportColumn, type ExportRequest, inertText } from '@weir/contract';
import type { ExportedBody, ExportPage } from '../../ports.ts';
import { readersOf, type Reader } from './columns.ts';
import { csvCell, inertJson, safeCell } from './inert.ts';

/** A file that is written page by page, so that memory stays flat, and that can be gone on with after any page. */
export interface FileShape {
  readonly contentType: string;
  readonly extension: string;
  /** What it needs of the store. */
  readonly fields: ReturnType<typeof readersOf>['fields'];
  readonly bodies: boolean;
  readonly head: string;
  readonly tail: string;
  page(page: ExportPage, first: boolean): string;
}
type Plain = Omit<ExportRequest, 'format'> & { format: 'csv' | 'json' | 'ndjson' };

/** Content types of files, and the endings of their names. */
export const fileTypes = {
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv' },
  json: { contentType: 'application/json; charset=utf-8', extension: 'json' },
  ndjson: { contentType: 'application/x-ndjson; charset=utf-8', extension: 'ndjson' },
  pack: { contentType: 'application/zip', extension: 'zip' },
} as const;

const chosen = (columns: ExportRequest['columns']): readonly ExportColumn[] | null =>
  columns === 'everything' ? exportColumnIds : columns === undefined || columns === 'records' ? null : columns;

/** The shape of a CSV, JSON or NDJSON file. */
export function fileShape(request: Plain): FileShape {
  const columns = chosen(request.columns);
  if (request.format === 'csv') return csv(columns ?? defaultExportColumns, request.bom === true);
  const lines = columns === null ? rawLines : objectLines(columns);
  return request.format === 'json' ? json(lines) : ndjson(lines);
}

function csv(columns: readonly ExportColumn[], bom: boolean): FileShape {
  const { fields, bodies, readers } = readersOf(columns);
  const cellOf = (reader: Reader, page: ExportPage, n: number): string => {
    const value = reader.text(page, n);
    if (value === null) return '';
    return typeof value === 'string' ? csvCell(value) : csvCell(value.map(safeCell).join('; '));
  };
  return {
    ...fileTypes.csv,
    fields,
    bodies,
    head: `${bom ? '\uFEFF' : ''}${columns.map((c) => csvCell(exportColumns[c])).join(',')}\r\n`,
    tail: '',
    page(page) {
      let text = '';
      for (let n = 0; n < page.rows.length; n += 1) {
        let line = cellOf(readers[0]!, page, n);
        for (let c = 1; c < readers.length; c += 1) line += `,${cellOf(readers[c]!, page, n)}`;
        text += `${line}\r\n`;
      }
      return text;
    },
  };
}

interface Lines extends Pick<FileShape, 'fields' | 'bodies'> {
  line(page: ExportPage, n: number): string;
}
/** The record as it is routed, byte for byte: what can be imported again, and compared with what a destination received. */
const rawLines: Lines = { fields: [], bodies: true, line: (page, n) => bodyOf(page, n).body };

function objectLines(columns: readonly ExportColumn[]): Lines {
  const { fields, bodies, readers } = readersOf(columns);
  const keys = columns.map((c) => `${JSON.stringify(c)}:`);
  return {
    fields,
    bodies,
    line: (page, n) =>
      `{${readers.map((r, c) => `${keys[c]}${r.raw ? inertText((r.text(page, n) as string | null) ?? 'null') : inertJson(r.value(page, n))}`).join(',')}}`,
  };
}

const ndjson = (lines: Lines): FileShape => ({
  ...fileTypes.ndjson,
  fields: lines.fields,
  bodies: lines.bodies,
  head: '',
  tail: '',
  page: (page) => page.rows.map((_, n) => `${lines.line(page, n)}\n`).join(''),
});
const json = (lines: Lines): FileShape => ({
  ...fileTypes.json,
  fields: lines.fields,
  bodies: lines.bodies,
  head: '[',
  tail: '\n]\n',
  page: (page, first) => page.rows.map((_, n) => `${first && n === 0 ? '\n' : ',\n'}${lines.line(page, n)}`).join(''),
});

export function bodyOf(page: ExportPage, n: number): ExportedBody {
  const body = page.bodies?.[n];
  if (!body) throw new Error('The bodies of these records were not read.');
  return body;
}
