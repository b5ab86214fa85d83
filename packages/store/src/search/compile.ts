import { conditionsOf, guidsOf, oneField, type Pattern, type Query, type QueryField } from '@weir/contract';
import type { Queryable } from '../database.ts';
import { helpful, isLone, leastShare, type TokenFrequency } from './frequency.ts';
import { fold, guidsWithin, isForm, isUsual, LONG_WORD, NOBODY, PAIRS, partsOfGuids, split, Tokens, wordsOf } from './text.ts';

/** A log: all that a search may look at. */
export interface Log {
  db: Queryable;
  tenantId: string;
  category: number;
  frequency?: TokenFrequency;
}
/** Values of a statement, in order. */
export class Binder {
  readonly values: unknown[] = [];
  bind(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}
/**
 * A query, made ready for SQL. `where` is the whole condition on `r`, a row of `record`; `groups` are sets of tokens of which
 * each found record has at least one of each, for the index; `columns` are the exact values that a column is
 * held to. `nothing`: no record can be found.
 */
export interface Compiled {
  where(binder: Binder): string;
  groups: readonly (readonly number[])[];
  columns: ReadonlyMap<string, readonly string[]>;
  /** About which share of the records an index leads to; 0 for what is rare. */
  share: number;
  /** An index leads to few records however long the log is. */
  lone: boolean;
  /** Nothing but categories and statuses are asked for, and `columns` says all of it. */
  rolled: boolean;
  nothing: boolean;
}

/** Columns of the fields with few values: a pattern becomes the values that it fits. */
const listed: Partial<Record<QueryField, string>> = {
  category: 'audit_category',
  activity: 'operation',
  actor: 'actor',
  application: 'application',
  status: 'result',
  type: 'target_types',
};
const exact: Partial<Record<QueryField, string>> = { id: 'id', correlation: 'correlation_id' };
/** Words that a piece of a word may stand for before the index is no help: then the words are common, and walking finds them soon. */
const MAX_WORDS = 2_000;
const MAX_VALUES = 50_000;

const like = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);
const likePattern = (pattern: Pattern): string => pattern.map((p) => like(fold(p))).join('%');
const unique = (values: readonly number[]): number[] => [...new Set(values)];
const longest = (texts: readonly string[]): string | undefined => texts.toSorted((a, b) => b.length - a.length)[0];

/** A condition and what an index can make of it. */
interface Node {
  where(binder: Binder): string;
  groups: readonly (readonly number[])[];
}
const never: Node = { where: () => 'false', groups: [[]] };

/** Makes a query ready. Looks up values and words of the log; nothing of the query's text becomes part of a statement. */
export async function compile(log: Log, query: Query): Promise<Compiled> {
  const compiler = new Compiler(log);
  const columns = new Map<string, readonly string[]>();
  const conditions = conditionsOf(query);
  for (const condition of conditions) {
    const one = oneField(condition);
    const column = one && one.field !== 'type' ? listed[one.field] : undefined;
    // A value that is absent stands in no index as a value.
    if (!one || !column || columns.has(column) || one.patterns.some((p) => p.join('') === '')) continue;
    columns.set(column, [...new Set((await Promise.all(one.patterns.map((p) => compiler.values(one.field, p)))).flat())]);
  }
  const nodes = await Promise.all(conditions.map((q) => compiler.node(q)));
  const groups = [...nodes.flatMap((n) => n.groups), ...compiler.pairs(columns)];
  const shares = (await log.frequency?.get()) ?? new Map<number, number>();
  return {
    where: (binder) => nodes.map((n) => n.where(binder)).join(' and ') || 'true',
    groups: helpful(groups, shares),
    share: leastShare(groups, shares),
    lone: isLone(groups, shares),
    rolled: conditions.every((c) => ['category', 'status'].includes(oneField(c)?.field ?? '')) && columns.size === conditions.length,
    columns,
    nothing: groups.some((g) => g.length === 0),
  };
}

/** The whole condition on `r` alone, for rows that are found without the word index: spares looking up words. */
export async function conditionOf(log: Log, query: Query): Promise<Compiled['where']> {
  const compiler = new Compiler(log, false);
  const nodes = await Promise.all(conditionsOf(query).map((q) => compiler.node(q)));
  return (binder) => nodes.map((n) => n.where(binder)).join(' and ') || 'true';
}

class Compiler {
  readonly #log: Log;
  readonly #tokens: Tokens;
  readonly #values = new Map<string, Promise<string[]>>();
  readonly #indexed: boolean;
  constructor(log: Log, indexed = true) {
    this.#log = log;
    this.#tokens = new Tokens(log.tenantId, log.category);
    this.#indexed = indexed;
  }

