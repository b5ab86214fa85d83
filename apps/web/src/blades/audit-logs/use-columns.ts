import { useEffect, useMemo } from 'react';
import { useKept, useKeptText } from '../../lib/use-kept.ts';
import { useZone } from '../../lib/zone.tsx';
import { MAX_WIDTH, MIN_WIDTH, columnsText, defaultColumns, moved, parseColumns, resized, type Columns } from './columns-state.ts';
import { gridColumns } from './columns.tsx';
import type { SearchChange } from './pills.tsx';

/** Heights of a row in pixels. */
export const densities = { 28: 'Compact', 36: 'Normal', 44: 'Relaxed' } as const;
const NORMAL = 36;

/**
 * The columns of the list: those of the link, else those that this browser keeps, else the portal's. What is chosen is kept, and
 * stands in the address as long as it is not the default, so that a copied link shows the same.
 */
export function useColumns(inLink: string | undefined, change: (part: SearchChange, replace: boolean) => void) {
  const zone = useZone();
  const [kept, keep] = useKeptText('audit-logs.columns');
  const [height, setHeight] = useKept('audit-logs.row', NORMAL);
  const text = columnsText(parseColumns(inLink) ?? parseColumns(kept) ?? defaultColumns);
  const shown = useMemo(() => parseColumns(text) ?? defaultColumns, [text]);
  const missing = inLink === undefined && text !== '' ? text : undefined;
  useEffect(() => {
    if (missing !== undefined) change({ columns: missing }, true);
  }, [missing, change]);
  const set = useMemo(
    () => (next: Columns) => {
      const wanted = columnsText(next);
      keep(wanted);
      change({ columns: wanted || undefined }, true);
    },
    [keep, change],
  );
  return {
    shown,
    set,
    ids: useMemo(() => shown.map((c) => c.id), [shown]),
    grid: useMemo(() => gridColumns(shown, zone), [shown, zone]),
    arranging: useMemo(
      () => ({
        min: MIN_WIDTH,
        max: MAX_WIDTH,
        onMove: (id: string, to: number) => set(moved(shown, id, to)),
        onResize: (id: string, width: number) => set(resized(shown, id, width)),
      }),
      [shown, set],
    ),
    rowHeight: height in densities ? height : NORMAL,
    setRowHeight: setHeight,
  };
}
export type ColumnsView = ReturnType<typeof useColumns>;
