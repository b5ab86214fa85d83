import { conditionsOf, join, type Pattern, type Query, type QueryField } from './ast.ts';

type FieldCondition = Extract<Query, { kind: 'field' }>;
/** The values of a condition that names one field only, in whatever number; null for any other condition. */
export function oneField(query: Query): { field: QueryField; patterns: readonly Pattern[] } | null {
  const of = query.kind === 'or' ? query.of : [query];
  const first = of[0];
  if (first?.kind !== 'field' || !of.every((q) => q.kind === 'field' && q.field === first.field)) return null;
  return { field: first.field, patterns: of.map((q) => (q as FieldCondition).pattern) };
}
const isExact = (pattern: Pattern): boolean => pattern.length === 1;
const isPart = (pattern: Pattern): boolean => pattern.length === 3 && pattern[0] === '' && pattern[2] === '' && pattern[1] !== '';
/** What a list of choices, or a text box, can show of a field: whole values, or one part of a value. */
const shows = (query: Query, field: QueryField, fits: (pattern: Pattern) => boolean): readonly Pattern[] => {
  const found = conditionsOf(query)
    .map(oneField)
    .find((o) => o?.field === field && o.patterns.every(fits));
  return found?.patterns ?? [];
};
function replace(query: Query, field: QueryField, fits: (pattern: Pattern) => boolean, patterns: readonly Pattern[]): Query {
  const rest = [...conditionsOf(query)];
  const at = rest.findIndex((q) => {
    const one = oneField(q);
    return one?.field === field && one.patterns.every(fits);
  });
  const made =
    patterns.length === 0
      ? []
      : [
          join(
            'or',
            patterns.map((pattern): Query => ({ kind: 'field', field, pattern })),
          ),
        ];
  if (at >= 0) rest.splice(at, 1, ...made);
  else rest.push(...made);
  return join('and', rest);
}

/** Whole values that a field is held to. */
export const fieldValues = (query: Query, field: QueryField): string[] => shows(query, field, isExact).map((p) => p[0]!);
/** Holds a field to any of these values; none lets it go. */
export const withFieldValues = (query: Query, field: QueryField, values: readonly string[]): Query =>
  replace(
    query,
    field,
    isExact,
    values.map((v) => [v]),
  );
/** The part of a value that a field must hold. */
export const fieldPart = (query: Query, field: QueryField): string => shows(query, field, isPart)[0]?.[1] ?? '';
export const withFieldPart = (query: Query, field: QueryField, part: string): Query =>
  replace(query, field, isPart, part === '' ? [] : [['', part, '']]);

/** One more value of a field; a value that was left out before is let in again. */
export function including(query: Query, field: QueryField, value: string): Query {
  const released = without(query, (q) => q.kind === 'not' && isValue(q.of, field, value));
  return released === query ? withFieldValues(query, field, [...new Set([...fieldValues(query, field), value])]) : released;
}
/** Leaves a value of a field out. */
export function excluding(query: Query, field: QueryField, value: string): Query {
  const chosen = fieldValues(query, field);
  if (chosen.includes(value))
    return withFieldValues(
      query,
      field,
      chosen.filter((v) => v !== value),
    );
  const condition: Query = { kind: 'not', of: { kind: 'field', field, pattern: [value] } };
  return conditionsOf(query).some((q) => q.kind === 'not' && isValue(q.of, field, value)) ? query : join('and', [query, condition]);
}
const isValue = (query: Query, field: QueryField, value: string): boolean =>
  query.kind === 'field' && query.field === field && query.pattern.length === 1 && query.pattern[0]!.toLowerCase() === value.toLowerCase();
function without(query: Query, which: (q: Query) => boolean): Query {
  const all = conditionsOf(query);
  const rest = all.filter((q) => !which(q));
  return rest.length === all.length ? query : join('and', rest);
}
/** Takes out the condition at a place of `conditionsOf`. */
export const withoutCondition = (query: Query, at: number): Query =>
  join(
    'and',
    conditionsOf(query).filter((_, n) => n !== at),
  );
