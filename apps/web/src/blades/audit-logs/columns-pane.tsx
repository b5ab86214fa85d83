import { Button, Checkbox, Field, Radio, RadioGroup, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useRef, useState, useLayoutEffect } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { DownIcon, DragIcon, UpIcon } from '../../components/icons.ts';
import { SidePane } from '../../components/side-pane.tsx';
import { zoneName, type Zone } from '../../lib/format.ts';
import { useZoneSwitch } from '../../lib/zone.tsx';
import { columnIds, defaultColumns, moved, withColumn, type ColumnId } from './columns-state.ts';
import { kinds } from './columns.tsx';
import { densities, type ColumnsView } from './use-columns.ts';

/** Which columns the list shows and in which order, and how it looks. Takes effect at once. */
export default function ColumnsPane({ view, onClose }: { view: ColumnsView; onClose: () => void }) {
  const styles = useStyles();
  const announce = useAnnounce();
  const { zone, setZone } = useZoneSwitch();
  const { shown, set } = view;
  const list = useRef<HTMLUListElement>(null);
  const dragged = useRef<ColumnId | null>(null);
  const wanted = useRef<{ id: ColumnId; by: number } | null>(null);
  const [over, setOver] = useState<ColumnId | null>(null);
  const order = [...shown.map((c) => c.id), ...columnIds.filter((id) => !shown.some((c) => c.id === id))];

  // A moved line loses the focus, and its button may have nowhere further to go.
  useLayoutEffect(() => {
    if (!wanted.current) return;
    const { id, by } = wanted.current;
    const buttons = [...(list.current?.querySelectorAll<HTMLButtonElement>(`[data-line="${id}"] button`) ?? [])];
    const same = buttons[by < 0 ? 0 : 1];
    (same?.disabled ? buttons.find((b) => !b.disabled) : same)?.focus();
    wanted.current = null;
  }, [shown]);
  const move = (id: ColumnId, to: number) => {
    set(moved(shown, id, to));
    announce(`${kinds[id].title}: column ${Math.max(0, Math.min(shown.length - 1, to)) + 1} of ${shown.length}`);
  };

  return (
    <SidePane
      title="Columns"
      open
      onClose={onClose}
      overlay
      footer={
        <>
          <Button appearance="primary" onClick={onClose}>
            Done
          </Button>
          <Button
            onClick={() => {
              set(defaultColumns);
              announce('Columns as in the portal');
            }}
          >
            Reset
          </Button>
        </>
      }
    >
      <Text as="p" block className={styles.note}>
        This browser keeps them, and a copied link shows them to others.
      </Text>
      <ul ref={list} aria-label="Columns" className={styles.list}>
        {order.map((id) => {
          const at = shown.findIndex((c) => c.id === id);
          const { title } = kinds[id];
          return (
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dragging stands beside buttons that do the same
            <li
              key={id}
              data-line={id}
              className={mergeClasses(styles.line, over === id && styles.over)}
              draggable={at >= 0}
              onDragStart={(event) => {
                dragged.current = id;
                event.dataTransfer.effectAllowed = 'move';
                event.dataTransfer.setData('text/plain', title);
              }}
              onDragOver={(event) => {
                if (dragged.current === null || at < 0) return;
                event.preventDefault();
                setOver(id);
              }}
              onDrop={(event) => {
                event.preventDefault();
                if (dragged.current !== null && dragged.current !== id && at >= 0) move(dragged.current, at);
              }}
              onDragEnd={() => {
                dragged.current = null;
                setOver(null);
              }}
            >
              <span aria-hidden className={mergeClasses(styles.drag, at < 0 && styles.hidden)}>
                <DragIcon />
              </span>
              <span className={styles.name}>
                <Checkbox
                  label={title}
                  checked={at >= 0}
                  disabled={at >= 0 && shown.length === 1}
                  onChange={(_, { checked }) => set(withColumn(shown, id, checked === true))}
                />
              </span>
              {at < 0 ? null : (
                <>
                  <Button
                    appearance="subtle"
                    icon={<UpIcon />}
                    aria-label={`Move ${title} up`}
                    disabled={at === 0}
                    onClick={() => {
                      wanted.current = { id, by: -1 };
                      move(id, at - 1);
                    }}
                  />
                  <Button
                    appearance="subtle"
                    icon={<DownIcon />}
                    aria-label={`Move ${title} down`}
                    disabled={at === shown.length - 1}
                    onClick={() => {
                      wanted.current = { id, by: 1 };
                      move(id, at + 1);
                    }}
                  />
                </>
              )}
            </li>
          );
        })}
      </ul>
      <Text as="h3" weight="semibold" block className={styles.heading}>
        View
      </Text>
      <Field label="Rows">
        <RadioGroup layout="horizontal" value={String(view.rowHeight)} onChange={(_, { value }) => view.setRowHeight(Number(value))}>
          {Object.entries(densities).map(([height, name]) => (
            <Radio key={height} value={height} label={name} />
          ))}
        </RadioGroup>
      </Field>
      <Field label="Times" hint="Everywhere in Weir. Files and copies are always in UTC.">
        <RadioGroup layout="horizontal" value={zone} onChange={(_, { value }) => setZone(value as Zone)}>
          <Radio value="local" label={`Local (${zoneName('local')})`} />
          <Radio value="utc" label="UTC" />
        </RadioGroup>
      </Field>
    </SidePane>
  );
}

const useStyles = makeStyles({
  note: { margin: 0, color: tokens.colorNeutralForeground2 },
  list: { listStyleType: 'none', margin: `${tokens.spacingVerticalS} 0`, padding: 0 },
  line: { display: 'flex', alignItems: 'center', minHeight: '36px' },
  over: { boxShadow: `inset 0 2px 0 ${tokens.colorCompoundBrandStroke}` },
  drag: { display: 'flex', cursor: 'grab', color: tokens.colorNeutralForeground3 },
  hidden: { visibility: 'hidden' },
  name: { flexGrow: 1 },
  heading: { margin: `${tokens.spacingVerticalL} 0 ${tokens.spacingVerticalS}` },
});
