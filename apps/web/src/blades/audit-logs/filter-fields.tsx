import { Combobox, Dropdown, Field, Input, Option, Radio, RadioGroup, makeStyles, tokens } from '@fluentui/react-components';
import { fieldPart, fieldValues, withFieldPart, withFieldValues, type Query } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { FilterPane } from '../../components/filter-pane.tsx';
import { fromLocalInput, toLocalInput } from '../../lib/format.ts';
import { problemText } from '../../lib/problem.ts';
import { filterOptionsQuery } from './api.ts';
import type { SearchChange } from './pills.tsx';
import { fieldLabels } from './labels.ts';
import { toText } from './query.ts';
import { rangeNames, ranges, type AuditLogsSearch, type DateRange } from './search.ts';

interface Props {
  search: AuditLogsSearch;
  query: Query;
  onApply: (change: SearchChange) => void;
  onClose: () => void;
}
/** Activities shown at once; the search field narrows the rest. */
const SHOWN = 100;
// Fluent makes a menu of checkboxes out of a list with several choices; the pattern for a combobox is a listbox.
const LISTBOX = { role: 'listbox', 'aria-multiselectable': true } as const;
const byName = new Intl.Collator();

/** Fields that take a part of a value, in the order of the list's columns. */
const parts = ['actor', 'application', 'target', 'type', 'correlation'] as const;
const statuses = ['Success', 'Failure'];

