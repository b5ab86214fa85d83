import type { NewRecord, QueryField } from '@weir/contract';

/** What makes a record searchable. */
export interface Indexed {
  /** Every text of it, folded, without GUIDs, each on a line. */
  text: string;
  /** Its targets, folded, each between line ends. */
  targetText: string;
  tokens: number[];
}
/** Keys whose texts nobody searches for, and which would be in every record. */
const left = new Set([
  'UserPermissions',
  'userPermissions',
  'time',
  'activityDateTime',
  'ActivityDate',
  'tenantId',
  'TenantId',
  'resultDescription',
  '@odata.type',
]);
const GUID = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/g;
const ONE_GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Stands for none, in very many records: it is no token, and is looked for in the text. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';
const WORD = /[\p{L}\p{N}]+/gu;
/** What a result is called when nothing went wrong. It is nearly every record's, so nothing is kept for finding it. */
export const SUCCESS = 'success';
/**
 * Words of the records' own form, which Graph writes into nearly every one or into every other: an index of them would be a
 * third of all, and no search would use it. They are found in the text. Once a word stands here it stays: records that were
 * appended meanwhile have no number for it.
 */
const FORM = new Set(
  `success microsoft intune portal extension itpro devicemanagementapiversion version device patch create action application id true false
  0 1 2 3 displayname description collection type target source sourceid direct rolescopetagids
  deviceandappmanagementassignmentfilterid deviceandappmanagementassignmentfiltertype`.split(/\s+/),
);
/** Whether a word, folded, stands in no index. */
export const isForm = (word: string): boolean => FORM.has(word);
/** Whether a value of a field, folded, stands in no index. */
export const isUsual = (field: string, value: string): boolean => field === 'status' && value === SUCCESS;
/** Fields that are asked for together, each common by itself: their pairs are tokens as well. A status counts when it is not Success. */
export const PAIRS = [
  ['actor', 'activity'],
  ['actor', 'category'],
  ['actor', 'status'],
  ['activity', 'status'],
  ['category', 'status'],
] as const satisfies readonly (readonly [QueryField, QueryField])[];
/** A longer word does not fit an index entry; records that hold one are looked at whenever words are. */
const MAX_WORD = 200;
export const LONG_WORD = '\u0001long';

/** How texts are compared: without case, on one line. As `foldText` of the contract, which is slower. */
export const fold = (text: string): string => {
  const lower = text.toLowerCase();
  return /[^\S ]| {2}/.test(lower) ? lower.replaceAll(/\s+/g, ' ') : lower;
};

