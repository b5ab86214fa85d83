import { Link, Select, Text, makeStyles, tokens } from '@fluentui/react-components';
import {
  destinationNames,
  destinationTypes,
  meaningOfStatus,
  statusMeanings,
  type DeliveryView,
  type DestinationType,
  type SettingView,
  type VerificationView,
} from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { Time } from '../../../components/time.tsx';
import { formatNumber } from '../../../lib/format.ts';
import { problemText } from '../../../lib/problem.ts';
import { Problem } from '../delivery-dialog.tsx';
import { lagText } from '../setting-figures.ts';
import type { SettingSearch, SettingTab } from '../setting-search.ts';
import { StatusBadge } from '../status-badge.tsx';
import { historyQuery, verificationsQuery } from './api.ts';
import { Charts } from './charts.tsx';
import { arrivalText, stabilityText } from './sentence.ts';
import { useTable } from './table.ts';

interface Props {
  setting: SettingView;
  search: SettingSearch;
  onSearch: (search: SettingSearch) => void;
  onOpen: (tab: SettingTab, of: SettingSearch) => void;
}

/** Are records arriving, and is it stable: the status of each delivery, and what went to each destination over time. */
export function OverviewTab({ setting, search, onSearch, onOpen }: Props) {
  const styles = useStyles();
  const day = search.span === 'day';
  const span = day ? 'last 24 hours' : 'last hour';
  const history = useQuery(historyQuery(setting.name, day ? 1440 : 60, day ? 15 : 1));
  const verified = useQuery(verificationsQuery(setting.name));
  const types = destinationTypes.filter((type) => setting.deliveries.some((d) => d.type === type));
  return (
    <>
      <div className={styles.lead}>
        <div className={styles.said}>
          <Text as="p" block size={400} className={styles.sentence}>
            {arrivalText(setting.deliveries)}
          </Text>
          {history.data ? <Text block>{stabilityText(history.data, span, setting.deliveries)}</Text> : null}
        </div>
        <Select
          size="small"
          aria-label="Time of the charts"
          value={day ? 'day' : 'hour'}
          onChange={(_, { value }) => onSearch(value === 'day' ? { span: 'day' } : {})}
        >
          <option value="hour">Last hour</option>
          <option value="day">Last 24 hours</option>
        </Select>
      </div>
      {types.map((type) => (
        <section key={type} aria-labelledby={`destination-${type}`} className={styles.section}>
          <Text as="h2" size={400} weight="semibold" id={`destination-${type}`} className={styles.heading}>
            {destinationNames[type]}
          </Text>
          <StatusTable type={type} setting={setting} verified={verified.data?.items} onOpen={onOpen} />
          {history.data ? (
            <Charts history={history.data} type={type} span={span} />
          ) : history.error ? (
            <Text>{`The charts could not be drawn. ${problemText(history.error)}`}</Text>
          ) : (
            <LoadingRows label="Loading the charts" rows={2} />
          )}
        </section>
      ))}
      <Problem error={verified.error} />
      <details>
        <summary className={styles.summary}>What each status means</summary>
        <dl className={styles.meanings}>
          {statusMeanings.map(({ status, means }) => (
            <div key={status} className={styles.meaning}>
              <dt>
                <StatusBadge status={status} />
              </dt>
              <dd className={styles.means}>{means}</dd>
            </div>
          ))}
        </dl>
        <Text size={200}>The first that fits counts.</Text>
      </details>
    </>
  );
}

interface StatusProps extends Pick<Props, 'setting' | 'onOpen'> {
  type: DestinationType;
  verified: readonly VerificationView[] | undefined;
}
function StatusTable({ type, setting, verified, onOpen }: StatusProps) {
  const table = useTable();
  const of = (d: DeliveryView): SettingSearch => ({ destination: d.type, category: d.category });
  return (
    <div className={table.scroll} tabIndex={0} role="group" aria-label={`Table of ${destinationNames[type]}`}>
      <table className={table.table} aria-label={`Status of ${destinationNames[type]}`}>
        <thead>
          <tr>
            {['Category', 'Status', 'Last delivered', 'Lag', 'Delivered', 'Waiting', 'Quarantined', 'Last verification'].map((title) => (
              <th key={title} scope="col" className={table.head}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {setting.deliveries
            .filter((d) => d.type === type)
            .map((d) => (
              <tr key={d.id}>
                <th scope="row" className={table.cell}>
                  <Link as="button" onClick={() => onOpen('deliveries', of(d))} aria-label={`Deliveries of ${d.category}`}>
                    {d.category}
                  </Link>
                </th>
                <td className={table.wide}>
                  <StatusBadge status={d.status} />
                  {d.reason && d.status !== 'Healthy' ? (
                    <Text block size={200}>
                      {d.reason} {d.remedy}
                    </Text>
                  ) : null}
                  <Text block size={200} className={table.quiet}>
                    {meaningOfStatus(d.status)}
                  </Text>
                </td>
                <td className={table.time}>{d.lastDeliveredAt ? <Time value={d.lastDeliveredAt} /> : 'Not yet'}</td>
                <td className={table.number}>{d.lagMs > 0 ? lagText(d.lagMs) : 'None'}</td>
                <td className={table.number}>{formatNumber(d.delivered)}</td>
                <td className={table.number}>{formatNumber(d.waiting)}</td>
                <td className={table.number}>
                  {d.quarantined > 0 ? (
                    <Link
                      as="button"
                      onClick={() => onOpen('quarantine', of(d))}
                      aria-label={`Quarantine of ${d.category}: ${d.quarantined}`}
                    >
                      {formatNumber(d.quarantined)}
                    </Link>
                  ) : (
                    '0'
                  )}
                </td>
                <td className={table.wide}>
                  <Verified found={verified?.find((v) => v.deliveryId === d.id)} loaded={verified !== undefined} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

function Verified({ found, loaded }: { found: VerificationView | undefined; loaded: boolean }) {
  const table = useTable();
  if (!found) return <span className={table.quiet}>{loaded ? 'Not verified yet' : ''}</span>;
  const faults = Object.entries(found.counts).filter(([, n]) => n > 0);
  const words = {
    holds: found.records === 0 ? 'Nothing had been delivered' : `All ${formatNumber(found.records)} records are there`,
    differs: faults.map(([kind, n]) => `${formatNumber(n)} ${kind}`).join(', ') || 'It differs',
    unknown: `Could not be verified. ${found.reason ?? ''}`,
  }[found.result];
  return (
    <>
      {words}
      <Text block size={200} className={table.quiet}>
        {`Records ${formatNumber(found.firstSeq)} to ${formatNumber(found.lastSeq)}, `}
        <Time value={found.finishedAt} />
      </Text>
    </>
  );
}

const useStyles = makeStyles({
  lead: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    columnGap: tokens.spacingHorizontalM,
    rowGap: tokens.spacingVerticalS,
  },
  said: { flex: '1 1 320px', minWidth: 0, display: 'grid', rowGap: tokens.spacingVerticalXXS },
  sentence: { margin: 0 },
  section: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalM,
    paddingBottom: tokens.spacingVerticalL,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  heading: { margin: 0 },
  summary: { cursor: 'pointer' },
  meanings: { display: 'grid', rowGap: tokens.spacingVerticalS, margin: `${tokens.spacingVerticalS} 0` },
  meaning: {
    display: 'grid',
    gridTemplateColumns: '180px minmax(0, 1fr)',
    '@media (max-width: 640px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  means: { margin: 0 },
});
