import { MessageBar, MessageBarBody, MessageBarTitle, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ErrorState } from '../../components/error-state.tsx';
import { AddIcon, AlertsIcon, RefreshIcon } from '../../components/icons.ts';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { Page } from '../../components/page.tsx';
import { RouterLink } from '../../components/router-link.tsx';
import { Toolbar, ToolbarButton } from '../../components/toolbar.tsx';
import { openAlertsQuery } from './alerts/api.ts';
import { settingsQuery } from './api.ts';
import { FirstRun } from './first-run.tsx';
import { SettingsList } from './settings-list.tsx';

/** Azure allows five settings for a log provider. https://learn.microsoft.com/azure/azure-monitor/essentials/diagnostic-settings */
const MAX_SETTINGS = 5;
const alertsPath = '/reports/diagnostics-settings/alerts' as const;

/** Reports > Diagnostics settings. */
export function SettingsPage() {
  const styles = useStyles();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(settingsQuery());
  // A notice only: the page does without it when it cannot be read.
  const open = useQuery(openAlertsQuery()).data ?? [];
  const add = () => void navigate({ to: '/reports/diagnostics-settings/new' });
  const edit = (name: string) => void navigate({ to: '/reports/diagnostics-settings/edit/$name', params: { name } });
  const code = (name: string) =>
    void navigate({ to: '/reports/diagnostics-settings/setting/$name', params: { name }, search: { tab: 'as-code' } });
  const full = (data?.items.length ?? 0) >= MAX_SETTINGS;

  return (
    <Page title="Diagnostics settings" subtitle="Microsoft Intune" breadcrumb={['Reports']}>
      <Toolbar label="Diagnostics settings">
        {data && data.items.length > 0 ? (
          <ToolbarButton icon={<AddIcon />} onClick={add} disabled={full}>
            Add diagnostic setting
          </ToolbarButton>
        ) : null}
        {/* Never greyed out: the list is read again every few seconds, and the button would blink and lose the focus. */}
        <ToolbarButton icon={<RefreshIcon />} onClick={() => void refetch()}>
          Refresh
        </ToolbarButton>
        <ToolbarButton icon={<AlertsIcon />} onClick={() => void navigate({ to: alertsPath })}>
          {open.length > 0 ? `Alerts (${open.length})` : 'Alerts'}
        </ToolbarButton>
      </Toolbar>
      {open.length > 0 ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{open.length === 1 ? 'One alert is open.' : `${open.length} alerts are open.`}</MessageBarTitle>
            {open[0]!.setting ?? open[0]!.categories[0]}: {open[0]!.reason} <RouterLink to={alertsPath}>Show alerts</RouterLink>
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {full ? (
        <Text className={styles.note}>There are 5 diagnostic settings, the most that Azure allows. Delete one to add another.</Text>
      ) : null}
      {error && !data ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows label="Loading diagnostic settings" /> : null}
      {data && data.items.length > 0 ? <SettingsList settings={data.items} full={full} onEdit={edit} onCode={code} /> : null}
      {data && data.items.length === 0 ? <FirstRun categories={data.categories} onAdd={add} /> : null}
    </Page>
  );
}

const useStyles = makeStyles({
  note: { color: tokens.colorNeutralForeground2 },
});
