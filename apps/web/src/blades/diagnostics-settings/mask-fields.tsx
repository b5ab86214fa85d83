import { Button, Field, Input, Select, Text, makeStyles, tokens } from '@fluentui/react-components';
import { MAX_MASKS, type Masking } from '@weir/contract';
import { useId, useRef } from 'react';
import { AddIcon, DismissIcon } from '../../components/icons.ts';
import type { FieldErrors } from './form-state.ts';
import { commonFields, type ShapingState } from './shaping-state.ts';

type Masks = ShapingState['masks'];
interface Props {
  value: Masks;
  errors: FieldErrors;
  onChange: (value: Masks) => void;
}
const words: Record<Masking, string> = { drop: 'Drop', hash: 'Hash', redact: 'Redact (***)' };
const failed = (message: string | undefined) => (message ? { validationState: 'error' as const, validationMessage: message } : {});

/** The fields that are dropped or masked, each on a line. */
export function MaskFields({ value, errors, onChange }: Props) {
  const styles = useStyles();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  const set = (at: number, change: Partial<Masks[number]>) => onChange(value.map((m, n) => (n === at ? { ...m, ...change } : m)));
  const focusLast = () => requestAnimationFrame(() => [...(list.current?.querySelectorAll('input') ?? [])].at(-1)?.focus());
  return (
    <div role="group" aria-labelledby={`${id}-label`} className={styles.root} ref={list}>
      <Text id={`${id}-label`} weight="semibold">
        Masked fields
      </Text>
      <Text size={200} className={styles.note}>
        Dropped fields are left out. A hash is the same for equal values of this setting and cannot be turned back without its key, so a
        SIEM can still correlate. What is masked in one field may stand in another one, too.
      </Text>
      {errors['masks'] ? (
        <Text role="alert" size={200} className={styles.error}>
          {errors['masks']}
        </Text>
      ) : null}
      {value.map(({ path, how }, n) => (
        // oxlint-disable-next-line react/no-array-index-key -- a line is its place in the list
        <div key={n} className={styles.row}>
          <Field label={`Field ${n + 1}`} data-field={`masks.${n}.path`} className={styles.path} {...failed(errors[`masks.${n}.path`])}>
            <Input
              value={path}
              list={`${id}-fields`}
              placeholder="properties.Actor.UPN"
              onChange={(_, d) => set(n, { path: d.value })}
              maxLength={300}
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
          <Field label="What becomes of it" className={styles.how} {...failed(errors[`masks.${n}.how`])}>
            <Select value={how} aria-label={`What becomes of field ${n + 1}`} onChange={(_, d) => set(n, { how: d.value as Masking })}>
              {Object.entries(words).map(([key, label]) => (
                <option key={key} value={key}>
                  {label}
                </option>
              ))}
            </Select>
          </Field>
          <Button
            appearance="subtle"
            className={styles.remove}
            icon={<DismissIcon />}
            aria-label={`Remove field ${n + 1}`}
            onClick={() => {
              onChange(value.filter((_, other) => other !== n));
              add.current?.focus();
            }}
          />
        </div>
      ))}
      <datalist id={`${id}-fields`}>
        {commonFields
          .filter((field) => !value.some((m) => m.path === field))
          .map((field) => (
            <option key={field} value={field}>
              {field}
            </option>
          ))}
      </datalist>
      <div>
        <Button
          ref={add}
          size="small"
          icon={<AddIcon />}
          disabledFocusable={value.length >= MAX_MASKS}
          onClick={() => {
            onChange([...value, { path: '', how: 'hash' }]);
            focusLast();
          }}
        >
          Add field
        </Button>
      </div>
    </div>
  );
}

const useStyles = makeStyles({
  root: { display: 'grid', rowGap: tokens.spacingVerticalS, minWidth: 0, maxWidth: '720px' },
  note: { color: tokens.colorNeutralForeground3 },
  error: { color: tokens.colorPaletteRedForeground1 },
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'start', gap: tokens.spacingHorizontalS, minWidth: 0 },
  path: { flexGrow: 1, flexBasis: '240px', minWidth: 0 },
  how: { flexBasis: '160px', minWidth: 0 },
  // Beside the inputs, below their labels.
  remove: { marginTop: '26px', flexShrink: 0 },
});
