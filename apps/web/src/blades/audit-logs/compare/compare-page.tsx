import { visibleText, type AuditDetails } from '@weir/contract';
import { Button, Field, Input, Switch, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { Comparison } from '../../../components/comparison.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { ErrorState } from '../../../components/error-state.tsx';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { differWithin, LongDifference } from '../../../components/long-difference.tsx';
import { LongText } from '../../../components/long-text.tsx';
import { Page } from '../../../components/page.tsx';
import { RouterLink } from '../../../components/router-link.tsx';
import { Time } from '../../../components/time.tsx';
import { formatNumber } from '../../../lib/format.ts';
import { detailsQuery } from '../api.ts';
import { openRecord } from '../open-record.ts';
import type { CompareSearch } from '../timeline/search.ts';
import { crumbs } from '../timeline/timeline-page.tsx';
import { compareRecords, recordIdFrom } from './compare-records.ts';

const route = getRouteApi('/tenant-administration/audit-logs/compare');

/** Two records side by side; what is equal is hidden until asked for. */
export function ComparePage() {
  const search = route.useSearch();
  return (
    <Page title="Compare records" subtitle="Audit logs" breadcrumb={crumbs}>
      <Chosen key={`${search.a} ${search.b}`} search={search} />
      {search.a !== undefined && search.b !== undefined ? <Both a={search.a} b={search.b} equal={search.equal === true} /> : null}
    </Page>
  );
}

/** Which two: ids, or links to records. */
function Chosen({ search }: { search: CompareSearch }) {
  const styles = useStyles();
  const navigate = route.useNavigate();
  const [a, setA] = useState(search.a ?? '');
  const [b, setB] = useState(search.b ?? '');
  const ready = a.trim() !== '' && b.trim() !== '';
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void navigate({ search: (before: CompareSearch) => ({ ...before, a: recordIdFrom(a), b: recordIdFrom(b) }) });
      }}
    >
      <Field label="Record A (id or link)" className={styles.field}>
        <Input value={a} onChange={(_, data) => setA(data.value)} />
      </Field>
      <Field label="Record B (id or link)" className={styles.field}>
        <Input value={b} onChange={(_, data) => setB(data.value)} />
      </Field>
      <Button type="submit" disabled={!ready}>
        Compare
      </Button>
    </form>
  );
}

function Both({ a, b, equal }: { a: string; b: string; equal: boolean }) {
  const styles = useStyles();
  const navigate = route.useNavigate();
  const [first, second] = [
    useQuery({ ...detailsQuery(a), placeholderData: undefined }),
    useQuery({ ...detailsQuery(b), placeholderData: undefined }),
  ];
  const failed = first.error ? { ...first, which: 'A' } : second.error ? { ...second, which: 'B' } : null;
  if (failed)
    return (
      <>
        <Text weight="semibold">{`Record ${failed.which} cannot be shown.`}</Text>
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
      </>
    );
  if (!first.data || !second.data) return <LoadingRows label="Loading the two records" rows={12} />;
  const all = compareRecords(first.data, second.data);
  const rows = all.flatMap((g) => g.rows);
  const same = rows.filter((r) => r.equal).length;
  const groups = all
    .map((group, index) => ({
      key: String(index),
      title: group.title,
      rows: group.rows
        .filter((r) => equal || !r.equal)
        .map((r, n) => ({
          key: String(n),
          label: r.label,
          a: <Value name={`${r.label}, record A`} value={r.a} />,
          b: <Value name={`${r.label}, record B`} value={r.b} />,
          equal: r.equal,
          ...(differWithin(r.a, r.b) && { within: <LongDifference name={r.label} a={r.a!} b={r.b!} /> }),
        })),
    }))
    .filter((g) => g.rows.length > 0);
  return (
    <>
      <div className={styles.bar}>
        <Text className={styles.quiet}>
          {formatNumber(rows.length - same)} different, {formatNumber(same)} equal
        </Text>
        <Switch
          checked={equal}
          onChange={(_, data) =>
            void navigate({
              replace: true,
              search: (before: CompareSearch) => ({ a: before.a, b: before.b, ...(data.checked && { equal: true as const }) }),
            })
          }
          label={`Show equal properties (${formatNumber(same)})`}
        />
      </div>
      {groups.length === 0 ? (
        <EmptyState title="Nothing differs" text="The two records are the same in everything that is shown." />
      ) : (
        <Comparison
          label="The two records"
          what="Property"
          a={<Head record={first.data} />}
          b={<Head record={second.data} />}
          groups={groups}
        />
      )}
    </>
  );
}

const Head = ({ record: { id, activity } }: { record: AuditDetails }) => (
  <>
    <div>
      <RouterLink to="/tenant-administration/audit-logs" search={openRecord(id, activity.date)}>
        {visibleText(activity.name ?? 'Record')}
      </RouterLink>
    </div>
    <Time value={activity.date} />
  </>
);
function Value({ name, value }: { name: string; value: string | null }) {
  const styles = useStyles();
  return value === null ? (
    <span className={styles.quiet} role="img" aria-label="not recorded">
      –
    </span>
  ) : (
    <LongText text={value} name={name} />
  );
}

const useStyles = makeStyles({
  form: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: tokens.spacingHorizontalM },
  field: { flexGrow: 1, maxWidth: '380px', minWidth: '220px' },
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between', columnGap: tokens.spacingHorizontalL },
  quiet: { color: tokens.colorNeutralForeground2 },
});
