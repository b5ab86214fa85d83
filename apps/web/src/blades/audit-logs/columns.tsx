import type { AuditRow } from '@weir/contract';
import type { Column } from '../../components/log-grid.tsx';
import { PlainTime } from '../../components/time.tsx';

const orDash = (value: string | null) => value ?? '–';

/** The portal's default columns, in its order. */
export const columns: readonly Column<AuditRow>[] = [
  { id: 'date', title: 'Date', width: 208, cell: (row) => <PlainTime value={row.time} /> },
  { id: 'actor', title: 'Initiated by (actor)', width: 190, grow: 1.2, cell: (row) => orDash(row.actor) },
  { id: 'application', title: 'Application name', width: 164, grow: 1, cell: (row) => orDash(row.application) },
  { id: 'activity', title: 'Activity', width: 190, grow: 1.4, cell: (row) => orDash(row.activity) },
  { id: 'target', title: 'Target', width: 160, grow: 1.2, cell: (row) => row.targets.join(', ') || '–' },
  { id: 'category', title: 'Category', width: 140, grow: 0.5, cell: (row) => orDash(row.category) },
];
export const rowId = (row: AuditRow): string => row.id;
