import { Combobox, Dropdown, Field, Input, Option, makeStyles, tokens } from '@fluentui/react-components';
import { fieldPart, fieldValues, withFieldPart, withFieldValues, type Query } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { FilterPane } from '../../components/filter-pane.tsx';
import { problemText } from '../../lib/problem.ts';
import { useZone } from '../../lib/zone.tsx';
import { filterOptionsQuery } from './api.ts';
import type { SearchChange } from './pills.tsx';
import { fieldLabels } from './labels.ts';
import { toText } from './query.ts';
import { TimeFields, spanErrors, spanOf, spanPart } from './time-fields.tsx';
import type { AuditLogsSearch } from './search.ts';

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
  const zone = useZone();
  const { data, error } = useQuery(filterOptionsQuery());
  const [category, setCategory] = useState(() => fieldValues(query, 'category'));
  const [activity, setActivity] = useState(() => fieldValues(query, 'activity'));
  const [status, setStatus] = useState(() => fieldValues(query, 'status'));
  const [texts, setTexts] = useState(
    () => Object.fromEntries(parts.map((f) => [f, fieldPart(query, f)])) as Record<(typeof parts)[number], string>,
  );
  const [typed, setTyped] = useState('');
  const [time, setTime] = useState(() => spanOf(search, zone));
  const [checked, setChecked] = useState(false);

  const categories = useMemo(() => [...new Set([...(data?.categories ?? []), ...category])].toSorted(byName.compare), [data, category]);
  const activities = useMemo(() => {
    const open = (data?.activities ?? []).filter((a) => category.length === 0 || category.includes(a.category)).map((a) => a.name);
    return [...new Set(open)].toSorted(byName.compare);
  }, [data, category]);
  const needle = typed.trim().toLowerCase();
  const matching = activities.filter((name) => name.toLowerCase().includes(needle));

  const apply = () => {
    setChecked(true);
    if (Object.values(spanErrors(time)).some(Boolean)) return;
    let next = withFieldValues(withFieldValues(query, 'category', category), 'activity', activity);
    next = withFieldValues(next, 'status', status);
    for (const field of parts) next = withFieldPart(next, field, texts[field].trim());
    onApply({
      q: toText(next),
      ...spanPart(time, search),
    });
  };
  const clear = () => {
    setCategory([]);
    setActivity([]);
    setStatus([]);
    setTexts({ actor: '', application: '', target: '', type: '', correlation: '' });
    setTyped('');
    setTime(spanOf({}, zone));
    setChecked(false);
  };
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
        <TimeFields value={time} checked={checked} onChange={setTime} />
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

const useStyles = makeStyles({
  fields: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalL, paddingTop: tokens.spacingVerticalS },
  listbox: { maxHeight: '320px' },
});
