import { parseQuery } from '@weir/contract';
import { Button, Input, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { DismissIcon, SearchIcon } from '../../components/icons.ts';
import { formatNumber } from '../../lib/format.ts';
import { valuesQuery } from './api.ts';
import { completionAt, written, type Completion } from './completion.ts';
import { fieldLabels } from './labels.ts';

const hints: Record<string, string> = {
  time: 'Time, UTC: time>=2026-11-01 or time:2026-11-01..2026-11-07',
  target: 'Name of what was changed',
  id: 'Id of the record',
  correlation: 'Correlation id',
};
interface Choice {
  insert: string;
  label: string;
  note: string;
}

/** One search for everything, with completion of fields and values. Enter searches; an error is shown where it stands. */
export function SearchBar({ value, onSearch }: { value: string; onSearch: (q: string | undefined) => void }) {
  const styles = useStyles();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  useEffect(() => setTyped(value), [value]);
  const completion = open ? completionAt(typed, caret) : null;
  const choices = useChoices(completion);
  const parsed = parseQuery(typed);
  // While one types, a query is mostly unfinished: its error is shown once it was asked for.
  const error = typed === value && !parsed.ok ? parsed.error : null;
  const shown = open && choices.length > 0;

  const search = () => {
    setOpen(false);
    onSearch(typed.trim() || undefined);
  };
  const choose = (choice: Choice) => {
    if (!completion) return;
    const text = typed.slice(0, completion.start) + choice.insert + typed.slice(completion.end);
    const at = completion.start + choice.insert.length;
    setTyped(text);
    setCaret(at);
    setActive(-1);
    setOpen(completion.kind === 'field');
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(at, at);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = (by: number) => {
      event.preventDefault();
      setOpen(true);
      if (choices.length > 0) setActive((n) => (n + by + choices.length + (n < 0 && by < 0 ? 1 : 0)) % choices.length);
    };
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Escape' && shown) {
      event.stopPropagation();
      setOpen(false);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && shown && active >= 0) {
      event.preventDefault();
      choose(choices[active]!);
    } else if (event.key === 'Enter') search();
  };
  const clear = () => {
    setTyped('');
    onSearch(undefined);
    input.current?.focus();
  };
  return (
    <div className={styles.bar} role="search">
      <Input
        ref={input}
        className={styles.input}
        role="combobox"
        aria-label="Search by actor, target, property or anything else"
        aria-expanded={shown}
        aria-controls={shown ? `${id}-list` : undefined}
        aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
        aria-autocomplete="list"
        aria-invalid={error !== null}
        aria-describedby={error ? `${id}-error` : undefined}
        autoComplete="off"
        spellCheck={false}
        maxLength={2000}
        placeholder="Search by Actor, target, property, id …"
        value={typed}
        contentBefore={<SearchIcon aria-hidden />}
        contentAfter={
          typed === '' ? undefined : (
            <Button appearance="transparent" size="small" icon={<DismissIcon />} aria-label="Clear the search" onClick={clear} />
          )
        }
        onChange={(event, data) => {
          setTyped(data.value);
          setCaret(event.target.selectionStart ?? data.value.length);
          setActive(-1);
          setOpen(true);
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {shown ? (
        <div id={`${id}-list`} role="listbox" aria-label="Completions" className={styles.list}>
          {choices.map((choice, n) => (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- by keyboard it is chosen through the input, which keeps the focus
            <div
              key={choice.insert}
              id={`${id}-${n}`}
              role="option"
              aria-selected={n === active}
              className={mergeClasses(styles.option, n === active && styles.active)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(choice)}
            >
              <span className={styles.label}>{choice.label}</span>
              <span className={styles.note}>{choice.note}</span>
            </div>
          ))}
        </div>
      ) : null}
      {error ? (
        <Text id={`${id}-error`} role="alert" size={200} className={styles.error}>
          <span className={styles.place}>
            {typed.slice(Math.max(0, error.position - 24), error.position)}
            <mark className={styles.mark}>{typed.slice(error.position, error.position + 12) || '⌃'}</mark>
          </span>
          {error.message}
        </Text>
      ) : null}
    </div>
  );
}

function useChoices(completion: Completion | null): Choice[] {
  const asked = useDeferredValue(completion?.kind === 'value' ? completion : null);
  const { data } = useQuery({ ...valuesQuery(asked?.field ?? 'category', asked?.typed ?? ''), enabled: asked !== null });
  if (!completion) return [];
  if (completion.kind === 'field')
    return completion.fields.map((f) => ({
      insert: f === 'time' ? 'time>=' : `${f}:`,
      label: f === 'time' ? 'time' : `${f}:`,
      note: hints[f] ?? fieldLabels[f as keyof typeof fieldLabels],
    }));
  return (data?.values ?? [])
    .slice(0, 12)
    .map(({ value, count }) => ({ insert: `${written(value)} `, label: value, note: formatNumber(count) }));
}

const useStyles = makeStyles({
  bar: { position: 'relative', width: '100%', maxWidth: '860px', flexShrink: 0 },
  input: { width: '100%' },
  list: {
    position: 'absolute',
    zIndex: 10,
    top: '100%',
    insetInlineStart: 0,
    insetInlineEnd: 0,
    margin: `${tokens.spacingVerticalXXS} 0 0`,
    padding: tokens.spacingVerticalXS,
    maxHeight: '340px',
    overflowY: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    boxShadow: tokens.shadow16,
  },
  option: {
    display: 'flex',
    justifyContent: 'space-between',
    columnGap: tokens.spacingHorizontalL,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalS}`,
    borderRadius: tokens.borderRadiusSmall,
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  active: {
    backgroundColor: tokens.colorNeutralBackground1Selected,
    '@media (forced-colors: active)': { outline: '2px solid Highlight' },
  },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  note: {
    color: tokens.colorNeutralForeground2,
    whiteSpace: 'nowrap',
    fontVariantNumeric: 'tabular-nums',
    fontSize: tokens.fontSizeBase200,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
  error: { display: 'block', marginTop: tokens.spacingVerticalXS },
  place: { fontFamily: tokens.fontFamilyMonospace, marginInlineEnd: tokens.spacingHorizontalM, whiteSpace: 'pre' },
  mark: {
    backgroundColor: 'transparent',
    color: 'inherit',
    textDecorationLine: 'underline',
    textDecorationStyle: 'wavy',
    textDecorationColor: tokens.colorStatusDangerBorder2,
  },
});
