import type { AuditDetails, ExportColumn } from '@weir/contract';
import type { ExportField, ExportPage } from '../../ports.ts';
import { auditDetailsOf } from '../audit-logs/details.ts';

type Value = string | number | null | readonly unknown[];
/** One column of a file. */
export interface Reader {
  /** For a cell: a text, or a list of texts. */
  text(page: ExportPage, n: number): string | null | readonly string[];
  /** For JSON. */
  value(page: ExportPage, n: number): Value;
  /** The text is JSON already, and stands in JSON as it is. */
  readonly raw?: true;
}

/** Columns that are texts of the row itself. */
const plain = ['id', 'actor', 'application', 'activity', 'category', 'status', 'correlationId'] as const;
const isPlain = (column: ExportColumn): column is (typeof plain)[number] => (plain as readonly string[]).includes(column);

const list = (text: string | null | undefined): string[] => (text ? (JSON.parse(text) as string[]) : []);
const filled = (values: readonly (string | null)[]): string[] => values.filter((v) => v !== null);

/** Columns that stand in the body, as the details pane shows them. */
const inBody: Partial<Record<ExportColumn, (d: AuditDetails) => Value>> = {
  targetId: (d) => filled(d.targets.map((t) => t.objectId)),
  modifiedProperties: (d) => d.targets.flatMap((t) => t.modifiedProperties.map((p) => ({ target: t.name, ...p }))),
  component: (d) => d.activity.component,
  operationType: (d) => d.status.operationType,
  actorType: (d) => d.actor.type,
  actorId: (d) => d.actor.objectId,
  applicationId: (d) => d.actor.applicationId,
  permissions: (d) => d.actor.permissions,
};

/** How columns are read, and what that needs of the store. */
export function readersOf(columns: readonly ExportColumn[]): { fields: readonly ExportField[]; bodies: boolean; readers: Reader[] } {
  const fields: ExportField[] = columns.flatMap((c): ExportField[] =>
    isPlain(c) ? [c] : c === 'target' ? ['target', 'targets'] : c === 'targetType' ? ['types'] : [],
  );
  // Behind time and sequence number.
  const at = (field: ExportField): number => fields.indexOf(field) + 2;
  const details = perRow();
  const readers = columns.map((column): Reader => {
    if (column === 'date') return same((page, n) => page.rows[n]![0]!);
    if (column === 'sequence') return { text: (page, n) => page.rows[n]![1]!, value: (page, n) => Number(page.rows[n]![1]) };
    if (isPlain(column)) {
      const i = at(column);
      return same((page, n) => page.rows[n]![i]!);
    }
    if (column === 'target') {
      const [one, many] = [at('target'), at('targets')];
      const targets = (page: ExportPage, n: number): string[] => {
        const row = page.rows[n]!;
        return row[one] === null ? list(row[many]) : [row[one]!];
      };
      return { text: (page, n) => page.rows[n]![one] ?? (page.rows[n]![many] === null ? null : targets(page, n)), value: targets };
    }
    if (column === 'targetType') {
      const i = at('types');
      const types = (page: ExportPage, n: number) => list(page.rows[n]![i]);
      return { text: types, value: types };
    }
    if (column === 'record' || column === 'graph') {
      const text = (page: ExportPage, n: number): string | null => {
        const body = page.bodies![n]!;
        return column === 'record' ? body.body : body.original;
      };
      return { text, value: text, raw: true };
    }
    const of = inBody[column]!;
    const value = (page: ExportPage, n: number): Value => of(details(page, n));
    return { value, text: (page, n) => cellOf(value(page, n)) };
  });
  return { fields, bodies: columns.some((c) => c in inBody || c === 'record' || c === 'graph'), readers };
}

const same = (text: (page: ExportPage, n: number) => string | null): Reader => ({ text, value: text });

function cellOf(value: Value): string | null | string[] {
  if (!Array.isArray(value)) return value === null ? null : String(value);
  return (value as readonly (string | { name: string; newValue: string | null; oldValue: string | null })[]).map((item) =>
    typeof item === 'string' ? item : `${item.name}: ${item.oldValue ?? '(none)'} → ${item.newValue ?? '(none)'}`,
  );
}

/** Reads a body once for all columns of its row. */
function perRow(): (page: ExportPage, n: number) => AuditDetails {
  let known: { page: ExportPage; n: number; details: AuditDetails } | null = null;
  return (page, n) => {
    if (known?.page !== page || known.n !== n) {
      const row = page.rows[n]!;
      known = { page, n, details: auditDetailsOf({ id: '', seq: Number(row[1]), ...page.bodies![n]! }) };
    }
    return known.details;
  };
}
