/** JSON as it is written: numbers keep their digits, keys their order, and no key is special. */
export type Json =
  | { readonly type: 'object'; readonly entries: readonly (readonly [string, Json])[] }
  | { readonly type: 'array'; readonly items: readonly Json[] }
  | { readonly type: 'string'; readonly value: string }
  /** A number, `true`, `false` or `null`. */
  | { readonly type: 'literal'; readonly text: string };

/** Deeper JSON is text: nobody reads it as a tree. */
const MAX_DEPTH = 60;
const literal = /[-+.\w]+/y;

class NotJson extends Error {}

/** Reads JSON. Null when it is none, when an object names a key twice, or when it is nested too deeply. */
export function parseJson(text: string): Json | null {
  try {
    // Says whether it is JSON at all, so that the reader below can trust it.
    JSON.parse(text);
    return new Reader(text).read();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof NotJson) return null;
    throw error;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }
  read(depth = 0): Json {
    const start = this.#next();
    if (start === '"') return { type: 'string', value: this.#string() };
    if (start !== '{' && start !== '[') {
      literal.lastIndex = this.#at;
      const text = literal.exec(this.#text)![0];
      this.#at += text.length;
      return { type: 'literal', text };
    }
    if (depth >= MAX_DEPTH) throw new NotJson();
    this.#at += 1;
    return start === '{' ? this.#object(depth) : this.#array(depth);
  }
  #object(depth: number): Json {
    const entries = new Map<string, Json>();
    while (this.#next() !== '}') {
      const key = this.#string();
      if (entries.has(key)) throw new NotJson();
      this.#next();
      this.#at += 1;
      entries.set(key, this.read(depth + 1));
      if (this.#next() === ',') this.#at += 1;
    }
    this.#at += 1;
    return { type: 'object', entries: [...entries] };
  }
  #array(depth: number): Json {
    const items: Json[] = [];
    while (this.#next() !== ']') {
      items.push(this.read(depth + 1));
      if (this.#next() === ',') this.#at += 1;
    }
    this.#at += 1;
    return { type: 'array', items };
  }
  /** The next character that is no white space. */
  #next(): string {
    while (' \t\n\r'.includes(this.#text[this.#at]!)) this.#at += 1;
    return this.#text[this.#at]!;
  }
  #string(): string {
    const from = this.#at;
    this.#at += 1;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at += 1;
    return JSON.parse(this.#text.slice(from, this.#at)) as string;
  }
}

/** Writes it without white space; with an indent, readably. */
export function printJson(json: Json, indent = 0, depth = 0): string {
  const list = (open: string, items: readonly string[], close: string): string => {
    if (items.length === 0) return open + close;
    const line = indent === 0 ? '' : `\n${' '.repeat(indent * (depth + 1))}`;
    return open + line + items.join(`,${line}`) + (indent === 0 ? '' : `\n${' '.repeat(indent * depth)}`) + close;
  };
  switch (json.type) {
    case 'object':
      return list(
        '{',
        json.entries.map(([key, value]) => `${JSON.stringify(key)}:${indent === 0 ? '' : ' '}${printJson(value, indent, depth + 1)}`),
        '}',
      );
    case 'array':
      return list(
        '[',
        json.items.map((item) => printJson(item, indent, depth + 1)),
        ']',
      );
    case 'string':
      return JSON.stringify(json.value);
    case 'literal':
      return json.text;
  }
}

/** Gives equal values the same number; the order of keys does not matter. */
export class Equality {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<Json, number>();
  of(json: Json): number {
    const before = this.#known.get(json);
    if (before !== undefined) return before;
    const key = this.#key(json);
    const number = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, number);
    this.#known.set(json, number);
    return number;
  }
  #key(json: Json): string {
    switch (json.type) {
      case 'object':
        return `{${json.entries
          .map(([key, value]) => `${JSON.stringify(key)}:${this.of(value)}`)
          .toSorted()
          .join(',')}}`;
      case 'array':
        return `[${json.items.map((item) => this.of(item)).join(',')}]`;
      case 'string':
        return `"${json.value}`;
      case 'literal':
        return json.text;
    }
  }
}
