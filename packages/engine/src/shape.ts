import { createHmac } from 'node:crypto';
import { asksForText, matcher, parsePath, REDACTED, type Mask, type Masking, type Query, type Searchable } from '@weir/contract';
import { cutJson, type JsonCut } from './cut-json.ts';

/**
 * One version of what a setting lets through and masks. Versions never change: a batch names the one it was cut with, so that
 * its bytes come out the same however often it is sent, and whenever it is verified.
 */
export interface Shape {
  readonly id: string;
  /** Null: every record goes. */
  readonly condition: Query | null;
  readonly masks: readonly Mask[];
  /** Of the setting, for `hash`. Null when nothing is hashed. */
  readonly key: Buffer | null;
}
export interface Shaper {
  /** Whether the condition asks for texts anywhere in the record; otherwise its fields are enough. */
  readonly asksForText: boolean;
  readonly filters: boolean;
  readonly masks: boolean;
  passes(record: Searchable): boolean;
  /** The body as it leaves; byte for byte the same where nothing is masked. Null: it is no JSON, so nothing in it can be masked. */
  body(body: Buffer): Buffer | null;
}

/** 128 bits: no two values of a directory meet. */
const HASH_BYTES = 16;

/** Makes a version ready. Pure: the same record and version give the same answer and the same bytes for ever. */
export function shaper(shape: Shape): Shaper {
  const { condition, masks, key } = shape;
  const passes = condition ? matcher(condition) : () => true;
  const tree = treeOf(masks);
  const change = (how: Masking, json: string): string | null => {
    if (how === 'drop') return null;
    // That a value is absent is no secret worth a wrong type.
    if (json === 'null') return json;
    if (how === 'redact') return JSON.stringify(REDACTED);
    if (!key) throw new Error('A shape that hashes has no key.');
    const value = json.startsWith('"') ? (JSON.parse(json) as string) : json;
    return JSON.stringify(createHmac('sha256', key).update(value).digest().subarray(0, HASH_BYTES).toString('hex'));
  };
  return {
    asksForText: condition !== null && asksForText(condition),
    filters: condition !== null,
    masks: masks.length > 0,
    passes,
    body(body) {
      if (masks.length === 0) return body;
      const text = body.toString();
      const cut = cutJson(text, tree, change);
      return cut === null ? null : cut === text ? body : Buffer.from(cut);
    },
  };
}

interface Growing extends JsonCut {
  how: Masking | undefined;
  items: Masking | undefined;
  fields: Map<string, Growing>;
}
const nothing = (): Growing => ({ how: undefined, items: undefined, fields: new Map() });

function treeOf(masks: readonly Mask[]): JsonCut {
  const root = nothing();
  for (const { path, how } of masks) {
    const parsed = parsePath(path);
    if ('message' in parsed) throw new Error(parsed.message);
    let at = root;
    for (const step of parsed.steps) {
      if (step === 'each') continue;
      const name = step.field.toLowerCase();
      const next = at.fields.get(name) ?? nothing();
      at.fields.set(name, next);
      at = next;
    }
    if (parsed.steps.at(-1) === 'each') at.items = how;
    else at.how = how;
  }
  return root;
}
