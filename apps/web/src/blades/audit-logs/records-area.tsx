import type { AuditRow } from '@weir/contract';
import { makeStyles, tokens } from '@fluentui/react-components';
import { Suspense, lazy, useCallback, useMemo, useRef, type ReactNode } from 'react';
import { FilterBy } from '../../components/filter-by.tsx';
import type { LogGridHandle } from '../../components/log-grid.tsx';
import type { Selection } from '../../lib/selection.ts';
import type { Filter } from './api.ts';
import { RecordList } from './record-list.tsx';
import type { AuditLogsSearch } from './search.ts';
import { StatusLine, type CoverageData } from './status-line.tsx';
import type { ColumnsView } from './use-columns.ts';
import type { Narrowing } from './use-filter.ts';
import { useRecords } from './use-records.ts';
import type { View } from './use-view.ts';

const RecordPane = lazy(() => import('./record-pane.tsx'));
const LiveBar = lazy(() => import('./live-bar.tsx'));

interface Props {
  search: AuditLogsSearch;
  narrowing: Narrowing;
  filter: Filter;
  /** A query that cannot be read is not asked: the bar says where it is wrong. */
  readable: boolean;
  /** The end of the range, when it is over. */
  ended: string | undefined;
  columns: ColumnsView;
  coverage: CoverageData | undefined;
  selection: Selection<AuditRow>;
  view: View;
  /** Stands beside the list. */
  values: ReactNode;
  onRefresh: () => void;
  onPack: (ids: readonly string[]) => void;
}

/** The records with what belongs to them: a part of its own, so that a further page draws nothing else of the blade again. */
export function RecordsArea(props: Props) {
  const { search, narrowing, filter, readable, ended, columns, coverage, selection, view, values, onRefresh, onPack } = props;
  const styles = useStyles();
  const { selected, order } = search;
  const wantsLive = search.live === 1;
  const { change } = view;
  const grid = useRef<LogGridHandle>(null);
  const records = useRecords({ filter, narrowing, order, wantsLive, readable, ended, refresh: onRefresh, selected });
  const { rows, live, list } = records;

  const select = useCallback((id: string) => change({ selected: id }, selected !== undefined), [change, selected]);
  const closeDetails = useCallback(() => {
    if (selected === undefined) return;
    change({ selected: undefined }, true);
    grid.current?.focusRow(selected);
  }, [change, selected]);
  const sorting = useMemo(
    () =>
      ({
        order: order === 'asc' ? 'ascending' : 'descending',
        // Live rows come in at the top, where the oldest would be.
        onSort: () => change({ order: order === 'asc' ? undefined : 'asc', live: undefined }),
      }) as const,
    [change, order],
  );
  const step = (by: number) => {
    const id = records.next(by);
    return id === undefined ? undefined : () => select(id);
  };

  return (
    <>
      {readable && (records.settled || rows.length > 0) ? (
        <StatusLine
          loaded={rows.length}
          complete={records.settled && !list.hasNextPage}
          searchedTo={records.searchedTo}
          oldestFirst={order === 'asc'}
          coverage={coverage}
        />
      ) : null}
      {wantsLive && readable ? (
        <Suspense fallback={<div className={styles.liveBar} />}>
          <LiveBar
            live={live}
            ended={ended}
            onOpenRange={() => change({ range: '24h', from: undefined, to: undefined })}
            onRefresh={onRefresh}
          />
        </Suspense>
      ) : null}
      <div className={styles.split}>
        {values}
        <RecordList
          ref={grid}
          search={search}
          records={records}
          columns={columns}
          coverage={coverage}
          selection={selection}
          sorting={sorting}
          view={view}
          readable={readable}
          onSelect={select}
          onEscape={closeDetails}
          onRefresh={onRefresh}
          onPack={onPack}
        />
        {selected === undefined ? null : (
          <Suspense fallback={null}>
            <FilterBy value={view.filterBy}>
              <RecordPane id={selected} onClose={closeDetails} onPrevious={step(-1)} onNext={step(1)} />
            </FilterBy>
          </Suspense>
        )}
      </div>
    </>
  );
}

const useStyles = makeStyles({
  split: { flexGrow: 1, minHeight: 0, display: 'flex', minWidth: 0, columnGap: tokens.spacingHorizontalM },
  liveBar: { height: '24px', flexShrink: 0 },
});
