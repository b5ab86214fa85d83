import type { AuditRow } from '@weir/contract';
import { makeStyles } from '@fluentui/react-components';
import { Suspense, lazy, useCallback, useRef, useSyncExternalStore, type RefObject } from 'react';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { NothingFoundIcon } from '../../components/icons.ts';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { LogGrid, type LogGridHandle, type Sorting } from '../../components/log-grid.tsx';
import { formatDay } from '../../lib/format.ts';
import type { Selection } from '../../lib/selection.ts';
import { useZone } from '../../lib/zone.tsx';
import { rowId } from './columns.tsx';
import { NothingFound } from './nothing-found.tsx';
import { isFiltered, type AuditLogsSearch } from './search.ts';
import type { CoverageData } from './status-line.tsx';
import type { ColumnsView } from './use-columns.ts';
import type { Records } from './use-records.ts';
import type { View } from './use-view.ts';

const CellActions = lazy(() => import('./cell-actions.tsx'));
const NewPill = lazy(() => import('./new-pill.tsx'));
const SelectionBar = lazy(() => import('./selection-bar.tsx'));

interface Props {
  ref: RefObject<LogGridHandle | null>;
  search: AuditLogsSearch;
  records: Records;
  columns: ColumnsView;
  coverage: CoverageData | undefined;
  selection: Selection<AuditRow>;
  sorting: Sorting;
  view: View;
  readable: boolean;
  onSelect: (id: string) => void;
  onEscape: () => void;
  onRefresh: () => void;
  onPack: (ids: readonly string[]) => void;
}

/** The records, or why there are none. */
export function RecordList(props: Props) {
  const { ref, search, records, columns, coverage, selection, sorting, view, readable, onSelect, onEscape, onRefresh, onPack } = props;
  const { list, live, rows, settled, searchingOn, searchedTo, firstError, loadMore } = records;
  const styles = useStyles();
  const zone = useZone();
  const box = useRef<HTMLDivElement>(null);
  const { change } = view;
  const wantsLive = search.live === 1;
  const subscribe = useCallback((listener: () => void) => selection.subscribe(null, listener), [selection]);
  const choosing = useSyncExternalStore(subscribe, () => selection.size > 0);
  return (
    <div className={styles.list} ref={box}>
      <Suspense fallback={null}>
        <CellActions container={box} rows={rows} columns={columns.ids} onFilter={view.filterBy} />
      </Suspense>
      {readable ? null : (
        <EmptyState
          title="This search cannot be read"
          icon={<NothingFoundIcon />}
          text="The search bar shows where it is wrong. Mend it there, or clear it."
          action={{ label: 'Clear the search', onClick: () => change({ q: undefined }) }}
        />
      )}
      {firstError ? <ErrorState error={firstError} onRetry={() => void list.refetch()} /> : null}
      {list.isPending && !firstError && readable ? <LoadingRows label="Loading audit logs" rows={12} /> : null}
      {searchingOn && !list.isError ? (
        <EmptyState
          title="Searching …"
          icon={<NothingFoundIcon />}
          text={`Nothing found ${search.order === 'asc' ? 'up' : 'back'} to ${searchedTo ? formatDay(searchedTo, zone) : 'here'} so far. The search goes on.`}
          action={{ label: 'Stop and clear the search', onClick: () => change({ q: undefined }) }}
        />
      ) : null}
      {settled && rows.length === 0 && !list.hasNextPage ? (
        <NothingFound coverage={coverage} filtered={isFiltered(search)} onClear={() => view.show({})} onRefresh={onRefresh} />
      ) : null}
      {wantsLive && live.state.reading && !live.state.paused && live.state.waitingCount > 0 ? (
        <Suspense fallback={null}>
          <NewPill
            count={live.state.waitingCount}
            onShow={(byKey) => {
              live.show();
              ref.current?.toTop(byKey);
            }}
          />
        </Suspense>
      ) : null}
      {rows.length > 0 && !firstError && readable ? (
        <>
          <LogGrid
            ref={ref}
            label="Audit logs"
            columns={columns.grid}
            rows={rows}
            rowId={rowId}
            rowHeight={columns.rowHeight}
            selection={selection}
            arranging={columns.arranging}
            sorting={sorting}
            selectedId={search.selected}
            onSelect={onSelect}
            onEscape={onEscape}
            hasMore={list.hasNextPage}
            loadingMore={list.isFetchingNextPage}
            moreError={list.isFetchNextPageError ? list.error : null}
            onLoadMore={loadMore}
            busy={list.isPlaceholderData}
            freshIds={live.fresh}
            {...(wantsLive && { onReading: live.onReading })}
          />
          {choosing ? (
            <Suspense fallback={null}>
              <SelectionBar selection={selection} columns={columns.ids} onPack={onPack} onCleared={() => ref.current?.focusRow()} />
            </Suspense>
          ) : null}
        </>
      ) : null}
    </div>
  );
}

const useStyles = makeStyles({
  list: { flexGrow: 1, minWidth: 0, minHeight: 0, display: 'flex', flexDirection: 'column', overflowY: 'auto' },
});
