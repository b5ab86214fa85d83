import { Button, Field, Input, Text, makeStyles, tokens } from '@fluentui/react-components';
import { visibleText } from '@weir/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useAnnounce } from '../../../components/announce.tsx';
import { CopyButton } from '../../../components/copy-button.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { ErrorState } from '../../../components/error-state.tsx';
import { NothingFoundIcon } from '../../../components/icons.ts';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { Page } from '../../../components/page.tsx';
import { Time } from '../../../components/time.tsx';
import { formatDay, formatNumber, fromLocalInput } from '../../../lib/format.ts';
import { useZone } from '../../../lib/zone.tsx';
import { problemText } from '../../../lib/problem.ts';
import { timelineQuery, type TimelinePage as Answer } from './api.ts';
import { ComparePoints } from './compare-points.tsx';
import { comparedPoints, entriesOf, pick, withProperty } from './entries.ts';
import { Points } from './points.tsx';
import type { TimelineSearch } from './search.ts';

const route = getRouteApi('/tenant-administration/audit-logs/object/$objectId');
export const crumbs = ['Tenant administration', { label: 'Audit logs', to: '/tenant-administration/audit-logs' }];

/** Every recorded change of one object, and what it was at any two points. */
export function TimelinePage() {
  const styles = useStyles();
  const announce = useAnnounce();
  const zone = useZone();
  const { objectId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(timelineQuery(objectId));
  const pages = list.data?.pages;
  const items = useMemo(() => pages?.flatMap((p) => p.items) ?? [], [pages]);
  const object = pages?.[0]?.object ?? null;
  const gaps = pages?.[0]?.gaps ?? [];
  const shown = withProperty(items, search.property);
  const picked = [search.a, search.b].filter((p) => p !== undefined);
  const points = comparedPoints(picked, items);
  const change = (part: TimelineSearch, replace = true) =>
    void navigate({
      replace,
      search: (before: TimelineSearch) => Object.fromEntries(Object.entries({ ...before, ...part }).filter(([, v]) => v !== undefined)),
    });
  const onPick = (point: string) => {
    const [a, b] = pick(picked, point);
    change({ a, b });
    announce(
      a === undefined ? 'No point is picked' : b === undefined ? 'One point is picked; it is compared with now' : 'Two points are compared',
    );
  };
  useEffect(() => {
    if (list.isSuccess) announce(`${formatNumber(items.length)}${list.hasNextPage ? ' or more' : ''} records, newest first`);
  }, [announce, items.length, list.hasNextPage, list.isSuccess]);
  const title = visibleText(object?.names[0]?.name ?? 'Timeline');

  return (
    <Page title={title} subtitle="Timeline of an object" breadcrumb={crumbs}>
      {list.error && !pages ? <ErrorState error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isPending ? <LoadingRows label="Loading the timeline" rows={12} /> : null}
      {object ? <About object={object} /> : null}
      {pages ? (
        <>
          <div className={styles.bar}>
            <Field label="Filter by property" className={styles.filter}>
              <Input value={search.property ?? ''} onChange={(_, data) => change({ property: data.value || undefined })} />
            </Field>
            <OtherTime onPick={onPick} />
            {picked.length > 0 ? (
              <Button appearance="subtle" onClick={() => change({ a: undefined, b: undefined })}>
                Clear the points
              </Button>
            ) : null}
          </div>
          <div className={styles.split}>
            <section aria-labelledby="points-title" className={styles.points}>
              <Text as="h2" id="points-title" size={400} weight="semibold" block>
                Points
              </Text>
              <Text block size={200} className={styles.quiet}>
                Pick two to compare them. Arrow keys walk, Space picks.
              </Text>
              {items.length === 0 && !list.hasNextPage ? (
                <EmptyState
                  title="No record changes this object"
                  icon={<NothingFoundIcon />}
                  text="Records name its id, for example as who acted, but none of them has it as a target."
                />
              ) : null}
              {items.length > 0 && shown.length === 0 ? <Text block>No record that is loaded changes such a property.</Text> : null}
              <div className={styles.scroll}>
                <Points
                  entries={entriesOf(shown, search.property === undefined ? gaps : [], list.hasNextPage, (iso) => formatDay(iso, zone))}
                  compared={points ? inTime(points, items) : []}
                  picked={picked}
                  onPick={onPick}
                />
              </div>
              {list.hasNextPage ? (
                <div className={styles.more}>
                  <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                    {list.isFetchingNextPage ? 'Loading …' : 'Show older records'}
                  </Button>
                  <Text size={200} className={styles.quiet}>
                    Looked back to <Time value={pages.at(-1)!.lookedBackTo!} />.
                  </Text>
                </div>
              ) : null}
              {list.isFetchNextPageError ? <Text role="alert">{problemText(list.error)}</Text> : null}
            </section>
            <section aria-labelledby="compare-title" className={styles.compare}>
              <Text as="h2" id="compare-title" size={400} weight="semibold" block>
                Properties at two points
              </Text>
              {points ? (
                <ComparePoints
                  objectId={objectId}
                  points={points}
                  items={items}
                  property={search.property}
                  equal={search.equal === true}
                  onEqual={(equal) => change({ equal: equal || undefined })}
                />
              ) : (
                <Text block className={styles.quiet}>
                  There is no change to compare.
                </Text>
              )}
            </section>
          </div>
        </>
      ) : null}
    </Page>
  );
}

/** The older of two points first, as far as the list tells; a time is its own. */
function inTime(points: readonly [string, string], items: readonly { id: string; exactTime: string; seq: number }[]): string[] {
  const key = (point: string): string => (point === 'now' ? '~' : (items.find((i) => i.id === point)?.exactTime ?? point));
  return points.toSorted((x, y) => (key(x) < key(y) ? -1 : 1));
}

function About({ object }: { object: NonNullable<Answer['object']> }) {
  const styles = useStyles();
  return (
    <dl className={styles.about}>
      <div>
        <dt className={styles.quiet}>Object ID</dt>
        <dd className={styles.value}>
          {object.id} <CopyButton value={object.id} label="Copy Object ID" />
        </dd>
      </div>
      {object.types.length > 0 ? (
        <div>
          <dt className={styles.quiet}>Type</dt>
          <dd className={styles.value}>{object.types.join(', ')}</dd>
        </div>
      ) : null}
      {object.firstSeen && object.lastSeen ? (
        <div>
          <dt className={styles.quiet}>{object.complete ? 'First and last record' : 'Among its newest 1,000 records'}</dt>
          <dd className={styles.value}>
            <Time value={object.firstSeen} /> – <Time value={object.lastSeen} />
          </dd>
        </div>
      ) : null}
      {object.names.length > 1 ? (
        <div>
          <dt className={styles.quiet}>Names over time</dt>
          <dd className={styles.value}>
            <ul className={styles.names}>
              {object.names.map((n) => (
                <li key={n.name}>
                  {visibleText(n.name)}{' '}
                  <span className={styles.quiet}>
                    <Time value={n.first} />
                    {n.first === n.last ? null : (
                      <>
                        {' – '}
                        <Time value={n.last} />
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </dd>
        </div>
      ) : null}
    </dl>
  );
}

/** Any other moment, for which there is no record. */
function OtherTime({ onPick }: { onPick: (point: string) => void }) {
  const styles = useStyles();
  const [value, setValue] = useState('');
  const zone = useZone();
  const time = fromLocalInput(value, zone);
  return (
    <form
      className={styles.other}
      onSubmit={(event) => {
        event.preventDefault();
        if (time === null) return;
        onPick(time);
        setValue('');
      }}
    >
      <Field label={`Another time (${zone === 'utc' ? 'UTC' : 'local'})`}>
        <Input type="datetime-local" value={value} onChange={(_, data) => setValue(data.value)} />
      </Field>
      <Button type="submit" disabled={time === null}>
        Pick this time
      </Button>
    </form>
  );
}

const useStyles = makeStyles({
  about: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalXXL, rowGap: tokens.spacingVerticalS, margin: 0 },
  value: { margin: 0, overflowWrap: 'anywhere' },
  names: { margin: 0, paddingInlineStart: tokens.spacingHorizontalL },
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', columnGap: tokens.spacingHorizontalL, rowGap: tokens.spacingVerticalS },
  filter: { minWidth: '220px' },
  other: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: tokens.spacingHorizontalS },
  split: {
    display: 'grid',
    gridTemplateColumns: 'minmax(300px, 2fr) minmax(0, 3fr)',
    columnGap: tokens.spacingHorizontalXXL,
    rowGap: tokens.spacingVerticalXL,
    '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  points: { minWidth: 0 },
  // The comparison stays in sight while one walks the points.
  scroll: { maxHeight: 'max(420px, 70vh)', overflowY: 'auto', '@media (max-width: 900px)': { maxHeight: '50vh' } },
  compare: { minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  more: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM, paddingTop: tokens.spacingVerticalM },
});
