import type { ReactNode } from 'react';

/** Height of the heading, in pixels. */
export const HEAD = 36;
const CHECK = 36;
/** The mark at the start of each row. */
const EDGE = 3;

export interface Column<Row> {
  id: string;
  title: string;
  /** Stands behind the title, such as the zone of its times. */
  note?: string;
  /** Said on hover. */
  hint?: string;
  /** Least width in pixels; below the sum of these the grid scrolls sideways. */
  width: number;
  /** Share of the width that is left over. */
  grow?: number;
  /** The width that somebody gave it, instead of both. */
  sized?: number;
  sortable?: boolean;
  /** Must be pure: rows are drawn again only when the row changes. */
  cell: (row: Row) => ReactNode;
}
type Widths = Pick<Column<never>, 'id' | 'width' | 'grow' | 'sized'>;
export const headingOf = ({ title, note }: Pick<Column<never>, 'title' | 'note'>): string => (note ? `${title} ${note}` : title);

/** The tracks of all rows and their least width, as the grid's own properties: a drag sets them without drawing rows again. */
export function tracks(columns: readonly Widths[], selectable: boolean, dragged?: { id: string; width: number }) {
  const sized = (c: Widths) => (dragged?.id === c.id ? dragged.width : c.sized);
  const template = columns.map((c) =>
    sized(c) === undefined && c.grow ? `minmax(${c.width}px, ${c.grow}fr)` : `${sized(c) ?? c.width}px`,
  );
  const least = columns.reduce((sum, c) => sum + (sized(c) ?? c.width), EDGE + (selectable ? CHECK : 0));
  return {
    '--grid-columns': [...(selectable ? [`${CHECK}px`] : []), ...template].join(' '),
    '--grid-width': `${least}px`,
  };
}

/** The width in pixels that shows all of a column's cells that are drawn, and its heading. */
export function fittingWidth(grid: HTMLElement, id: string): number {
  const range = document.createRange();
  const widths = [...grid.querySelectorAll<HTMLElement>(`[data-column="${CSS.escape(id)}"], [data-heading="${CSS.escape(id)}"]`)].map(
    (cell) => {
      range.selectNodeContents(cell);
      return range.getBoundingClientRect().width;
    },
  );
  return Math.ceil(Math.max(0, ...widths)) + 20;
}
