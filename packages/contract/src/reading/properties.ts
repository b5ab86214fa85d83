import type { z } from 'zod';
import type { modifiedProperty } from '../record.ts';

export type ModifiedProperty = z.infer<typeof modifiedProperty>;

/**
 * What happened to a property. `set`: its old value is not recorded; `removed`: its new one is not; `unrecorded`: neither is.
 */
export type PropertyChange = 'changed' | 'set' | 'removed' | 'unchanged' | 'unrecorded';

export interface ReadProperty {
  /** As the record names it. */
  readonly name: string;
  /** Its own name, without the collection that it is an item of; null when it is the item itself. */
  readonly label: string | null;
  readonly oldValue: string | null;
  readonly newValue: string | null;
  readonly change: PropertyChange;
  /** Not one of the object's: Intune adds it to every list. */
  readonly technical: boolean;
}
/** Properties of the object itself, or of one item of one of its lists. */
export interface PropertyGroup {
  /** `DetectionRules`; null for the object itself. */
  readonly collection: string | null;
  /** From 0. */
  readonly item: number | null;
  /** `Detection rules, item 1`; null for the object itself. */
  readonly title: string | null;
  readonly properties: readonly ReadProperty[];
}

/** `$Collection.DetectionRules.Path[0]`, as Intune names the property of an item of a list; `$Collection.RoleScopeTagIds[0]` for an item without any. */
const collected = /^\$Collection\.(.+)\[(\d+)\]$/;

/** A list's item in words. Null when the name is no such name. */
export function collectionItem(name: string): { collection: string; item: number; property: string | null } | null {
  const [, path, item] = collected.exec(name) ?? [];
  if (path === undefined) return null;
  const dot = path.indexOf('.');
  return {
    collection: dot < 0 ? path : path.slice(0, dot),
    item: Number(item),
    property: dot < 0 ? null : path.slice(dot + 1),
  };
}

/** `RoleScopeTagIds` as `Role scope tag ids`; runs of capitals stay as they are. */
export function nameInWords(name: string): string {
  const words = name
    .replaceAll(/(\p{Ll}|\p{N})(?=\p{Lu})/gu, '$1 ')
    .replaceAll(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1 ')
    .replaceAll(/[._]+/g, ' ')
    .trim()
    .split(/\s+/);
  return words.map((word, n) => (n === 0 || /^\p{Lu}{2}/u.test(word) ? word : word.toLowerCase())).join(' ');
}

/** Not properties of the object: the version of the API that it was changed through. */
const technical = new Set(['DeviceManagementAPIVersion']);
export const isTechnical = (name: string): boolean => technical.has(name);

export function changeOf(oldValue: string | null, newValue: string | null): PropertyChange {
  if (oldValue === null) return newValue === null ? 'unrecorded' : 'set';
  if (newValue === null) return 'removed';
  return oldValue === newValue ? 'unchanged' : 'changed';
}

/** A record's modified properties, those of one list item together, in the order in which the record names them first. */
export function diffProperties(properties: readonly ModifiedProperty[]): PropertyGroup[] {
  const groups = new Map<string, { collection: string | null; item: number | null; title: string | null; properties: ReadProperty[] }>();
  for (const { name, oldValue, newValue } of properties) {
    const of = collectionItem(name);
    const key = of ? `${of.collection}[${of.item}]` : '';
    let group = groups.get(key);
    if (!group) {
      group = {
        collection: of?.collection ?? null,
        item: of?.item ?? null,
        title: of ? `${nameInWords(of.collection)}, item ${of.item + 1}` : null,
        properties: [],
      };
      groups.set(key, group);
    }
    group.properties.push({
      name,
      label: of ? of.property : name,
      oldValue,
      newValue,
      change: changeOf(oldValue, newValue),
      technical: isTechnical(name),
    });
  }
  return [...groups.values()];
}
