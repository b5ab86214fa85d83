import { Text, makeStyles, tokens } from '@fluentui/react-components';
import { meaningOf, type Names, type QueryField } from '@weir/contract';
import type { ReactNode } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { FilterButtons } from '../../components/filter-by.tsx';
import { LongText } from '../../components/long-text.tsx';
import { MeaningOf } from '../../components/property-diff.tsx';

/** A group of the pane, under the portal's own title. */
export function Group({ title, children }: { title: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <section className={styles.group}>
      <Text as="h3" size={400} weight="semibold" className={styles.heading}>
        {title}
      </Text>
      <dl className={styles.list}>{children}</dl>
    </section>
  );
}

interface ValueProps {
  label: string;
  /** What is copied and filtered by. */
  value: string | null;
  /** What is shown instead of it. */
  shown?: ReactNode;
  /** The field of the search that holds such values. */
  field?: QueryField;
  /** For ids: names that are known, so that their meaning can stand beside them. */
  names?: Names;
  /** Other words for "not recorded". */
  missing?: string;
}
/** A label and its value, with what can be done with it. */
export function Value({ label, value, shown, field, names, missing = 'not recorded' }: ValueProps) {
  const styles = useStyles();
  const meaning = names ? meaningOf(value, names) : null;
  return (
    <div className={styles.row}>
      <dt className={styles.label}>{label}</dt>
      <dd className={styles.value}>
        {value === null || value === '' ? (
          <span className={styles.quiet}>{missing}</span>
        ) : (
          <>
            <span className={styles.text}>
              {shown ?? <LongText text={value} name={label} />}
              {meaning ? <MeaningOf text={meaning.text} source={meaning.source} /> : null}
            </span>
            <span className={styles.actions}>
              {field ? <FilterButtons field={field} value={value} label={label} className={styles.action} /> : null}
              <CopyButton value={value} label={`Copy ${label}`} className={styles.action} />
            </span>
          </>
        )}
      </dd>
    </div>
  );
}

const useStyles = makeStyles({
  group: { marginBottom: tokens.spacingVerticalL },
  heading: { margin: `0 0 ${tokens.spacingVerticalXS}`, display: 'block' },
  list: { margin: 0 },
  row: {
    display: 'grid',
    gridTemplateColumns: '116px minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalS,
    minHeight: '28px',
    paddingBottom: '2px',
    alignItems: 'start',
  },
  label: { color: tokens.colorNeutralForeground2, paddingTop: '4px' },
  value: { margin: 0, display: 'flex', alignItems: 'flex-start', justifyContent: 'space-between', columnGap: tokens.spacingHorizontalXS },
  text: { display: 'flex', flexDirection: 'column', minWidth: 0, flexGrow: 1, overflowWrap: 'anywhere', paddingTop: '4px' },
  actions: { display: 'flex', flexShrink: 0 },
  action: { flexShrink: 0, minWidth: '24px', padding: 0, color: tokens.colorNeutralForeground3 },
  quiet: { color: tokens.colorNeutralForeground2, fontStyle: 'italic', paddingTop: '4px' },
});
