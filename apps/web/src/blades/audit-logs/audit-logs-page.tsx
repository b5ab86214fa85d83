import type { AuditRow } from '@weir/contract';
import { makeStyles } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Suspense, lazy, useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { CommandBar } from '../../components/command-bar.tsx';
import { Page } from '../../components/page.tsx';
import { Selection } from '../../lib/selection.ts';
import { coverageQuery, viewsQuery } from './api.ts';
import { useCopyView } from './copy-view.tsx';
import { useExport } from './export.ts';
import { Overlays } from './overlays.tsx';
import { Pills } from './pills.tsx';
import { queryOf } from './query.ts';
import { RecordsArea } from './records-area.tsx';
import { SearchBar } from './search-bar.tsx';
import type { AuditLogsSearch } from './search.ts';
import { useClock } from './use-clock.ts';
import { useColumns } from './use-columns.ts';
import { useCommands, type Overlay } from './use-commands.tsx';
import { useFilter } from './use-filter.ts';
import { useNarrow } from './use-narrow.ts';
import { useRefresh } from './use-refresh.ts';
import { useView } from './use-view.ts';

const CopiedBar = lazy(() => import('./message-bars.ts').then((bars) => ({ default: bars.CopiedBar })));
const ExportBar = lazy(() => import('./message-bars.ts').then((bars) => ({ default: bars.ExportBar })));
const Histogram = lazy(() => import('./histogram.tsx'));
const Values = lazy(() => import('./values.tsx'));
const route = getRouteApi('/tenant-administration/audit-logs');

/** Tenant administration > Audit logs. */
export function AuditLogsPage() {
  const styles = useStyles();
  const announce = useAnnounce();
  const search = route.useSearch();
  const { selected: _s, values, by = 'status', live: _l, columns: inLink, order: _o, ...narrowing } = search;
  const { query, error: queryError } = queryOf(search);
  const readable = queryError === null;
  const view = useView(search.q ?? '');
  const { change } = view;
  const clock = useClock();
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  /** The filter whose records are to be counted one by one. */
  const [exactFor, setExactFor] = useState<string>();
  const [selection] = useState(() => new Selection<AuditRow>());
  const saved = useQuery(viewsQuery()).data;
  const coverage = useQuery(coverageQuery()).data;

  const { filter, key: filterKey, ended } = useFilter(narrowing, clock);
  const exactly = exactFor === filterKey;
  const exporting = useExport();
  const copying = useCopyView(filter);
  const { narrow, showView } = useNarrow(search, clock, view);
  const { refresh, refreshing } = useRefresh(search.range, clock);

  // Once, and only where the address asks for nothing: a link shows what it says.
  const bare = useRef(Object.keys(search).length === 0);
  useEffect(() => {
    if (!bare.current || !saved) return;
    bare.current = false;
    const first = saved.items.find((v) => v.default);
    if (first) change(first.search as AuditLogsSearch, true);
  }, [saved, change]);
  const columns = useColumns(inLink, change);
  // What is chosen must be seen: another search begins with nothing.
  const searchKey = JSON.stringify(narrowing);
  useEffect(() => () => selection.clear(), [selection, searchKey]);

  const commands = useCommands({
    search,
    view,
    saved: saved?.items ?? [],
    refreshing,
    exporting: exporting.state.is === 'running' || !readable,
    copy: copying.command,
    onOpen: setOverlay,
    onRefresh: refresh,
    onShow: showView,
    onLive: clock.turn,
  });

  return (
    <Page title="Audit logs" subtitle="Microsoft Intune" breadcrumb={['Tenant administration']} fill>
      <CommandBar label="Audit logs" commands={commands} />
      {exporting.state.is === 'idle' ? null : (
        <Suspense fallback={null}>
          <ExportBar
            state={exporting.state}
            onCancel={exporting.cancel}
            onDismiss={exporting.dismiss}
            onRetry={exporting.retry}
            onShowExports={view.showExports}
          />
        </Suspense>
      )}
      {copying.copied ? (
        <Suspense fallback={null}>
          <CopiedBar copied={copying.copied} onDismiss={copying.dismiss} />
        </Suspense>
      ) : null}
      <SearchBar value={search.q ?? ''} onSearch={(q) => narrow({ q })} />
      <Pills
        search={narrowing}
        query={query}
        onChange={(part, removed) => {
          narrow(part);
          announce(`Filter removed: ${removed}`);
        }}
      />
      {readable ? (
        <Suspense fallback={<div className={styles.chart} />}>
          <Histogram
            filter={filter}
            by={by}
            exactly={exactly}
            onBy={(next) => change({ by: next === 'category' ? next : undefined }, true)}
            onExactly={() => setExactFor(filterKey)}
            coverage={coverage}
            onZoom={(from, to) => narrow({ range: 'custom', from, to })}
          />
        </Suspense>
      ) : null}
      <RecordsArea
        search={search}
        narrowing={narrowing}
        filter={filter}
        readable={readable}
        ended={ended}
        columns={columns}
        coverage={coverage}
        selection={selection}
        view={view}
        values={
          values && readable ? (
            <Suspense fallback={null}>
              <Values
                filter={filter}
                query={query}
                by={by}
                exactly={exactly}
                onChange={(q) => narrow({ q })}
                onClose={() => change({ values: undefined })}
              />
            </Suspense>
          ) : null
        }
        onRefresh={refresh}
        onPack={(ids) => void exporting.start({ ids })}
      />
      {overlay ? (
        <Overlays
          open={overlay}
          onClose={() => setOverlay(null)}
          search={search}
          query={query}
          filter={filter}
          columns={columns}
          chosen={selection}
          view={view}
          onApply={(part) => narrow(part)}
          onExport={(order) => void exporting.start(order)}
        />
      ) : null}
    </Page>
  );
}

const useStyles = makeStyles({
  chart: { height: '112px', flexShrink: 0 },
});
