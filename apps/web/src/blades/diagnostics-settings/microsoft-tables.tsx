import { makeStyles, tokens } from '@fluentui/react-components';
import { microsoftTables, type RegionPrices } from '@weir/contract';
import { formatNumber } from '../../lib/format.ts';
import { dollarsText, volumeText } from './cost-state.ts';

/** The two cost tables of Intune's documentation, for a number of users. */
export function MicrosoftTables({ users, prices }: { users: number; prices: RegionPrices }) {
  const styles = useStyles();
  const { storage, eventHub } = microsoftTables(users, prices);
  const tables = {
    'Storage size for activity logs': [
      ['Events per day', storage.eventsPerDay >= 1e6 ? `${storage.eventsPerDay / 1e6} million` : formatNumber(storage.eventsPerDay)],
      ['Estimated volume of data per month', volumeText(storage.bytesPerMonth)],
      ['Estimated cost per month (USD)', dollarsText(storage.dollarsPerMonth)],
      ['Estimated cost per year (USD)', dollarsText(storage.dollarsPerYear)],
    ],
    'Event hub messages for activity logs': [
      ['Events per second', String(eventHub.eventsPerSecond)],
      ['Events per five-minute interval', formatNumber(eventHub.eventsPerInterval)],
      ['Volume per interval', volumeText(eventHub.bytesPerInterval)],
      ['Messages per interval', formatNumber(eventHub.messagesPerInterval)],
      ['Messages per month', formatNumber(eventHub.messagesPerMonth)],
      ['Estimated cost per month (USD)', dollarsText(eventHub.dollarsPerMonth)],
    ],
  };
  return (
    <div className={styles.tables}>
      {Object.entries(tables).map(([title, rows]) => (
        <table key={title} className={styles.table}>
          <caption className={styles.caption}>{title}</caption>
          <tbody>
            {rows.map(([label, value]) => (
              <tr key={label}>
                <th scope="row" className={styles.label}>
                  {label}
                </th>
                <td className={styles.value}>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

const useStyles = makeStyles({
  tables: { display: 'flex', flexWrap: 'wrap', alignItems: 'start', gap: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalXXXL}` },
  table: { borderCollapse: 'collapse', flexGrow: 1, flexBasis: '280px', minWidth: 0 },
  caption: { textAlign: 'start', fontWeight: tokens.fontWeightSemibold, paddingBottom: tokens.spacingVerticalXS },
  label: { textAlign: 'start', fontWeight: tokens.fontWeightRegular, padding: `${tokens.spacingVerticalXXS} 0` },
  value: { textAlign: 'end', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap', paddingLeft: tokens.spacingHorizontalM },
});
