import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, makeStyles, tokens } from '@fluentui/react-components';
import type { AuditRow, QueryField } from '@weir/contract';
import { useEffect, useEffectEvent, useState, type RefObject } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { CopyIcon, ExcludeIcon, IncludeIcon, MoreIcon } from '../../components/icons.ts';
import { kinds } from './columns.tsx';
import type { ColumnId } from './columns-state.ts';

/** Values of a cell that a search can be made of; a field without a value is asked for as one. */
const cells: Record<ColumnId, { field?: QueryField; values: (row: AuditRow) => string[] }> = {
  date: { values: (row) => [row.time] },
  actor: { field: 'actor', values: (row) => [row.actor ?? ''] },
  application: { field: 'application', values: (row) => [row.application ?? ''] },
  activity: { field: 'activity', values: (row) => [row.activity ?? ''] },
  target: { field: 'target', values: (row) => (row.targets.length === 0 ? [''] : row.targets) },
  category: { field: 'category', values: (row) => [row.category ?? ''] },
  status: { field: 'status', values: (row) => [row.result ?? ''] },
  targetType: { field: 'type', values: (row) => (row.targetTypes.length === 0 ? [''] : [...new Set(row.targetTypes)]) },
  correlationId: { field: 'correlation', values: (row) => [row.correlationId ?? ''] },
  id: { field: 'id', values: (row) => [row.id] },
  sequence: { values: (row) => [String(row.seq)] },
};
interface Cell {
  row: AuditRow;
  /** Absent: the whole row, as the keyboard asks for it. */
  column: ColumnId | undefined;
  box: DOMRect;
}
interface Props {
  /** Holds the grid. */
  container: RefObject<HTMLElement | null>;
  rows: readonly AuditRow[];
  /** Those that are shown. */
  columns: readonly ColumnId[];
  onFilter: (how: 'for' | 'out', field: QueryField, value: string) => void;
}

/** What can be done with a value in the grid: a bar at the cell under the pointer, and a menu by right click or the menu key. */
export default function CellActions({ container, rows, columns, onFilter }: Props) {
  const styles = useStyles();
  const announce = useAnnounce();
  const [over, setHovered] = useState<(Cell & { of: readonly AuditRow[] }) | null>(null);
  // New rows move what is under the pointer.
  const hovered = over?.of === rows ? over : null;
  const [menu, setMenu] = useState<Cell | null>(null);

  const cellAt = useEffectEvent((target: EventTarget | null): Cell | null => {
    const element = target instanceof Element ? target : null;
    const index = element?.closest<HTMLElement>('[data-row]')?.dataset['row'];
    const row = index === undefined ? undefined : rows[Number(index)];
    const cell = element?.closest<HTMLElement>('[data-column]');
    const box = (cell ?? element?.closest('[data-row]'))?.getBoundingClientRect();
    return row && box ? { row, column: cell?.dataset['column'] as ColumnId | undefined, box } : null;
  });
  const onOver = useEffectEvent((event: PointerEvent) => {
    if (event.pointerType !== 'mouse' || event.buttons !== 0 || menu) return;
    if (event.target instanceof Element && event.target.closest('[data-cell-actions]')) return;
    const cell = cellAt(event.target);
    setHovered(cell?.column ? { ...cell, of: rows } : null);
  });
  const onMenu = useEffectEvent((event: MouseEvent) => {
    const cell = cellAt(event.target);
    // With a text chosen the browser's own menu is wanted, for copying it.
    if (!cell || (getSelection()?.toString() ?? '') !== '') return;
    event.preventDefault();
    setHovered(null);
    const pointed = event.clientX !== 0 || event.clientY !== 0;
    setMenu({ ...cell, box: pointed ? new DOMRect(event.clientX, event.clientY, 1, 1) : cell.box });
  });
  const hide = useEffectEvent(() => setHovered(null));
  useEffect(() => {
    const element = container.current;
    if (!element) return;
    const ended = new AbortController();
    const options = { signal: ended.signal };
    element.addEventListener('pointerover', onOver, options);
    element.addEventListener('pointerleave', hide, options);
    element.addEventListener('contextmenu', onMenu, options);
    element.addEventListener('scroll', hide, { ...options, capture: true, passive: true });
    return () => ended.abort();
  }, [container]);

  const copy = (text: string) =>
    void navigator.clipboard.writeText(text).then(
      () => announce('Copied'),
      () => announce('The browser did not allow copying.'),
    );
  const items = (row: AuditRow, column: ColumnId) => {
    const { field, values } = cells[column];
    return values(row).flatMap((value, n, all) => {
      const name = value === '' ? 'none' : value;
      const of = all.length > 1 ? ` ${name}` : '';
      return [
        ...(field
          ? [
              <MenuItem key={`for${n}`} icon={<IncludeIcon />} onClick={() => onFilter('for', field, value)}>{`Filter for${of}`}</MenuItem>,
              <MenuItem key={`out${n}`} icon={<ExcludeIcon />} onClick={() => onFilter('out', field, value)}>{`Filter out${of}`}</MenuItem>,
            ]
          : []),
        <MenuItem key={`copy${n}`} icon={<CopyIcon />} disabled={value === ''} onClick={() => copy(value)}>{`Copy${of}`}</MenuItem>,
      ];
    });
  };
  const titleOf = (row: AuditRow, column: ColumnId) => `${kinds[column].title}: ${cells[column].values(row).join(', ') || 'none'}`;

  return (
    <>
      {hovered?.column ? (
        <div data-cell-actions className={styles.bar} style={{ top: hovered.box.top, left: hovered.box.right, height: hovered.box.height }}>
          <Bar cell={hovered} column={hovered.column} onFilter={onFilter} onCopy={copy} onMore={(box) => setMenu({ ...hovered, box })} />
        </div>
      ) : null}
      <Menu
        open={menu !== null}
        positioning={{ target: { getBoundingClientRect: () => menu?.box ?? new DOMRect() }, position: 'below', align: 'start' }}
        onOpenChange={(_, { open }) => (open ? undefined : setMenu(null))}
      >
        <MenuPopover role="region" aria-label="Values" className={styles.menu}>
          {menu?.column ? <MenuList aria-label={titleOf(menu.row, menu.column)}>{items(menu.row, menu.column)}</MenuList> : null}
          {menu && !menu.column ? (
            <MenuList aria-label="Values of this record">
              {columns.map((id) => (
                <Menu key={id}>
                  <MenuTrigger disableButtonEnhancement>
                    <MenuItem className={styles.value}>{titleOf(menu.row, id)}</MenuItem>
                  </MenuTrigger>
                  <MenuPopover role="region" aria-label={titleOf(menu.row, id)}>
                    <MenuList>{items(menu.row, id)}</MenuList>
                  </MenuPopover>
                </Menu>
              ))}
            </MenuList>
          ) : null}
        </MenuPopover>
      </Menu>
    </>
  );
}

