import { Tab, TabList, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Suspense, lazy } from 'react';
import { EmptyState } from '../../../components/empty-state.tsx';
import { ErrorState } from '../../../components/error-state.tsx';
import { EditIcon, RefreshIcon } from '../../../components/icons.ts';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { Page } from '../../../components/page.tsx';
import { Toolbar, ToolbarButton } from '../../../components/toolbar.tsx';
import { settingsQuery } from '../api.ts';
import { useMayWrite } from '../may-write.ts';
import { RetentionState } from '../retention-state.tsx';
import { settingTabs, type SettingSearch, type SettingTab } from '../setting-search.ts';

const OverviewTab = lazy(() => import('./overview-tab.tsx').then((m) => ({ default: m.OverviewTab })));
const DeliveriesTab = lazy(() => import('./deliveries-tab.tsx').then((m) => ({ default: m.DeliveriesTab })));
const QuarantineTab = lazy(() => import('./delivery-tabs.tsx').then((m) => ({ default: m.QuarantineTab })));
const ReplayTab = lazy(() => import('./delivery-tabs.tsx').then((m) => ({ default: m.ReplayTab })));
const ChangesTab = lazy(() => import('./changes-tab.tsx').then((m) => ({ default: m.ChangesTab })));
const AsCode = lazy(() => import('../as-code.tsx').then((m) => ({ default: m.AsCode })));

const labels: Record<SettingTab, string> = {
  overview: 'Overview',
  deliveries: 'Deliveries',
  quarantine: 'Quarantine',
  replay: 'Replay',
  changes: 'Changes',
  'as-code': 'As code',
};
const list = '/reports/diagnostics-settings';
const crumbs = ['Reports', { label: 'Diagnostics settings', to: list }];

/** The page of one diagnostic setting: does it work, what went where, who changed it. */
export function SettingTabs() {
  const styles = useStyles();
  const { name: named = '' } = useParams({ strict: false });
  const search: SettingSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const mayWrite = useMayWrite();
  const { data, error, refetch } = useQuery(settingsQuery());
  const setting = data?.items.find((s) => s.name.toLowerCase() === named.toLowerCase());
  const name = setting?.name ?? named;
  const refresh = () => {
    void refetch();
    void queryClient.invalidateQueries({ queryKey: ['diagnostic-setting', name] });
    void queryClient.invalidateQueries({ queryKey: ['delivery'] });
  };
  const tab = search.tab ?? 'overview';
  const show = (next: SettingSearch) => void navigate({ to: `${list}/setting/$name`, params: { name }, search: next, replace: true });
  // What is chosen for one tab means nothing to the next, but for the delivery.
  const open = (next: SettingTab, { destination, category }: SettingSearch = search) =>
    show({
      ...(next !== 'overview' && { tab: next }),
      ...(destination && { destination }),
      ...(category && { category }),
    });

  return (
    <Page title={name} subtitle="Diagnostic setting" breadcrumb={crumbs}>
      {error && !data ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows label="Loading the diagnostic setting" /> : null}
      {data && !setting ? (
        <EmptyState
          title="This diagnostic setting does not exist"
          text={`No setting of this directory is named “${named}”. It may have been deleted.`}
          action={{ label: 'Back to Diagnostics settings', onClick: () => void navigate({ to: list }) }}
        />
      ) : null}
      {setting ? (
        <>
          <Toolbar label="Diagnostic setting">
            {mayWrite ? (
              <ToolbarButton icon={<EditIcon />} onClick={() => void navigate({ to: `${list}/edit/$name`, params: { name } })}>
                Edit setting
              </ToolbarButton>
            ) : null}
            <ToolbarButton icon={<RefreshIcon />} onClick={refresh}>
              Refresh
            </ToolbarButton>
          </Toolbar>
          <RetentionState setting={setting} />
          <TabList
            className={styles.tabs}
            selectedValue={tab}
            onTabSelect={(_, { value }) => open(value as SettingTab)}
            aria-label={`Pages of ${name}`}
          >
            {settingTabs.map((value) => (
              <Tab key={value} id={`setting-tab-${value}`} value={value} aria-controls="setting-panel">
                {labels[value]}
              </Tab>
            ))}
          </TabList>
          <div role="tabpanel" id="setting-panel" aria-labelledby={`setting-tab-${tab}`} className={styles.panel}>
            <Suspense fallback={<LoadingRows label={`Loading ${labels[tab]}`} />}>
              {tab === 'overview' ? <OverviewTab setting={setting} search={search} onSearch={show} onOpen={open} /> : null}
              {tab === 'deliveries' ? <DeliveriesTab setting={setting} search={search} onSearch={show} /> : null}
              {tab === 'quarantine' ? <QuarantineTab setting={setting} search={search} onSearch={show} /> : null}
              {tab === 'replay' ? <ReplayTab setting={setting} search={search} onSearch={show} /> : null}
              {tab === 'changes' ? <ChangesTab name={name} /> : null}
              {tab === 'as-code' ? (
                <AsCode setting={setting} search={search} onSearch={(code) => show({ tab: 'as-code', ...code })} />
              ) : null}
            </Suspense>
          </div>
        </>
      ) : null}
    </Page>
  );
}

const useStyles = makeStyles({
  tabs: { flexWrap: 'wrap', marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})` },
  panel: { minWidth: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalM },
});
