import type { Pattern, Query, QueryField } from './ast.ts';

/** A record as a query sees it. `text` is everything in it that can be searched for; `guids` are found when they are whole. */
export interface Searchable {
  readonly time: string;
  readonly fields: Readonly<Record<QueryField, readonly string[]>>;
  readonly text: readonly string[];
}
export type Matcher = (record: Searchable) => boolean;
const GUID = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/g;
/** How values are compared: without case, on one line. */
export const foldText = (text: string): string => {
  const lower = text.toLowerCase();
  return /[^\S ]| {2}/.test(lower) ? lower.replaceAll(/\s+/g, ' ') : lower;
};

/** GUIDs of a free text that holds nothing else: those are looked for as a whole, wherever they stand. Null for any other text. */
export function guidsOf(pattern: Pattern): string[] | null {
  const text = foldText(pattern.join(' '));
  const guids = text.match(GUID);
  return guids && !/[\p{L}\p{N}]/u.test(text.replaceAll(GUID, ' ')) ? guids : null;
}

/** Whether parts stand in a text one after another; with `whole`, from its beginning to its end. Takes time in proportion to the text, whatever the parts are. */
function holds(parts: Pattern, text: string, whole: boolean): boolean {
  if (parts.length === 1) return whole ? text === parts[0] : text.includes(parts[0]!);
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (whole && (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))) return false;
  const end = whole ? text.length - last.length : text.length;
  let at = whole ? first.length : 0;
  for (const part of whole ? parts.slice(1, -1) : parts) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The texts of one record, made when a condition first asks for them. */
class Texts {
  readonly #record: Searchable;
  #guids: ReadonlySet<string> | undefined;
  #rest: string | undefined;
  #folded: readonly string[] | undefined;
  constructor(record: Searchable) {
    this.#record = record;
  }
  get #texts(): readonly string[] {
    return (this.#folded ??= this.#record.text.map(foldText));
  }
  get guids(): ReadonlySet<string> {
    return (this.#guids ??= new Set(this.#texts.flatMap((t) => t.match(GUID) ?? [])));
  }
  /**
   * Inside a GUID nothing is found: "add" would find every second record. Where nothing else stood, nothing is left, not even a
   * blank, and what is left alike stands once.
   */
  get rest(): string {
    return (this.#rest ??= [...new Set(this.#texts.map((t) => t.replaceAll(GUID, ' ')))].filter((t) => t.trim() !== '').join('\n'));
  }
}
type Test = (record: Searchable, texts: Texts) => boolean;

/** What the words of the grammar mean, in the plainest way: the store's search must agree with it, and a setting's filter is it. */
export function matcher(query: Query): Matcher {
  const test = compile(query);
  return (record) => test(record, new Texts(record));
}
/** Whether a record is found. */
export const matches = (query: Query, record: Searchable): boolean => matcher(query)(record);

/** Whether a query asks for more than times and fields. */
export function asksForText(query: Query): boolean {
  if (query.kind === 'and' || query.kind === 'or') return query.of.some(asksForText);
  return query.kind === 'not' ? asksForText(query.of) : query.kind === 'text';
}

function compile(query: Query): Test {
  switch (query.kind) {
    case 'all':
      return () => true;
    case 'and': {
      const tests = query.of.map(compile);
      return (r, texts) => tests.every((t) => t(r, texts));
    }
    case 'or': {
      const tests = query.of.map(compile);
      return (r, texts) => tests.some((t) => t(r, texts));
    }
    case 'not': {
      const test = compile(query.of);
      return (r, texts) => !test(r, texts);
    }
    case 'text': {
      const guids = guidsOf(query.pattern);
      if (guids) return (_, texts) => guids.every((g) => texts.guids.has(g));
      const parts = query.pattern.map(foldText);
      return (_, texts) => holds(parts, texts.rest, false);
    }
    case 'field': {
      const { field, pattern } = query;
      if (pattern.length === 1 && pattern[0] === '') return (r) => r.fields[field].length === 0;
      const parts = pattern.map(foldText);
      return (r) => r.fields[field].some((v) => holds(parts, foldText(v), true));
    }
    case 'time': {
      const { operator } = query;
      const at = Date.parse(query.at);
      return (r) => {
        const time = Date.parse(r.time);
        return operator === '>=' ? time >= at : operator === '>' ? time > at : operator === '<=' ? time <= at : time < at;
      };
    }
  }
}
