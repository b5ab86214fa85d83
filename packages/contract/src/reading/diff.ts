import { parseJson, printJson, type Json } from './json.ts';
import { applyJson, diffJson, type JsonDiffNode } from './json-diff.ts';
import { Meter } from './meter.ts';
import { diffText, type TextDiff } from './text-diff.ts';

/** What Intune writes for a value that there is none of: `displayName`, `oldValue` and `newValue` have it on the wire. */
export const NONE = '<null>';

/** A value as the record has it. `not-recorded`: the record says nothing; `none`: it says `<null>`; `empty`: it says nothing is there. */
export type RecordedValue =
  | { readonly is: 'not-recorded' }
  | { readonly is: 'none' }
  | { readonly is: 'empty' }
  | { readonly is: 'text'; readonly text: string };

/** What lies between an old value and a new one. */
export type ValueDiff =
  /** Both are recorded, and the same. */
  | { readonly kind: 'same'; readonly value: RecordedValue }
  /** One of them, or neither, was recorded: what changed cannot be told. */
  | { readonly kind: 'not-recorded'; readonly old: RecordedValue; readonly new: RecordedValue }
  /** One of them is none or empty: there is nothing to compare with. */
  | { readonly kind: 'replaced'; readonly old: RecordedValue; readonly new: RecordedValue }
  | TextDiff
  /** Both are JSON objects or lists. With `node.is === 'same'` only their spelling differs. */
  | { readonly kind: 'json'; readonly node: JsonDiffNode };

export function recordedValue(value: string | null): RecordedValue {
  if (value === null) return { is: 'not-recorded' };
  if (value === NONE) return { is: 'none' };
  return value === '' ? { is: 'empty' } : { is: 'text', text: value };
}
const written = (value: RecordedValue): string | null =>
  value.is === 'not-recorded' ? null : value.is === 'none' ? NONE : value.is === 'empty' ? '' : value.text;

/** JSON that has parts: an object or a list, as it is or inside a JSON string. */
function structure(text: string): Json | null {
  if (!/^\s*[{["]/.test(text)) return null;
  const json = parseJson(text);
  if (json?.type !== 'string') return json;
  return /^\s*[{[]/.test(json.value) && parseJson(json.value) ? json : null;
}

/**
 * Compares an old and a new value of a property: JSON by its structure, else text by words. Null: the record does not say.
 * The work is bounded by the meter; what it cannot afford is compared by lines, then as a whole.
 */
export function diffValues(oldValue: string | null, newValue: string | null, meter: Meter = new Meter()): ValueDiff {
  const before = recordedValue(oldValue);
  const after = recordedValue(newValue);
  if (before.is === 'not-recorded' || after.is === 'not-recorded') return { kind: 'not-recorded', old: before, new: after };
  if (oldValue === newValue) return { kind: 'same', value: after };
  if (before.is !== 'text' || after.is !== 'text') return { kind: 'replaced', old: before, new: after };
  const [a, b] = [structure(before.text), structure(after.text)];
  if (a && b && a.type === b.type) return { kind: 'json', node: diffJson(a, b, meter) };
  return diffText(before.text, after.text, meter);
}

/**
 * The new value, from a difference and the old value: the proof that a difference says everything. JSON comes back without
 * white space. Throws when the difference is not one of this value.
 */
export function applyDiff(diff: ValueDiff, oldValue: string | null): string | null {
  const fits = (expected: string | null) => {
    if (oldValue !== expected) throw new Error('The difference is of another value.');
  };
  switch (diff.kind) {
    case 'same':
      fits(written(diff.value));
      return oldValue;
    case 'not-recorded':
    case 'replaced':
      fits(written(diff.old));
      return written(diff.new);
    case 'text': {
      const side = (without: 'added' | 'removed') => diff.pieces.flatMap((p) => (p.is === without ? [] : p.text)).join('');
      fits(side('added'));
      return side('removed');
    }
    case 'json': {
      const result = applyJson(diff.node, oldValue === null ? null : parseJson(oldValue));
      return result && printJson(result);
    }
  }
}
