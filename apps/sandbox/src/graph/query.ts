/** A query that Graph refuses with 400. */
export class BadQuery extends Error {
  override readonly name = 'BadQuery';
}
/** One comparison of a `$filter`. Times have seven digits, so that they compare as text. */
export interface Condition {
  field: string;
  operator: 'ge' | 'gt' | 'le' | 'lt' | 'eq';
  value: string;
}
/** The last item of the page before. */
export interface Position {
  time: string;
  id: string;
}

/** Intune's page, and the most that may be asked for. */
export const MAX_PAGE = 1000;

/** Reads comparisons joined by `and`. Throws `BadQuery` for any other filter and for fields that are not in the list. */
export function readFilter(filter: unknown, fields: { readonly text: readonly string[]; readonly time: readonly string[] }): Condition[] {
  if (filter === undefined || filter === '') return [];
  if (typeof filter !== 'string') throw new BadQuery('$filter was given more than once.');
  const conditions: Condition[] = [];
  // Quoted text may hold the word `and`, so the clauses are read one by one and not split at it.
  const clause = /\s*(\w+)\s+(\w+)\s+(?:'((?:[^']|'')*)'|([^\s']+))\s*(and\s|$)/y;
  while (clause.lastIndex < filter.length) {
    const at = clause.lastIndex;
    const match = clause.exec(filter);
    if (!match) throw new BadQuery(`Invalid filter clause: '${filter.slice(at).trim()}'.`);
    const [, field, operator, quoted, bare, joint] = match as unknown as [
      string,
      string,
      string,
      string | undefined,
      string | undefined,
      string,
    ];
    if (!/^(ge|gt|le|lt|eq)$/.test(operator)) throw new BadQuery(`The operator '${operator}' is not supported.`);
    if (fields.time.includes(field)) {
      if (bare === undefined)
        throw new BadQuery(
          `A binary operator with incompatible types was detected. Found operand types 'Edm.DateTimeOffset' and 'Edm.String' for '${field}'.`,
        );
      conditions.push({ field, operator: operator as Condition['operator'], value: sevenDigits(bare) });
    } else if (fields.text.includes(field)) {
      if (quoted === undefined) throw new BadQuery(`The value of '${field}' must stand in single quotes.`);
      conditions.push({ field, operator: operator as Condition['operator'], value: quoted.replaceAll("''", "'") });
    } else throw new BadQuery(`Could not find a property named '${field}'.`);
    if (joint !== '' && clause.lastIndex >= filter.length) throw new BadQuery('The filter ends after `and`.');
  }
  return conditions;
}

/** A time in UTC with seven digits: those of the literal, not those of a Date, which has only three. */
function sevenDigits(literal: string): string {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,7}))?(Z|[+-]\d{2}:\d{2})$/i.exec(literal);
  const at = match ? Date.parse(`${match[1]}${match[3]!.toUpperCase()}`) : Number.NaN;
  if (!match || Number.isNaN(at)) throw new BadQuery(`'${literal}' is no Edm.DateTimeOffset.`);
  return `${new Date(at).toISOString().slice(0, 19)}.${(match[2] ?? '').padEnd(7, '0')}Z`;
}

/** `$orderby` on one field; Intune's default is the newest first. */
export function readOrder(orderby: unknown, field: string): 'asc' | 'desc' {
  if (orderby === undefined) return 'desc';
  const match = new RegExp(`^${field}(?: +(asc|desc))?$`).exec(String(orderby));
  if (!match) throw new BadQuery(`Ordering by '${String(orderby)}' is not supported.`);
  return match[1] === 'desc' ? 'desc' : 'asc';
}

export function readTop(top: unknown): number {
  if (top === undefined) return MAX_PAGE;
  if (!/^\d+$/.test(String(top)) || Number(top) < 1 || Number(top) > MAX_PAGE)
    throw new BadQuery(`Invalid value '${String(top)}' for $top query option found. The $top query option must be from 1 to ${MAX_PAGE}.`);
  return Number(top);
}

/** `$skiptoken` tells where the page before ended, so that pages do not shift when new events come in. */
export const writeSkipToken = (position: Position): string =>
  Buffer.from(JSON.stringify([position.time, position.id])).toString('base64url');
export function readSkipToken(token: unknown): Position | undefined {
  if (token === undefined) return undefined;
  try {
    const [time, id] = JSON.parse(Buffer.from(String(token), 'base64url').toString()) as unknown[];
    if (typeof time === 'string' && typeof id === 'string') return { time, id };
  } catch {
    // Refused below, as any other token that was not made here.
  }
  throw new BadQuery('The $skiptoken is not valid.');
}
