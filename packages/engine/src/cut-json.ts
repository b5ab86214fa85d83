import type { Masking } from '@weir/contract';

/**
 * Where in a JSON text something is changed: here, in each item of a list, in fields of an object (lower case; names are compared
 * without it). Fields are looked for in the items of a list, too: a path that forgets a list must not let a value out.
 */
export interface JsonCut {
  readonly how: Masking | undefined;
  readonly items: Masking | undefined;
  readonly fields: ReadonlyMap<string, JsonCut>;
}

/**
 * Changes values inside a JSON text and leaves every other byte where it is: order of keys, spaces, digits of numbers, keys that
 * stand twice. `change` gives the text that takes a value's place, or null to leave it out. Null when the text is no JSON.
 */
export function cutJson(text: string, cut: JsonCut, change: (how: Masking, json: string) => string | null): string | null {
  try {
    // What cannot be read here must not be taken for a text without the field.
    JSON.parse(text);
  } catch {
    return null;
  }
  return new Cutter(text, change).value(cut);
}

const BLANK = /[ \t\n\r]*/y;
const PLAIN = /[^,\]}\s]+/y;
const BRACKETS = /["[\]{}]/g;

/** Walks a text that is known to be JSON. */
class Cutter {
  readonly #text: string;
  readonly #change: (how: Masking, json: string) => string | null;
  #at = 0;
  constructor(text: string, change: (how: Masking, json: string) => string | null) {
    this.#text = text;
    this.#change = change;
  }

  /** The value that begins here, with the blanks before it; null when it is left out. */
  value(cut: JsonCut): string | null {
    const start = this.#at;
    const blanks = this.#take(BLANK);
    if (cut.how !== undefined) {
      const changed = this.#change(cut.how, this.#skip());
      return changed === null ? null : blanks + changed;
    }
    const first = this.#text[this.#at];
    if (first === '[' && (cut.items !== undefined || cut.fields.size > 0)) {
      const item: JsonCut = { how: cut.items, items: undefined, fields: cut.fields };
      return blanks + this.#members(']', () => this.value(item));
    }
    if (cut.items !== undefined) {
      const changed = this.#change(cut.items, this.#skip());
      return changed === null ? null : blanks + changed;
    }
    if (first === '{' && cut.fields.size > 0) return blanks + this.#object(cut);
    this.#skip();
    return this.#text.slice(start, this.#at);
  }

  #object(cut: JsonCut): string {
    return this.#members('}', () => {
      const start = this.#at;
      this.#take(BLANK);
      const written = this.#string();
      const name = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
      this.#take(BLANK);
      this.#at += 1;
      const head = this.#text.slice(start, this.#at);
      const inner = cut.fields.get(name.toLowerCase());
      if (inner) {
        const value = this.value(inner);
        return value === null ? null : head + value;
      }
      this.#take(BLANK);
      this.#skip();
      return this.#text.slice(start, this.#at);
    });
  }

  #members(end: string, member: () => string | null): string {
    const open = this.#text[this.#at]!;
    this.#at += 1;
    const empty = this.#at;
    const blanks = this.#take(BLANK);
    if (this.#text[this.#at] === end) {
      this.#at += 1;
      return open + blanks + end;
    }
    this.#at = empty;
    const parts: string[] = [];
    for (;;) {
      const part = member();
      const after = this.#take(BLANK);
      if (part !== null) parts.push(part + after);
      const sign = this.#text[this.#at];
      this.#at += 1;
      if (sign === end) return open + parts.join(',') + end;
    }
  }

  /** Goes over a value, and gives it. */
  #skip(): string {
    const start = this.#at;
    const first = this.#text[start];
    if (first === '"') return this.#string();
    if (first !== '{' && first !== '[') return this.#take(PLAIN);
    let depth = 0;
    for (;;) {
      BRACKETS.lastIndex = this.#at;
      const sign = BRACKETS.exec(this.#text)!;
      this.#at = sign.index;
      if (sign[0] === '"') {
        this.#string();
        continue;
      }
      this.#at += 1;
      depth += sign[0] === '{' || sign[0] === '[' ? 1 : -1;
      if (depth === 0) return this.#text.slice(start, this.#at);
    }
  }

  /** A pattern would overflow the stack on a long text with many escapes. */
  #string(): string {
    const start = this.#at;
    for (let end = start; ;) {
      end = this.#text.indexOf('"', end + 1);
      let escapes = 0;
      while (this.#text[end - 1 - escapes] === '\\') escapes += 1;
      if (escapes % 2 === 1) continue;
      this.#at = end + 1;
      return this.#text.slice(start, this.#at);
    }
  }

  #take(what: RegExp): string {
    what.lastIndex = this.#at;
    const found = what.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}
