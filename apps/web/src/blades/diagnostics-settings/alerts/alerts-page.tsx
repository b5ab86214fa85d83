import { Button, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, type ReactNode } from 'react';
import { ErrorState } from '../../../components/error-state.tsx';
import { AddIcon, DoneIcon, RefreshIcon } from '../../../components/icons.ts';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { Page } from '../../../components/page.tsx';
import { Toolbar, ToolbarButton } from '../../../components/toolbar.tsx';
import { useSession } from '../../../lib/session.ts';
import { AlertList } from './alert-list.tsx';
import { channelsQuery, openAlertsQuery, pastAlertsQuery } from './api.ts';
import { ChannelDialog } from './channel-dialog.tsx';
import { ChannelList } from './channel-list.tsx';

const path = '/reports/diagnostics-settings/alerts' as const;
const crumbs = ['Reports', { label: 'Diagnostics settings', to: '/reports/diagnostics-settings' }];

/** Reports > Diagnostics settings > Alerts. */
export function AlertsPage() {
  const styles = useStyles();
  const navigate = useNavigate({ from: path });
  const queryClient = useQueryClient();
  const { channel: shown } = useSearch({ from: path });
  const canWrite = useSession().me.permissions.includes('intune.settings.write');
  const open = useQuery(openAlertsQuery());
  const channels = useQuery(channelsQuery());
  const past = useInfiniteQuery(pastAlertsQuery());
  const ended = past.data?.pages.flatMap((page) => page.past) ?? [];
  const opener = useRef<Element | null>(null);
  const form = (channel: string | undefined) => {
    if (channel !== undefined) opener.current = document.activeElement;
    void navigate({ search: channel === undefined ? {} : { channel } });
    // What opened the form gets the focus back.
    if (channel === undefined) setTimeout(() => (opener.current as HTMLElement | null)?.focus());
  };
  const edited = shown === 'webhook' || shown === 'email' ? shown : channels.data?.find((c) => c.id === shown);

  return (
    <Page title="Alerts" subtitle="Diagnostics settings" breadcrumb={crumbs}>
      <Toolbar label="Alerts">
        {canWrite ? (
          <>
            <ToolbarButton icon={<AddIcon />} onClick={() => form('webhook')}>
              Add webhook
            </ToolbarButton>
            <ToolbarButton icon={<AddIcon />} onClick={() => form('email')}>
              Add e-mail
            </ToolbarButton>
          </>
        ) : null}
        <ToolbarButton icon={<RefreshIcon />} onClick={() => void queryClient.invalidateQueries({ queryKey: ['alerts'] })}>
          Refresh
        </ToolbarButton>
      </Toolbar>
      <Section title="Open alerts" query={open} rows={3}>
        {open.data?.length === 0 ? (
          <Text className={styles.well}>
            <DoneIcon aria-hidden /> No alert is open.
          </Text>
        ) : (
          <AlertList label="Open alerts" alerts={open.data ?? []} />
        )}
      </Section>
      <Section title="Channels" query={channels} rows={2}>
        {channels.data?.length === 0 ? (
          <Text className={styles.quiet}>
            Alerts are shown here only. Add a webhook or an e-mail address, and they are sent there as well: when one opens, after an hour,
            once a day while it lasts, and when it recovers.
          </Text>
        ) : (
          <ChannelList channels={channels.data ?? []} canWrite={canWrite} onEdit={form} />
        )}
      </Section>
      <Section title="History" query={past} rows={3}>
        {ended.length === 0 ? (
          <Text className={styles.quiet}>No alert has ended yet. Those that do are kept here for 90 days.</Text>
        ) : (
          <AlertList label="History" alerts={ended} />
        )}
        {past.hasNextPage ? (
          <div>
            <Button disabledFocusable={past.isFetchingNextPage} onClick={() => void past.fetchNextPage()}>
              {past.isFetchingNextPage ? 'Loading …' : 'Load more'}
            </Button>
          </div>
        ) : null}
      </Section>
      {canWrite && edited !== undefined ? <ChannelDialog key={shown} channel={edited} onClose={() => form(undefined)} /> : null}
    </Page>
  );
}

interface SectionProps {
  title: string;
  query: { data: unknown; error: Error | null; refetch: () => unknown };
  rows: number;
  children: ReactNode;
}
/** One part of the page, each with its own states: one that cannot be read does not hide the others. */
function Section({ title, query: { data, error, refetch }, rows, children }: SectionProps) {
  const styles = useStyles();
  return (
    <section className={styles.section} aria-label={title}>
      <Text as="h2" size={400} weight="semibold" className={styles.heading}>
        {title}
      </Text>
      {error && !data ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows label={`Loading ${title.toLowerCase()}`} rows={rows} /> : null}
      {data ? children : null}
    </section>
  );
}

const useStyles = makeStyles({
  section: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalS, marginTop: tokens.spacingVerticalM },
  heading: { margin: 0 },
  well: { display: 'flex', alignItems: 'center', columnGap: tokens.spacingHorizontalS },
  quiet: { color: tokens.colorNeutralForeground2, maxWidth: '720px' },
});