  async node(query: Query): Promise<Node> {
    switch (query.kind) {
      case 'all':
        return { where: () => 'true', groups: [] };
      case 'and': {
        const nodes = await Promise.all(query.of.map((q) => this.node(q)));
        return { where: (b) => `(${nodes.map((n) => n.where(b)).join(' and ')})`, groups: nodes.flatMap((n) => n.groups) };
      }
      case 'or': {
        const nodes = await Promise.all(query.of.map((q) => this.node(q)));
        // A record fits one of them: it has a token of that one's smallest group.
        const smallest = nodes.map((n) => n.groups.toSorted((a, b) => a.length - b.length)[0]);
        const known = smallest.every((g) => g !== undefined);
        return { where: (b) => `(${nodes.map((n) => n.where(b)).join(' or ')})`, groups: known ? [unique(smallest.flat())] : [] };
      }
      case 'not': {
        const inner = await this.node(query.of);
        return { where: (b) => `not coalesce(${inner.where(b)}, false)`, groups: [] };
      }
      case 'time':
        return { where: (b) => `r.time ${query.operator} ${b.bind(query.at)}::timestamptz`, groups: [] };
      case 'text':
        return this.#text(query.pattern);
      case 'field':
        return this.#field(query.field, query.pattern);
    }
  }

