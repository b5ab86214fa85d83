import { Text, makeStyles, tokens } from '@fluentui/react-components';
import { grantedBy, type Home, type Permission } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from '../components/error-state.tsx';
import { LoadingRows } from '../components/loading-rows.tsx';
import { Page } from '../components/page.tsx';
import { RouterLink } from '../components/router-link.tsx';
import { PlainTime } from '../components/time.tsx';
import { formatNumber } from '../lib/format.ts';
import { useSession } from '../lib/session.ts';
import { useZone } from '../lib/zone.tsx';
import { homeQuery } from './home-api.ts';
import { Matters } from './home-matters.tsx';
import { Sources } from './home-sources.tsx';

const audit = '/tenant-administration/audit-logs' as const;
const settings = '/reports/diagnostics-settings' as const;

/** Who I am here, what needs me, and how records come and go. Each part stands by itself. */
export function HomePage() {
  const styles = useStyles();
  const { me } = useSession();
  const { data, error, refetch } = useQuery(homeQuery(useZone()));
  return (
    <Page title="Home">
      <p className={styles.who}>
        You are signed in to <strong>{me.directory.name}</strong> as {me.user.name} ({me.user.upn}
        {me.roles.length > 0 ? `; ${me.roles.join(', ')}` : ''}).
      </p>
      {error && !data ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows label="Loading the home page" /> : null}
      {data ? (
        <>
          {error ? (
            <Text role="status" className={styles.quiet}>
              These figures are not the newest: they could not be read again. It is tried by itself.
            </Text>
          ) : null}
          {data.matters.state === 'denied' ? null : (
            <Part title="What needs you" part={data.matters} permission="intune.settings.read">
              {(matters) => <Matters matters={matters} />}
            </Part>
          )}
          <div className={styles.cards}>
            <Part
              title="Records today"
              link={<RouterLink to={audit}>Audit logs</RouterLink>}
              part={data.records}
              permission="intune.audit.read"
              card
            >
              {(records) => <Records {...records} />}
            </Part>
            <Part
              title="Deliveries"
              link={<RouterLink to={settings}>Diagnostics settings</RouterLink>}
              part={data.deliveries}
              permission="intune.settings.read"
              card
            >
              {(deliveries) => <Deliveries {...deliveries} />}
            </Part>
          </div>
          {data.sources.state === 'denied' ? null : (
            <Part title="Sources" part={data.sources} permission="intune.audit.read">
              {(sources) => <Sources sources={sources} />}
            </Part>
          )}
        </>
      ) : null}
    </Page>
  );
}

type Ready<P> = P extends { state: 'ready'; data: infer D } ? D : never;
type AnyPart = Home['records'] | Home['sources'] | Home['deliveries'] | Home['matters'];

/** One part of the page: its data, or why there is none. */
function Part<P extends AnyPart>({
  title,
  link,
  part,
  permission,
  card = false,
  children,
}: {
  title: string;
  link?: ReactNode;
  part: P;
  permission: Permission;
  card?: boolean;
  children: (data: Ready<P>) => ReactNode;
}) {
  const styles = useStyles();
  const id = `home-${title.toLowerCase().replaceAll(' ', '-')}`;
  return (
    <section aria-labelledby={id} className={card ? styles.card : styles.part}>
      <div className={styles.top}>
        <Text as="h2" size={400} weight="semibold" id={id} className={styles.heading}>
          {title}
        </Text>
        {part.state === 'denied' ? null : link}
      </div>
      {part.state === 'ready' ? children(part.data as Ready<P>) : null}
      {part.state === 'failed' ? <Text role="status">{part.reason}</Text> : null}
      {part.state === 'denied' ? (
        <Text className={styles.quiet}>You do not have access. It needs another role: {grantedBy[permission].join(', ')}.</Text>
      ) : null}
    </section>
  );
}

function Records({ today, exact, total, oldest, newest }: Ready<Home['records']>) {
  const styles = useStyles();
  return (
    <>
      <Text className={styles.figure}>{`${exact ? '' : 'About '}${formatNumber(today)}`}</Text>
      <Text className={styles.quiet}>
        {total === 0 || !oldest || !newest ? (
          'No audit record has been collected yet.'
        ) : (
          <>
            {formatNumber(total)} audit records, from <PlainTime value={oldest} /> to <PlainTime value={newest} />.
          </>
        )}
      </Text>
    </>
  );
}

function Deliveries({ settings: count, byStatus, waiting, quarantined }: Ready<Home['deliveries']>) {
  const styles = useStyles();
  if (count === 0) {
    return (
      <Text>
        Nothing is sent anywhere yet. <RouterLink to={settings}>Turn on diagnostics</RouterLink> to send logs to a storage account, an event
        hub or a Log Analytics workspace.
      </Text>
    );
  }
  return (
    <>
      <dl className={styles.counts} aria-label="Deliveries by status">
        {byStatus.map(({ status, count: n }) => (
          <div key={status} className={styles.count}>
            <dt className={styles.status}>{status}</dt>
            <dd className={styles.number}>{formatNumber(n)}</dd>
          </div>
        ))}
      </dl>
      <Text className={styles.quiet}>
        {`${formatNumber(count)} ${count === 1 ? 'setting' : 'settings'}; ${formatNumber(waiting)} records wait, ${formatNumber(quarantined)} are in quarantine.`}
      </Text>
    </>
  );
}

const useStyles = makeStyles({
  who: { margin: 0 },
  cards: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 320px), 1fr))',
    gap: tokens.spacingHorizontalL,
    marginBlock: tokens.spacingVerticalS,
    maxWidth: '1000px',
  },
  part: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalS },
  card: {
    boxSizing: 'border-box',
    display: 'grid',
    alignContent: 'start',
    rowGap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalL,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    minWidth: 0,
  },
  top: { display: 'flex', flexWrap: 'wrap', justifyContent: 'space-between', alignItems: 'baseline', columnGap: tokens.spacingHorizontalL },
  heading: { margin: 0 },
  figure: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontVariantNumeric: 'tabular-nums' },
  quiet: { color: tokens.colorNeutralForeground2 },
  counts: { margin: 0, display: 'grid', rowGap: tokens.spacingVerticalXS },
  count: { display: 'flex', justifyContent: 'space-between', columnGap: tokens.spacingHorizontalL },
  status: { margin: 0 },
  number: { margin: 0, fontVariantNumeric: 'tabular-nums', fontWeight: tokens.fontWeightSemibold },
});
