import type { NewRecord } from '@weir/contract';
import { storable } from './search/text.ts';

/** How often a value of a field occurs; `parent` is the audit category of an activity, else empty. */
export interface ValueCount {
  field: string;
  parent: string;
  value: string;
  n: number;
}
export interface HourCount {
  /** Its beginning, ISO 8601, UTC. */
  hour: string;
  category: string;
  result: string;
  n: number;
}

/**
 * What a batch adds to the counts beside the log: values of the fields with few values, and records by hour, category and status.
 * Times are as they are stored: ISO 8601, UTC, with milliseconds.
 */
export function countOf(records: readonly NewRecord[]): { values: ValueCount[]; hours: HourCount[] } {
  const values = new Map<string, ValueCount>();
  const hours = new Map<string, HourCount>();
  const count = (field: string, parent: string, given: string | null) => {
    if (given === null) return;
    const value = storable(given);
    const key = `${field}\n${parent}\n${value}`;
    const entry = values.get(key);
    if (entry) entry.n += 1;
    else values.set(key, { field, parent, value, n: 1 });
  };
  for (const { time, fields: f } of records) {
    const category = storable(f.auditCategory ?? '');
    const result = storable(f.result ?? '');
    count('actor', '', f.actor);
    count('activity', category, f.operation);
    count('category', '', f.auditCategory);
    count('application', '', f.application);
    count('status', '', f.result);
    for (const type of f.targetTypes ?? []) count('type', '', type);
    const hour = `${time.slice(0, 13)}:00:00.000Z`;
    const key = `${hour}\n${category}\n${result}`;
    const entry = hours.get(key);
    if (entry) entry.n += 1;
    else hours.set(key, { hour, category, result, n: 1 });
  }
  return { values: [...values.values()], hours: [...hours.values()] };
}
