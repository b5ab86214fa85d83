/** Every column that the list can show: those of the portal in its order, then our own. Exports name them alike. */
export const columnIds = [
  'date',
  'actor',
  'application',
  'activity',
  'target',
  'category',
  'status',
  'targetType',
  'correlationId',
  'id',
  'sequence',
] as const;
export type ColumnId = (typeof columnIds)[number];
/** What the portal shows. */
export const defaultIds: readonly ColumnId[] = columnIds.slice(0, 6);

/** A column that is shown; without a width it takes its share of what there is. */
export interface ShownColumn {
  readonly id: ColumnId;
  /** Pixels. */
  readonly width?: number;
}
export type Columns = readonly ShownColumn[];
export const MIN_WIDTH = 48;
export const MAX_WIDTH = 1_200;
export const defaultColumns: Columns = defaultIds.map((id) => ({ id }));

const isId = (text: string): text is ColumnId => columnIds.some((id) => id === text);
const bounded = (width: number): number => Math.round(Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, width)));

/** `date.actor~240.target`, as the address and this browser keep it: signs that need no escape there. Empty for the default. */
export function columnsText(columns: Columns): string {
  const text = columns.map(({ id, width }) => (width === undefined ? id : `${id}~${width}`)).join('.');
  return text === defaultIds.join('.') ? '' : text;
}
/** Reads it. What is not known, or stands there twice, is left out; null when no column is left. */
export function parseColumns(text: string | null | undefined): Columns | null {
  const found = new Map<ColumnId, ShownColumn>();
  for (const part of (text ?? '').slice(0, 500).split('.')) {
    const [id = '', width = ''] = part.split('~');
    if (!isId(id) || found.has(id)) continue;
    found.set(id, /^\d{1,5}$/.test(width) ? { id, width: bounded(Number(width)) } : { id });
  }
  return found.size > 0 ? [...found.values()] : null;
}

/** Shows a column, at its end, or takes it out; the last one stays. */
export function withColumn(columns: Columns, id: ColumnId, shown: boolean): Columns {
  const others = columns.filter((c) => c.id !== id);
  if (!shown) return others.length > 0 ? others : columns;
  return others.length === columns.length ? [...columns, { id }] : columns;
}
/** Moves a column to another place, which is counted without it. */
export function moved(columns: Columns, id: string, to: number): Columns {
  const column = columns.find((c) => c.id === id);
  if (!column) return columns;
  const others = columns.filter((c) => c !== column);
  const at = Math.max(0, Math.min(others.length, to));
  return [...others.slice(0, at), column, ...others.slice(at)];
}
/** Gives a column a width in pixels. */
export const resized = (columns: Columns, id: string, width: number): Columns =>
  columns.map((c) => (c.id === id ? { id: c.id, width: bounded(width) } : c));
