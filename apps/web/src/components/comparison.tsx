import { Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { visibleText } from '@weir/contract';
import { Fragment, type ReactNode } from 'react';
import { NARROW, useMedia } from '../lib/use-media.ts';

export interface ComparisonRow {
  key: string;
  label: string;
  a: ReactNode;
  b: ReactNode;
  equal: boolean;
  /** What differs within the two, below them. */
  within?: ReactNode;
}
export interface ComparisonGroup {
  key: string;
  /** Absent: the rows stand without a heading. */
  title?: ReactNode;
  rows: readonly ComparisonRow[];
}
interface Props {
  /** What is compared, for screen readers. */
  label: string;
  /** The heading of the first column. */
  what: string;
  a: ReactNode;
  b: ReactNode;
  groups: readonly ComparisonGroup[];
}

/** Two sides of the same things, row by row; one below the other where there is no room. */
export function Comparison({ label, what, a, b, groups }: Props) {
  const styles = useStyles();
  const narrow = useMedia(NARROW);
  if (narrow) {
    return (
      <div role="group" aria-label={label} className={styles.stack}>
        <div className={styles.sides}>
          <Side name="A">{a}</Side>
          <Side name="B">{b}</Side>
        </div>
        {groups.map((group) => (
          <Fragment key={group.key}>
            {group.title ? <div className={styles.groupTitle}>{group.title}</div> : null}
            <ul className={styles.list}>
              {group.rows.map((row) => (
                <li key={row.key} className={styles.item}>
                  <Text weight="semibold" block className={styles.any}>
                    {visibleText(row.label)} <Sign equal={row.equal} />
                  </Text>
                  <Side name="A">{row.a}</Side>
                  <Side name="B">{row.b}</Side>
                  {row.within}
                </li>
              ))}
            </ul>
          </Fragment>
        ))}
      </div>
    );
  }
  return (
    <table className={styles.table} aria-label={label}>
      <thead>
        <tr>
          <th scope="col" className={mergeClasses(styles.head, styles.what)}>
            {what}
          </th>
          <th scope="col" className={styles.head}>
            <Side name="A">{a}</Side>
          </th>
          <th scope="col" className={styles.head}>
            <Side name="B">{b}</Side>
          </th>
        </tr>
      </thead>
      {groups.map((group) => (
        <tbody key={group.key}>
          {group.title ? (
            <tr>
              <th scope="rowgroup" colSpan={3} className={styles.groupTitle}>
                {group.title}
              </th>
            </tr>
          ) : null}
          {group.rows.map((row) => (
            <Fragment key={row.key}>
              <tr>
                <th scope="row" className={mergeClasses(styles.cell, styles.any, row.within ? styles.open : undefined)}>
                  {visibleText(row.label)} <Sign equal={row.equal} />
                </th>
                <td className={mergeClasses(styles.cell, row.within ? styles.open : undefined)}>{row.a}</td>
                <td className={mergeClasses(styles.cell, row.within ? styles.open : undefined)}>{row.b}</td>
              </tr>
              {row.within ? (
                <tr>
                  <td colSpan={3} className={styles.cell}>
                    {row.within}
                  </td>
                </tr>
              ) : null}
            </Fragment>
          ))}
        </tbody>
      ))}
    </table>
  );
}

/** Never by color alone: the sign says it, and the word says it aloud. */
function Sign({ equal }: { equal: boolean }) {
  const styles = useStyles();
  return (
    <span role="img" aria-label={equal ? 'equal' : 'different'} className={styles.sign}>
      {equal ? '=' : '≠'}
    </span>
  );
}
function Side({ name, children }: { name: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.side}>
      <span className={styles.letter}>{name}</span>
      <div className={styles.any}>{children}</div>
    </div>
  );
}

const useStyles = makeStyles({
  table: { borderCollapse: 'collapse', width: '100%', tableLayout: 'fixed' },
  what: { width: '22%', fontWeight: tokens.fontWeightSemibold },
  head: {
    textAlign: 'start',
    verticalAlign: 'top',
    fontWeight: tokens.fontWeightRegular,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS} ${tokens.spacingVerticalS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  cell: {
    textAlign: 'start',
    verticalAlign: 'top',
    fontWeight: tokens.fontWeightRegular,
    overflowWrap: 'anywhere',
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS} ${tokens.spacingVerticalS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  open: { borderBottom: 'none' },
  groupTitle: {
    textAlign: 'start',
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
    padding: `${tokens.spacingVerticalL} 0 ${tokens.spacingVerticalXS}`,
  },
  stack: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)' },
  sides: { display: 'grid', rowGap: tokens.spacingVerticalS, gridTemplateColumns: 'minmax(0, 1fr)' },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalXS,
    padding: `${tokens.spacingVerticalS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  side: { display: 'grid', gridTemplateColumns: '24px minmax(0, 1fr)', alignItems: 'start' },
  letter: {
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorBrandForeground1,
    lineHeight: tokens.lineHeightBase300,
  },
  any: { overflowWrap: 'anywhere', minWidth: 0 },
  sign: { color: tokens.colorNeutralForeground2 },
});
