import { Checkbox, Field, Input, Text, makeStyles, tokens } from '@fluentui/react-components';
import type { FieldErrors, FormState } from './form-state.ts';

interface Props {
  categories: readonly { name: string; description: string }[];
  state: FormState;
  errors: FieldErrors;
  onChange: (change: Partial<FormState>) => void;
}

/** The form's left column: which logs are collected, and how many days storage keeps each. */
export function CategoriesFieldset({ categories, state, errors, onChange }: Props) {
  const styles = useStyles();
  return (
    <fieldset
      className={styles.fieldset}
      aria-describedby={errors['categories'] && 'categories-error'}
      {...(errors['categories'] && { 'data-wrong': '' })}
    >
      <legend className={styles.legend}>Logs</legend>
      {errors['categories'] ? (
        <Text id="categories-error" role="alert" className={styles.error}>
          {errors['categories']}
        </Text>
      ) : null}
      {categories.map(({ name, description }) => {
        const category = state.categories[name] ?? { on: false, days: '0' };
        const error = errors[`categories.${name}`];
        const set = (change: Partial<typeof category>) =>
          onChange({ categories: { ...state.categories, [name]: { ...category, ...change } } });
        return (
          <div
            key={name}
            className={styles.row}
            data-field={`categories.${name}`}
            {...(error && !state.storage.on && { 'data-wrong': '' })}
          >
            <div>
              <Checkbox
                label={name}
                checked={category.on}
                onChange={(_, d) => set({ on: d.checked === true })}
                aria-describedby={`about-${name}`}
              />
              <Text id={`about-${name}`} size={200} block className={styles.about}>
                {description}
              </Text>
              {error && !state.storage.on ? (
                <Text role="alert" size={200} className={styles.error}>
                  {error}
                </Text>
              ) : null}
            </div>
            {category.on && state.storage.on ? (
              <Field
                label="Retention (days)"
                className={styles.days}
                {...(error && { validationState: 'error', validationMessage: error })}
              >
                <Input
                  type="number"
                  min={0}
                  max={365}
                  step={1}
                  value={category.days}
                  onChange={(_, d) => set({ days: d.value })}
                  aria-label={`Retention (days) of ${name}`}
                />
              </Field>
            ) : null}
          </div>
        );
      })}
      <Text size={200} className={styles.note}>
        Retention only applies to storage account. 0 keeps the data forever. Weir deletes each hour’s blob when the days of its last record
        are over, within a day and an hour. A new number of days holds for logs collected after the change.
      </Text>
    </fieldset>
  );
}

const useStyles = makeStyles({
  fieldset: { border: 'none', margin: 0, padding: 0, minWidth: 0, display: 'grid', alignContent: 'start' },
  legend: {
    padding: 0,
    marginBottom: tokens.spacingVerticalS,
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
    lineHeight: tokens.lineHeightBase400,
  },
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) 140px',
    columnGap: tokens.spacingHorizontalL,
    padding: `${tokens.spacingVerticalS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 480px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  about: { paddingLeft: tokens.spacingHorizontalXXXL, color: tokens.colorNeutralForeground3 },
  days: { minWidth: 0 },
  note: { color: tokens.colorNeutralForeground3, paddingTop: tokens.spacingVerticalM },
  error: { color: tokens.colorPaletteRedForeground1 },
});
