import { auditCategories } from '../audit.ts';
import { tableOf } from '../categories.ts';
import type { AuditFilter } from '../endpoints/audit-logs.ts';
import { conditionsOf, type Pattern, type Query, type QueryField } from '../query/ast.ts';
import { parseQuery } from '../query/parse.ts';

class Unsayable extends Error {}
const literal = (text: string): string => JSON.stringify(text);
/** RE2, which Kusto uses. https://learn.microsoft.com/kusto/query/regex */
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
const columns: Partial<Record<QueryField, string>> = {
  activity: 'OperationName',
  actor: 'Identity',
  status: 'ResultType',
  correlation: 'CorrelationId',
  id: 'RecordId',
  application: 'Application',
};
/** Columns that are made of `Properties`, a JSON text. */
const made: Readonly<Record<string, string>> = {
  Application: 'tostring(P.Actor.ApplicationName)',
  AuditCategory: 'toint(P.Category)',
  TargetNames: 'strcat("\\n", strcat_array(P.TargetDisplayNames, "\\n"), "\\n")',
};
const searched = ['OperationName', 'Identity', 'ResultType', 'CorrelationId', 'RecordId', 'Properties'] as const;

class Writer {
  readonly used = new Set<string>();
  words = false;

  query(query: Query, inner: boolean): string {
    switch (query.kind) {
      case 'all':
        return 'true';
      case 'and':
      case 'or': {
        const text = query.of.map((q) => this.query(q, true)).join(` ${query.kind} `);
        return inner ? `(${text})` : text;
      }
      case 'not':
        return `not(${this.query(query.of, false)})`;
      case 'time':
        return `TimeGenerated ${query.operator} datetime(${query.at})`;
      case 'text': {
        this.words = true;
        // JSON writes some signs with a backslash before them.
        const inJson = query.pattern.map((p) => JSON.stringify(p).slice(1, -1));
        return `(${searched.map((c) => part(c, c === 'Properties' ? inJson : query.pattern)).join(' or ')})`;
      }
      case 'field':
        return this.#field(query.field, query.pattern);
    }
  }

  #field(field: QueryField, pattern: Pattern): string {
    const [none, any] = [pattern.join('') === '' && pattern.length === 1, pattern.join('') === '' && pattern.length > 1];
    // The routed record names no kinds of targets.
    if (field === 'type') throw new Unsayable();
    if (field === 'category') {
      this.used.add('AuditCategory');
      if (none || any) return none ? 'isnull(AuditCategory)' : 'isnotnull(AuditCategory)';
      const fits = new RegExp(`^${star(pattern, '.*')}$`, 'is');
      const numbers = auditCategories.flatMap((name, n) => (fits.test(name) ? [n] : []));
      // A category without a number of its own is written as 0, Other: it cannot be told apart.
      if (numbers.length === 0) throw new Unsayable();
      return `AuditCategory in (${numbers.join(', ')})`;
    }
    if (field === 'target') {
      this.used.add('TargetNames');
      const empty = String.raw`TargetNames matches regex "^\\n*(<null>\\n+)*$"`;
      return none ? empty : any ? `not(${empty})` : target(pattern);
    }
    const column = columns[field]!;
    if (made[column]) this.used.add(column);
    const empty = `(isempty(${column}) or ${column} == "<null>")`;
    return none ? empty : any ? `not(${empty})` : whole(column, pattern);
  }
}

const star = (pattern: Pattern, any: string): string => pattern.map(escaped).join(any);
function whole(column: string, pattern: Pattern): string {
  const text = literal(pattern.join(''));
  if (pattern.length === 1) return `${column} =~ ${text}`;
  if (pattern.length === 2 && pattern[1] === '') return `${column} startswith ${text}`;
  if (pattern.length === 2 && pattern[0] === '') return `${column} endswith ${text}`;
  if (pattern.length === 3 && pattern[0] === '' && pattern[2] === '') return `${column} contains ${text}`;
  return `${column} matches regex ${literal(`(?is)^${star(pattern, '.*')}$`)}`;
}
function part(column: string, pattern: Pattern): string {
  const within = pattern.filter((p) => p !== '');
  return within.length === 1
    ? `${column} contains ${literal(within[0]!)}`
    : `${column} matches regex ${literal(`(?is)${star(within, '.*')}`)}`;
}
/** Names stand between line ends, so a whole one is found by its ends. */
function target(pattern: Pattern): string {
  const ends: [string, string] = [
    pattern.length > 1 && pattern[0] === '' ? '' : '\n',
    pattern.length > 1 && pattern.at(-1) === '' ? '' : '\n',
  ];
  const within = pattern.filter((p) => p !== '');
  if (within.length === 1) return `TargetNames contains ${literal(ends[0] + within[0]! + ends[1])}`;
  return `TargetNames matches regex ${literal(`(?i)${ends[0]}${star(within, '[^\n]*')}${ends[1]}`)}`;
}

/**
 * A filter of the blade as a KQL query over the table that Weir writes into a Log Analytics workspace, without doubles, newest
 * first. Null when the table cannot say it: kinds of targets, categories that have no number, a query that cannot be read.
 */
export function toKql(filter: AuditFilter): string | null {
  const parsed = parseQuery(filter.q ?? '');
  if (!parsed.ok) return null;
  const writer = new Writer();
  try {
    const times = [
      ...(filter.from ? [`TimeGenerated >= datetime(${new Date(filter.from).toISOString()})`] : []),
      ...(filter.to ? [`TimeGenerated < datetime(${new Date(filter.to).toISOString()})`] : []),
    ];
    const conditions = conditionsOf(parsed.query).map((c) => writer.query(c, true));
    return [
      ...(writer.words ? ['// A word is looked for in every column; names of properties count as well.'] : []),
      ...(writer.used.has('AuditCategory')
        ? ['// Categories are numbers here; 0 is Other, and every category that has none of its own.']
        : []),
      tableOf('microsoft.intune', 'AuditLogs'),
      ...(times.length > 0 ? [`| where ${times.join(' and ')}`] : []),
      ...(writer.used.size > 0 ? ['| extend P = parse_json(Properties)'] : []),
      ...[...writer.used].map((c) => `| extend ${c} = ${made[c]}`),
      ...conditions.map((c) => `| where ${c}`),
      '| summarize arg_max(Sequence, *) by RecordId',
      '| order by TimeGenerated desc',
    ].join('\n');
  } catch (error) {
    if (error instanceof Unsayable) return null;
    throw error;
  }
}
