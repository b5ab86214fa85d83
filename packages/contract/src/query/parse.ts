import { ALL, join, queryFields, type Pattern, type Query, type QueryError, type QueryField } from './ast.ts';

/** Longer texts are refused before they are looked at. */
export const MAX_QUERY_LENGTH = 2_000;
/** Conditions of one query: each is a condition of one SQL statement. */
const MAX_CONDITIONS = 60;
const MAX_DEPTH = 20;
const aliases: Readonly<Record<string, QueryField>> = {
  initiatedby: 'actor',
  app: 'application',
  result: 'status',
  correlationid: 'correlation',
};

export type Parsed = { readonly ok: true; readonly query: Query } | { readonly ok: false; readonly error: QueryError };

class Wrong extends Error {
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

/** Reads a query text. Never throws, and takes time in proportion to the text's length. */
export function parseQuery(text: string): Parsed {
  return read(text, { name: 'search', time: true });
}

/**
 * Reads the condition of a setting: a query that is asked of each record as it comes. Refused is what makes no sense for a
 * stream: a time that passes.
 */
export function parseCondition(text: string): Parsed {
  return read(text, { name: 'condition', time: false });
}

/** What is read, as messages call it, and whether it may ask for times. */
interface Rules {
  readonly name: 'search' | 'condition';
  readonly time: boolean;
}

function read(text: string, rules: Rules): Parsed {
  try {
    if (text.length > MAX_QUERY_LENGTH)
      throw new Wrong(MAX_QUERY_LENGTH, `The ${rules.name} is longer than ${MAX_QUERY_LENGTH} characters. Shorten it.`);
    const nul = text.indexOf('\u0000');
    if (nul >= 0) throw new Wrong(nul, `A ${rules.name} cannot hold a NUL character.`);
    const lone = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.exec(text);
    if (lone) throw new Wrong(lone.index, 'This is half of a character.');
    return { ok: true, query: new Reader(text, rules).read() };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, error: { position: error.position, message: error.message } };
    throw error;
  }
}

/** Grammar: or := and ("or" and)*; and := not+; not := ("-" | "not") not | "(" or ")" | term. */
class Reader {
  readonly #text: string;
  readonly #rules: Rules;
  #at = 0;
  #conditions = 0;
  constructor(text: string, rules: Rules) {
    this.#text = text;
    this.#rules = rules;
  }

