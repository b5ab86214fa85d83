import { Badge, Text, makeStyles, tokens } from '@fluentui/react-components';
import { destinationNames, splitCategoryId, type HomeMatter, type HomeMatterView } from '@weir/contract';
import { RouterLink } from '../components/router-link.tsx';
import { formatNumber } from '../lib/format.ts';

const settings = '/reports/diagnostics-settings' as const;
const words: Record<HomeMatter, string> = {
  misconfigured: 'Misconfigured',
  failing: 'Failing',
  stalled: 'Stalled',
  quarantined: 'In quarantine',
  'no-records': 'No records',
  source: 'Cannot be read',
  retention: 'Not deleted in time',
};
const red: readonly HomeMatter[] = ['misconfigured', 'failing', 'stalled', 'quarantined'];

/** What a person should do something about, most urgent first, each with its way there. */
export function Matters({ matters }: { matters: readonly HomeMatterView[] }) {
  const styles = useStyles();
  if (matters.length === 0) return <Text>Nothing needs you now.</Text>;
  return (
    <ul className={styles.list} aria-label="What needs you">
      {matters.map((m) => (
        <li key={JSON.stringify([m.kind, m.setting, m.destination, m.source, m.categories])} className={styles.item}>
          <div className={styles.line}>
            <Badge appearance="tint" color={red.includes(m.kind) ? 'danger' : 'warning'}>
              {words[m.kind]}
            </Badge>
            <Text weight="semibold" className={styles.what}>
              {nameOf(m)}
            </Text>
            <MatterLink matter={m} />
          </div>
          <Text block>
            {m.reason} {m.remedy}
          </Text>
        </li>
      ))}
    </ul>
  );
}

const short = (category: string): string => (category.includes('/') ? splitCategoryId(category).name : category);

function nameOf({ kind, setting, destination, categories, source, count }: HomeMatterView): string {
  const logs = categories.map(short).join(', ');
  if (source !== null) return `${source}, ${logs}: ${formatNumber(count ?? 0)} ${count === 1 ? 'window' : 'windows'}`;
  const place = [setting, destination && destinationNames[destination], logs].filter(Boolean).join(', ');
  if (count === null) return place;
  const unit = kind === 'retention' ? 'blob' : 'record';
  return `${place}: ${formatNumber(count)} ${unit}${count === 1 ? '' : 's'}`;
}

function MatterLink({ matter: { kind, setting, destination, categories } }: { matter: HomeMatterView }) {
  const of = { ...(destination && { destination }), ...(categories.length === 1 && { category: short(categories[0]!) }) };
  if (kind === 'source') return null;
  if (setting === null || kind === 'no-records') return <RouterLink to={`${settings}/alerts`}>Show alerts</RouterLink>;
  if (kind === 'misconfigured')
    return (
      <RouterLink to={`${settings}/edit/$name`} params={{ name: setting }}>
        Edit setting
      </RouterLink>
    );
  if (kind === 'quarantined')
    return (
      <RouterLink to={`${settings}/setting/$name`} params={{ name: setting }} search={{ tab: 'quarantine', ...of }}>
        Show quarantine
      </RouterLink>
    );
  return (
    <RouterLink to={`${settings}/setting/$name`} params={{ name: setting }}>
      Show setting
    </RouterLink>
  );
}

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', rowGap: tokens.spacingVerticalS, maxWidth: '1000px' },
  item: {
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    overflowWrap: 'anywhere',
  },
  line: { display: 'flex', flexWrap: 'wrap', alignItems: 'baseline', columnGap: tokens.spacingHorizontalM },
  what: { flexGrow: 1 },
});
