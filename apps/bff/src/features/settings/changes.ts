import { destinationNames, type SettingChange } from '@weir/contract';
import type { StoredChange } from '@weir/store';

type Properties = Readonly<Record<string, unknown>>;
const object = (value: unknown): Properties => (typeof value === 'object' && value !== null ? (value as Properties) : {});
const empty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
/** JSON with its names in order: what is the same must read the same. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(
    value,
    (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    2,
  );
}
const days = (retention: unknown): string => (retention === 0 ? 'kept forever' : `kept ${String(retention)} days`);

/** A snapshot of a setting as a flat list of what a person would call one thing each. */
function parts(snapshot: unknown): Map<string, string> {
  const { categories, destinations, batching, ...rest } = object(snapshot);
  const found = new Map<string, string>();
  for (const { category, retentionDays } of (categories ?? []) as { category: string; retentionDays?: number }[])
    found.set(`Category ${category}`, days(retentionDays ?? 0));
  for (const [type, target] of Object.entries(object(destinations)))
    if (!empty(target)) found.set(`Destination ${named(type)}`, printed(target));
  for (const [type, interval] of Object.entries(object(batching)))
    if (!empty(interval)) found.set(`Batching ${named(type)}`, printed(interval));
  for (const [name, value] of Object.entries(rest)) if (!empty(value)) found.set(label(name), printed(value));
  return found;
}
const named = (type: string): string =>
  Object.hasOwn(destinationNames, type) ? destinationNames[type as keyof typeof destinationNames] : type;
const labels: Readonly<Record<string, string>> = { condition: 'Filter', masks: 'Masking', includeHistoryFrom: 'History from' };
const label = (name: string): string => labels[name] ?? name;

/** What is not the same in two snapshots of a setting, as its records tell them; null: there was none, or is none. */
export function differencesOf(before: unknown, after: unknown): SettingChange['differences'] {
  const [old, now] = [parts(before), parts(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name) ?? null, now.get(name) ?? null];
    return was === is ? [] : [{ name, before: was, after: is }];
  });
}

/** `FirstSequence` as a person writes it: `First sequence`. */
const words = (name: string): string => {
  const spaced = name.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};
const told = (value: unknown): string =>
  Array.isArray(value) && value.every((part) => typeof part !== 'object') ? value.join(', ') : printed(value);
const known = new Set(['RecordId', 'Actor', 'Target', 'Provider', 'Before', 'After']);

/** A record of category AdminCenterLogs as a change of a setting. */
export function changeView({ id, time, operation, actor, target, correlationId, properties }: StoredChange): SettingChange {
  // A setting's name holds no slash.
  const [, type, category] = target.split('/');
  return {
    id,
    at: time,
    by: actor,
    operation,
    delivery: type !== undefined && category !== undefined ? { type, category } : null,
    correlationId,
    differences: differencesOf(properties['Before'], properties['After']),
    facts: Object.entries(properties).flatMap(([name, value]) =>
      known.has(name) || empty(value) ? [] : [{ name: words(name), value: told(value) }],
    ),
  };
}
