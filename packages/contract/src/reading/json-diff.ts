import { Equality, parseJson, printJson, type Json } from './json.ts';
import type { Meter } from './meter.ts';
import { align } from './sequence.ts';
import { diffText, type TextDiff } from './text-diff.ts';

/** Two JSON values laid over each other. Lists follow the new value's order, with what was removed in between. */
export type JsonDiffNode =
  | { readonly is: 'same'; readonly value: Json }
  | { readonly is: 'added'; readonly value: Json }
  | { readonly is: 'removed'; readonly value: Json }
  /** Another value in its place; `text` compares two strings. */
  | { readonly is: 'changed'; readonly old: Json; readonly new: Json; readonly text: TextDiff | null }
  | { readonly is: 'object'; readonly entries: readonly { readonly key: string; readonly node: JsonDiffNode }[] }
  | { readonly is: 'array'; readonly items: readonly JsonDiffNode[] }
  /** A string that holds JSON itself. */
  | { readonly is: 'embedded'; readonly node: JsonDiffNode };

/** Pairs of items that a stretch of two arrays may be weighed by; more are paired in order. */
const MAX_PAIRS = 2_500;
/** What a thing calls itself: items of two arrays that differ in it are not the same thing. */
const names = ['@odata.id', 'id', 'Id', 'settingDefinitionId', 'key', 'name', 'Name', 'displayName', 'DisplayName'];

export function diffJson(before: Json, after: Json, meter: Meter): JsonDiffNode {
  return new Comparison(meter).compare(before, after);
}

class Comparison {
  readonly #meter: Meter;
  readonly #equality = new Equality();
  constructor(meter: Meter) {
    this.#meter = meter;
  }

