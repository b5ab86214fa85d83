import { Button, Spinner, makeResetStyles, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import {
  memo,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
} from 'react';
import { problemText } from '../lib/problem.ts';
import { useReading } from './use-reading.ts';

const ROW = 36;
/** Rows left below the window when the next page is asked for. */
const AHEAD = 30;

export interface Column<Row> {
  id: string;
  title: string;
  /** Least width in pixels; below the sum of these the grid scrolls sideways. */
  width: number;
  /** Share of the width that is left over. */
  grow?: number;
  /** Must be pure: rows are drawn again only when the row changes. */
  cell: (row: Row) => ReactNode;
}
export interface LogGridHandle {
  /** Puts the focus on a row, wherever it stands; without an id on the row that had it last. */
  focusRow: (id?: string) => void;
  /** Shows the first row, and puts the focus on it when asked to. */
  toTop: (focus: boolean) => void;
}
interface Props<Row> {
  label: string;
  /** Keep the same array between renders. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  selectedId: string | undefined;
  /** A row was opened, or walked to while details are open. */
  onSelect: (id: string) => void;
  /** Esc inside the grid. */
  onEscape: () => void;
  hasMore: boolean;
  loadingMore: boolean;
  moreError: unknown;
  onLoadMore: () => void;
  busy?: boolean;
  /** Rows that just came in. */
  freshIds?: ReadonlySet<string>;
  /** Whether somebody reads rows that must not move. Keep the same function between renders. */
  onReading?: (reading: boolean) => void;
  ref?: Ref<LogGridHandle>;
}

/** A virtual list of records: one tab stop, arrows walk the rows, the next page comes by itself. */
export function LogGrid<Row>(props: Props<Row>) {
  const {
    label,
    columns,
    rows,
    rowId,
    selectedId,
    onSelect,
    onEscape,
    hasMore,
    loadingMore,
    moreError,
    onLoadMore,
    busy = false,
    freshIds,
    onReading,
    ref,
  } = props;
  const styles = useStyles();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const focusWanted = useRef(false);
  const focusTimer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const last = Math.max(rows.length - 1, 0);
  const current = Math.min(active, last);
  const extra = hasMore || loadingMore || moreError ? 1 : 0;
  const template = columns.map((c) => (c.grow ? `minmax(${c.width}px, ${c.grow}fr)` : `${c.width}px`)).join(' ');
  const minWidth = columns.reduce((sum, c) => sum + c.width, 3);

  useReading(scroller, selectedId !== undefined, onReading);
  // The focused row stays in the document when it is scrolled out of sight, else the focus would be lost.
  const rangeExtractor = useCallback(
    (range: Range) => [...new Set([current, ...defaultRangeExtractor(range)])].filter((i) => i < range.count).sort((a, b) => a - b),
    [current],
  );
  const virtual = useVirtualizer({
    count: rows.length + extra,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: ROW,
    scrollPaddingStart: ROW,
    rangeExtractor,
  });
  const items = virtual.getVirtualItems();
  const end = virtual.range?.endIndex ?? 0;

  useEffect(() => {
    if (hasMore && !loadingMore && !moreError && end >= rows.length - AHEAD) onLoadMore();
  }, [hasMore, loadingMore, moreError, end, rows.length, onLoadMore]);

  // The row of an opened link, or of a pane's "next", becomes the one that Tab reaches.
  useEffect(() => {
    const index = selectedId === undefined ? -1 : rows.findIndex((row) => rowId(row) === selectedId);
    if (index >= 0) setActive(index);
  }, [selectedId, rows, rowId]);

  useLayoutEffect(() => {
    if (!focusWanted.current) return;
    const element = scroller.current?.querySelector<HTMLElement>(`[data-row="${current}"]`);
    if (!element) return;
    focusWanted.current = false;
    clearTimeout(focusTimer.current);
    // A pane that is just closing holds on to the focus for some frames.
    const take = (left: number) => {
      element.focus({ preventScroll: true });
      if (document.activeElement !== element && left > 0) focusTimer.current = setTimeout(() => take(left - 1), 40);
    };
    take(10);
  });
  useEffect(() => () => clearTimeout(focusTimer.current), []);

  const moveTo = useCallback(
    (index: number) => {
      focusWanted.current = true;
      setActive(index);
      virtual.scrollToIndex(index, { align: 'auto' });
    },
    [virtual],
  );
  useImperativeHandle(ref, () => ({
    focusRow: (id) => {
      const index = id === undefined ? current : rows.findIndex((row) => rowId(row) === id);
      if (rows.length > 0) moveTo(index < 0 ? current : index);
    },
    toTop: (focus) => {
      if (focus) return moveTo(0);
      setActive(0);
      virtual.scrollToOffset(0);
    },
  }));

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key === 'Escape') return onEscape();
    if (!(event.target as HTMLElement).hasAttribute('data-row') || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = rows[current];
    if (!row) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onSelect(rowId(row));
      return;
    }
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? ROW * 10) - ROW) / ROW) - 1);
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: last,
    };
    const target = steps[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(last, target));
    moveTo(next);
    if (selectedId !== undefined && next !== current) onSelect(rowId(rows[next]!));
  };
  const onClick = useCallback(
    (event: MouseEvent<HTMLDivElement>) => {
      const index = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')?.dataset['row'];
      const row = index === undefined ? undefined : rows[Number(index)];
      if (!row || (getSelection()?.toString() ?? '') !== '') return;
      focusWanted.current = true;
      setActive(Number(index));
      onSelect(rowId(row));
    },
    [rows, rowId, onSelect],
  );

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-colcount={columns.length}
      aria-busy={busy || loadingMore}
      className={mergeClasses(styles.scroller, busy && styles.busy)}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <div role="rowgroup" className={styles.headGroup}>
        <div role="row" aria-rowindex={1} className={styles.head} style={{ gridTemplateColumns: template, minWidth }}>
          {columns.map((column) => (
            <div key={column.id} role="columnheader" className={styles.headCell}>
              {column.title}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize(), minWidth }}>
        {items.map((item) => {
          const row = rows[item.index];
          const top = item.start - ROW;
          if (row !== undefined) {
            const id = rowId(row);
            return (
              <GridRow
                key={id}
                row={row}
                index={item.index}
                top={top}
                columns={columns}
                template={template}
                tabbable={item.index === current}
                selected={id === selectedId}
                fresh={freshIds?.has(id) ?? false}
              />
            );
          }
          return (
            <div key="more" role="row" aria-rowindex={item.index + 2} className={styles.more} style={{ transform: `translateY(${top}px)` }}>
              <div role="gridcell" aria-colspan={columns.length} className={styles.moreCell}>
                {moreError ? (
                  <>
                    <span className={styles.error}>{problemText(moreError)}</span>
                    <Button size="small" onClick={onLoadMore}>
                      Retry
                    </Button>
                  </>
                ) : (
                  <Spinner size="tiny" label="Loading more …" />
                )}
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface RowProps<Row> {
  row: Row;
  index: number;
  top: number;
  columns: readonly Column<Row>[];
  template: string;
  tabbable: boolean;
  selected: boolean;
  fresh: boolean;
}
const GridRow = memo(function GridRow<Row>({ row, index, top, columns, template, tabbable, selected, fresh }: RowProps<Row>) {
  const base = useRowBase();
  const cell = useCellBase();
  const styles = useStyles();
  return (
    <div
      role="row"
      data-row={index}
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={tabbable ? 0 : -1}
      className={mergeClasses(base, fresh && styles.fresh, selected && styles.selected)}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: template }}
    >
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
}) as <Row>(props: RowProps<Row>) => ReactNode;

const useRowBase = makeResetStyles({
  position: 'absolute',
  top: 0,
  insetInlineStart: 0,
  width: '100%',
  height: `${ROW}px`,
  boxSizing: 'border-box',
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
  overflow: 'hidden',
  textOverflow: 'ellipsis',
  whiteSpace: 'nowrap',
  fontSize: tokens.fontSizeBase300,
});
const useStyles = makeStyles({
  scroller: {
    flexGrow: 1,
    minHeight: `${ROW * 6}px`,
    minWidth: 0,
    overflow: 'auto',
    position: 'relative',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    contain: 'strict',
  },
  // Only when it takes a while: a flash at each step would be worse than the wait.
  busy: { animationName: { to: { opacity: 0.6 } }, animationDelay: '400ms', animationDuration: '1ms', animationFillMode: 'forwards' },
  headGroup: { position: 'sticky', top: 0, zIndex: 2 },
  head: {
    display: 'grid',
    alignItems: 'center',
    height: `${ROW}px`,
    boxSizing: 'border-box',
    borderLeft: '3px solid transparent',
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    '@media (forced-colors: active)': { borderLeftColor: 'Canvas' },
  },
  headCell: {
    padding: `0 ${tokens.spacingHorizontalS}`,
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase300,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
  body: { position: 'relative' },
  // The edge is the mark; the background only draws the eye, and stays away where motion is not wanted.
  fresh: {
    borderLeftColor: tokens.colorPaletteGreenBorder2,
    animationName: { from: { backgroundColor: tokens.colorPaletteGreenBackground2 } },
    animationDuration: '1500ms',
    animationTimingFunction: 'ease-out',
    '@media (forced-colors: active)': { borderLeftColor: 'Highlight' },
    '@media (prefers-reduced-motion: reduce)': { animationName: 'none' },
  },
  selected: {
    backgroundColor: tokens.colorBrandBackground2,
    borderLeftColor: tokens.colorCompoundBrandStroke,
    ':hover': { backgroundColor: tokens.colorBrandBackground2Hover },
    '@media (forced-colors: active)': { borderLeftColor: 'Highlight' },
  },
  more: { position: 'absolute', top: 0, insetInlineStart: 0, height: `${ROW}px`, display: 'flex', alignItems: 'center' },
  moreCell: {
    position: 'sticky',
    insetInlineStart: 0,
    display: 'flex',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalM,
    padding: `0 ${tokens.spacingHorizontalM}`,
  },
  error: { color: tokens.colorPaletteRedForeground1 },
});
