import { Text, makeStyles, tokens } from '@fluentui/react-components';
import { splitCategoryId, type Home } from '@weir/contract';
import { PlainTime } from '../components/time.tsx';
import { formatNumber } from '../lib/format.ts';

type Source = Extract<Home['sources'], { state: 'ready' }>['data'][number];

/** What each source has read, and what is left. */
export function Sources({ sources }: { sources: readonly Source[] }) {
  const styles = useStyles();
  if (sources.length === 0) return <Text>No source has been read yet.</Text>;
  return (
    <div className={styles.scroll} role="region" aria-label="Table of sources" tabIndex={0}>
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
          {sources.map((s) => (
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
  );
}

const useStyles = makeStyles({
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