/** FNV-1a, 32 bits, signed. https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h | 0;
}

/** Numbers for words, salted by log: one tenant's searches never meet another's entries in the index. */
export class Tokens {
  readonly #salt: number;
  constructor(tenantId: string, category: number) {
    this.#salt = hash(`${tenantId}/${category}`, 0x811c9dc5);
  }
  /** A word, or a GUID as a whole. */
  word(word: string): number {
    return hash(word, this.#salt);
  }
  /** A whole value of a field. */
  value(field: string, value: string): number {
    return hash(`${field}=${value}`, this.#salt);
  }
  /** Whole values of two fields. */
  pair(field: string, value: string, other: string, otherValue: string): number {
    return hash(`${field}=${value}\n${other}=${otherValue}`, this.#salt);
  }
}

/** GUIDs of a folded text, and the text without them. */
export function split(text: string): { guids: string[]; rest: string } {
  const guids = text.length < 36 ? [] : (text.match(GUID) ?? []);
  return guids.length === 0 ? { guids, rest: text } : { guids, rest: text.replaceAll(GUID, ' ') };
}
/** GUIDs of a piece of a folded text that are GUIDs in the whole of it, too: at an open edge more digits may follow. */
export const guidsWithin = (piece: string, open: { before: boolean; after: boolean }): string[] =>
  [...piece.matchAll(GUID)]
    .filter((m) => (m.index > 0 || !open.before) && (m.index + m[0].length < piece.length || !open.after))
    .map((m) => m[0]);
const SHAPE = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';
/**
 * Where a piece of a folded text may be a part of a GUID: [from, to) of each. Only where it is long enough to be meant as one: half
 * of all short numbers could be in some GUID.
 */
export function partsOfGuids(piece: string, open: { before: boolean; after: boolean }): [number, number][] {
  return [...piece.matchAll(/[0-9a-f-]{9,}/g)].flatMap(({ 0: run, index }): [number, number][] => {
    const end = index + run.length;
    const [first, last] = [index > 0 || !open.before, end < piece.length || !open.after];
    const shape = run.replaceAll(/[0-9a-f]/g, 'x');
    if (!shape.includes('-')) return [];
    for (let at = SHAPE.indexOf(shape); at >= 0; at = SHAPE.indexOf(shape, at + 1))
      if ((!first || at === 0) && (!last || at + shape.length === SHAPE.length)) return [[index, end]];
    return [];
  });
}
export const wordsOf = (text: string): string[] => text.match(WORD) ?? [];

/** Calls `take` with each text of a value. */
function collect(value: unknown, take: (text: string) => void): void {
  if (typeof value === 'string') {
    if (value !== '' && value !== '<null>' && value !== 'None') take(value);
  } else if (Array.isArray(value)) for (const v of value) collect(v, take);
  else if (typeof value === 'object' && value !== null)
    for (const key in value) if (!left.has(key)) collect((value as Record<string, unknown>)[key], take);
}
function parse(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Calls `take` with each searchable text of a record. What Graph sent holds all that the body holds, and more. Never throws. */
function eachText(record: NewRecord, take: (text: string) => void): void {
  take(record.id);
  const { fields } = record;
  for (const value of [
    fields.actor,
    fields.operation,
    fields.application,
    fields.auditCategory,
    fields.correlationId,
    fields.result,
    ...fields.targets,
  ])
    if (value !== null && value !== '') take(value);
  const value = parse(record.original ?? record.body);
  // The log's own category is in every record of the log.
  collect(
    record.original === null && typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, category: null } : value,
    take,
  );
}
/** The searchable texts of a record, folded. */
export function textsOf(record: NewRecord): string[] {
  const texts = new Set<string>();
  eachText(record, (text) => texts.add(fold(text)));
  return [...texts];
}

/** What one text adds to a record. Most texts come again and again: names of properties, people, applications. */
interface Part {
  /** Null: nothing but GUIDs and blanks. */
  line: string | null;
  guids: readonly string[];
  words: readonly string[];
  tokens: readonly number[];
  /** The last set that its words were added to. */
  addedTo: ReadonlySet<string> | null;
}
const MAX_PARTS = 20_000;

/** Makes records of one log searchable. */
export class Indexer {
  readonly #tokens: Tokens;
  #parts = new Map<string, Part>();
  constructor(tenantId: string, category: number) {
    this.#tokens = new Tokens(tenantId, category);
  }

  /** Text and tokens of a record; its words are added to those of its batch. Never throws. */
  index(record: NewRecord, words: Set<string>): Indexed {
    const { fields } = record;
    const numbers = new Set<number>();
    const lines = new Set<string>();
    eachText(record, (text) => {
      const part = this.#part(text);
      if (part.line !== null) lines.add(part.line);
      if (part.addedTo !== words) {
        part.addedTo = words;
        for (const word of part.words) words.add(word);
      }
      for (const number of part.tokens) numbers.add(number);
    });
    const values: Partial<Record<QueryField, string | null>> = {
      actor: fields.actor,
      activity: fields.operation,
      category: fields.auditCategory,
      application: fields.application,
      status: fields.result,
    };
    for (const field in values) {
      const value = values[field as QueryField];
      if (value === null || value === undefined) continue;
      const folded = (values[field as QueryField] = fold(value));
      if (!isUsual(field, folded)) numbers.add(this.#tokens.value(field, folded));
    }
    for (const [a, b] of PAIRS) {
      const [one, other] = [values[a], values[b]];
      if (typeof one === 'string' && typeof other === 'string' && !isUsual(b, other)) numbers.add(this.#tokens.pair(a, one, b, other));
    }
    for (const type of fields.targetTypes ?? []) numbers.add(this.#tokens.value('type', fold(type)));
    const targets = fields.targets.map(fold);
    return {
      text: [...lines].join('\n'),
      targetText: targets.length === 0 ? '' : storable(`\n${targets.join('\n')}\n`),
      tokens: [...numbers],
    };
  }

  #guid(guid: string): Part {
    return { line: null, guids: [guid], words: [], tokens: guid === NOBODY ? [] : [this.#tokens.word(guid)], addedTo: null };
  }
  #part(text: string): Part {
    const known = this.#parts.get(text);
    if (known) return known;
    // Ids are most of the texts that come once.
    if (text.length === 36 && ONE_GUID.test(text)) return this.#guid(text.toLowerCase());
    const { guids, rest } = split(fold(text));
    const line = storable(rest);
    const words = wordsOf(line);
    const part: Part = {
      line: line.trim() === '' ? null : line,
      guids,
      words: words.filter((w) => w.length <= MAX_WORD),
      tokens: [
        ...words.filter((w) => !isForm(w)).map((w) => this.#tokens.word(w.length > MAX_WORD ? LONG_WORD : w)),
        ...guids.flatMap((g) => (g === NOBODY ? [] : this.#tokens.word(g))),
      ],
      addedTo: null,
    };
    // Ids and times come once: they would push out what comes again.
    if (guids.length === 0 && text.length < 100) {
      if (this.#parts.size >= MAX_PARTS) this.#parts = new Map();
      this.#parts.set(text, part);
    }
    return part;
  }
}
/** PostgreSQL text holds no NUL, and UTF-8 no half of a character. */
export const storable = (text: string): string => (text.includes('\u0000') ? text.replaceAll('\u0000', '\uFFFD') : text).toWellFormed();
