import { Tag, TagGroup, makeStyles } from '@fluentui/react-components';
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
  const span = range === 'custom' ? [from && `from ${formatTime(from)}`, to && `to ${formatTime(to)}`].filter(Boolean).join(' ') : rangeNames[range];
  const pills: { key: string; label: string; change: SearchChange }[] = [
    ...(range === '30d' ? [] : [{ key: 'range', label: `Date range: ${span}`, change: { range: undefined, from: undefined, to: undefined } }]),
    ...category.map((one) => ({ key: `category:${one}`, label: `Category: ${one}`, change: { category: less(category, one) } })),
    ...activity.map((one) => ({ key: `activity:${one}`, label: `Activity: ${one}`, change: { activity: less(activity, one) } })),
    ...(actor ? [{ key: 'actor', label: `Initiated by: ${actor}`, change: { actor: undefined } }] : []),
  ];
  if (pills.length === 0) return null;
  return (
    <TagGroup
      aria-label="Active filters"
      size="small"
      className={styles.pills}
      onDismiss={(_, data) => {
        const pill = pills.find((p) => p.key === data.value);
        if (pill) onChange(pill.change, pill.label);
      }}
    >
      {pills.map((pill) => (
        <Tag key={pill.key} value={pill.key} dismissible appearance="brand" className={styles.pill} dismissIcon={{ 'aria-label': 'Remove filter' }}>
          {pill.label}
        </Tag>
      ))}
    </TagGroup>
  );
}

const useStyles = makeStyles({
  pills: { display: 'flex', flexWrap: 'wrap', gap: '4px' },
  pill: { maxWidth: '100%' },
});
