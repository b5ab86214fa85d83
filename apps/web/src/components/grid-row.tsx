import { makeResetStyles, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { memo, useCallback, useSyncExternalStore, type ReactNode } from 'react';
import type { Selection } from '../lib/selection.ts';
import type { Column } from './grid-columns.ts';

interface Props<Row> {
  row: Row;
  id: string;
  index: number;
  top: number;
  columns: readonly Column<Row>[];
  selection: Selection<Row> | undefined;
  tabbable: boolean;
  open: boolean;
  fresh: boolean;
}
const never = () => () => {};

/** One row of the grid; drawn again only when something of its own changes. */
export const GridRow = memo(function GridRow<Row>({ row, id, index, top, columns, selection, tabbable, open, fresh }: Props<Row>) {
  const base = useRowBase();
  const cell = useCellBase();
  const styles = useStyles();
  const subscribe = useCallback((listener: () => void) => selection?.subscribe(id, listener) ?? never, [selection, id]);
  const chosen = useSyncExternalStore(subscribe, () => selection?.has(id) ?? false);
  return (
    <div
      role="row"
      data-row={index}
      aria-rowindex={index + 2}
      {...(selection && { 'aria-selected': chosen })}
      {...(open && { 'aria-current': true })}
      tabIndex={tabbable ? 0 : -1}
      className={mergeClasses(base, fresh && styles.fresh, chosen && styles.chosen, open && styles.open)}
      style={{ transform: `translateY(${top}px)` }}
    >
      {selection ? (
        <div role="gridcell" data-check className={styles.check}>
          <input type="checkbox" className={styles.box} tabIndex={-1} aria-label="Select this record" checked={chosen} readOnly />
        </div>
      ) : null}
      {columns.map((column) => {
        const content = column.cell(row);
        return (
          <div
            key={column.id}
            role="gridcell"
            data-column={column.id}
            className={cell}
            {...(typeof content === 'string' && { title: content })}
          >
            {content}
          </div>
        );
      })}
    </div>
  );
}) as <Row>(props: Props<Row>) => ReactNode;

const useRowBase = makeResetStyles({
  position: 'absolute',
  top: 0,
  insetInlineStart: 0,
  width: '100%',
  height: 'var(--grid-row)',
  gridTemplateColumns: 'var(--grid-columns)',
  boxSizing: 'border-box',
  contain: 'strict',
  display: 'grid',
  alignItems: 'center',
  cursor: 'pointer',
  borderLeft: '3px solid transparent',
  borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  ':focus': { outlineStyle: 'none' },
  ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  '@media (forced-colors: active)': { borderLeftColor: 'Canvas' },
});
const useCellBase = makeResetStyles({
  padding: `0 ${tokens.spacingHorizontalS}`,
  // Not "hidden", which would make a box that can be scrolled of each cell.
  overflow: 'clip',
  textOverflow: 'ellipsis',
  whiteSpace: 'nowrap',
  fontSize: tokens.fontSizeBase300,
});
const useStyles = makeStyles({
  check: { display: 'flex', alignItems: 'center', justifyContent: 'center', alignSelf: 'stretch' },
  box: { width: '16px', height: '16px', margin: 0, accentColor: tokens.colorCompoundBrandBackground, pointerEvents: 'none' },
  // The edge is the mark; the background only draws the eye, and stays away where motion is not wanted.
  fresh: {
    borderLeftColor: tokens.colorPaletteGreenBorder2,
    animationName: { from: { backgroundColor: tokens.colorPaletteGreenBackground2 } },
    animationDuration: '1500ms',
    animationTimingFunction: 'ease-out',
    '@media (forced-colors: active)': { borderLeftColor: 'Highlight' },
    '@media (prefers-reduced-motion: reduce)': { animationName: 'none' },
  },
  chosen: { backgroundColor: tokens.colorNeutralBackground1Selected },
  open: {
    backgroundColor: tokens.colorBrandBackground2,
    borderLeftColor: tokens.colorCompoundBrandStroke,
    ':hover': { backgroundColor: tokens.colorBrandBackground2Hover },
    '@media (forced-colors: active)': { borderLeftColor: 'Highlight' },
  },
});