  read(): Query {
    this.#blanks();
    if (this.#at === this.#text.length) return ALL;
    const query = this.#or(0);
    if (this.#at < this.#text.length) throw new Wrong(this.#at, 'There is no "(" for this ")".');
    return query;
  }

  #or(depth: number): Query {
    const of = [this.#and(depth)];
    while (this.#word('or')) {
      const at = this.#at;
      this.#blanks();
      if (this.#ended()) throw new Wrong(at, 'After "or" another condition is missing.');
      of.push(this.#and(depth));
    }
    return join('or', of);
  }

  #and(depth: number): Query {
    const of: Query[] = [];
    for (;;) {
      this.#blanks();
      if (this.#word('and')) {
        this.#blanks();
        if (of.length === 0 || this.#ended())
          throw new Wrong(this.#at, 'On both sides of "and" a condition is needed. Quote the word to search for it.');
        continue;
      }
      if (this.#ended() || this.#peeks('or')) break;
      of.push(this.#not(depth));
    }
    if (of.length === 0)
      throw new Wrong(
        this.#at,
        this.#peeks('or') ? 'Before "or" a condition is missing. Quote the word to search for it.' : 'A condition is missing here.',
      );
    return join('and', of);
  }

  #not(depth: number): Query {
    if (depth > MAX_DEPTH) throw new Wrong(this.#at, `Parentheses go deeper than ${MAX_DEPTH} here.`);
    const at = this.#at;
    const minus = this.#text[at] === '-';
    if (minus || this.#word('not')) {
      if (minus) this.#at += 1;
      else this.#blanks();
      if (this.#ended() || /\s/.test(this.#text[this.#at]!))
        throw new Wrong(at, `After "${minus ? '-' : 'not'}" a condition is missing. Quote it to search for it.`);
      const inner = this.#not(depth + 1);
      return inner.kind === 'not' ? inner.of : { kind: 'not', of: inner };
    }
    if (this.#text[at] !== '(') return this.#term();
    this.#at += 1;
    const query = this.#or(depth + 1);
    if (this.#text[this.#at] !== ')') throw new Wrong(at, 'This "(" is not closed.');
    this.#at += 1;
    return query;
  }

  #term(): Query {
    this.#conditions += 1;
    if (this.#conditions > MAX_CONDITIONS) throw new Wrong(this.#at, `A ${this.#rules.name} has at most ${MAX_CONDITIONS} conditions.`);
    const at = this.#at;
    const name = /[a-zA-Z]+(?=[:<>])/y;
    name.lastIndex = at;
    const word = name.exec(this.#text)?.[0];
    if (word !== undefined) {
      const field = queryFields.find((f) => f === word.toLowerCase()) ?? aliases[word.toLowerCase()];
      const sign = this.#text[at + word.length]!;
      if (word.toLowerCase() === 'time') {
        if (!this.#rules.time)
          throw new Wrong(
            at,
            'A condition is asked of each record as it comes, so a time makes no sense in it. To send earlier records, include history. To look for the text itself, quote it.',
          );
        return this.#time(at + word.length);
      }
      if (field && sign !== ':') throw new Wrong(at + word.length, `Only time can be compared. Write ${field}:value.`);
      if (field) return this.#field(field, at + word.length + 1);
      if (sign === ':' && this.#text[at + word.length + 1] !== '\\')
        throw new Wrong(
          at,
          `There is no field "${word}". There are: ${queryFields.join(', ')}, time. To search for the text itself, quote it.`,
        );
    }
    const pattern = this.#value();
    if (pattern.every((p) => p === '')) throw new Wrong(at, 'There is nothing to search for here.');
    return { kind: 'text', pattern };
  }

  #field(field: QueryField, at: number): Query {
    this.#at = at;
    if (this.#text[at] === '(') {
      this.#at += 1;
      const of: Query[] = [];
      for (;;) {
        this.#blanks();
        if (of.length > 0 && this.#word('or')) this.#blanks();
        if (this.#text[this.#at] === ')' && of.length > 0) break;
        if (this.#ended())
          throw new Wrong(
            this.#at === this.#text.length ? at : this.#at,
            this.#at === this.#text.length ? 'This "(" is not closed.' : 'A value is missing here.',
          );
        this.#conditions += 1;
        if (this.#conditions > MAX_CONDITIONS) throw new Wrong(this.#at, `A ${this.#rules.name} has at most ${MAX_CONDITIONS} conditions.`);
        of.push({ kind: 'field', field, pattern: this.#value() });
      }
      this.#at += 1;
      return join('or', of);
    }
    if (this.#ended() || /\s/.test(this.#text[at]!))
      throw new Wrong(at, `After "${field}:" a value is missing. Write ${field}:"" for records without one.`);
    return { kind: 'field', field, pattern: this.#value() };
  }

  #time(at: number): Query {
    const operator = /(?:>=|<=|>|<|:)/y;
    operator.lastIndex = at;
    const sign = operator.exec(this.#text)![0];
    const value = /[^\s()"]*/y;
    value.lastIndex = at + sign.length;
    const given = value.exec(this.#text)![0];
    this.#at = value.lastIndex;
    const from = at + sign.length;
    if (sign !== ':') return { kind: 'time', operator: sign as '>=', at: timeOf(given, from).from };
    const [start, end] = given.includes('..') ? given.split('..') : [given, given];
    const last = timeOf(end!, from + given.length - end!.length);
    return join('and', [
      { kind: 'time', operator: '>=', at: timeOf(start!, from).from },
      { kind: 'time', operator: '<', at: last.to },
    ]);
  }

  /** A word or a quoted text. A star stands for anything; a backslash takes the next character as it is. */
  #value(): Pattern {
    const parts: string[] = [];
    let part = '';
    const start = this.#at;
    const quoted = this.#text[start] === '"';
    let i = quoted ? start + 1 : start;
    for (; i < this.#text.length; i += 1) {
      const c = this.#text[i]!;
      if (c === '\\') {
        i += 1;
        if (i === this.#text.length)
          throw new Wrong(i - 1, 'After a backslash a character is missing. Write \\\\ for the backslash itself.');
        part += this.#text[i]!;
      } else if (c === '*') {
        parts.push(part);
        part = '';
      } else if (c === '"') {
        if (quoted) break;
        throw new Wrong(i, 'A quote can only stand around a whole value. Write \\" for the quote itself.');
      } else if (!quoted && (c === '(' || c === ')' || /\s/.test(c))) break;
      else part += c;
    }
    if (quoted && i >= this.#text.length) throw new Wrong(start, 'This quote is not closed.');
    this.#at = quoted ? i + 1 : i;
    if (quoted && !this.#ended() && !/\s/.test(this.#text[this.#at]!))
      throw new Wrong(this.#at, 'After a closing quote a blank is needed.');
    if (!quoted && this.#text[i] === '(')
      throw new Wrong(i, 'Before "(" a blank is needed. Quote the text, or write \\( for the sign itself.');
    // Stars next to each other say no more than one.
    return [...parts, part].filter((p, n, all) => p !== '' || n === 0 || n === all.length - 1);
  }

  #blanks(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at]!)) this.#at += 1;
  }
  #ended(): boolean {
    return this.#at >= this.#text.length || this.#text[this.#at] === ')';
  }
  #peeks(word: string): boolean {
    const end = this.#at + word.length;
    return this.#text.slice(this.#at, end).toLowerCase() === word && (end >= this.#text.length || /[\s()]/.test(this.#text[end]!));
  }
  #word(word: string): boolean {
    if (!this.#peeks(word)) return false;
    this.#at += word.length;
    return true;
  }
}

/** The span of a day, minute or instant, UTC: `2026-11-21`, `2026-11-21T10:30`, `2026-11-21T10:30:15.123Z`. */
function timeOf(text: string, position: number): { from: string; to: string } {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?Z?)?)?)?$/i.exec(text);
  const [year, month, day, hour, minute, second, fraction] = (match ?? []).slice(1).map((v) => (v === undefined ? undefined : Number(v)));
  const from = match
    ? Date.UTC(
        year!,
        (month ?? 1) - 1,
        day ?? 1,
        hour ?? 0,
        minute ?? 0,
        second ?? 0,
        fraction === undefined ? 0 : Number(match[7]!.padEnd(3, '0')),
      )
    : Number.NaN;
  const date = new Date(from);
  const exists =
    match &&
    date.getUTCMonth() === (month ?? 1) - 1 &&
    date.getUTCDate() === (day ?? 1) &&
    (hour ?? 0) < 24 &&
    (minute ?? 0) < 60 &&
    (second ?? 0) < 60;
  if (!exists || year! < 1990 || year! > 2100)
    throw new Wrong(
      position,
      'Expected a time in UTC such as 2026-11-21, 2026-11-21T10:30 or 2026-11-21T10:30:15Z, or a span such as 2026-11-01..2026-11-21.',
    );
  const to =
    month === undefined
      ? Date.UTC(year! + 1, 0, 1)
      : day === undefined
        ? Date.UTC(year!, month, 1)
        : hour === undefined
          ? from + 86_400_000
          : second === undefined
            ? from + 60_000
            : fraction === undefined
              ? from + 1_000
              : from + 1;
  return { from: date.toISOString(), to: new Date(to).toISOString() };
}
