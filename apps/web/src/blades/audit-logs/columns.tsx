import { visibleText, type AuditRow } from '@weir/contract';
import type { Column } from '../../components/log-grid.tsx';
import { PlainTime } from '../../components/time.tsx';
import { zoneName, type Zone } from '../../lib/format.ts';
import type { ColumnId, Columns } from './columns-state.ts';

/** Names come from outside: what cannot be seen in them is written out. */
const orDash = (value: string | null) => (value ? visibleText(value) : '–');
/** The list is endless: only what the log itself is ordered by can be sorted honestly. */
const UNSORTED = 'Sorted by date only: sorting what is loaded so far would put records on top that are not the first.';

type Kind = Omit<Column<AuditRow>, 'id' | 'sized'> & {
  /** What a copy has: the whole value, times in UTC. */
  text: (row: AuditRow) => string;
};
export const kinds: Record<ColumnId, Kind> = {
  date: { title: 'Date', width: 208, cell: (row) => <PlainTime value={row.time} bare />, text: (row) => row.time },
  actor: { title: 'Initiated by (actor)', width: 190, grow: 1.2, cell: (row) => orDash(row.actor), text: (row) => row.actor ?? '' },
  application: {
    title: 'Application name',
    width: 164,
    grow: 1,
    cell: (row) => orDash(row.application),
    text: (row) => row.application ?? '',
  },
  activity: { title: 'Activity', width: 190, grow: 1.4, cell: (row) => orDash(row.activity), text: (row) => row.activity ?? '' },
  target: { title: 'Target', width: 160, grow: 1.2, cell: (row) => orDash(row.targets.join(', ')), text: (row) => row.targets.join(', ') },
  category: { title: 'Category', width: 140, grow: 0.5, cell: (row) => orDash(row.category), text: (row) => row.category ?? '' },
  status: { title: 'Status', width: 110, cell: (row) => orDash(row.result), text: (row) => row.result ?? '' },
  targetType: {
    title: 'Target type',
    width: 180,
    grow: 0.5,
    cell: (row) => orDash(row.targetTypes.join(', ')),
    text: (row) => row.targetTypes.join(', '),
  },
  correlationId: { title: 'Correlation id', width: 300, cell: (row) => orDash(row.correlationId), text: (row) => row.correlationId ?? '' },
  id: { title: 'Id', width: 300, cell: (row) => orDash(row.id), text: (row) => row.id },
  sequence: { title: 'Sequence number', width: 150, cell: (row) => String(row.seq), text: (row) => String(row.seq) },
};

/** The columns for the grid. The heading of the times names their zone. */
export const gridColumns = (shown: Columns, zone: Zone): Column<AuditRow>[] =>
  shown.map(({ id, width }) => {
    const { text: _, ...kind } = kinds[id];
    return {
      ...kind,
      id,
      ...(id === 'date' ? { note: `(${zoneName(zone)})`, sortable: true } : { hint: UNSORTED }),
      ...(width !== undefined && { sized: width }),
    };
  });
export const rowId = (row: AuditRow): string => row.id;
