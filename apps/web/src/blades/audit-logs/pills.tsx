import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { RemoveIcon } from '../../components/icons.ts';
import { formatTime } from '../../lib/format.ts';
import { rangeNames, type AuditLogsSearch } from './search.ts';

/** A part of the search to set; undefined takes it out. */
export type SearchChange = { [K in keyof AuditLogsSearch]?: AuditLogsSearch[K] | undefined };

/** What narrows the list, one removable pill each. */
export function Pills({ search, onChange }: { search: AuditLogsSearch; onChange: (change: SearchChange, removed: string) => void }) {
  const styles = useStyles();
  const { range = '30d', from, to, category = [], activity = [], actor } = search;
  const less = (list: readonly string[], one: string) => {
    const rest = list.filter((x) => x !== one);
    return rest.length > 0 ? rest : undefined;
  };
  const span =
    range === 'custom' ? [from && `from ${formatTime(from)}`, to && `to ${formatTime(to)}`].filter(Boolean).join(' ') : rangeNames[range];
  const pills: { key: string; label: string; change: SearchChange }[] = [
    ...(range === '30d'
      ? []
      : [{ key: 'range', label: `Date range: ${span}`, change: { range: undefined, from: undefined, to: undefined } }]),
    ...category.map((one) => ({ key: `category:${one}`, label: `Category: ${one}`, change: { category: less(category, one) } })),
    ...activity.map((one) => ({ key: `activity:${one}`, label: `Activity: ${one}`, change: { activity: less(activity, one) } })),
    ...(actor ? [{ key: 'actor', label: `Initiated by: ${actor}`, change: { actor: undefined } }] : []),
  ];
  if (pills.length === 0) return null;
  return (
    <ul aria-label="Active filters" className={styles.pills}>
      {pills.map((pill) => (
        <li key={pill.key} className={styles.pill}>
          <span className={styles.label}>{pill.label}</span>
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
    </ul>
  );
}

const useStyles = makeStyles({
  pills: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS, listStyleType: 'none', margin: 0, padding: 0 },
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
