import { Text, makeStyles, tokens } from '@fluentui/react-components';
import type { SettingListItem } from '@weir/contract';
import type { ReactNode } from 'react';
import { RouterLink } from '../../components/router-link.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { Time } from '../../components/time.tsx';
import { formatNumber } from '../../lib/format.ts';
import { costText, lagText, rateText, targetsOf, type figuresOf } from './setting-figures.ts';
import { StatusBadge } from './status-badge.tsx';

/** How one setting fares: the same figures at the same place under each, so that they can be compared; a phone shows them all, too. */
export function SettingStrip({ setting, figures }: { setting: SettingListItem; figures: ReturnType<typeof figuresOf> }) {
  const styles = useStyles();
  const { urgent, lagMs, lastDeliveredAt, waiting, quarantined } = figures;
  const archived = targetsOf(setting).storage !== '';
  const cost = costText(setting.cost);
  const quiet = (text: string) => <span className={styles.quiet}>{text}</span>;
  return (
    <dl className={styles.strip} aria-label={`Figures of ${setting.name}`}>
      <Figure name="Status">{urgent ? <StatusBadge status={urgent.status} /> : quiet('-')}</Figure>
      <Figure name="Categories">
        {setting.categories.map(({ category, retentionDays: days }) => (
          <Text block key={category}>
            {archived ? `${category} (${days === 0 ? 'kept forever' : `${days} ${days === 1 ? 'day' : 'days'}`})` : category}
          </Text>
        ))}
      </Figure>
      <Figure name="Records per minute">
        <Sparkline values={setting.recordsPerMinute} label={rateText(setting)} />
      </Figure>
      <Figure name="Lag">{lagMs > 0 ? lagText(lagMs) : 'None'}</Figure>
      <Figure name="Last delivered">{lastDeliveredAt ? <Time value={lastDeliveredAt} /> : quiet('Not yet')}</Figure>
      <Figure name="Waiting">{formatNumber(waiting)}</Figure>
      <Figure name="Quarantined">
        {quarantined > 0 ? (
          <RouterLink
            to="/reports/diagnostics-settings/setting/$name"
            params={{ name: setting.name }}
            search={{ tab: 'quarantine' }}
            aria-label={`Quarantine of ${setting.name}: ${quarantined}`}
            className={styles.bad}
          >
            {formatNumber(quarantined)}
          </RouterLink>
        ) : (
          '0'
        )}
      </Figure>
      <Figure name="Estimated cost a month">
        <span title={`Before tax, from the last 30 days, at the prices of ${setting.cost.prices}.`}>{cost.amount}</span>
        {cost.note ? (
          <Text block size={200} className={styles.quiet}>
            {cost.note}
          </Text>
        ) : null}
      </Figure>
    </dl>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.figure}>
      <dt className={styles.name}>{name}</dt>
      <dd className={styles.value}>{children}</dd>
    </div>
  );
}

const useStyles = makeStyles({
  strip: {
    margin: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    gap: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
    '@container (min-width: 640px) and (max-width: 999px)': { gridTemplateColumns: 'repeat(4, minmax(0, 1fr))' },
    '@container (min-width: 1000px)': {
      gridTemplateColumns: '152px minmax(0, 3fr) 136px 56px minmax(0, 2fr) 56px 84px 164px',
    },
  },
  figure: { minWidth: 0 },
  name: { fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground2 },
  value: { margin: `${tokens.spacingVerticalXXS} 0 0`, overflowWrap: 'anywhere', fontVariantNumeric: 'tabular-nums' },
  bad: { color: tokens.colorStatusDangerForeground1, fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground2 },
});
