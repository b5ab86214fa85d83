import { Badge, Text, makeStyles, tokens } from '@fluentui/react-components';
import { alertTitles, destinationNames, type AlertCause, type AlertResolution, type AlertView } from '@weir/contract';
import { RouterLink } from '../../../components/router-link.tsx';
import { Time } from '../../../components/time.tsx';

const colors: Record<AlertCause, 'danger' | 'warning'> = {
  misconfigured: 'danger',
  failing: 'danger',
  stalled: 'warning',
  quarantined: 'warning',
  'no-records': 'warning',
};
const ends: Record<AlertResolution, string> = { recovered: 'Recovered', paused: 'Paused by a person', removed: 'Taken out of the setting' };

/** Alerts one below another: what, where, why, what to do, since when. */
export function AlertList({ label, alerts }: { label: string; alerts: readonly AlertView[] }) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label={label}>
      {alerts.map((alert) => (
        <li key={alert.id} className={styles.alert}>
          <div className={styles.title}>
            <Badge appearance="tint" color={alert.recoveredAt ? 'informative' : colors[alert.cause]}>
              {alertTitles[alert.cause]}
            </Badge>
            <Text as="h3" weight="semibold" className={styles.name}>
              {alert.setting === null ? (
                alert.categories.join(', ')
              ) : alert.resolution === 'removed' ? (
                alert.setting
              ) : (
                <RouterLink to="/reports/diagnostics-settings/edit/$name" params={{ name: alert.setting }}>
                  {alert.setting}
                </RouterLink>
              )}
              {alert.destination ? ` to ${destinationNames[alert.destination]}` : null}
            </Text>
          </div>
          <Text className={styles.text}>{alert.reason}</Text>
          {alert.recoveredAt ? null : (
            <Text className={styles.text}>
              <strong>What to do:</strong> {alert.remedy}
            </Text>
          )}
          <Text size={200} className={styles.facts}>
            {alert.setting === null ? null : <span>{alert.categories.join(', ')}</span>}
            <span>
              Since <Time value={alert.since} />
            </span>
            {alert.recoveredAt ? (
              <span>
                {ends[alert.resolution ?? 'recovered']} <Time value={alert.recoveredAt} />
              </span>
            ) : null}
          </Text>
        </li>
      ))}
    </ul>
  );
}

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', maxWidth: '900px' },
  alert: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalXS,
    padding: `${tokens.spacingVerticalM} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  title: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  name: { margin: 0, overflowWrap: 'anywhere' },
  text: { overflowWrap: 'anywhere' },
  facts: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalL, color: tokens.colorNeutralForeground2 },
});
