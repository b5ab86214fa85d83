import { Badge, Button, MessageBar, MessageBarBody, ProgressBar, Text, makeStyles, tokens } from '@fluentui/react-components';
import { endpoints, type ExportJob } from '@weir/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { DeleteIcon, DismissIcon, ExportIcon, NothingFoundIcon, RefreshIcon } from '../../components/icons.ts';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { Toolbar, ToolbarButton } from '../../components/toolbar.tsx';
import { api } from '../../lib/api.ts';
import { formatBytes, formatNumber, formatUtc } from '../../lib/format.ts';
import { problemText } from '../../lib/problem.ts';
import { describe, download, isOpen, jobsQuery } from './export-api.ts';

const { exports } = endpoints;
const states: Record<ExportJob['state'], { label: string; color: 'success' | 'danger' | 'warning' | 'informative' | 'important' }> = {
  queued: { label: 'Waiting', color: 'informative' },
  running: { label: 'Running', color: 'informative' },
  done: { label: 'Done', color: 'success' },
  failed: { label: 'Failed', color: 'danger' },
  cancelled: { label: 'Cancelled', color: 'important' },
  expired: { label: 'Expired', color: 'important' },
};

/** Tenant administration > Audit logs > My exports. */
export function ExportsPage() {
  const styles = useStyles();
  const announce = useAnnounce();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { data, error, isFetching, refetch } = useQuery(jobsQuery());
  useAnnouncedEnds(data?.items);
  const act = useMutation({
    mutationFn: async ({ job, action }: { job: ExportJob; action: Action }) => {
      const params = { id: job.id };
      if (action === 'cancel') await api.call(exports.cancelExport, { params });
      else if (action === 'delete') await api.call(exports.deleteExport, { params });
      else if (action === 'download') await download(job.id);
      // The times as they were: the same records again, not those of today.
      else
        await api.call(exports.createExport, { body: { ...job.request, filter: { ...job.request.filter, from: job.from, to: job.to } } });
    },
    onSuccess: async (_, { job, action }) => {
      if (action !== 'download') await queryClient.invalidateQueries({ queryKey: jobsQuery().queryKey });
      announce(
        {
          cancel: 'Export cancelled',
          delete: `${job.fileName} deleted`,
          download: `Download of ${job.fileName} started`,
          again: 'Export started again',
        }[action],
      );
    },
  });
  return (
    <Page
      title="My exports"
      subtitle="Microsoft Intune audit logs"
      breadcrumb={['Tenant administration', { label: 'Audit logs', to: '/tenant-administration/audit-logs' }]}
    >
      <Toolbar label="My exports">
        <ToolbarButton icon={<RefreshIcon />} onClick={() => void refetch()} disabled={isFetching && !data}>
          Refresh
        </ToolbarButton>
      </Toolbar>
      {act.error ? (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{problemText(act.error)}</MessageBarBody>
        </MessageBar>
      ) : null}
      {error && !data ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows label="Loading exports" rows={4} /> : null}
      {data?.items.length === 0 ? (
        <EmptyState
          title="No exports yet"
          icon={<NothingFoundIcon />}
          text="Large exports of the audit logs are made on the server and listed here. Small ones are downloaded at once and leave only their record."
          action={{ label: 'Go to Audit logs', onClick: () => void navigate({ to: '/tenant-administration/audit-logs' }) }}
        />
      ) : null}
      {data && data.items.length > 0 ? (
        <ul className={styles.list} aria-label="My exports">
          {data.items.map((job) => (
            <Job
              key={job.id}
              job={job}
              busy={act.isPending && act.variables.job.id === job.id}
              onAct={(action) => act.mutate({ job, action })}
            />
          ))}
        </ul>
      ) : null}
    </Page>
  );
}

type Action = 'download' | 'cancel' | 'delete' | 'again';

