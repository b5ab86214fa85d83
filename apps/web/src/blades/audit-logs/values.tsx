import { excluding, fieldValues, including, visibleText, withFieldValues, type Query } from '@weir/contract';
import { Button, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { DismissIcon, ExcludeIcon } from '../../components/icons.ts';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { formatNumber } from '../../lib/format.ts';
import { problemText } from '../../lib/problem.ts';
import { summaryQuery, type Filter } from './api.ts';
import type { StackedBy } from './bars.ts';
import { fieldLabels } from './labels.ts';
import { toText } from './query.ts';

interface Props {
  filter: Filter;
  query: Query;
  by: StackedBy;
  exactly: boolean;
  onChange: (q: string | undefined) => void;
  onClose: () => void;
}

/** The most frequent values of each field in what is found: one click includes a value, another leaves it out. */
export default function Values({ filter, query, by, exactly, onChange, onClose }: Props) {
  const styles = useStyles();
  const { data, error } = useQuery(summaryQuery(filter, by, exactly));
  return (
    <section aria-label="Values" className={styles.pane}>
      <div className={styles.head}>
        <Text as="h2" weight="semibold">
          Values
        </Text>
        <Button appearance="subtle" size="small" icon={<DismissIcon />} aria-label="Hide values" onClick={onClose} />
      </div>
      {error && !data ? <Text>{`The values could not be counted. ${problemText(error)}`}</Text> : null}
      {!data && !error ? <LoadingRows label="Counting the values" rows={10} /> : null}
      {data && !data.exactFacets ? (
        <Text size={200} className={styles.quiet}>
          Estimated from a sample; above the chart they can be counted exactly.
        </Text>
      ) : null}
      {data?.facets.map(({ field, values }) => {
        const chosen = fieldValues(query, field).map((v) => v.toLowerCase());
        if (values.length === 0) return null;
        return (
          <div key={field} className={styles.group}>
            <Text as="h3" size={200} weight="semibold" className={styles.heading}>
              {fieldLabels[field]}
            </Text>
            <ul className={styles.list} aria-label={fieldLabels[field]}>
              {values.map(({ value, count }) => {
                const on = chosen.includes(value.toLowerCase());
                const toggle = () =>
                  onChange(
                    toText(
                      on
                        ? withFieldValues(
                            query,
                            field,
                            fieldValues(query, field).filter((v) => v.toLowerCase() !== value.toLowerCase()),
                          )
                        : including(query, field, value),
                    ),
                  );
                return (
                  <li key={value} className={styles.row}>
                    <button
                      type="button"
                      aria-pressed={on}
                      className={mergeClasses(styles.value, on && styles.on)}
                      title={value}
                      onClick={toggle}
                    >
                      <span className={styles.name}>{visibleText(value)}</span>
                      <span className={styles.count}>
                        {formatNumber(count)}
                        <span className={styles.spoken}>{count === 1 ? ' record' : ' records'}</span>
                      </span>
                    </button>
                    <Button
                      appearance="transparent"
                      size="small"
                      icon={<ExcludeIcon />}
                      aria-label={`Leave out ${fieldLabels[field]} ${value}`}
                      title="Leave out"
                      onClick={() => onChange(toText(excluding(query, field, value)))}
                    />
                  </li>
                );
              })}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

const useStyles = makeStyles({
  pane: {
    width: '248px',
    flexShrink: 0,
    overflowY: 'auto',
    paddingInlineEnd: tokens.spacingHorizontalM,
    borderInlineEndWidth: '1px',
    borderInlineEndStyle: 'solid',
    borderInlineEndColor: tokens.colorNeutralStroke2,
    '@media (max-width: 640px)': {
      position: 'absolute',
      inset: 0,
      zIndex: 5,
      width: 'auto',
      backgroundColor: tokens.colorNeutralBackground1,
      paddingInlineEnd: 0,
      borderInlineEndWidth: 0,
    },
  },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between' },
  quiet: { color: tokens.colorNeutralForeground2 },
  group: { marginTop: tokens.spacingVerticalM },
  heading: { display: 'block', margin: `0 0 ${tokens.spacingVerticalXXS}`, color: tokens.colorNeutralForeground2 },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  row: { display: 'flex', alignItems: 'center' },
  value: {
    display: 'flex',
    justifyContent: 'space-between',
    columnGap: tokens.spacingHorizontalS,
    flexGrow: 1,
    minWidth: 0,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalXS}`,
    border: 'none',
    borderRadius: tokens.borderRadiusSmall,
    backgroundColor: 'transparent',
    color: tokens.colorNeutralForeground1,
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase200,
    textAlign: 'start',
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  on: { backgroundColor: tokens.colorBrandBackground2, fontWeight: tokens.fontWeightSemibold },
  name: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  spoken: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' },
  count: { fontVariantNumeric: 'tabular-nums', color: tokens.colorNeutralForeground2, flexShrink: 0 },
});
