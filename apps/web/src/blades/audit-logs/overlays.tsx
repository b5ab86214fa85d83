import { MAX_CHOSEN_RECORDS, type AuditRow, type Query } from '@weir/contract';
import { Suspense, lazy, useEffect, useState } from 'react';
import type { Selection } from '../../lib/selection.ts';
import type { Filter } from './api.ts';
import type { ExportOrder } from './export.ts';
import type { SearchChange } from './pills.tsx';
import type { AuditLogsSearch } from './search.ts';
import type { ColumnsView } from './use-columns.ts';
import type { Overlay } from './use-commands.tsx';
import type { View } from './use-view.ts';

const ColumnsPane = lazy(() => import('./columns-pane.tsx'));
const ExportDialog = lazy(() => import('./export-dialog.tsx'));
const FilterFields = lazy(() => import('./filter-fields.tsx'));
const SavedViews = lazy(() => import('./saved-views.tsx'));

interface Props {
  open: Overlay;
  onClose: () => void;
  search: AuditLogsSearch;
  query: Query;
  filter: Filter;
  columns: ColumnsView;
  chosen: Selection<AuditRow>;
  view: View;
  onApply: (part: SearchChange) => void;
  onExport: (order: ExportOrder) => void;
}

/** Panes and dialogs over the list. */
export function Overlays({ open, onClose, search, query, filter, columns, chosen, view, onApply, onExport }: Props) {
  const ids = chosen.rows.map((row) => row.id);
  const { selected } = search;
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // Whoever closed it by a button that is gone now would be nowhere.
      const back = () => {
        if (document.activeElement === document.body && opener instanceof HTMLElement && opener.isConnected) opener.focus();
      };
      setTimeout(back, 50);
    },
    [opener],
  );
  return (
    <Suspense fallback={null}>
      {open === 'columns' ? <ColumnsPane view={columns} onClose={onClose} /> : null}
      {open === 'views' ? <SavedViews search={search} onClose={onClose} /> : null}
      {open === 'filter' ? (
        <FilterFields
          search={search}
          query={query}
          onClose={onClose}
          onApply={(part) => {
            onClose();
            onApply(part);
          }}
        />
      ) : null}
      {open === 'export' ? (
        <ExportDialog
          filter={filter}
          shown={columns.ids}
          onClose={onClose}
          onShowExports={view.showExports}
          chosenRecords={chosen.size > MAX_CHOSEN_RECORDS ? [] : ids.length > 0 || selected === undefined ? ids : [selected]}
          onExport={(order) => {
            onClose();
            onExport(order);
          }}
        />
      ) : null}
    </Suspense>
  );
}
