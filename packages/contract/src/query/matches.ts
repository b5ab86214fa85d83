import type { Pattern, Query, QueryField } from './ast.ts';

/** A record as a query sees it. `text` is everything in it that can be searched for; `guids` are found when they are whole. */
export interface Searchable {
  readonly time: string;
  readonly fields: Readonly<Record<QueryField, readonly string[]>>;
  readonly text: readonly string[];
}
const GUID = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/g;
const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
/** How values are compared: without case, on one line. */
export const foldText = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, ' ');
const regex = (pattern: Pattern, whole: boolean): RegExp => {
  const body = pattern.map((p) => escape(foldText(p))).join('.*');
  return new RegExp(whole ? `^${body}$` : body, 's');
};

/** GUIDs of a free text that holds nothing else: those are looked for as a whole, wherever they stand. Null for any other text. */
export function guidsOf(pattern: Pattern): string[] | null {
  const text = foldText(pattern.join(' '));
  const guids = text.match(GUID);
  return guids && !/[\p{L}\p{N}]/u.test(text.replaceAll(GUID, ' ')) ? guids : null;
}

/** Whether a record is found: what the words of the grammar mean, in the plainest way. The store must agree with it. */
export function matches(query: Query, record: Searchable): boolean {
  switch (query.kind) {
    case 'all':
      return true;
    case 'and':
      return query.of.every((q) => matches(q, record));
    case 'or':
      return query.of.some((q) => matches(q, record));
    case 'not':
      return !matches(query.of, record);
    case 'text': {
      const text = record.text.map(foldText).join('\n');
      const guids = guidsOf(query.pattern);
      if (guids) return guids.every((g) => new Set<string>(text.match(GUID)).has(g));
      // Inside a GUID nothing is found: "add" would find every second record.
      return regex(query.pattern, false).test(text.replaceAll(GUID, ' '));
    }
    case 'field': {
      const values = record.fields[query.field];
      if (query.pattern.length === 1 && query.pattern[0] === '') return values.length === 0;
      return values.some((v) => regex(query.pattern, true).test(foldText(v)));
    }
    case 'time': {
      const [a, b] = [Date.parse(record.time), Date.parse(query.at)];
      return { '>=': a >= b, '>': a > b, '<=': a <= b, '<': a < b }[query.operator];
    }
  }
}
