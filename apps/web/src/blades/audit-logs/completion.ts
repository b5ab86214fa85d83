import { queryFields, type QueryField } from '@weir/contract';

/** Fields whose values can be listed. */
const listed = ['category', 'activity', 'actor', 'application', 'status', 'type'] as const;
export type ListedField = (typeof listed)[number];

/** What can be completed where the caret stands: the piece from `start` to `end` is replaced. */
export type Completion =
  | { kind: 'field'; start: number; end: number; typed: string; fields: readonly (QueryField | 'time')[] }
  | { kind: 'value'; start: number; end: number; typed: string; field: ListedField };

/** Looks at the piece of the text that the caret stands in. Null where nothing can be offered. */
export function completionAt(text: string, caret: number): Completion | null {
  const before = text.slice(0, caret);
  if ((before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1) {
    const quoted = /(?:^|[\s(-])([a-z]+):\(?(?:[^()]*or\s+)?"([^"]*)$/i.exec(before);
    const field = listed.find((f) => f === quoted?.[1]?.toLowerCase());
    return field ? { kind: 'value', start: caret - quoted![2]!.length - 1, end: caret, typed: quoted![2]!, field } : null;
  }
  const value = /(?:^|[\s(-])([a-z]+):(?:\((?:[^()]*\sor\s+)?)?([^\s()"]*)$/i.exec(before);
  if (value) {
    const field = listed.find((f) => f === value[1]!.toLowerCase());
    return field ? { kind: 'value', start: caret - value[2]!.length, end: caret, typed: value[2]!.replaceAll('*', ''), field } : null;
  }
  const word = /(?:^|[\s(-])([a-z]*)$/i.exec(before);
  if (!word || (word[1] === '' && before.trim() !== '')) return null;
  const typed = word[1]!.toLowerCase();
  const fields = [...queryFields, 'time' as const].filter((f) => f.startsWith(typed));
  return fields.length > 0 && !(fields.length === 1 && fields[0] === typed && text[caret] === ':')
    ? { kind: 'field', start: caret - typed.length, end: caret, typed, fields }
    : null;
}

/** A value as it is written in a query. */
export const written = (value: string): string => {
  const escaped = value.replaceAll(/[\\*"]/g, String.raw`\$&`);
  return value === '' || /[\s()]/.test(value) || /^(or|and|not)$/i.test(value) ? `"${escaped}"` : escaped;
};
