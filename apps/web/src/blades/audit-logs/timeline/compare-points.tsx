import { compareStates, meaningOf, type ComparedProperty, type Finding, type PropertyAt, type TimelineItem } from '@weir/contract';
import { Switch, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { Comparison, type ComparisonGroup, type ComparisonRow } from '../../../components/comparison.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { ErrorState } from '../../../components/error-state.tsx';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { differWithin, LongDifference } from '../../../components/long-difference.tsx';
import { LongText } from '../../../components/long-text.tsx';
import { MarkLabel } from '../../../components/mark.tsx';
import { RouterLink } from '../../../components/router-link.tsx';
import { Time } from '../../../components/time.tsx';
import { formatNumber } from '../../../lib/format.ts';
import { openRecord } from '../open-record.ts';
import { stateQuery, type StateAt } from './api.ts';

interface Props {
  objectId: string;
  /** Two points: ids of records, times, or `now`. */
  points: readonly [string, string];
  items: readonly TimelineItem[];
  property: string | undefined;
  equal: boolean;
  onEqual: (shown: boolean) => void;
}

/** The object at two points, property by property, the older one first. */
export function ComparePoints({ objectId, points, items, property, equal, onEqual }: Props) {
  const styles = useStyles();
  const [first, second] = [useQuery(stateQuery(objectId, points[0])), useQuery(stateQuery(objectId, points[1]))];
  const failed = first.error && !first.data ? first : second.error && !second.data ? second : null;
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!first.data || !second.data) return <LoadingRows label="Rebuilding the two points" />;
  const both = [
    { point: points[0], state: first.data },
    { point: points[1], state: second.data },
  ] as const;
  const [a, b] = isAfter(both[0], both[1]) ? [both[1], both[0]] : both;
  const all = groupsOf(a.state, b.state, property);
  const shown = all.map((g) => ({ ...g, rows: g.rows.filter((r) => equal || !r.equal) })).filter((g) => g.rows.length > 0);
  const rows = all.flatMap((g) => g.rows);
  const same = rows.filter((r) => r.equal).length;
  return (
    <div className={styles.root}>
      <div className={styles.bar}>
        <Text className={styles.quiet}>
          {formatNumber(rows.length - same)} different, {formatNumber(same)} equal
        </Text>
        <Switch checked={equal} onChange={(_, data) => onEqual(data.checked)} label={`Show equal properties (${formatNumber(same)})`} />
      </div>
      {[a, b].some((p) => !p.state.complete) ? (
        <Text block className={styles.quiet}>
          The object has more records than are looked at; what only those tell is marked.
        </Text>
      ) : null}
      {rows.length === 0 ? (
        <EmptyState
          title="No properties are recorded"
          text={
            property === undefined
              ? 'The records of this object do not say which properties changed, so there is nothing to compare.'
              : `No recorded property has a name that holds “${property}”.`
          }
        />
      ) : shown.length === 0 ? (
        <EmptyState title="Nothing differs" text="Every recorded property is the same at both points." />
      ) : (
        <Comparison
          label="Properties at the two points"
          what="Property"
          a={<Head point={a.point} state={a.state} items={items} />}
          b={<Head point={b.point} state={b.state} items={items} />}
          groups={shown}
        />
      )}
    </div>
  );
}

type Side = { readonly point: string; readonly state: StateAt };
const isAfter = (x: Side, y: Side): boolean => x.point === 'now' || (y.point !== 'now' && x.state.at.time > y.state.at.time);

function Head({ point, state, items }: { point: string; state: StateAt; items: readonly TimelineItem[] }) {
  const item = items.find((i) => i.id === point);
  if (point === 'now') return <>Now</>;
  return (
    <>
      {state.at.recordId === null ? null : (
        <div>
          After{' '}
          <RouterLink to="/tenant-administration/audit-logs" search={openRecord(state.at.recordId, state.at.time)}>
            {item?.activity ?? 'this record'}
          </RouterLink>
        </div>
      )}
      <Time value={state.at.time} />
    </>
  );
}

function groupsOf(a: StateAt, b: StateAt, property: string | undefined): ComparisonGroup[] {
  const wanted = property?.toLowerCase() ?? '';
  const properties = compareStates(a, b).filter((p) => p.name.toLowerCase().includes(wanted));
  const parts = [...new Set([...a.parts, ...b.parts].map((p) => p.part))];
  return parts.map((part) => {
    const [x, y] = [a.parts.find((p) => p.part === part), b.parts.find((p) => p.part === part)];
    const known = x?.name || x?.type ? x : y;
    const exists = (p: Finding | undefined) => (p ? <Cell name="Exists" finding={p} value={p.present ? 'Yes' : 'No'} /> : '–');
    const existence =
      wanted === '' && (x || y)
        ? [
            {
              key: 'exists',
              label: 'Exists',
              a: exists(x),
              b: exists(y),
              equal: x?.present === y?.present && x?.mark !== 'unavailable' && y?.mark !== 'unavailable',
            },
          ]
        : [];
    return {
      key: part,
      ...(part !== '' && { title: `${known?.name ?? known?.type ?? 'Part'} (${part})` }),
      rows: [
        ...existence,
        ...properties
          .filter((p) => p.part === part)
          .map((p) => ({
            key: `=${p.name}`,
            label: p.name,
            a: <At property={p.a} />,
            b: <At property={p.b} />,
            equal: p.equal,
            ...within(p),
          })),
      ],
    };
  });
}

const within = ({ name, a, b }: ComparedProperty): Pick<ComparisonRow, 'within'> =>
  a && b && differWithin(a.value, b.value) ? { within: <LongDifference name={name} a={a.value!} b={b.value!} /> } : {};
const At = ({ property }: { property: PropertyAt | null }) =>
  property ? <Cell name={property.name} finding={property} value={property.value} /> : <>–</>;

/** A value, how sure it is, why, and the record that it is from. */
function Cell({ name, finding, value }: { name: string; finding: Finding; value: string | null }) {
  const styles = useStyles();
  const { mark, reason, record, gap, present } = finding;
  const meaning = meaningOf(value);
  return (
    <div className={styles.cell}>
      {value !== null && value !== '' ? (
        <>
          <LongText text={value} name={name} />
          {meaning ? <span className={styles.quiet}>{meaning.text}</span> : null}
        </>
      ) : (
        <span className={styles.quiet}>
          {mark === 'unavailable' ? 'Not recorded' : !present ? 'Not there' : value === '' ? 'Empty text' : 'No value'}
        </span>
      )}
      <div className={styles.why}>
        <MarkLabel mark={mark} title={reason} />
        {mark === 'exact' ? null : <span>{reason}</span>}
        {gap?.from && gap.to ? (
          <span>
            Not read: <Time value={gap.from} /> to <Time value={gap.to} />.
          </span>
        ) : null}
        {record ? (
          <RouterLink to="/tenant-administration/audit-logs" search={openRecord(record.id, record.time)}>
            Record of <Time value={record.time} />
          </RouterLink>
        ) : null}
      </div>
    </div>
  );
}

const useStyles = makeStyles({
  root: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalS },
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between', columnGap: tokens.spacingHorizontalL },
  quiet: { color: tokens.colorNeutralForeground2 },
  cell: { display: 'grid', rowGap: '2px', gridTemplateColumns: 'minmax(0, 1fr)', overflowWrap: 'anywhere' },
  why: {
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: tokens.spacingHorizontalS,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
  },
});
