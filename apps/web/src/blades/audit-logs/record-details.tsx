import { Text, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import type { QueryField } from '@weir/contract';
import type { ReactNode } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { FilterButtons } from '../../components/filter-by.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { formatTime, formatUtc } from '../../lib/format.ts';
import { detailsQuery } from './api.ts';
import { ModifiedProperties } from './modified-properties.tsx';

/** The groups of the portal's pane, in its order and words; what it does not have comes last in each. */
export function RecordDetails({ id }: { id: string }) {
  const styles = useStyles();
  const { data, error, isPlaceholderData, refetch } = useQuery(detailsQuery(id));
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows label="Loading the details" rows={12} />;
  const { activity, status, actor, targets } = data;
  const raw = JSON.stringify(data.body, null, 2);
  return (
    <div aria-busy={isPlaceholderData} className={isPlaceholderData ? styles.old : undefined}>
      <Group title="Activity">
        <Value label="Date" value={activity.date} shown={`${formatTime(activity.date)} (${formatUtc(activity.date)})`} />
        <Value label="Name" value={activity.name} field="activity" />
        <Value label="CorrelationID" value={activity.correlationId} field="correlation" />
        <Value label="Category" value={activity.category} field="category" />
        <Value label="Component" value={activity.component} />
      </Group>
      <Group title="Activity Status">
        <Value label="Status" value={status.status} field="status" />
        <Value label="Operation Type" value={status.operationType} />
        <Value label="Activity Type" value={status.activityType} />
      </Group>
      <Group title="Initiated By (Actor)">
        <Value label="Type" value={actor.type} />
        <Value label="Upn" value={actor.upn} field="actor" />
        <Value label="Application" value={actor.application} field="application" />
        <Value label="ApplicationID" value={actor.applicationId} />
        <Value label="ObjectID" value={actor.objectId} />
      </Group>
      <section className={styles.group}>
        <Text as="h3" size={400} weight="semibold" className={styles.heading}>
          Target(s)
        </Text>
        {targets.length === 0 ? <Text className={styles.quiet}>The record names no target.</Text> : null}
        {targets.map((target, index) => (
          <div key={index} className={styles.target}>
            <Text as="h4" weight="semibold" className={styles.heading}>
              {targets.length > 1 ? `Target ${index + 1}` : 'Target'}
            </Text>
            <dl className={styles.list}>
              <Value label="Type" value={target.type} field="type" />
              <Value label="Name" value={target.name} field="target" />
              <Value label="ObjectID" value={target.objectId} />
            </dl>
            {target.modifiedProperties.length > 0 ? <ModifiedProperties properties={target.modifiedProperties} /> : null}
          </div>
        ))}
      </section>
      <details className={styles.raw}>
        <summary className={styles.summary}>Record as it is routed (JSON)</summary>
        <CopyButton value={raw} label="Copy the record as JSON" />
        <pre className={styles.json} tabIndex={0} aria-label="Record as JSON">
          {raw}
        </pre>
      </details>
    </div>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <section className={styles.group}>
      <Text as="h3" size={400} weight="semibold" className={styles.heading}>
        {title}
      </Text>
      <dl className={styles.list}>{children}</dl>
    </section>
  );
}

interface ValueProps {
  label: string;
  value: string | null;
  shown?: string | null;
  /** The field of the search that holds such values. */
  field?: QueryField;
}
function Value({ label, value, shown = value, field }: ValueProps) {
  const styles = useStyles();
  return (
    <div className={styles.row}>
      <dt className={styles.label}>{label}</dt>
      <dd className={styles.value}>
        {value === null || value === '' ? (
          <span className={styles.quiet} aria-label="not recorded" role="img">
            –
          </span>
        ) : (
          <>
            <span className={styles.text}>{shown}</span>
            <span className={styles.actions}>
              {field ? <FilterButtons field={field} value={value} label={label} className={styles.copy} /> : null}
              <CopyButton value={value} label={`Copy ${label}`} className={styles.copy} />
            </span>
          </>
        )}
      </dd>
    </div>
  );
}

const useStyles = makeStyles({
  // Only when it takes a while: a flash at each step would be worse than the wait.
  old: { animationName: { to: { opacity: 0.6 } }, animationDelay: '400ms', animationDuration: '1ms', animationFillMode: 'forwards' },
  group: { marginBottom: tokens.spacingVerticalL },
  heading: { margin: `0 0 ${tokens.spacingVerticalXS}`, display: 'block' },
  list: { margin: 0 },
  row: {
    display: 'grid',
    gridTemplateColumns: '116px minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalS,
    minHeight: '28px',
    alignItems: 'start',
  },
  label: { color: tokens.colorNeutralForeground2, paddingTop: '4px' },
  value: { margin: 0, display: 'flex', alignItems: 'flex-start', justifyContent: 'space-between', columnGap: tokens.spacingHorizontalXS },
  text: { overflowWrap: 'anywhere', paddingTop: '4px' },
  actions: { display: 'flex', flexShrink: 0 },
  copy: { flexShrink: 0, minWidth: '24px', padding: 0, color: tokens.colorNeutralForeground3 },
  quiet: { color: tokens.colorNeutralForeground3, paddingTop: '4px' },
  target: { paddingTop: tokens.spacingVerticalXS, marginBottom: tokens.spacingVerticalM },
  raw: { borderTop: `1px solid ${tokens.colorNeutralStroke2}`, paddingTop: tokens.spacingVerticalS },
  summary: { cursor: 'pointer', padding: `${tokens.spacingVerticalXS} 0` },
  json: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    overflow: 'auto',
    maxHeight: '400px',
    backgroundColor: tokens.colorNeutralBackground3,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
  },
});
