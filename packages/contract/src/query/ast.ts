/** Fields that a query can name. No other name ever reaches the database. */
export const queryFields = ['category', 'activity', 'actor', 'application', 'target', 'type', 'status', 'correlation', 'id'] as const;
export type QueryField = (typeof queryFields)[number];

/**
 * A value with wildcards: the texts between the stars, so `maya*` is `['maya', '']` and a value without a star has one part.
 * Compared without case.
 */
export type Pattern = readonly string[];

/** A query over audit records. `all` finds every record. */
export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Query[] }
  | { readonly kind: 'not'; readonly of: Query }
  /** Anywhere in the record. */
  | { readonly kind: 'text'; readonly pattern: Pattern }
  /** The whole value of a field; any of a record's targets or types. */
  | { readonly kind: 'field'; readonly field: QueryField; readonly pattern: Pattern }
  /** `at` is UTC, ISO 8601. */
  | { readonly kind: 'time'; readonly operator: '>=' | '>' | '<=' | '<'; readonly at: string };

/** Why a text is no query, and where: `position` counts UTF-16 units from 0, as a text box does. */
export interface QueryError {
  readonly position: number;
  readonly message: string;
}

export const ALL: Query = { kind: 'all' };
/** The conditions that all must hold, whether the query is one condition or several. */
export const conditionsOf = (query: Query): readonly Query[] => (query.kind === 'all' ? [] : query.kind === 'and' ? query.of : [query]);

/** Joins conditions, without nesting what needs none. */
export function join(kind: 'and' | 'or', of: readonly Query[]): Query {
  const flat = of.flatMap((q) => (q.kind === kind ? q.of : q.kind === 'all' && kind === 'and' ? [] : [q]));
  return flat.length === 0 ? ALL : flat.length === 1 ? flat[0]! : { kind, of: flat };
}
