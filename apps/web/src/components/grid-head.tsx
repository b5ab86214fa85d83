import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  memo,
  useCallback,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react';
import type { Selection } from '../lib/selection.ts';
import { useAnnounce } from './announce.tsx';
import { HEAD, fittingWidth, headingOf, tracks, type Column } from './grid-columns.ts';
import { GridSplitter } from './grid-splitter.tsx';
import { NewestFirstIcon, OldestFirstIcon } from './icons.ts';

/** What the reader can do with the columns themselves. Keep the same object between renders. */
export interface Arranging {
  min: number;
  max: number;
  /** To a place, counted without the column. */
  onMove: (id: string, to: number) => void;
  onResize: (id: string, width: number) => void;
}
export interface Sorting {
  order: 'ascending' | 'descending';
  onSort: () => void;
}
interface Props<Row> {
  scroller: RefObject<HTMLDivElement | null>;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  selection: Selection<Row> | undefined;
  arranging: Arranging | undefined;
  sorting: Sorting | undefined;
  /** Down, to the rows. */
  onLeave: () => void;
}

/** Headings: reached with Up from the first row, walked with Left and Right; Alt+Shift moves a column, Tab goes to its edge. */
export const GridHead = memo(function GridHead<Row>(props: Props<Row>) {
  const { scroller, columns, rows, rowId, selection, arranging, sorting, onLeave } = props;
  const styles = useStyles();
  const announce = useAnnounce();
  const [at, setAt] = useState<number | null>(null);
  const [drop, setDrop] = useState<{ id: string; after: boolean } | null>(null);
  const dragged = useRef<string | null>(null);
  const wanted = useRef<string | null>(null);
  const first = selection ? 1 : 0;
  const focusOn = (n: number) => scroller.current?.querySelector<HTMLElement>(`[data-head="${n}"]`)?.focus();

  // Moving a column in the document takes the focus from it.
  useLayoutEffect(() => {
    const index = columns.findIndex((c) => c.id === wanted.current);
    wanted.current = null;
    if (index >= 0) focusOn(index + first);
  });
  const move = (id: string, to: number) => {
    const place = Math.max(0, Math.min(columns.length - 1, to));
    arranging?.onMove(id, place);
    announce(`${columns.find((c) => c.id === id)!.title}: column ${place + 1} of ${columns.length}`);
  };
  const resize = (id: string, width: number) => arranging?.onResize(id, width);
  const fit = (id: string) => {
    const width = fittingWidth(scroller.current!, id);
    resize(id, width);
    announce(`${width} pixels wide`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const head = (event.target as HTMLElement).dataset['head'];
    if (head === undefined || event.ctrlKey || event.metaKey) return;
    const n = Number(head);
    const rtl = getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1;
    const by = event.key === 'ArrowRight' ? rtl : event.key === 'ArrowLeft' ? -rtl : 0;
    const column = columns[n - first];
    if (event.altKey) {
      if (!event.shiftKey || by === 0) return;
      event.preventDefault();
      if (!column) return;
      wanted.current = column.id;
      move(column.id, n - first + by);
      return;
    }
    const last = columns.length - 1 + first;
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? last : by !== 0 ? n + by : undefined;
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp' && next === undefined) return;
    event.preventDefault();
    if (event.key === 'ArrowDown') onLeave();
    else if (next !== undefined) focusOn(Math.max(0, Math.min(last, next)));
  };
  const dropAt = (event: DragEvent<HTMLElement>, id: string) => {
    if (dragged.current === null) return;
    event.preventDefault();
    const box = event.currentTarget.getBoundingClientRect();
    const rtl = getComputedStyle(event.currentTarget).direction === 'rtl';
    const after = event.clientX > box.left + box.width / 2 !== rtl;
    if (drop?.id !== id || drop.after !== after) setDrop({ id, after });
  };
  const endDrag = (take: boolean) => {
    const id = dragged.current;
    dragged.current = null;
    setDrop(null);
    if (!take || !drop || id === null || drop.id === id) return;
    const others = columns.filter((c) => c.id !== id);
    move(id, others.findIndex((c) => c.id === drop.id) + (drop.after ? 1 : 0));
  };

  return (
    <div role="rowgroup" className={styles.group}>
      <div
        role="row"
        aria-rowindex={1}
        className={styles.head}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const head = event.target.dataset['head'] ?? event.target.parentElement?.dataset['of'];
          if (head !== undefined) setAt(Number(head));
        }}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) setAt(null);
        }}
      >
        {selection ? (
          <div role="columnheader" aria-label="Select" className={styles.check}>
            <SelectAll selection={selection} rows={rows} rowId={rowId} tabbable={at === 0} />
          </div>
        ) : null}
        {columns.map((column, index) => {
          const n = index + first;
          const heading = headingOf(column);
          const sorted = column.sortable ? sorting : undefined;
          const stop = { 'data-head': n, tabIndex: at === n ? 0 : -1 };
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-label={heading}
              data-of={n}
              {...(sorted ? { 'aria-sort': sorted.order } : stop)}
              {...(column.hint && { title: column.hint })}
              className={mergeClasses(styles.cell, drop?.id === column.id && (drop.after ? styles.after : styles.before))}
              {...(arranging && {
                draggable: true,
                onDragStart: (event: DragEvent) => {
                  dragged.current = column.id;
                  event.dataTransfer.effectAllowed = 'move';
                  event.dataTransfer.setData('text/plain', column.title);
                },
                onDragOver: (event: DragEvent<HTMLElement>) => dropAt(event, column.id),
                onDrop: (event: DragEvent) => {
                  event.preventDefault();
                  endDrag(true);
                },
                onDragEnd: () => endDrag(false),
              })}
            >
              {sorted ? (
                <button
                  type="button"
                  {...stop}
                  className={styles.sort}
                  title={`${sorted.order === 'descending' ? 'Newest' : 'Oldest'} first. Press for ${sorted.order === 'descending' ? 'oldest' : 'newest'} first.`}
                  onClick={sorted.onSort}
                >
                  <span data-heading={column.id} className={styles.title}>
                    {heading}
                  </span>
                  {sorted.order === 'descending' ? <NewestFirstIcon aria-hidden /> : <OldestFirstIcon aria-hidden />}
                </button>
              ) : (
                <span data-heading={column.id} className={styles.title}>
                  {heading}
                </span>
              )}
              {arranging ? (
                <GridSplitter
                  title={column.title}
                  width={column.sized}
                  min={arranging.min}
                  max={arranging.max}
                  tabbable={at === n}
                  onDrag={(width) => {
                    for (const [name, value] of Object.entries(tracks(columns, selection !== undefined, { id: column.id, width })))
                      scroller.current?.style.setProperty(name, value);
                  }}
                  onResize={(width) => resize(column.id, width)}
                  onFit={() => fit(column.id)}
                  onLeave={() => focusOn(n)}
                />
              ) : null}
            </div>
          );
        })}
      </div>
    </div>
  );
}) as <Row>(props: Props<Row>) => ReactNode;

