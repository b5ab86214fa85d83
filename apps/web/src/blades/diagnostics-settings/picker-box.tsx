import { Combobox, Field, Option, Spinner, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useRef, useState, type UIEvent } from 'react';

export interface PickerOption {
  id: string;
  name: string;
  /** Where it is, in small letters. */
  detail?: string;
  /** Why it cannot be chosen. */
  unavailable: string | null;
}
interface Props {
  /** As the API names the field. */
  field?: string;
  label: string;
  hint?: string | undefined;
  required?: boolean;
  error?: string | undefined;
  /** What to mind at what was chosen. */
  caution?: string | undefined;
  disabled?: boolean;
  placeholder: string;
  /** What was chosen: its id, and the name that is shown while nobody types. */
  value: string;
  shown: string;
  options: readonly PickerOption[];
  /** How many there are, of which `options` may be the first. */
  total: number;
  busy: boolean;
  /** Stands in a dialog, which would cut the list off: the list is drawn over it. */
  overDialog?: boolean;
  /** Takes a name that is not in the list. */
  freeform?: boolean;
  /** What somebody types; null when they end. */
  onSearch: (text: string | null) => void;
  /** The end of the list is near. */
  onMore?: () => void;
  onChange: (id: string) => void;
}
/** So many options before the end the next ones are asked for. */
const NEAR = 10;

/** Picks one by name. What cannot be chosen stays in its place, with the reason. Long lists grow as somebody goes down them. */
export function PickerBox(props: Props) {
  const { field, label, hint, required = true, error, caution, value, shown, options, total, busy, freeform = false, onMore } = props;
  const styles = useStyles();
  const [typed, setTyped] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const type = (text: string | null) => {
    setTyped(text);
    props.onSearch(text);
  };
  const moreAtEnd = ({ currentTarget: list }: UIEvent<HTMLElement>) => {
    if (list.scrollHeight - list.scrollTop - list.clientHeight < 200) onMore?.();
  };
  const message = error
    ? { validationState: 'error' as const, validationMessage: error }
    : caution
      ? { validationState: 'warning' as const, validationMessage: caution }
      : {};
  return (
    <Field label={label} required={required} hint={hint} data-field={field} {...message}>
      <Combobox
        ref={input}
        disabled={props.disabled ?? false}
        freeform={freeform}
        inlinePopup={!props.overDialog}
        placeholder={props.placeholder}
        value={freeform ? shown : (typed ?? shown)}
        selectedOptions={value ? [value] : []}
        autoComplete="off"
        spellCheck={false}
        // The list has its own height: else it takes all that is free above or below the box.
        positioning={{ autoSize: false }}
        listbox={{ className: styles.list, onScroll: moreAtEnd }}
        onInput={(event) => type((event.target as HTMLInputElement).value)}
        // What was chosen gives way to what is typed.
        onOpenChange={(_, { open }) => {
          if (open && !freeform) input.current?.select();
        }}
        onBlur={() => type(null)}
        onActiveOptionChange={(_, { nextOption }) => {
          if (nextOption && options.findIndex((o) => o.id === nextOption.value) >= options.length - NEAR) onMore?.();
        }}
        onOptionSelect={(_, selected) => {
          if (!selected.optionValue) return;
          type(null);
          props.onChange(selected.optionValue);
        }}
      >
        {options.map((item) => (
          <Option key={item.id} value={item.id} text={item.name} disabled={item.unavailable !== null} className={styles.option}>
            <span className={styles.lines}>
              <span className={item.unavailable === null ? styles.name : styles.closed}>{item.name}</span>
              {item.unavailable === null && item.detail ? (
                <Text size={200} className={styles.quiet}>
                  {item.detail}
                </Text>
              ) : null}
              {item.unavailable === null ? null : (
                <Text size={200} className={styles.reason}>
                  {`Cannot be chosen. ${item.unavailable}`}
                </Text>
              )}
            </span>
          </Option>
        ))}
        {busy ? (
          <Option disabled text="Loading" value="">
            <Spinner size="tiny" label="Loading …" />
          </Option>
        ) : options.length === 0 ? (
          <Option disabled text="Nothing found" value="">
            {typed ? `Nothing here is named “${typed}”.` : 'Nothing here to choose.'}
          </Option>
        ) : total > options.length ? (
          <Option disabled text="More" value="">
            {`The first ${options.length} of ${total}. Go on down, or type a part of the name.`}
          </Option>
        ) : null}
      </Combobox>
    </Field>
  );
}

const useStyles = makeStyles({
  list: { maxHeight: 'min(360px, 40vh)', overflowY: 'auto' },
  option: { alignItems: 'start' },
  lines: { display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' },
  name: { overflowWrap: 'anywhere' },
  closed: { overflowWrap: 'anywhere', color: tokens.colorNeutralForeground3, '@media (forced-colors: active)': { color: 'GrayText' } },
  quiet: { color: tokens.colorNeutralForeground3 },
  reason: { color: tokens.colorNeutralForeground2, '@media (forced-colors: active)': { color: 'CanvasText' } },
});
