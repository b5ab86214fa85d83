import { Button, Spinner, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type CSSProperties,
  type MouseEvent,
  type Ref,
} from 'react';
import { problemText } from '../lib/problem.ts';
import type { Selection } from '../lib/selection.ts';
import { useAnnounce } from './announce.tsx';
import { HEAD, tracks, type Column } from './grid-columns.ts';
import { GridHead, type Arranging, type Sorting } from './grid-head.tsx';
import { GridRow } from './grid-row.tsx';
import { assignSlots } from './slots.ts';
import { useReading } from './use-reading.ts';
import { useRows } from './use-rows.ts';

export type { Column } from './grid-columns.ts';
export type { Arranging, Sorting } from './grid-head.tsx';
/** The row below the last one while there are more; no record has such an id. */
const MORE = 'more';
/** Rows left below the window when the next page is asked for. */
const AHEAD = 60;

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
  /** Pixels. */
  rowHeight: number;
  /** Rows can be chosen. */
  selection?: Selection<Row>;
  arranging?: Arranging;
  sorting?: Sorting;
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

/** A virtual list of records: one tab stop, arrows walk the rows and the headings, the next page comes by itself. */
export function LogGrid<Row>(props: Props<Row>) {
  const {
    label,
    columns,
    rows,
    rowId,
    rowHeight,
    selection,
    arranging,
    sorting,
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
  const announce = useAnnounce();
  /** Where choosing several rows began. */
  const anchor = useRef<string | null>(null);

  useReading(scroller, selectedId !== undefined, onReading);
  // The focused row stays in the document when it is scrolled out of sight, else the focus would be lost.
  const { indexes, end, total, scrollTo } = useRows({
    scroller,
    count: rows.length + extra,
    height: rowHeight,
    head: HEAD,
    overscan: 8,
    keep: current,
  });

  const ids = indexes.map((index) => (index < rows.length ? rowId(rows[index]!) : MORE));
  const [drawn, setDrawn] = useState<ReadonlyMap<string, number>>(new Map());
  const slots = assignSlots(drawn, ids);
  if (slots !== drawn) setDrawn(slots);

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
      scrollTo(index);
    },
    [scrollTo],
  );
  const leaveHead = useCallback(() => moveTo(current), [moveTo, current]);
  useImperativeHandle(ref, () => ({
    focusRow: (id) => {
      const index = id === undefined ? current : rows.findIndex((row) => rowId(row) === id);
      if (rows.length > 0) moveTo(index < 0 ? current : index);
    },
    toTop: (focus) => {
      if (focus) return moveTo(0);
      setActive(0);
      scrollTo(0);
    },
  }));

  const choose = (from: number, to: number, chosen: boolean) => {
    const some = rows.slice(Math.min(from, to), Math.max(from, to) + 1);
    selection?.set(
      some.map((row) => [rowId(row), row]),
      chosen,
    );
    if (selection) announce(selection.size === 0 ? 'Nothing selected' : `${selection.size} selected`);
  };
  const toggle = (index: number) => {
    const id = rowId(rows[index]!);
    anchor.current = id;
    choose(index, index, !selection?.has(id));
  };
  /** From where choosing began up to here. */
  const extend = (from: number, to: number) => {
    const began = anchor.current === null ? -1 : rows.findIndex((row) => rowId(row) === anchor.current);
    if (began < 0) anchor.current = rowId(rows[from]!);
    choose(began < 0 ? from : began, to, true);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key === 'Escape') return onEscape();
    if (!(event.target as HTMLElement).hasAttribute('data-row') || event.altKey) return;
    const row = rows[current];
    if (!row) return;
    const held = event.ctrlKey || event.metaKey;
    if (selection && event.key === ' ') {
      event.preventDefault();
      if (event.shiftKey) extend(current, current);
      else toggle(current);
      return;
    }
    if (selection && held && event.key.toLowerCase() === 'a') {
      event.preventDefault();
      choose(0, last, true);
      return;
    }
    if (held) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onSelect(rowId(row));
      return;
    }
    if (event.key === 'ArrowUp' && current === 0 && !event.shiftKey) {
      event.preventDefault();
      scroller.current?.querySelector<HTMLElement>('[data-head="0"]')?.focus();
      return;
    }
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? rowHeight * 10) - HEAD) / rowHeight) - 1);
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
    if (selection && event.shiftKey) extend(current, next);
    else if (selectedId !== undefined && next !== current) onSelect(rowId(rows[next]!));
  };
  const onClick = (event: MouseEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement;
    const found = target.closest<HTMLElement>('[data-row]')?.dataset['row'];
    const index = Number(found);
    const row = found === undefined ? undefined : rows[index];
    if (!row) return;
    const check = target.closest('[data-check]') !== null;
    if (selection && (check || event.ctrlKey || event.metaKey || event.shiftKey)) {
      if (event.shiftKey) {
        // The browser marks text from the last click on.
        getSelection()?.removeAllRanges();
        extend(current, index);
      } else toggle(index);
    } else {
      if ((getSelection()?.toString() ?? '') !== '') return;
      onSelect(rowId(row));
    }
    focusWanted.current = true;
    setActive(index);
  };

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-colcount={columns.length + (selection ? 1 : 0)}
      {...(selection && { 'aria-multiselectable': true })}
      style={{ ...tracks(columns, selection !== undefined), '--grid-row': `${rowHeight}px` } as CSSProperties}
      aria-busy={busy || loadingMore}
      className={mergeClasses(styles.scroller, busy && styles.busy)}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <GridHead
        scroller={scroller}
        columns={columns}
        rows={rows}
        rowId={rowId}
        selection={selection}
        arranging={arranging}
        sorting={sorting}
        onLeave={leaveHead}
      />
      <div role="rowgroup" className={styles.body} style={{ height: total }}>
        {indexes.map((index, at) => {
          const row = rows[index];
          const top = index * rowHeight;
          if (row !== undefined) {
            const id = ids[at]!;
            return (
              <GridRow
                key={slots.get(id)}
                row={row}
                id={id}
                index={index}
                top={top}
                columns={columns}
                selection={selection}
                tabbable={index === current}
                open={id === selectedId}
                fresh={freshIds?.has(id) ?? false}
              />
            );
          }
          return (
            <div key={MORE} role="row" aria-rowindex={index + 2} className={styles.more} style={{ transform: `translateY(${top}px)` }}>
              <div role="gridcell" aria-colspan={columns.length + (selection ? 1 : 0)} className={styles.moreCell}>
                {moreError ? (
                  <>
                    <span className={styles.error} title={problemText(moreError)}>
                      {problemText(moreError)}
                    </span>
                    <Button size="small" className={styles.retry} onClick={onLoadMore}>
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

const useStyles = makeStyles({
  scroller: {
    flexGrow: 1,
    minHeight: '216px',
    minWidth: 0,
    overflow: 'auto',
    position: 'relative',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    contain: 'strict',
  },
  // Only when it takes a while: a flash at each step would be worse than the wait.
  busy: { animationName: { to: { opacity: 0.6 } }, animationDelay: '400ms', animationDuration: '1ms', animationFillMode: 'forwards' },
  body: { position: 'relative', minWidth: 'var(--grid-width)' },
  more: { position: 'absolute', top: 0, insetInlineStart: 0, height: 'var(--grid-row)', display: 'flex', alignItems: 'center' },
  moreCell: {
    position: 'sticky',
    insetInlineStart: 0,
    display: 'flex',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalM,
    padding: `0 ${tokens.spacingHorizontalM}`,
    // On a phone the columns are wider than the window.
    maxWidth: 'calc(100vw - 32px)',
    boxSizing: 'border-box',
  },
  error: { color: tokens.colorPaletteRedForeground1, minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  retry: { flexShrink: 0 },
});
