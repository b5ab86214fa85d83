import { conditionsOf, visibleText, withoutCondition, type Query } from '@weir/contract';
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { RemoveIcon } from '../../components/icons.ts';
import { formatTime } from '../../lib/format.ts';
import { useZone } from '../../lib/zone.tsx';
import { describe } from './labels.ts';
import { toText } from './query.ts';
import { rangeName, type AuditLogsSearch } from './search.ts';

/** A part of the search to set; undefined takes it out. */
export type SearchChange = { [K in keyof AuditLogsSearch]?: AuditLogsSearch[K] | undefined };

interface Props {
  search: AuditLogsSearch;
  query: Query;
  onChange: (change: SearchChange, removed: string) => void;
}

/** What narrows the list, one removable pill each. */
export function Pills({ search, query, onChange }: Props) {
  const styles = useStyles();
  const zone = useZone();
  const { range = '30d', from, to } = search;
  const span =
    range === 'custom'
      ? [from && `from ${formatTime(from, zone)}`, to && `to ${formatTime(to, zone)}`].filter(Boolean).join(' ')
      : rangeName(range);
  const everywhere: SearchChange = { range: undefined, from: undefined, to: undefined };
  const pills: { key: string; label: string; change: SearchChange }[] = [
    ...(range === '30d' ? [] : [{ key: 'range', label: `Date range: ${span}`, change: everywhere }]),
    ...conditionsOf(query).map((condition, n) => ({
      key: `${n}:${describe(condition, zone)}`,
      label: describe(condition, zone),
      change: { q: toText(withoutCondition(query, n)) },
    })),
  ];
  if (pills.length === 0) return null;
  return (
    <ul aria-label="Active filters" className={styles.pills}>
      {pills.map((pill) => (
        <li key={pill.key} className={styles.pill}>
          <span className={styles.label} title={pill.label}>
            {visibleText(pill.label)}
          </span>
          <Button
            appearance="transparent"
            size="small"
            shape="circular"
            icon={<RemoveIcon />}
            aria-label={`Remove filter ${pill.label}`}
            className={styles.remove}
            onClick={() => onChange(pill.change, pill.label)}
          />
        </li>
      ))}
      {pills.length > 1 ? (
        <li>
          <Button appearance="transparent" size="small" onClick={() => onChange({ ...everywhere, q: undefined }, 'all')}>
            Clear all
          </Button>
        </li>
      ) : null}
    </ul>
  );
}

const useStyles = makeStyles({
  pills: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    listStyleType: 'none',
    margin: 0,
    padding: 0,
  },
  pill: {
    display: 'flex',
    alignItems: 'center',
    maxWidth: '100%',
    boxSizing: 'border-box',
    paddingInlineStart: tokens.spacingHorizontalM,
    borderRadius: tokens.borderRadiusCircular,
    backgroundColor: tokens.colorBrandBackground2,
    color: tokens.colorNeutralForeground1,
    border: `1px solid ${tokens.colorTransparentStroke}`,
  },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', fontSize: tokens.fontSizeBase200 },
  remove: { color: 'inherit', flexShrink: 0 },
});
