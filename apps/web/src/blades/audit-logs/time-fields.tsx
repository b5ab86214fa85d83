import { Field, Input, Radio, RadioGroup } from '@fluentui/react-components';
import { formatTime, fromLocalInput, toLocalInput, type Zone } from '../../lib/format.ts';
import { parseTimeText, type TimeText } from '../../lib/time-text.ts';
import type { SearchChange } from './pills.tsx';
import { rangeName, ranges, type AuditLogsSearch } from './search.ts';

/** What the fields hold while they are edited. */
export interface Time {
  range: string;
  from: string;
  to: string;
  /** Typed or pasted; empty when it was not used. */
  text: string;
  /** In which the fields are. */
  zone: Zone;
}
export const spanOf = (search: AuditLogsSearch, zone: Zone): Time => ({
  range: search.range ?? '30d',
  from: search.from ? toLocalInput(search.from, zone) : '',
  to: search.to ? toLocalInput(search.to, zone) : '',
  text: '',
  zone,
});
const read = (text: string, zone: Zone): TimeText | null => (text.trim() === '' ? null : parseTimeText(text, new Date(), zone));

/** What is wrong with each field; nothing when the span can be asked for. */
export function spanErrors({ range, from, to, text, zone }: Time): { text?: string; from?: string; to?: string } {
  const typed = read(text, zone);
  if (typed) return typed.ok ? {} : { text: typed.message };
  if (range !== 'custom') return {};
  const start = fromLocalInput(from, zone);
  const end = fromLocalInput(to, zone);
  if (!start || !end)
    return { ...(!start && { from: 'Enter the start, date and time.' }), ...(!end && { to: 'Enter the end, date and time.' }) };
  if (Date.parse(start) >= Date.parse(end)) return { to: 'The end must lie after the start.' };
  if (Date.parse(start) > Date.now()) return { from: 'The start lies in the future.' };
  return {};
}

/** The part of the address that these fields make. What was typed wins over what was chosen. */
export function spanPart(time: Time, before: AuditLogsSearch): SearchChange {
  const typed = read(time.text, time.zone);
  if (typed?.ok && 'from' in typed.span) return { range: 'custom', from: typed.span.from, to: typed.span.to };
  const range = typed?.ok && 'range' in typed.span ? typed.span.range : time.range;
  if (range !== 'custom') return { range: range === '30d' ? undefined : range, from: undefined, to: undefined };
  // An untouched field keeps its seconds, which the field itself does not show.
  const moment = (key: 'from' | 'to') =>
    before[key] && toLocalInput(before[key], time.zone) === time[key] ? before[key] : (fromLocalInput(time[key], time.zone) ?? undefined);
  return { range, from: moment('from'), to: moment('to') };
}

/** What the typed text was understood as, for the reader to check before it is applied. */
function understood(typed: TimeText | null, zone: Zone): string {
  if (!typed?.ok) return 'Such as "last 3 days", "2026-11-01 to 2026-11-03", an ISO time or seconds since 1970.';
  const { span } = typed;
  if ('range' in span) return rangeName(span.range);
  return `From ${formatTime(span.from, zone)}${span.to ? ` to ${formatTime(span.to, zone)}` : ' on'}`;
}

interface Props {
  value: Time;
  /** Errors of empty fields are shown once Apply was pressed. */
  checked: boolean;
  onChange: (value: Time) => void;
}

/** The portal's date ranges, a start and an end, or a time as it was pasted from somewhere. */
export function TimeFields({ value, checked, onChange }: Props) {
  const errors = spanErrors(value);
  const typed = read(value.text, value.zone);
  const validation = (message: string | undefined) =>
    checked && message ? ({ validationState: 'error', validationMessage: message } as const) : {};
  const choices = ranges.some((r) => r === value.range) ? ranges : [...ranges.slice(0, -1), value.range, 'custom'];
  return (
    <>
      <Field label="Date range">
        <RadioGroup value={value.range} disabled={typed?.ok === true} onChange={(_, { value: range }) => onChange({ ...value, range })}>
          {choices.map((r) => (
            <Radio key={r} value={r} label={rangeName(r)} />
          ))}
        </RadioGroup>
      </Field>
      {value.range === 'custom' && !typed?.ok ? (
        <>
          <Field label="Start" hint={value.zone === 'utc' ? 'UTC.' : 'Your local time.'} {...validation(errors.from)}>
            <Input type="datetime-local" value={value.from} onChange={(_, data) => onChange({ ...value, from: data.value })} />
          </Field>
          <Field
            label="End"
            hint={value.zone === 'utc' ? 'UTC; not included.' : 'Your local time; not included.'}
            {...validation(errors.to)}
          >
            <Input type="datetime-local" value={value.to} onChange={(_, data) => onChange({ ...value, to: data.value })} />
          </Field>
        </>
      ) : null}
      <Field label="Or type or paste a time" hint={understood(typed, value.zone)} {...validation(errors.text)}>
        <Input maxLength={100} value={value.text} onChange={(_, data) => onChange({ ...value, text: data.value })} />
      </Field>
    </>
  );
}
