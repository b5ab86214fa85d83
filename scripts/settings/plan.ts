import {
  destinationTypes,
  secretAudience,
  settingInput,
  type DestinationTargets,
  type DestinationType,
  type SettingInput,
  type SettingView,
} from '@weir/contract';
import { settingInputOf } from '@weir/contract/dialects';
import type { FileSetting, SecretReference } from './file.ts';

/** One setting that is not as the file says. */
export type Change =
  | {
      readonly kind: 'create';
      readonly name: string;
      readonly input: SettingInput;
      readonly secrets: readonly SecretReference[];
      readonly words: string[];
    }
  | {
      readonly kind: 'change';
      readonly name: string;
      readonly version: number;
      readonly input: SettingInput;
      readonly secrets: readonly SecretReference[];
      readonly words: string[];
    }
  | { readonly kind: 'delete'; readonly name: string; readonly version: number; readonly words: string[] };
export interface Plan {
  readonly changes: readonly Change[];
  readonly unchanged: readonly string[];
  /** Settings that the file does not name. They are left as they are. */
  readonly others: readonly string[];
}
type Live = Pick<SettingView, 'name' | 'version' | 'categories' | 'destinations' | 'secrets'>;
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/**
 * What stands between a file and the settings as they are.
 * @param prune names of settings that are to be deleted; each must exist and must not stand in the file
 * @param sendSecrets sends every secret again, also where one is stored: they cannot be compared
 */
export function planOf(
  file: readonly FileSetting[],
  live: readonly Live[],
  { prune, sendSecrets }: { readonly prune: readonly string[]; readonly sendSecrets: boolean },
): Plan | { readonly refused: string } {
  for (const name of prune) {
    if (file.some((f) => same(f.name, name))) return { refused: `'${name}' stands in the file; --prune deletes settings that do not.` };
    if (!live.some((l) => same(l.name, name))) return { refused: `There is no diagnostic setting '${name}' to delete.` };
  }
  const changes: Change[] = [];
  const unchanged: string[] = [];
  for (const current of live) {
    if (prune.some((name) => same(name, current.name)))
      changes.push({ kind: 'delete', name: current.name, version: current.version, words: ['is deleted; what was delivered stays'] });
  }
  for (const wanted of file) {
    const current = live.find((l) => same(l.name, wanted.name));
    if (!current) {
      const words = [...wordsOf({ categories: [], destinations: {} }, wanted.input), ...wanted.secrets.map(sent)];
      changes.push({ kind: 'create', name: wanted.name, input: wanted.input, secrets: wanted.secrets, words });
      continue;
    }
    const before = normal(settingInputOf(current));
    const input = withIdsOf(before, settingInputOf(wanted.input));
    const secrets = wanted.secrets.filter((s) => sendSecrets || !isKept(s, current, input));
    const words = [...wordsOf(before, input), ...secrets.map(sent)];
    if (words.length === 0) unchanged.push(current.name);
    else changes.push({ kind: 'change', name: current.name, version: current.version, input, secrets, words });
  }
  const others = live.map((l) => l.name).filter((name) => !file.some((f) => same(f.name, name)) && !prune.some((p) => same(p, name)));
  return { changes, unchanged, others };
}
const sent = ({ type, field, env }: SecretReference): string => `sends the ${field} of ${type} from ${env}`;

/** A stored secret stays where the destination is the same place. */
function isKept({ type, field }: SecretReference, current: Live, input: SettingInput): boolean {
  const [old, wanted] = [current.destinations[type], input.destinations[type]];
  if (!old || !wanted || !current.secrets.some((s) => s.path === `destinations.${type}.${field}`)) return false;
  const audience = (target: unknown) => secretAudience(type, target as DestinationTargets[DestinationType]);
  return audience(old) === audience(wanted);
}

/** As the contract reads it: defaults that were left out are there. */
const normal = (input: SettingInput): SettingInput => {
  const read = settingInput.safeParse(input);
  return read.success ? read.data : input;
};
/** Ids of Azure are the same in any case: one that differs in case only stays as it is stored. */
function withIdsOf(stored: SettingInput, input: SettingInput): SettingInput {
  const destinations = Object.fromEntries(
    Object.entries(input.destinations).map(([type, target]) => [
      type,
      Object.fromEntries(
        Object.entries(target as Record<string, unknown>).map(([field, value]) => {
          const old = (stored.destinations[type as DestinationType] as Record<string, unknown> | undefined)?.[field];
          const id = typeof value === 'string' && typeof old === 'string' && value.startsWith('/subscriptions/') && same(value, old);
          return [field, id ? old : value];
        }),
      ),
    ]),
  ) as SettingInput['destinations'];
  return { ...input, destinations };
}

type Json = Record<string, unknown>;
/** What differs, in words. Everything that a setting has is compared, also what has no words of its own here. */
function wordsOf(before: SettingInput, after: SettingInput): string[] {
  const words: string[] = [];
  const days = (n: number) => (n === 0 ? 'kept forever' : `kept for ${n} days`);
  for (const wanted of after.categories) {
    const old = before.categories.find((c) => c.category === wanted.category);
    if (!old) {
      const { category: _, retentionDays: __, ...rest } = wanted as Json;
      words.push(`ticks ${wanted.category}, ${days(wanted.retentionDays)}`, ...differences({}, rest, wanted.category));
      continue;
    }
    if (old.retentionDays !== wanted.retentionDays)
      words.push(`${wanted.category} is ${days(wanted.retentionDays)}, not ${days(old.retentionDays)}`);
    words.push(...differences({ ...old, retentionDays: 0 }, { ...wanted, retentionDays: 0 }, wanted.category));
  }
  for (const old of before.categories)
    if (!after.categories.some((c) => c.category === old.category)) words.push(`unticks ${old.category}`);
  for (const type of destinationTypes) {
    const [old, wanted] = [before.destinations[type], after.destinations[type]];
    if (old && !wanted) words.push(`no longer sends to ${type}`);
    if (!old && wanted) words.push(`sends to ${type}`);
    if (wanted) words.push(...differences(old ?? {}, wanted, type));
  }
  const { categories: _, destinations: __, ...restBefore } = before as unknown as Json;
  const { categories: ___, destinations: ____, ...restAfter } = after as unknown as Json;
  return [...words, ...differences(restBefore, restAfter, '')];
}
function differences(before: Json, after: Json, at: string): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted().flatMap((key) => {
    const [old, wanted] = [before[key], after[key]];
    const path = at === '' ? key : `${at}.${key}`;
    if (canonical(old) === canonical(wanted)) return [];
    if (isObject(old) && isObject(wanted)) return differences(old, wanted, path);
    if (wanted === undefined) return [`${path} is left out, was ${shown(old)}`];
    return [`${path} is ${shown(wanted)}${old === undefined ? '' : `, not ${shown(old)}`}`];
  });
}
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown): string => JSON.stringify(value);
/** The same text for the same value, whatever the order of its fields. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    isObject(v) ? Object.fromEntries(Object.entries(v).toSorted(([a], [b]) => (a < b ? -1 : 1))) : v,
  ) ?? '';