function Job({ job, busy, onAct }: { job: ExportJob; busy: boolean; onAct: (action: Action) => void }) {
  const styles = useStyles();
  const { state, request, rows, expectedRows, bytes, sha256, error } = job;
  const { label, color } = states[state];
  const button = (action: Action, text: string, icon: React.ReactElement) => (
    <Button size="small" icon={icon} disabledFocusable={busy} onClick={() => onAct(action)} aria-label={`${text} ${job.fileName}`}>
      {text}
    </Button>
  );
  return (
    <li className={styles.job}>
      <div className={styles.title}>
        <Text as="h2" weight="semibold" className={styles.name}>
          {job.fileName}
        </Text>
        <Badge appearance="tint" color={color}>
          {label}
        </Badge>
      </div>
      <Text size={200} className={styles.note}>
        {describe(request)} · {request.filter.q ? <code className={styles.query}>{request.filter.q}</code> : 'everything'} ·{' '}
        {`${formatUtc(job.from).replace(/\.\d+/, '')} to ${formatUtc(job.to).replace(/\.\d+/, '')}`}
      </Text>
      {isOpen(job) ? (
        <ProgressBar
          className={styles.progress}
          aria-label={`Progress of ${job.fileName}`}
          {...(state === 'running' && expectedRows > 0 && { value: Math.min(0.99, rows / expectedRows) })}
        />
      ) : null}
      <Text size={200} className={styles.facts}>
        <span>
          Made <Time value={job.createdAt} />
        </span>
        {state === 'queued' ? <span>Waits for its turn</span> : null}
        {state === 'running' ? <span>{`${formatNumber(rows)} of about ${formatNumber(Math.max(rows, expectedRows))} records`}</span> : null}
        {state === 'done' || state === 'expired' ? <span>{`${formatNumber(rows)} ${rows === 1 ? 'record' : 'records'}`}</span> : null}
        {bytes > 0 && state !== 'failed' && state !== 'cancelled' ? <span>{formatBytes(bytes)}</span> : null}
        {state === 'done' && job.expiresAt ? (
          <span>
            Kept until <Time value={job.expiresAt} />
          </span>
        ) : null}
      </Text>
      {sha256 ? (
        <Text size={200} className={styles.digest}>
          SHA-256 <code className={styles.hash}>{sha256}</code>
          <CopyButton value={sha256} label={`Copy SHA-256 of ${job.fileName}`} />
        </Text>
      ) : null}
      {state === 'failed' ? (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{error}</MessageBarBody>
        </MessageBar>
      ) : null}
      <div className={styles.actions}>
        {state === 'done' ? button('download', 'Download', <ExportIcon />) : null}
        {isOpen(job) ? button('cancel', 'Cancel', <DismissIcon />) : null}
        {isOpen(job) ? null : button('again', 'Run again', <RefreshIcon />)}
        {isOpen(job) ? null : button('delete', 'Delete', <DeleteIcon />)}
      </div>
    </li>
  );
}

/** Says when a job has ended, and nothing in between: progress would talk over everything else. */
function useAnnouncedEnds(jobs: readonly ExportJob[] | undefined): void {
  const announce = useAnnounce();
  const open = useRef(new Set<string>());
  useEffect(() => {
    if (!jobs) return;
    for (const job of jobs)
      if (open.current.has(job.id) && !isOpen(job) && job.state !== 'cancelled')
        announce(
          job.state === 'done'
            ? `${job.fileName} is ready, ${formatNumber(job.rows)} records`
            : `${job.fileName} failed. ${job.error ?? ''}`,
        );
    open.current = new Set(jobs.filter(isOpen).map((job) => job.id));
  }, [jobs, announce]);
}

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)' },
  job: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalXS,
    padding: `${tokens.spacingVerticalM} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    maxWidth: '900px',
  },
  title: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  name: { margin: 0, overflowWrap: 'anywhere' },
  note: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  query: { fontFamily: tokens.fontFamilyMonospace },
  progress: { maxWidth: '420px', marginBlock: tokens.spacingVerticalXS },
  facts: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalL, color: tokens.colorNeutralForeground2 },
  digest: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  hash: { fontFamily: tokens.fontFamilyMonospace },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS, marginTop: tokens.spacingVerticalXS },
});
