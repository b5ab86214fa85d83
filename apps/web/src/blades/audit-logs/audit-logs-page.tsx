import { makeStyles, tokens } from '@fluentui/react-components';
import { excluding, including, type QueryField } from '@weir/contract';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Suspense, lazy, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { CommandBar } from '../../components/command-bar.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { FilterBy } from '../../components/filter-by.tsx';
import {
  ExportIcon,
  FilterIcon,
  LiveIcon,
  NothingFoundIcon,
  RefreshIcon,
  ReportsIcon,
  SettingsIcon,
  ViewsIcon,
} from '../../components/icons.ts';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { LogGrid, type LogGridHandle } from '../../components/log-grid.tsx';
import { Page } from '../../components/page.tsx';
import { formatDay, formatNumber } from '../../lib/format.ts';
import { coverageQuery, rowsQuery, viewsQuery } from './api.ts';
import { columns, rowId } from './columns.tsx';
import { useCopyView } from './copy-view.tsx';
import { useExport } from './export.ts';
import { NothingFound } from './nothing-found.tsx';
import { Pills, type SearchChange } from './pills.tsx';
import { SearchBar } from './search-bar.tsx';
import { queryOf, toText } from './query.ts';
import { builtInViews } from './views.ts';
import { endedAt, isFiltered, toFilter, type AuditLogsSearch } from './search.ts';
import { StatusLine } from './status-line.tsx';
import { useLive } from './use-live.ts';

const CellActions = lazy(() => import('./cell-actions.tsx'));
const FilterFields = lazy(() => import('./filter-fields.tsx'));
const RecordPane = lazy(() => import('./record-pane.tsx'));
const LiveBar = lazy(() => import('./live-bar.tsx'));
const NewPill = lazy(() => import('./new-pill.tsx'));
const CopiedBar = lazy(() => import('./message-bars.ts').then((bars) => ({ default: bars.CopiedBar })));
const ExportBar = lazy(() => import('./message-bars.ts').then((bars) => ({ default: bars.ExportBar })));
const ExportDialog = lazy(() => import('./export-dialog.tsx'));
const Histogram = lazy(() => import('./histogram.tsx'));
const SavedViews = lazy(() => import('./saved-views.tsx'));
const Values = lazy(() => import('./values.tsx'));
const route = getRouteApi('/tenant-administration/audit-logs');