/** For the pointer only: the keyboard has the menu, and must not meet three more stops in each cell. */
function Bar({
  cell,
  column,
  onFilter,
  onCopy,
  onMore,
}: {
  cell: Cell;
  column: ColumnId;
  onFilter: Props['onFilter'];
  onCopy: (text: string) => void;
  onMore: (box: DOMRect) => void;
}) {
  const { field, values } = cells[column];
  const all = values(cell.row);
  const [value] = all;
  const button = { appearance: 'subtle', size: 'small', tabIndex: -1 } as const;
  return (
    <>
      {field && all.length === 1 ? (
        <>
          <Button
            {...button}
            icon={<IncludeIcon />}
            title="Filter for"
            aria-label="Filter for"
            onClick={() => onFilter('for', field, value!)}
          />
          <Button
            {...button}
            icon={<ExcludeIcon />}
            title="Filter out"
            aria-label="Filter out"
            onClick={() => onFilter('out', field, value!)}
          />
        </>
      ) : null}
      {all.length > 1 ? (
        <Button
          {...button}
          icon={<MoreIcon />}
          title="More"
          aria-label="More"
          onClick={(event) => onMore(event.currentTarget.getBoundingClientRect())}
        />
      ) : null}
      {value === '' ? null : (
        <Button {...button} icon={<CopyIcon />} title="Copy" aria-label="Copy" onClick={() => onCopy(all.join('\n'))} />
      )}
    </>
  );
}

const useStyles = makeStyles({
  bar: {
    position: 'fixed',
    zIndex: 3,
    transform: 'translateX(-100%)',
    display: 'flex',
    alignItems: 'center',
    paddingInline: tokens.spacingHorizontalXXS,
    backgroundColor: tokens.colorNeutralBackground1Hover,
    borderRadius: tokens.borderRadiusMedium,
  },
  menu: { maxWidth: 'min(420px, 90vw)' },
  value: { maxWidth: '400px', '& > .fui-MenuItem__content': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } },
});
