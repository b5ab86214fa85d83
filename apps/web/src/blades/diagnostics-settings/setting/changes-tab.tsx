import { Button, Text, makeStyles, tokens } from '@fluentui/react-components';
import { destinationNames, diffValues, type SettingChange } from '@weir/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Added, Removed } from '../../../components/diff-marks.tsx';
import { DiffView } from '../../../components/diff-view.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { ErrorState } from '../../../components/error-state.tsx';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { PlainText } from '../../../components/plain-text.tsx';
import { Time } from '../../../components/time.tsx';
import { Problem } from '../delivery-dialog.tsx';
import { changesQuery } from './api.ts';

/** Who changed the setting or did something to its deliveries, and when, with what is not as it was before. */
export function ChangesTab({ name }: { name: string }) {
  const styles = useStyles();
  const list = useInfiniteQuery(changesQuery(name));
  if (list.error && !list.data) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <LoadingRows label="Loading changes" />;
  const items = list.data.pages.flatMap((page) => page.items);
  if (items.length === 0)
    return (
      <EmptyState
        title="No change is on record"
        text="Each change is a record of category AdminCenterLogs. They may be past their retention."
      />
    );
  return (
    <>
      <ol className={styles.list} aria-label="Changes">
        {items.map((change) => (
          <Change key={change.id} change={change} />
        ))}
      </ol>
      <Problem error={list.error} />
      {list.hasNextPage ? (
        <div>
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? 'Loading …' : 'Show more'}
          </Button>
        </div>
      ) : null}
    </>
  );
}

const operations: Readonly<Record<string, string>> = {
  'Create diagnosticSettings': 'Setting made',
  'Update diagnosticSettings': 'Setting changed',
  'Delete diagnosticSettings': 'Setting deleted',
  'Put legalHold': 'Legal hold put',
  'Release legalHold': 'Legal hold released',
  'Pause delivery': 'Delivery paused',
  'Resume delivery': 'Delivery resumed',
  'Start replay': 'Replay started',
  'Cancel replay': 'Replay cancelled',
  'Resend quarantined records': 'Quarantined records sent again',
  'Skip quarantined records': 'Quarantined records dismissed',
};
const isType = (type: string): type is keyof typeof destinationNames => type in destinationNames;

function Change({ change }: { change: SettingChange }) {
  const styles = useStyles();
  const { delivery, differences, facts } = change;
  const what = operations[change.operation] ?? change.operation;
  const where = delivery ? `: ${isType(delivery.type) ? destinationNames[delivery.type] : delivery.type}, ${delivery.category}` : '';
  return (
    <li className={styles.item}>
      <Text as="h2" weight="semibold" className={styles.title}>
        {`${what}${where}`}
      </Text>
      <Text block size={200} className={styles.quiet}>
        {change.by ?? 'Nobody is named'}, <Time value={change.at} />
      </Text>
      {differences.length > 0 || facts.length > 0 ? (
        <dl className={styles.facts}>
          {differences.map((difference) => (
            <div key={difference.name} className={styles.fact}>
              <dt className={styles.name}>{difference.name}</dt>
              <dd className={styles.value}>
                <Difference {...difference} />
              </dd>
            </div>
          ))}
          {facts.map(({ name, value }) => (
            <div key={name} className={styles.fact}>
              <dt className={styles.name}>{name}</dt>
              <dd className={styles.value}>
                <PlainText text={value} />
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {differences.length === 0 && /^(Create|Update) /.test(change.operation) ? <Text block>Saved without a difference.</Text> : null}
    </li>
  );
}

function Difference({ name, before, after }: SettingChange['differences'][number]) {
  if (before === null) return <Added text={after ?? ''} />;
  if (after === null) return <Removed text={before} />;
  return <DiffView diff={diffValues(before, after)} name={name} />;
}

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', maxWidth: '960px' },
  item: { borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, padding: `${tokens.spacingVerticalM} 0` },
  title: { margin: 0, display: 'block', overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground2 },
  facts: {
    margin: `${tokens.spacingVerticalS} 0 0`,
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalXS,
  },
  fact: {
    display: 'grid',
    gridTemplateColumns: '200px minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalM,
    '@media (max-width: 640px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  name: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  value: { margin: 0, minWidth: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' },
});
