import { makeStyles, tokens } from '@fluentui/react-components';
import { ApiProblem, namesIn, type AuditDetails, type Names } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useRef } from 'react';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { NothingFoundIcon } from '../../components/icons.ts';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { useZone } from '../../lib/zone.tsx';
import { formatUtc } from '../../lib/format.ts';
import { detailsQuery } from './api.ts';
import { RawRecord } from './raw-record.tsx';
import { Related } from './related.tsx';
import { RecordSentence } from './record-sentence.tsx';
import { Group, Value } from './record-value.tsx';
import { Targets } from './targets.tsx';

interface Props {
  id: string;
  onClose: () => void;
}

/** One record: what it says in a sentence, then the groups of the portal's pane, in its order and words. */
export function RecordDetails({ id, onClose }: Props) {
  const styles = useStyles();
  const { data: newest, error, isPlaceholderData, refetch } = useQuery(detailsQuery(id));
  // A record with hundreds of properties is drawn in between of what the person does.
  const data = useDeferredValue(newest);
  const old = isPlaceholderData || data !== newest;
  const names = useMemo(() => (data ? namesIn(data) : none), [data]);
  const root = useRef<HTMLDivElement>(null);
  const before = useRef<string>(undefined);
  const shown = data?.id;
  useEffect(() => {
    const first = before.current === undefined;
    before.current = shown;
    // What had the focus may be gone with the record before; then Esc and the arrows would reach nobody.
    if (!first && document.activeElement === document.body)
      root.current?.closest<HTMLElement>('[role="group"]')?.focus({ preventScroll: true });
  }, [shown]);
  if (error instanceof ApiProblem && error.problem.code === 'not.found') return <Missing id={id} onClose={onClose} />;
  if (error instanceof ApiProblem && error.problem.code === 'record.removed')
    return <Missing id={id} removed={error.problem.detail} onClose={onClose} />;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows label="Loading the details" rows={12} />;
  return (
    <div ref={root} aria-busy={old} className={old ? styles.old : undefined}>
      <RecordSentence record={data} />
      <Groups record={data} names={names} />
      <Targets key={data.id} record={data} names={names} />
      <Related id={data.id} />
      <RawRecord record={data} />
    </div>
  );
}
const none: Names = new Map();

const withZone = {
  weekday: 'short',
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
} as const;
const times = {
  local: new Intl.DateTimeFormat(navigator.language, withZone),
  utc: new Intl.DateTimeFormat(navigator.language, { ...withZone, timeZone: 'UTC' }),
};
function Groups({ record: { activity, status, actor }, names }: { record: AuditDetails; names: Names }) {
  const styles = useStyles();
  const zone = useZone();
  const at = Date.parse(activity.date);
  return (
    <>
      <Group title="Activity">
        <Value
          label="Date"
          value={activity.date}
          shown={
            <time dateTime={activity.date} className={styles.times}>
              <span>{Number.isNaN(at) ? activity.date : times[zone].format(at)}</span>
              {Number.isNaN(at) ? null : <span className={styles.utc}>{formatUtc(activity.date)}</span>}
            </time>
          }
        />
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
        <Value label="ApplicationID" value={actor.applicationId} names={names} />
        <Value label="ObjectID" value={actor.objectId} names={names} />
        {actor.permissions.length > 0 ? (
          <Value
            label="Permissions"
            value={actor.permissions.join('\n')}
            {...(actor.permissions.join('') === '*' && { shown: '* (all)' })}
          />
        ) : null}
      </Group>
    </>
  );
}

/** A link to what is not there. Which of the reasons it is, nobody is told: that would tell of other directories. */
function Missing({ id, removed, onClose }: Props & { removed?: string }) {
  return (
    <EmptyState
      role="alert"
      icon={<NothingFoundIcon />}
      title={removed === undefined ? 'This record is not here' : 'This record was removed'}
      text={
        removed ??
        `There is no record with the id ${id} in this directory. It may be older than this directory keeps records, or belong to another directory: then switch to that one.`
      }
      action={{ label: 'Close', onClick: onClose }}
    />
  );
}

const useStyles = makeStyles({
  // Only when it takes a while: a flash at each step would be worse than the wait.
  old: { animationName: { to: { opacity: 0.6 } }, animationDelay: '400ms', animationDuration: '1ms', animationFillMode: 'forwards' },
  times: { display: 'flex', flexDirection: 'column' },
  utc: { color: tokens.colorNeutralForeground2 },
});