/** Tenant administration > Audit logs. */
export function AuditLogsPage() {
  const styles = useStyles();
  const announce = useAnnounce();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const { selected, values, by = 'status', live: asLive, ...narrowing } = search;
  const wantsLive = asLive === 1;
  const { query, error: queryError } = queryOf(search);
  const queryText = search.q ?? '';
  const [now, setNow] = useState(() => Date.now());
  const [filtering, setFiltering] = useState(false);
  const [saving, setSaving] = useState(false);
  /** The filter whose records are to be counted one by one. */
  const [exactFor, setExactFor] = useState<string>();
  const saved = useQuery(viewsQuery()).data;
  const grid = useRef<LogGridHandle>(null);
  const listBox = useRef<HTMLDivElement>(null);

  // As text, because the router makes new arrays with each change of the address.
  const filterKey = JSON.stringify(toFilter(narrowing, now));
  const filter = useMemo(() => JSON.parse(filterKey) as ReturnType<typeof toFilter>, [filterKey]);
  const exactly = exactFor === filterKey;
  // A query that cannot be read is not asked: the bar says where it is wrong.
  const list = useInfiniteQuery({ ...rowsQuery(filter), enabled: queryError === null });
  const coverage = useQuery(coverageQuery()).data;
  const loaded = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const exporting = useExport();
  const copying = useCopyView(filter);
  const [choosing, setChoosing] = useState(false);
  const showExports = () => void navigate({ to: '/tenant-administration/audit-logs/exports' });

  const change = useCallback(
    (part: SearchChange, replace = false) =>
      void navigate({
        to: '/tenant-administration/audit-logs',
        replace,
        search: (before) =>
          Object.fromEntries(Object.entries({ ...before, ...part }).filter(([, value]) => value !== undefined)) as AuditLogsSearch,
      }),
    [navigate],
  );
  const select = useCallback((id: string) => change({ selected: id }, selected !== undefined), [change, selected]);
  const closeDetails = useCallback(() => {
    if (selected === undefined) return;
    const id = selected;
    change({ selected: undefined }, true);
    grid.current?.focusRow(id);
  }, [change, selected]);
  const show = (view: AuditLogsSearch) => {
    setNow(Date.now());
    void navigate({ to: '/tenant-administration/audit-logs', search: view });
  };
  // Once, and only where the address asks for nothing: a link shows what it says.
  const bare = useRef(Object.keys(search).length === 0);
  useEffect(() => {
    if (!bare.current || !saved) return;
    bare.current = false;
    const first = saved.items.find((v) => v.default);
    if (first) change(first.search as AuditLogsSearch, true);
  }, [saved, change]);
  const filterBy = useCallback(
    (how: 'for' | 'out', field: QueryField, value: string) => {
      const before = queryOf({ q: queryText }).query;
      // The record stays open: one goes on reading, and takes out what is in the way.
      change({ q: toText(how === 'for' ? including(before, field, value) : excluding(before, field, value)) });
      announce(how === 'for' ? `Filtered for ${value}` : `Filtered out ${value}`);
    },
    [announce, change, queryText],
  );
  const refresh = () => {
    setNow(Date.now());
    void queryClient.invalidateQueries({ queryKey: ['coverage'] });
    void queryClient.invalidateQueries({ queryKey: ['audit-logs', 'options'] });
    if (narrowing.range !== 'custom') return;
    void queryClient.resetQueries({ queryKey: ['audit-logs', 'rows'] });
    void queryClient.invalidateQueries({ queryKey: ['audit-logs', 'summary'] });
  };
  const settled = list.isSuccess && !list.isPlaceholderData;
  const ended = endedAt(narrowing, now);
  const live = useLive({
    on: wantsLive && ended === undefined && queryError === null,
    filter,
    streamKey: JSON.stringify(narrowing),
    list: loaded,
    asking: list.isFetching && !list.isFetchingNextPage,
    listed: settled,
    whole: !list.hasNextPage,
    refresh,
  });
  const { rows } = live;
  const { fetchNextPage } = list;
  const loadMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  const searchedTo = list.data?.pages.at(-1)?.searchedTo;
  // A long search answers in parts, and the first ones may be empty.
  const searchingOn = settled && loaded.length === 0 && list.hasNextPage;
  useEffect(() => {
    if (searchingOn && !list.isFetching && !list.isError) loadMore();
  }, [searchingOn, list.isFetching, list.isError, loadMore]);
  useEffect(() => {
    if (settled && !searchingOn)
      announce(
        rows.length === 0
          ? 'No records found'
          : `${wantsLive ? 'Live. ' : ''}${formatNumber(rows.length)}${list.hasNextPage ? ' or more' : ''} records, newest first`,
      );
    // Once for each answer to a filter, not for each further page.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [settled, searchingOn, filterKey]);

  const at = selected === undefined ? -1 : rows.findIndex((row) => row.id === selected);
  // "Next" goes on past what is loaded.
  const nearEnd = at >= 0 && at >= rows.length - 5 && list.hasNextPage && !list.isFetching && !list.isFetchNextPageError;
  useEffect(() => {
    if (nearEnd) loadMore();
  }, [nearEnd, loadMore]);
  const step = (by: number) => {
    const row = at < 0 ? undefined : rows[at + by];
    return row ? () => select(row.id) : undefined;
  };
  const firstError = list.error && rows.length === 0 ? list.error : null;

  return (
    <Page title="Audit logs" subtitle="Microsoft Intune" breadcrumb={['Tenant administration']} fill>
      <CommandBar
        label="Audit logs"
        commands={[
          { id: 'filter', label: 'Filter', icon: <FilterIcon />, onClick: () => setFiltering(true) },
          {
            id: 'refresh',
            label: 'Refresh',
            icon: <RefreshIcon />,
            onClick: refresh,
            disabled: list.isFetching && !list.isFetchingNextPage,
          },
          {
            id: 'export',
            label: 'Export',
            icon: <ExportIcon />,
            disabled: exporting.state.is === 'running' || queryError !== null,
            onClick: () => setChoosing(true),
          },
          {
            id: 'settings',
            label: 'Export data settings',
            icon: <SettingsIcon />,
            onClick: () => void navigate({ to: '/reports/diagnostics-settings' }),
          },
          {
            id: 'values',
            label: values ? 'Hide values' : 'Show values',
            icon: <ReportsIcon />,
            onClick: () => change({ values: values ? undefined : true }),
          },
          {
            id: 'views',
            label: 'Views',
            icon: <ViewsIcon />,
            choices: [
              ...builtInViews.map(({ label, q }) => ({ label, long: `View: ${label}`, onClick: () => show({ q }) })),
              ...(saved?.items ?? []).map((view) => ({
                label: view.shared ? `${view.name} (directory)` : view.name,
                long: `View: ${view.name}`,
                onClick: () => show(view.search as AuditLogsSearch),
              })),
              { label: 'Save or delete views …', long: 'Save or delete views …', onClick: () => setSaving(true) },
            ],
          },
          {
            id: 'live',
            label: wantsLive ? 'Stop live' : 'Live',
            icon: <LiveIcon />,
            onClick: () => {
              setNow(Date.now());
              if (wantsLive) announce('Live stopped');
              change({ live: wantsLive ? undefined : 1 });
            },
          },
          copying.command,
        ]}
      />
      {exporting.state.is === 'idle' ? null : (
        <Suspense fallback={null}>
          <ExportBar
            state={exporting.state}
            onCancel={exporting.cancel}
            onDismiss={exporting.dismiss}
            onRetry={exporting.retry}
            onShowExports={showExports}
          />
        </Suspense>
      )}
      {copying.copied ? (
        <Suspense fallback={null}>
          <CopiedBar copied={copying.copied} onDismiss={copying.dismiss} />
        </Suspense>
      ) : null}
      <SearchBar
        value={search.q ?? ''}
        onSearch={(q) => {
          setNow(Date.now());
          change({ q, selected: undefined });
        }}
      />
      <Pills
        search={narrowing}
        query={query}
        onChange={(part, removed) => {
          change({ ...part, selected: undefined });
          announce(`Filter removed: ${removed}`);
        }}
      />
      {queryError ? null : (
        <Suspense fallback={<div className={styles.chart} />}>
          <Histogram
            filter={filter}
            by={by}
            exactly={exactly}
            onBy={(next) => change({ by: next === 'category' ? next : undefined }, true)}
            onExactly={() => setExactFor(filterKey)}
            coverage={coverage}
            onZoom={(from, to) => change({ range: 'custom', from, to, selected: undefined })}
          />
        </Suspense>
      )}
      {!queryError && (settled || rows.length > 0) ? (
        <StatusLine loaded={rows.length} complete={settled && !list.hasNextPage} searchedTo={searchedTo ?? null} coverage={coverage} />
      ) : null}
      {wantsLive && !queryError ? (
        <Suspense fallback={<div className={styles.liveBar} />}>
          <LiveBar
            live={live}
            ended={ended}
            onOpenRange={() => change({ range: '24h', from: undefined, to: undefined })}
            onRefresh={refresh}
          />
        </Suspense>
      ) : null}
      <div className={styles.split}>
        {values && !queryError ? (
          <Suspense fallback={null}>
            <Values
              filter={filter}
              query={query}
              by={by}
              exactly={exactly}
              onChange={(q) => change({ q, selected: undefined })}
              onClose={() => change({ values: undefined })}
            />
          </Suspense>
        ) : null}
        <div className={styles.list} ref={listBox}>
          <Suspense fallback={null}>
            <CellActions container={listBox} rows={rows} onFilter={filterBy} />
          </Suspense>
          {queryError ? (
            <EmptyState
              title="This search cannot be read"
              icon={<NothingFoundIcon />}
              text="The search bar shows where it is wrong. Mend it there, or clear it."
              action={{ label: 'Clear the search', onClick: () => change({ q: undefined }) }}
            />
          ) : null}
          {firstError ? <ErrorState error={firstError} onRetry={() => void list.refetch()} /> : null}
          {list.isPending && !firstError && !queryError ? <LoadingRows label="Loading audit logs" rows={12} /> : null}
          {searchingOn && !list.isError ? (
            <EmptyState
              title="Searching …"
              icon={<NothingFoundIcon />}
              text={`Nothing found back to ${searchedTo ? formatDay(searchedTo) : 'here'} so far. The search goes on.`}
              action={{ label: 'Stop and clear the search', onClick: () => change({ q: undefined }) }}
            />
          ) : null}
          {settled && rows.length === 0 && !list.hasNextPage ? (
            <NothingFound
              coverage={coverage}
              filtered={isFiltered(narrowing)}
              onClear={() => void navigate({ to: '/tenant-administration/audit-logs' })}
              onRefresh={refresh}
            />
          ) : null}
          {wantsLive && live.state.reading && !live.state.paused && live.state.waitingCount > 0 ? (
            <Suspense fallback={null}>
              <NewPill
                count={live.state.waitingCount}
                onShow={(byKey) => {
                  live.show();
                  grid.current?.toTop(byKey);
                }}
              />
            </Suspense>
          ) : null}
          {rows.length > 0 && !firstError && !queryError ? (
            <LogGrid
              ref={grid}
              label="Audit logs"
              columns={columns}
              rows={rows}
              rowId={rowId}
              selectedId={selected}
              onSelect={select}
              onEscape={closeDetails}
              hasMore={list.hasNextPage}
              loadingMore={list.isFetchingNextPage}
              moreError={list.isFetchNextPageError ? list.error : null}
              onLoadMore={loadMore}
              busy={list.isPlaceholderData}
              freshIds={live.fresh}
              {...(wantsLive && { onReading: live.onReading })}
            />
          ) : null}
        </div>
        {selected === undefined ? null : (
          <Suspense fallback={null}>
            <FilterBy value={filterBy}>
              <RecordPane id={selected} onClose={closeDetails} onPrevious={step(-1)} onNext={step(1)} />
            </FilterBy>
          </Suspense>
        )}
      </div>
      {choosing ? (
        <Suspense fallback={null}>
          <ExportDialog
            filter={filter}
            shown={columns.map((c) => c.id)}
            onClose={() => setChoosing(false)}
            onShowExports={showExports}
            chosenRecords={selected === undefined ? [] : [selected]}
            onExport={(order) => {
              setChoosing(false);
              void exporting.start(order);
            }}
          />
        </Suspense>
      ) : null}
      {saving ? (
        <Suspense fallback={null}>
          <SavedViews search={search} onClose={() => setSaving(false)} />
        </Suspense>
      ) : null}
      {filtering ? (
        <Suspense fallback={null}>
          <FilterFields
            search={narrowing}
            query={query}
            onClose={() => setFiltering(false)}
            onApply={(part) => {
              setFiltering(false);
              setNow(Date.now());
              change({ ...part, selected: undefined });
            }}
          />
        </Suspense>
      ) : null}
    </Page>
  );
}

const useStyles = makeStyles({
  split: { flexGrow: 1, minHeight: 0, display: 'flex', minWidth: 0, columnGap: tokens.spacingHorizontalM },
  liveBar: { height: '24px', flexShrink: 0 },
  chart: { height: '112px', flexShrink: 0 },
  list: { flexGrow: 1, minWidth: 0, minHeight: 0, display: 'flex', flexDirection: 'column', overflowY: 'auto' },
});
