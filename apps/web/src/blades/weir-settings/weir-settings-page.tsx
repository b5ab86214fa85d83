import { Button, Text, makeStyles, tokens } from '@fluentui/react-components';
import { splitCategoryId, type LogKeeping } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { NothingFoundIcon, RefreshIcon } from '../../components/icons.ts';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { Toolbar, ToolbarButton } from '../../components/toolbar.tsx';
import { formatNumber } from '../../lib/format.ts';
import { logRetentionQuery } from './api.ts';
import { RetentionDialog, yearsText } from './retention-dialog.tsx';

const waiting: Record<LogKeeping['waits'][number], string> = {
  delivery: 'a delivery has not passed them',
  replay: 'a replay still sends them',
  quarantine: 'some are in quarantine',
  'legal-hold': 'a diagnostic setting of this log is under legal hold',
  export: 'an export is being made',
  preparing: 'older records are still being prepared',
};

/** Tenant administration > Weir settings. */
export function WeirSettingsPage() {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(logRetentionQuery());
  const [changing, setChanging] = useState<LogKeeping | null>(null);
  return (
    <Page title="Weir settings" breadcrumb={['Tenant administration']}>
      <Toolbar label="Weir settings">
        <ToolbarButton icon={<RefreshIcon />} onClick={() => void refetch()}>
          Refresh
        </ToolbarButton>
      </Toolbar>
      <Text as="h2" size={400} weight="semibold" className={styles.heading}>
        Retention of logs
      </Text>
      <Text as="p" className={styles.about}>
        How long Weir itself keeps the records of this directory. What was delivered to a destination is not touched; archives have their
        own retention days. Weir’s own log is always kept.
      </Text>
      {error && !data ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows label="Loading the retention of logs" /> : null}
      {data && data.items.length === 0 ? (
        <EmptyState
          icon={<NothingFoundIcon />}
          title="There are no logs yet"
          text="A log is listed here when its first record was collected."
        />
      ) : null}
      {data && data.items.length > 0 ? (
        <ul className={styles.logs}>
          {data.items.map((log) => (
            <Log key={log.category} log={log} changing={changing?.category === log.category} onChange={() => setChanging(log)} />
          ))}
        </ul>
      ) : null}
      {changing ? <RetentionDialog log={changing} onClose={() => setChanging(null)} /> : null}
    </Page>
  );
}

function Log({ log, changing, onChange }: { log: LogKeeping; changing: boolean; onChange: () => void }) {
  const styles = useStyles();
  const button = useRef<HTMLButtonElement>(null);
  const wasChanging = useRef(false);
  useEffect(() => {
    // The dialog is gone with its answer; what it was opened by goes on.
    if (wasChanging.current && !changing) button.current?.focus();
    wasChanging.current = changing;
  }, [changing]);
  const { name, provider } = splitCategoryId(log.category);
  return (
    <li className={styles.log}>
      <div className={styles.title}>
        <Text as="h3" weight="semibold" className={styles.name}>
          {name}
        </Text>
        <Text size={200} className={styles.note}>
          {provider}
        </Text>
      </div>
      <dl className={styles.facts}>
        <div>
          <dt className={styles.note}>Records are kept</dt>
          <dd className={styles.value}>{yearsText(log.years)}</dd>
        </div>
        <div>
          <dt className={styles.note}>Oldest record</dt>
          <dd className={styles.value}>{log.oldest ? <Time value={log.oldest} /> : 'None'}</dd>
        </div>
        {log.removed ? (
          <div>
            <dt className={styles.note}>Removed so far</dt>
            <dd className={styles.value}>
              {`${formatNumber(log.removed.records)} ${log.removed.records === 1 ? 'record' : 'records'}, last `}
              <Time value={log.removed.lastAt} />
            </dd>
          </div>
        ) : null}
      </dl>
      {log.setBy && log.setAt ? (
        <Text size={200} className={styles.note}>
          {`Set by ${log.setBy}, `}
          <Time value={log.setAt} />
        </Text>
      ) : null}
      {log.waits.length > 0 ? (
        <Text size={200} className={styles.note}>
          {`Older records are still there: ${log.waits.map((w) => waiting[w]).join('; ')}.`}
        </Text>
      ) : null}
      <Button size="small" ref={button} onClick={onChange} aria-label={`Change the retention of ${name}`}>
        Change
      </Button>
    </li>
  );
}

const useStyles = makeStyles({
  heading: { margin: `${tokens.spacingVerticalM} 0 0` },
  about: { margin: `${tokens.spacingVerticalXS} 0 ${tokens.spacingVerticalM}`, maxWidth: '640px', color: tokens.colorNeutralForeground2 },
  logs: { listStyleType: 'none', margin: 0, padding: 0, maxWidth: '800px' },
  log: {
    display: 'grid',
    rowGap: tokens.spacingVerticalS,
    justifyItems: 'start',
    padding: `${tokens.spacingVerticalM} 0`,
    borderTop: `${tokens.strokeWidthThin} solid ${tokens.colorNeutralStroke2}`,
  },
  title: { display: 'flex', flexWrap: 'wrap', alignItems: 'baseline', columnGap: tokens.spacingHorizontalS },
  name: { margin: 0, overflowWrap: 'anywhere' },
  note: { color: tokens.colorNeutralForeground2 },
  facts: { display: 'flex', flexWrap: 'wrap', gap: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalXXL}`, margin: 0 },
  value: { margin: 0 },
});
