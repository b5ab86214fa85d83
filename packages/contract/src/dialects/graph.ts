import type { AuditFilter } from '../endpoints/audit-logs.ts';
import { conditionsOf, join, type Pattern, type Query, type QueryField } from '../query/ast.ts';
import { foldText } from '../query/matches.ts';
import { parseQuery } from '../query/parse.ts';
import { printQuery } from '../query/print.ts';

/** What `/graph/…/auditEvents` takes at most. */
export const MAX_GRAPH_FILTER = 8_000;
export const MAX_GRAPH_CONDITIONS = 100;

/** Cannot be said in Graph. */
class Unsayable extends Error {}
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** How a pattern tests one value, and how it is written. Null for a star inside. */
function testOf(pattern: Pattern): { holds: (value: string) => boolean; write: (path: string) => string; sure: boolean } | null {
  const text = pattern.join('');
  const sought = foldText(text);
  const by = (name: string, holds: (value: string) => boolean) => ({
    holds,
    sure: false,
    write: (path: string) => `${name}(${path},${quoted(text)})`,
  });
  if (pattern.length === 1) return { holds: (v) => v === sought, sure: true, write: (path) => `${path} eq ${quoted(text)}` };
  if (pattern.length === 2 && pattern[1] === '') return by('startswith', (v) => v.startsWith(sought));
  if (pattern.length === 2 && pattern[0] === '') return by('endswith', (v) => v.endsWith(sought));
  if (pattern.length === 3 && pattern[0] === '' && pattern[2] === '') return by('contains', (v) => v.includes(sought));
  return null;
}

/** Intune writes these where a name is missing; the search takes them for missing. */
const unsaid = ['', '<null>'];
const paths: Partial<Record<QueryField, { path: string; raw?: boolean }>> = {
  category: { path: 'category', raw: true },
  id: { path: 'id', raw: true },
  activity: { path: 'activityType' },
  application: { path: 'actor/applicationDisplayName' },
  status: { path: 'activityResult' },
  correlation: { path: 'correlationId' },
};

class Writer {
  conditions = 0;

  /** `inner`: within another expression, so that what is not one condition needs brackets. */
  query(query: Query, inner: boolean): string {
    switch (query.kind) {
      case 'all':
      case 'text':
        throw new Unsayable();
      case 'and':
      case 'or': {
        const text = query.of.map((q) => this.query(q, true)).join(` ${query.kind} `);
        return inner ? `(${text})` : text;
      }
      case 'not':
        return `not (${this.query(query.of, false)})`;
      case 'time':
        this.conditions += 1;
        return time(query.operator, query.at);
      case 'field':
        return this.#field(query.field, query.pattern);
    }
  }

  #field(field: QueryField, pattern: Pattern): string {
    const [none, any] = [pattern.join('') === '' && pattern.length === 1, pattern.join('') === '' && pattern.length > 1];
    if (none) return `not (${this.#field(field, ['', ''])})`;
    const on = (path: string, raw: boolean) => (any ? this.#named(path, raw) : this.#value(path, pattern, raw));
    const known = paths[field];
    if (known) return on(known.path, known.raw === true);
    if (field === 'target') return `resources/any(r:${on('r/displayName', false)})`;
    if (field === 'type') return `resources/any(r:${on('r/auditResourceType', true)})`;
    const [person, service, application] = ['userPrincipalName', 'servicePrincipalName', 'applicationDisplayName'].map(
      (p) => `actor/${p}`,
    ) as [string, string, string];
    // A whole name with @ is a person's: no application is called so.
    if (pattern.length === 1 && pattern[0]!.includes('@')) return on(person, false);
    this.conditions += 2;
    return `(${on(person, false)} or (${person} eq null and (${on(service, false)} or (${service} eq null and ${on(application, false)}))))`;
  }

  #named(path: string, raw: boolean): string {
    this.conditions += raw ? 1 : 3;
    return raw ? `${path} ne null` : `(${[`${path} ne null`, ...unsaid.map((u) => `${path} ne ${quoted(u)}`)].join(' and ')})`;
  }

  /** Never unknown, as a function of null would be: then "not" means the same to both. */
  #value(path: string, pattern: Pattern, raw: boolean): string {
    const test = testOf(pattern);
    if (!test) throw new Unsayable();
    const parts = [
      ...(test.sure ? [] : [`${path} ne null`]),
      test.write(path),
      ...(raw ? [] : unsaid.filter(test.holds).map((u) => `${path} ne ${quoted(u)}`)),
    ];
    this.conditions += parts.length;
    return parts.length === 1 ? parts[0]! : `(${parts.join(' and ')})`;
  }
}

/** The search compares whole milliseconds, cut off. */
function time(operator: '>=' | '>' | '<=' | '<', at: string): string {
  const next = new Date(Date.parse(at) + 1).toISOString();
  return `activityDateTime ${{ '>=': `ge ${at}`, '>': `ge ${next}`, '<': `lt ${at}`, '<=': `lt ${next}` }[operator]}`;
}
const isWords = (query: Query): boolean =>
  query.kind === 'text' ||
  (query.kind === 'not' ? isWords(query.of) : (query.kind === 'and' || query.kind === 'or') && query.of.every(isWords));

/**
 * A filter of the blade as the options of a Graph request: `$filter`, `$search` and `$orderby`, to be written into an address.
 * Weir's own dialect finds the same records. Null when Graph cannot say it: a star within a value, words joined with
 * fields by "or", more than 100 conditions, a query that cannot be read.
 */
export function toGraphOptions(filter: AuditFilter): Record<string, string> | null {
  const parsed = parseQuery(filter.q ?? '');
  if (!parsed.ok) return null;
  const conditions = conditionsOf(parsed.query);
  const words = join('and', conditions.filter(isWords));
  const writer = new Writer();
  try {
    const parts = [
      ...(filter.from ? [`activityDateTime ge ${new Date(filter.from).toISOString()}`] : []),
      ...(filter.to ? [`activityDateTime lt ${new Date(filter.to).toISOString()}`] : []),
      ...conditions.filter((c) => !isWords(c)).map((c) => writer.query(c, true)),
    ];
    const text = parts.join(' and ');
    if (text.length > MAX_GRAPH_FILTER || writer.conditions + 2 > MAX_GRAPH_CONDITIONS) return null;
    return {
      ...(text !== '' && { $filter: text }),
      ...(words.kind !== 'all' && { $search: printQuery(words) }),
      $orderby: 'activityDateTime desc',
    };
  } catch (error) {
    if (error instanceof Unsayable) return null;
    throw error;
  }
}

/** The address of a Graph request for a filter, below `/graph`. Null as for `toGraphOptions`. */
export function toGraphRequest(filter: AuditFilter): string | null {
  const options = toGraphOptions(filter);
  if (!options) return null;
  const query = Object.entries(options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `/v1.0/deviceManagement/auditEvents?${query.join('&')}`;
}