/** The portal's filters and the others that a record can be told by, applied together. They are views of the query. */
export default function FilterFields({ search, query, onApply, onClose }: Props) {
  const styles = useStyles();
  const { data, error } = useQuery(filterOptionsQuery());
  const [category, setCategory] = useState(() => fieldValues(query, 'category'));
  const [activity, setActivity] = useState(() => fieldValues(query, 'activity'));
  const [status, setStatus] = useState(() => fieldValues(query, 'status'));
  const [texts, setTexts] = useState(
    () => Object.fromEntries(parts.map((f) => [f, fieldPart(query, f)])) as Record<(typeof parts)[number], string>,
  );
  const [typed, setTyped] = useState('');
  const [range, setRange] = useState<DateRange>(search.range ?? '30d');
  const [span, setSpan] = useState({ from: search.from ? toLocalInput(search.from) : '', to: search.to ? toLocalInput(search.to) : '' });
  const [checked, setChecked] = useState(false);

  const categories = useMemo(() => [...new Set([...(data?.categories ?? []), ...category])].toSorted(byName.compare), [data, category]);
  const activities = useMemo(() => {
    const open = (data?.activities ?? []).filter((a) => category.length === 0 || category.includes(a.category)).map((a) => a.name);
    return [...new Set(open)].toSorted(byName.compare);
  }, [data, category]);
  const needle = typed.trim().toLowerCase();
  const matching = activities.filter((name) => name.toLowerCase().includes(needle));
  const spanError = range === 'custom' ? checkSpan(span) : {};

  const apply = () => {
    setChecked(true);
    if (spanError.from || spanError.to) return;
    let next = withFieldValues(withFieldValues(query, 'category', category), 'activity', activity);
    next = withFieldValues(next, 'status', status);
    for (const field of parts) next = withFieldPart(next, field, texts[field].trim());
    // An untouched field keeps its seconds, which the field itself does not show.
    const moment = (key: 'from' | 'to') =>
      search[key] && toLocalInput(search[key]) === span[key] ? search[key] : (fromLocalInput(span[key]) ?? undefined);
    onApply({
      q: toText(next),
      range: range === '30d' ? undefined : range,
      from: range === 'custom' ? moment('from') : undefined,
      to: range === 'custom' ? moment('to') : undefined,
    });
  };
  const clear = () => {
    setCategory([]);
    setActivity([]);
    setStatus([]);
    setTexts({ actor: '', application: '', target: '', type: '', correlation: '' });
    setTyped('');
    setRange('30d');
    setSpan({ from: '', to: '' });
    setChecked(false);
  };
  const validation = (message: string | undefined) =>
    checked && message ? ({ validationState: 'error', validationMessage: message } as const) : {};
  const options =
    error && !data
      ? ({ validationState: 'error', validationMessage: `The choices could not be loaded. ${problemText(error)}` } as const)
      : {};

  return (
    <FilterPane open onClose={onClose} onApply={apply} onClear={clear}>
      <div className={styles.fields}>
        <Field label="Category" {...options}>
          <Dropdown
            multiselect
            placeholder={data ? 'All' : 'Loading …'}
            value={category.join(', ')}
            selectedOptions={category}
            listbox={LISTBOX}
            onOptionSelect={(_, { selectedOptions }) => {
              setCategory(selectedOptions);
              if (selectedOptions.length > 0) {
                const allowed = new Set(data?.activities.filter((a) => selectedOptions.includes(a.category)).map((a) => a.name));
                setActivity((before) => before.filter((name) => allowed.has(name)));
              }
            }}
          >
            {categories.map((name) => (
              <Option key={name} value={name} role="option" aria-selected={category.includes(name)}>
                {name}
              </Option>
            ))}
          </Dropdown>
        </Field>
        <Field
          label="Activity"
          hint={
            activity.length > 0
              ? `Chosen: ${activity.join(', ')}`
              : category.length > 0
                ? 'Activities of the chosen categories.'
                : undefined
          }
        >
          <Combobox
            multiselect
            placeholder={activity.length > 0 ? `${activity.length} chosen` : data ? 'All' : 'Loading …'}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            selectedOptions={activity}
            onOptionSelect={(_, { selectedOptions }) => {
              setActivity(selectedOptions);
              setTyped('');
            }}
            onBlur={() => setTyped('')}
            listbox={{ ...LISTBOX, className: styles.listbox }}
          >
            {matching.slice(0, SHOWN).map((name) => (
              <Option key={name} value={name} role="option" aria-selected={activity.includes(name)}>
                {name}
              </Option>
            ))}
            {matching.length > SHOWN ? (
              <Option key="more" role="option" value="" text="" disabled>
                {`${matching.length - SHOWN} more: type to find them.`}
              </Option>
            ) : null}
            {data && matching.length === 0 ? (
              <Option key="none" role="option" value="" text="" disabled>
                No such activity.
              </Option>
            ) : null}
          </Combobox>
        </Field>
        <Field label="Date range">
          <RadioGroup value={range} onChange={(_, { value }) => setRange(ranges.find((r) => r === value) ?? '30d')}>
            {ranges.map((r) => (
              <Radio key={r} value={r} label={rangeNames[r]} />
            ))}
          </RadioGroup>
        </Field>
        {range === 'custom' ? (
          <>
            <Field label="Start" hint="Your local time." {...validation(spanError.from)}>
              <Input type="datetime-local" value={span.from} onChange={(_, { value }) => setSpan((s) => ({ ...s, from: value }))} />
            </Field>
            <Field label="End" hint="Your local time; not included." {...validation(spanError.to)}>
              <Input type="datetime-local" value={span.to} onChange={(_, { value }) => setSpan((s) => ({ ...s, to: value }))} />
            </Field>
          </>
        ) : null}
        <Field label="Status">
          <Dropdown
            multiselect
            placeholder="All"
            value={status.join(', ')}
            selectedOptions={status}
            onOptionSelect={(_, { selectedOptions }) => setStatus(selectedOptions)}
            listbox={LISTBOX}
          >
            {[...new Set([...statuses, ...status])].map((name) => (
              <Option key={name} value={name} role="option" aria-selected={status.includes(name)}>
                {name}
              </Option>
            ))}
          </Dropdown>
        </Field>
        {parts.map((field) => (
          <Field key={field} label={fieldLabels[field]}>
            <Input
              placeholder="Any part of it"
              maxLength={300}
              value={texts[field]}
              onChange={(_, { value }) => setTexts((t) => ({ ...t, [field]: value }))}
            />
          </Field>
        ))}
      </div>
    </FilterPane>
  );
}

function checkSpan({ from, to }: { from: string; to: string }): { from?: string; to?: string } {
  const start = fromLocalInput(from);
  const end = fromLocalInput(to);
  if (!start || !end)
    return { ...(!start && { from: 'Enter the start, date and time.' }), ...(!end && { to: 'Enter the end, date and time.' }) };
  if (Date.parse(start) >= Date.parse(end)) return { to: 'The end must lie after the start.' };
  if (Date.parse(start) > Date.now()) return { from: 'The start lies in the future.' };
  return {};
}

const useStyles = makeStyles({
  fields: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalL, paddingTop: tokens.spacingVerticalS },
  listbox: { maxHeight: '320px' },
});
