import { Combobox, Field, Option, OptionGroup, Spinner, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { problemText } from '../../lib/problem.ts';
import { pickerQuery, type PickerKind } from './api.ts';
import { nameOf } from './form-state.ts';

interface Props {
  label: string;
  kind: PickerKind;
  /** Id of the subscription or namespace to list. Empty: nothing to choose yet. */
  parent: string;
  /** What to do first, while `parent` is empty. */
  waitingFor: string;
  value: string;
  onChange: (id: string) => void;
  error?: string | undefined;
  required?: boolean;
  hint?: string;
}

/** Picks one Azure resource by name. Resources that cannot be chosen stay visible, with the reason. */
export function ResourcePicker({ label, kind, parent, waitingFor, value, onChange, error, required = true, hint }: Props) {
  const styles = useStyles();
  const { data, isFetching, error: failure } = useQuery(pickerQuery(kind, parent));
  const [typed, setTyped] = useState<string | null>(null);
  const items = useMemo(() => data?.items ?? [], [data]);
  const shown = useMemo(() => {
    const needle = (typed ?? '').toLowerCase();
    return items.filter((item) => item.name.toLowerCase().includes(needle));
  }, [items, typed]);
  const open = shown.filter((item) => !item.unavailable);
  const closed = shown.filter((item) => item.unavailable);
  const message = error ?? (failure ? problemText(failure) : undefined);

  return (
    <Field label={label} required={required} hint={hint} {...(message && { validationState: 'error', validationMessage: message })}>
      <Combobox
        disabled={parent === ''}
        placeholder={parent === '' ? waitingFor : isFetching && !data ? 'Loading …' : 'Select'}
        value={typed ?? (value ? (items.find((item) => item.id.toLowerCase() === value.toLowerCase())?.name ?? nameOf(value)) : '')}
        selectedOptions={value ? [value] : []}
        onInput={(event) => setTyped((event.target as HTMLInputElement).value)}
        onBlur={() => setTyped(null)}
        onOptionSelect={(_, selected) => {
          setTyped(null);
          if (selected.optionValue !== undefined) onChange(selected.optionValue);
        }}
      >
        {isFetching && !data ? (
          <Option disabled text="Loading" value="">
            <Spinner size="tiny" label="Loading …" />
          </Option>
        ) : null}
        {open.map((item) => (
          <Option key={item.id} value={item.id} text={item.name}>
            <span className={styles.option}>
              <span>{item.name}</span>
              <Text size={200} className={styles.quiet}>
                {[item.resourceGroup, item.location].filter(Boolean).join(' · ')}
              </Text>
            </span>
          </Option>
        ))}
        {closed.length > 0 ? (
          <OptionGroup label="Cannot be chosen">
            {closed.map((item) => (
              <Option key={item.id} value={item.id} text={item.name} disabled>
                <span className={styles.option}>
                  <span>{item.name}</span>
                  <Text size={200}>{item.unavailable}</Text>
                </span>
              </Option>
            ))}
          </OptionGroup>
        ) : null}
        {data && shown.length === 0 ? (
          <Option disabled text="Nothing found" value="">
            {typed ? `Nothing here is named “${typed}”.` : 'Nothing here to choose.'}
          </Option>
        ) : null}
      </Combobox>
    </Field>
  );
}

const useStyles = makeStyles({
  option: { display: 'flex', flexDirection: 'column' },
  quiet: { color: tokens.colorNeutralForeground3 },
});
