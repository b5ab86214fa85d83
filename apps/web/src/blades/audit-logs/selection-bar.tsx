import { MAX_CHOSEN_RECORDS, type AuditRow } from '@weir/contract';
import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useSyncExternalStore } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { ExpandIcon } from '../../components/icons.ts';
import { formatNumber } from '../../lib/format.ts';
import type { Selection } from '../../lib/selection.ts';
import type { ColumnId } from './columns-state.ts';
import { copyForms, rowsText, type RowsForm } from './copy-rows.ts';

interface Props {
  selection: Selection<AuditRow>;
  columns: readonly ColumnId[];
  onPack: (ids: readonly string[]) => void;
  /** The focus would be lost with the bar. */
  onCleared: () => void;
}

/** What can be done with the records that are chosen. */
export default function SelectionBar({ selection, columns, onPack, onCleared }: Props) {
  const styles = useStyles();
  const announce = useAnnounce();
  const navigate = useNavigate();
  const subscribe = useCallback((listener: () => void) => selection.subscribe(null, listener), [selection]);
  const rows = useSyncExternalStore(subscribe, () => selection.rows);
  if (rows.length === 0) return null;
  // As the list has them, whatever the order of choosing.
  const newestFirst = rows.toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time) || b.seq - a.seq);
  const copy = (form: RowsForm) =>
    void navigator.clipboard.writeText(rowsText(form, newestFirst, columns)).then(
      () => announce(`${formatNumber(rows.length)} ${rows.length === 1 ? 'record' : 'records'} copied as ${copyForms[form]}`),
      () => announce('The browser did not allow copying.'),
    );
  const two = rows.length === 2;
  const tooMany = rows.length > MAX_CHOSEN_RECORDS;
  return (
    <div role="group" aria-label="Selected records" className={styles.bar}>
      <Text weight="semibold" className={styles.count}>{`${formatNumber(rows.length)} selected`}</Text>
      <Button
        appearance="subtle"
        size="small"
        disabledFocusable={!two}
        title={two ? undefined : 'Select exactly two records to compare them.'}
        onClick={() =>
          // The older one on the left: what was before stands before.
          void navigate({ to: '/tenant-administration/audit-logs/compare', search: { a: newestFirst[1]!.id, b: newestFirst[0]!.id } })
        }
      >
        Compare
      </Button>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button appearance="subtle" size="small" icon={<ExpandIcon />} iconPosition="after">
            Copy as
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {(Object.keys(copyForms) as RowsForm[]).map((form) => (
              <MenuItem key={form} onClick={() => copy(form)}>
                {copyForms[form]}
              </MenuItem>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
      <Button
        appearance="subtle"
        size="small"
        disabledFocusable={tooMany}
        title={
          tooMany ? `At most ${formatNumber(MAX_CHOSEN_RECORDS)} records can be chosen one by one. Export by a search instead.` : undefined
        }
        onClick={() => onPack(newestFirst.map((r) => r.id))}
      >
        Evidence pack
      </Button>
      <Button
        appearance="subtle"
        size="small"
        onClick={() => {
          selection.clear();
          announce('Nothing selected');
          onCleared();
        }}
      >
        Clear
      </Button>
    </div>
  );
}

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    flexShrink: 0,
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalXS,
    minHeight: '36px',
    paddingInline: tokens.spacingHorizontalS,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  count: { marginInlineEnd: tokens.spacingHorizontalS },
});
