import { Link as FluentLink, Text, makeStyles, tokens } from '@fluentui/react-components';
import { endpoints, grantedBy, splitCategoryId, type Permission } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';
import { Page } from '../components/page.tsx';
import { PlainTime } from '../components/time.tsx';
import { api } from '../lib/api.ts';
import { formatNumber } from '../lib/format.ts';
import { problemText } from '../lib/problem.ts';
import { useSession } from '../lib/session.ts';

const tasks: readonly { title: string; text: string; to: string; permission: Permission }[] = [
  {
    title: 'Audit logs',
    text: 'Every change in Intune: who did what to which object, and when. Filter, read the details, export.',
    to: '/tenant-administration/audit-logs',
    permission: 'intune.audit.read',
  },
  {
    title: 'Diagnostics settings',
    text: 'Send logs to a storage account, an event hub or a Log Analytics workspace, and see whether they arrive.',
    to: '/reports/diagnostics-settings',
    permission: 'intune.settings.read',
  },
];

/** Who I am here, what I may do, and what is held. */
export function HomePage() {
  const styles = useStyles();
  const { me } = useSession();
  const may = (permission: Permission) => me.permissions.includes(permission);
  return (
    <Page title="Home">
      <p className={styles.who}>
        You are signed in to <strong>{me.directory.name}</strong> as {me.user.name} ({me.user.upn}
        {me.roles.length > 0 ? `; ${me.roles.join(', ')}` : ''}).
      </p>
      <ul className={styles.tasks} aria-label="What you may do">
        {tasks.map((task) => (
          <li key={task.to}>
            <div className={styles.card}>
              <Text as="h2" size={400} weight="semibold" className={styles.heading}>
                <RouterLink to={task.to}>{task.title}</RouterLink>
              </Text>
              <Text>{task.text}</Text>
              {may(task.permission) ? null : (
                <Text size={200} className={styles.quiet}>
                  Needs another role: {grantedBy[task.permission].join(', ')}.
                </Text>
              )}
            </div>
          </li>
        ))}
      </ul>
      {may('intune.audit.read') ? <Coverage /> : null}
    </Page>
  );
}

function Coverage() {
  const styles = useStyles();
  const { data, error } = useQuery({
    queryKey: ['coverage'],
    queryFn: ({ signal }) => api.call(endpoints.auditLogs.coverage, {}, { signal }),
    refetchInterval: 10_000,
  });
  return (
    <section aria-labelledby="coverage-title">
      <Text as="h2" size={400} weight="semibold" id="coverage-title" className={styles.heading}>
        What is held
      </Text>
      {error && !data ? <Text block>{problemText(error)}</Text> : null}
      {data ? (
        <>
          <p className={styles.paragraph}>
            {data.records === 0 || !data.oldest || !data.newest ? (
              'No audit record has been collected yet.'
            ) : (
              <>
                {formatNumber(data.records)} audit records, from <PlainTime value={data.oldest} /> to <PlainTime value={data.newest} />.
              </>
            )}
          </p>
          {data.sources.length > 0 ? (
            <div className={styles.scroll} role="region" aria-label="Sources" tabIndex={0}>
              <table className={styles.table} aria-label="Sources">
                <thead>
                  <tr>
                    {['Source', 'Category', 'Covered from', 'Covered to', 'Records', 'Left to read', 'State'].map((title) => (
                      <th key={title} scope="col" className={styles.head}>
                        {title}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {data.sources.map((s) => (
                    <tr key={`${s.source}/${s.category}`}>
                      <td className={styles.cell}>{s.source}</td>
                      <td className={styles.cell}>{splitCategoryId(s.category).name}</td>
                      <td className={styles.cell}>{s.coveredFrom ? <PlainTime value={s.coveredFrom} /> : '-'}</td>
                      <td className={styles.cell}>{s.coveredTo ? <PlainTime value={s.coveredTo} /> : '-'}</td>
                      <td className={styles.cell}>{formatNumber(s.records)}</td>
                      <td className={styles.cell}>{formatNumber(s.windowsPending)}</td>
                      <td className={styles.state}>
                        {s.windowsFailing > 0
                          ? `Failing: ${s.lastError ?? 'the source gave no reason'}`
                          : s.windowsPending > 0
                            ? 'Reading'
                            : 'Up to date'}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : null}
        </>
      ) : null}
    </section>
  );
}

const RouterLink = createLink(FluentLink);

const useStyles = makeStyles({
  who: { margin: 0 },
  tasks: {
    listStyleType: 'none',
    margin: `${tokens.spacingVerticalS} 0`,
    padding: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 320px), 1fr))',
    gap: tokens.spacingHorizontalL,
    maxWidth: '1000px',
  },
  card: {
    height: '100%',
    boxSizing: 'border-box',
    display: 'grid',
    alignContent: 'start',
    rowGap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalL,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
  },
  heading: { margin: 0 },
  paragraph: { margin: `${tokens.spacingVerticalS} 0` },
  quiet: { color: tokens.colorNeutralForeground2 },
  scroll: { overflowX: 'auto' },
  table: { borderCollapse: 'collapse', fontSize: tokens.fontSizeBase300 },
  head: {
    textAlign: 'start',
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL} ${tokens.spacingVerticalXS} 0`,
    whiteSpace: 'nowrap',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  cell: {
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL} ${tokens.spacingVerticalXS} 0`,
    whiteSpace: 'nowrap',
    verticalAlign: 'top',
  },
  state: { padding: `${tokens.spacingVerticalXS} 0`, minWidth: '160px' },
});