  /** Tokens of pairs of fields that are held to few values. */
  pairs(columns: ReadonlyMap<string, readonly string[]>): number[][] {
    return PAIRS.flatMap(([a, b]) => {
      const [ones, others] = [columns.get(listed[a]!)?.map(fold), columns.get(listed[b]!)?.map(fold)];
      if (!ones || !others || ones.length * others.length > MAX_WORDS || others.some((v) => isUsual(b, v))) return [];
      return [unique(ones.flatMap((one) => others.map((other) => this.#tokens.pair(a, one, b, other))))];
    });
  }

  async #text(pattern: Pattern): Promise<Node> {
    const guids = guidsOf(pattern);
    if (guids) {
      const whole = `lower(concat_ws(' ', r.id, r.correlation_id, r.actor, r.application, r.operation, array_to_string(r.targets, ' '), b.body, b.original))`;
      const tokens = this.#guidTokens(guids);
      return {
        // Tokens are 32 bits: among millions of records one may be another GUID's, so the record itself has the last word.
        where: (b) =>
          `(r.tokens @> ${b.bind(tokens)}::int[] and exists (select 1 from record_body b
            where b.tenant_id = r.tenant_id and b.category = r.category and b.seq = r.seq and b.time = r.time
            ${guids.map((g) => `and strpos(${whole}, ${b.bind(g)}) > 0`).join(' ')}))`,
        groups: tokens.map((t) => [t]),
      };
    }
    const groups = await this.#groups(pattern, { whole: false });
    return { where: (b) => `r.search like ${b.bind(`%${likePattern(pattern)}%`)}`, groups };
  }

  async #field(field: QueryField, pattern: Pattern): Promise<Node> {
    const none = pattern.join('') === '' && pattern.length === 1;
    const any = pattern.join('') === '' && pattern.length > 1;
    const column = listed[field];
    if (column) {
      const absent = field === 'type' ? `r.target_types = '{}'` : `r.${column} is null`;
      if (none) return { where: () => absent, groups: [] };
      if (any) return { where: () => `not (${absent})`, groups: [] };
      const values = await this.values(field, pattern);
      if (values.length === 0) return never;
      const folded = values.map(fold);
      const known = values.length <= MAX_WORDS && !folded.some((v) => isUsual(field, v));
      const groups = known ? [unique(folded.map((v) => this.#tokens.value(field, v)))] : [];
      return {
        where: (b) => (field === 'type' ? `r.target_types && ${b.bind(values)}::text[]` : `r.${column} = any (${b.bind(values)}::text[])`),
        groups,
      };
    }
    const plain = exact[field];
    if (plain) {
      if (none) return { where: () => `r.${plain} is null`, groups: [] };
      const groups = any ? [] : await this.#idGroups(pattern);
      return { where: (b) => `lower(r.${plain}) like ${b.bind(likePattern(pattern))}`, groups };
    }
    if (none) return { where: () => `r.target_text = ''`, groups: [] };
    return { where: (b) => this.#targets(pattern, b), groups: await this.#groups(pattern, { whole: true }) };
  }

  /** Targets stand between line ends, so a whole one is found by its ends; a star within may not run into the next one. */
  #targets(pattern: Pattern, b: Binder): string {
    if (pattern.join('') === '') return `r.target_text <> ''`;
    const open = { before: pattern.length > 1 && pattern[0] === '', after: pattern.length > 1 && pattern.at(-1) === '' };
    const parts = pattern.slice(open.before ? 1 : 0, open.after ? -1 : undefined);
    const text = `${open.before ? '%' : '%\n'}${parts.map((p) => like(fold(p))).join('%')}${open.after ? '%' : '\n%'}`;
    const fits = `r.target_text like ${b.bind(text)}`;
    if (parts.length === 1) return fits;
    // LIKE is many times as fast, and leaves few for the expression.
    const regex = parts.map((p) => fold(p).replaceAll(/[^\p{L}\p{N} ]/gu, String.raw`\$&`)).join('[^\n]*');
    return `(${fits} and r.target_text ~ ${b.bind(`${open.before ? '' : '\n'}${regex}${open.after ? '' : '\n'}`)})`;
  }

  /** Values of a field that a pattern fits, as they are stored. */
  values(field: QueryField, pattern: Pattern): Promise<string[]> {
    const like = likePattern(pattern);
    const key = `${field}:${like}`;
    const known = this.#values.get(key) ?? this.#lookUp(field, like);
    this.#values.set(key, known);
    return known;
  }

  async #lookUp(field: QueryField, like: string): Promise<string[]> {
    const { rows } = await this.#log.db.query<{ value: string }>(
      `select distinct value from record_value where tenant_id = $1 and category = $2 and field = $3 and folded like $4 limit ${MAX_VALUES}`,
      [this.#log.tenantId, this.#log.category, field, like],
    );
    return rows.map((r) => r.value);
  }

  async #idGroups(pattern: Pattern): Promise<number[][]> {
    const guids = guidsOf(pattern);
    if (guids && pattern.length === 1) return this.#guidTokens(guids).map((t) => [t]);
    return this.#groups(pattern, { whole: true, unsure: /[0-9a-f-]/ });
  }

  #guidTokens = (guids: readonly string[]): number[] => guids.flatMap((g) => (g === NOBODY ? [] : this.#tokens.word(g)));

  /**
   * Tokens that a record with this text must have: its GUIDs, its whole words, and for a piece of a word at an edge every word that
   * the log knows it to be a piece of. None for words that stand in no index. `whole`: the pattern is all of a value, so it has no
   * open edges but at its stars. `unsure`: pieces made of such characters may be part of a GUID, which has no words.
   */
  async #groups(pattern: Pattern, { whole, unsure }: { whole: boolean; unsure?: RegExp }): Promise<number[][]> {
    if (!this.#indexed) return [];
    const exact: number[][] = [];
    const groups = await Promise.all(
      pattern.flatMap((part, i) => {
        const folded = fold(part);
        const open = { before: !whole || i > 0, after: !whole || i < pattern.length - 1 };
        exact.push(...this.#guidTokens(guidsWithin(folded, open)).map((t) => [t]));
        const text = split(folded).rest;
        const words = wordsOf(text);
        // A text has no parts of GUIDs in it; a value has.
        const unknown = whole ? partsOfGuids(text, open) : [];
        let at = 0;
        return words.map(async (word, n): Promise<number[] | null> => {
          const from = text.indexOf(word, at);
          at = from + word.length;
          if (unknown.some(([low, high]) => from >= low && from < high)) return null;
          const edge = { before: n === 0 && text.startsWith(word), after: n === words.length - 1 && text.endsWith(word) };
          if (isForm(word) || (unsure && [...word].every((c) => unsure.test(c)))) return null;
          if (!edge.before && !edge.after) return [this.#tokens.word(word)];
          return this.#pieces(`${edge.before ? '%' : ''}${like(word)}${edge.after ? '%' : ''}`, word);
        });
      }),
    );
    return [...exact, ...groups.filter((g) => g !== null).map((g) => unique([...g, this.#tokens.word(LONG_WORD)]))];
  }

  async #pieces(pattern: string, word: string): Promise<number[] | null> {
    // Shorter pieces have no trigram to look up, and stand in so many words that walking finds them soon.
    if ([...word].length < 3) return null;
    const values = [this.#log.tenantId, this.#log.category, pattern];
    // What all tickets begin with has a list as long as they are many, and reading it is most of the work: their number is enough.
    const digits = pattern.startsWith('%') ? longest(word.match(/\d{3,}/g) ?? []) : undefined;
    const fits = digits === undefined ? 'word like $3' : `word like $4 and word || '' like $3`;
    const { rows } = await this.#log.db.query<{ word: string }>(
      `select word from word where tenant_id = $1 and category = $2 and ${fits} limit ${MAX_WORDS + 1}`,
      digits === undefined ? values : [...values, `%${digits}%`],
    );
    return rows.length > MAX_WORDS || rows.some((r) => isForm(r.word)) ? null : rows.map((r) => this.#tokens.word(r.word));
  }
}