  compare(before: Json, after: Json): JsonDiffNode {
    if (this.#equality.of(before) === this.#equality.of(after)) return { is: 'same', value: after };
    if (before.type === 'object' && after.type === 'object') return { is: 'object', entries: this.#entries(before.entries, after.entries) };
    if (before.type === 'array' && after.type === 'array') return { is: 'array', items: this.#items(before.items, after.items) };
    if (before.type === 'string' && after.type === 'string') {
      const [a, b] = [embedded(before.value), embedded(after.value)];
      if (a && b) return { is: 'embedded', node: this.compare(a, b) };
      return { is: 'changed', old: before, new: after, text: diffText(before.value, after.value, this.#meter) };
    }
    return { is: 'changed', old: before, new: after, text: null };
  }

  #entries(
    before: readonly (readonly [string, Json])[],
    after: readonly (readonly [string, Json])[],
  ): { key: string; node: JsonDiffNode }[] {
    const old = new Map(before);
    const kept = new Set(after.map(([key]) => key));
    // What was removed stands where it stood: behind the key that it followed.
    const gone = new Map<string | null, { key: string; node: JsonDiffNode }[]>();
    let behind: string | null = null;
    for (const [key, value] of before) {
      if (kept.has(key)) behind = key;
      else {
        const list = gone.get(behind) ?? [];
        list.push({ key, node: { is: 'removed', value } });
        gone.set(behind, list);
      }
    }
    const list = [...(gone.get(null) ?? [])];
    for (const [key, value] of after) {
      const was = old.get(key);
      list.push({ key, node: was === undefined ? { is: 'added', value } : this.compare(was, value) }, ...(gone.get(key) ?? []));
    }
    return list;
  }

  #items(before: readonly Json[], after: readonly Json[]): JsonDiffNode[] {
    const number = (json: Json) => this.#equality.of(json);
    const { runs } = align(Int32Array.from(before, number), Int32Array.from(after, number), this.#meter);
    const nodes: JsonDiffNode[] = [];
    let a = 0;
    let b = 0;
    for (const run of [...runs, { a: before.length, b: after.length, length: 0 }]) {
      nodes.push(...this.#between(before.slice(a, run.a), after.slice(b, run.b)));
      for (let i = 0; i < run.length; i += 1) nodes.push({ is: 'same', value: after[run.b + i]! });
      a = run.a + run.length;
      b = run.b + run.length;
    }
    return nodes;
  }

  /** Items that differ: those that are most alike become one changed item, in order. */
  #between(before: readonly Json[], after: readonly Json[]): JsonDiffNode[] {
    const n = before.length;
    const m = after.length;
    const nodes: JsonDiffNode[] = [];
    let a = 0;
    let b = 0;
    if (n * m > MAX_PAIRS || !this.#meter.spend(n * m * 4)) {
      while (a < n && b < m) nodes.push(this.compare(before[a++]!, after[b++]!));
    } else {
      const alike = before.map((x) => after.map((y) => this.#likeness(x, y)));
      // best[i][j]: what the items from i and j on are worth, paired at best.
      const best = Array.from({ length: n + 1 }, () => new Float64Array(m + 1));
      for (let i = n - 1; i >= 0; i -= 1)
        for (let j = m - 1; j >= 0; j -= 1)
          best[i]![j] = Math.max(best[i + 1]![j]!, best[i]![j + 1]!, alike[i]![j]! > 0 ? best[i + 1]![j + 1]! + alike[i]![j]! : 0);
      while (a < n && b < m) {
        const worth = best[a]![b]!;
        if (alike[a]![b]! > 0 && worth === best[a + 1]![b + 1]! + alike[a]![b]!) nodes.push(this.compare(before[a++]!, after[b++]!));
        else if (worth === best[a + 1]![b]!) nodes.push({ is: 'removed', value: before[a++]! });
        else nodes.push({ is: 'added', value: after[b++]! });
      }
    }
    for (const value of before.slice(a)) nodes.push({ is: 'removed', value });
    for (const value of after.slice(b)) nodes.push({ is: 'added', value });
    return nodes;
  }

  /** 0: two different things. */
  #likeness(a: Json, b: Json): number {
    if (a.type !== b.type) return 0;
    if (a.type !== 'object' || b.type !== 'object') return 0.1;
    const other = new Map(b.entries);
    const mine = new Map(a.entries);
    for (const name of names) {
      const [x, y] = [mine.get(name), other.get(name)];
      if (x && y && this.#equality.of(x) !== this.#equality.of(y)) return 0;
      if (x && y) return 2;
    }
    let same = 0;
    this.#meter.spend(a.entries.length);
    for (const [key, value] of a.entries) {
      const y = other.get(key);
      if (y) same += this.#equality.of(value) === this.#equality.of(y) ? 1 : 0.2;
    }
    return same / Math.max(1, a.entries.length, b.entries.length);
  }
}

/** An object or a list in a string, written without white space: then nothing of the string is lost. */
function embedded(text: string): Json | null {
  if (!/^[{[]/.test(text)) return null;
  const json = parseJson(text);
  return json && printJson(json) === text ? json : null;
}

/** The new value, from the old one and what lies between. Throws when the difference is not one of this value. */
export function applyJson(node: JsonDiffNode, old: Json | null): Json | null {
  const fits = (expected: Json | null) => {
    if ((old === null) !== (expected === null) || (old && expected && !same(old, expected)))
      throw new Error('The difference is of another value.');
  };
  switch (node.is) {
    case 'same':
      fits(node.value);
      return node.value;
    case 'added':
      fits(null);
      return node.value;
    case 'removed':
      fits(node.value);
      return null;
    case 'changed':
      fits(node.old);
      return node.new;
    case 'object': {
      const entries = old?.type === 'object' ? new Map(old.entries) : new Map<string, Json>();
      return {
        type: 'object',
        entries: node.entries.flatMap(({ key, node: inner }) => {
          const value = applyJson(inner, entries.get(key) ?? null);
          return value ? [[key, value] as const] : [];
        }),
      };
    }
    case 'array': {
      const rest = old?.type === 'array' ? [...old.items].toReversed() : [];
      return {
        type: 'array',
        items: node.items.flatMap((inner) => applyJson(inner, inner.is === 'added' ? null : (rest.pop() ?? null)) ?? []),
      };
    }
    case 'embedded': {
      const inner = old?.type === 'string' ? parseJson(old.value) : null;
      const value = applyJson(node.node, inner);
      return value ? { type: 'string', value: printJson(value) } : null;
    }
  }
}
function same(a: Json, b: Json): boolean {
  const equality = new Equality();
  return equality.of(a) === equality.of(b);
}

/** One place where two JSON values differ. */
export interface JsonChange {
  readonly path: readonly (string | number)[];
  readonly is: 'added' | 'removed' | 'changed';
  readonly old: Json | null;
  readonly new: Json | null;
}
/** Every place where they differ. Positions in lists count in the new value; what was removed has the one it would stand at. */
export function jsonChanges(node: JsonDiffNode, path: readonly (string | number)[] = []): JsonChange[] {
  switch (node.is) {
    case 'same':
      return [];
    case 'added':
      return [{ path, is: 'added', old: null, new: node.value }];
    case 'removed':
      return [{ path, is: 'removed', old: node.value, new: null }];
    case 'changed':
      return [{ path, is: 'changed', old: node.old, new: node.new }];
    case 'object':
      return node.entries.flatMap(({ key, node: inner }) => jsonChanges(inner, [...path, key]));
    case 'array': {
      let position = 0;
      return node.items.flatMap((inner) => {
        const changes = jsonChanges(inner, [...path, position]);
        if (inner.is !== 'removed') position += 1;
        return changes;
      });
    }
    case 'embedded':
      return jsonChanges(node.node, path);
  }
}
/** `settings[0].value`; a key that is no plain word stands in quotes: `["a b"]`. */
export const printPath = (path: readonly (string | number)[]): string =>
  path
    .map((step, n) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[\p{L}_$@][\p{L}\p{N}_$@.]*$/u.test(step)
          ? n === 0
            ? step
            : `.${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('');