interface AllProps<Row> {
  selection: Selection<Row>;
  rows: readonly Row[];
  rowId: (row: Row) => string;
  tabbable: boolean;
}
function SelectAll<Row>({ selection, rows, rowId, tabbable }: AllProps<Row>) {
  const styles = useStyles();
  const announce = useAnnounce();
  const subscribe = useCallback((listener: () => void) => selection.subscribe(null, listener), [selection]);
  const count = useSyncExternalStore(subscribe, () => selection.size);
  const all = count > 0 && rows.every((row) => selection.has(rowId(row)));
  return (
    <input
      type="checkbox"
      data-head={0}
      tabIndex={tabbable ? 0 : -1}
      aria-label="Select all loaded records"
      className={styles.box}
      checked={all}
      ref={(box) => {
        if (box) box.indeterminate = count > 0 && !all;
      }}
      onChange={() => {
        if (all) selection.clear();
        else
          selection.set(
            rows.map((row) => [rowId(row), row]),
            true,
          );
        announce(all ? 'Nothing selected' : `${rows.length} selected, all that are loaded`);
      }}
    />
  );
}

const useStyles = makeStyles({
  group: { position: 'sticky', top: 0, zIndex: 2, minWidth: 'var(--grid-width)' },
  head: {
    display: 'grid',
    gridTemplateColumns: 'var(--grid-columns)',
    alignItems: 'stretch',
    height: `${HEAD}px`,
    boxSizing: 'border-box',
    borderLeft: '3px solid transparent',
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    '@media (forced-colors: active)': { borderLeftColor: 'Canvas' },
  },
  check: { display: 'flex', alignItems: 'center', justifyContent: 'center' },
  box: { width: '16px', height: '16px', margin: 0, accentColor: tokens.colorCompoundBrandBackground },
  cell: {
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    minWidth: 0,
    padding: `0 ${tokens.spacingHorizontalS}`,
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase300,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  before: { boxShadow: `inset 3px 0 0 ${tokens.colorCompoundBrandStroke}` },
  after: { boxShadow: `inset -3px 0 0 ${tokens.colorCompoundBrandStroke}` },
  title: { whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' },
  sort: {
    display: 'flex',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalXS,
    minWidth: 0,
    height: '100%',
    padding: 0,
    border: 'none',
    backgroundColor: 'transparent',
    color: 'inherit',
    font: 'inherit',
    cursor: 'pointer',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
});
