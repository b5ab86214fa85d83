import { Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { destinationNames, type Estimate } from '@weir/contract';
import { formatNumber } from '../../lib/format.ts';
import { dollarsText, periods, volumeText, type Period } from './cost-state.ts';

/** An estimate by destination and category, for a day, a month or a year. */
export function CostTable({ estimate, period }: { estimate: Estimate; period: Period }) {
  const styles = useStyles();
  const share = periods[period];
  const heads = ['Destination', 'Category', 'Records', 'Volume', 'Batches', 'Cost (USD)'];
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={`Cost of a ${period}`}>
      <table className={styles.table} aria-label={`Volume and cost of a ${period}`}>
        <thead>
          <tr>
            {heads.map((head, i) => (
              <th key={head} scope="col" className={mergeClasses(styles.cell, styles.head, i > 1 && styles.number)}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {estimate.lines.map(({ type, category, records, bytes, operations, dollars }) => (
            <tr key={`${type} ${category}`}>
              <td className={styles.cell}>{destinationNames[type]}</td>
              <td className={styles.cell}>{category}</td>
              <td className={mergeClasses(styles.cell, styles.number)}>{formatNumber(Math.round(records * share))}</td>
              <td className={mergeClasses(styles.cell, styles.number)}>{volumeText(bytes * share)}</td>
              <td className={mergeClasses(styles.cell, styles.number)}>{formatNumber(Math.round(operations * share))}</td>
              <td className={mergeClasses(styles.cell, styles.number)}>{dollars === null ? 'Not known' : dollarsText(dollars * share)}</td>
            </tr>
          ))}
          {estimate.fixed.map(({ type, units, dollars }) => (
            <tr key={`${type} fixed`}>
              <td className={styles.cell}>{destinationNames[type]}</td>
              <td className={styles.cell} colSpan={4}>
                {units === 1 ? 'One throughput unit' : `${units} throughput units`} of the namespace, whatever is sent
              </td>
              <td className={mergeClasses(styles.cell, styles.number)}>{dollarsText(dollars * share)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={5} className={mergeClasses(styles.cell, styles.sum)}>
              Together
            </th>
            <td className={mergeClasses(styles.cell, styles.sum, styles.number)}>
              <Text weight="semibold">{dollarsText(estimate.dollars * share)}</Text>
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

const useStyles = makeStyles({
  scroll: { overflowX: 'auto', minWidth: 0 },
  table: { borderCollapse: 'collapse', width: '100%', minWidth: '640px' },
  cell: {
    textAlign: 'start',
    fontWeight: 'inherit',
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM} ${tokens.spacingVerticalXS} 0`,
    verticalAlign: 'top',
  },
  head: {
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  number: { textAlign: 'end', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
  sum: { fontWeight: tokens.fontWeightSemibold, borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
});
