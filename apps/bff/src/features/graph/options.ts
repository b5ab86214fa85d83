import { parseQuery, printQuery, type Query } from '@weir/contract';
import { conditionOf, type Condition } from './condition.ts';
import { GraphError } from './errors.ts';
import { ODataError } from './odata/ast.ts';
import { parseFilter } from './odata/parse.ts';
import { auditEvent, propertyOf } from './schema.ts';

/** The most that a page holds, and what it holds when nothing is said: as Intune's. */
export const MAX_TOP = 1_000;
/** What a list is asked for. */
export interface Options {
  readonly filter: Condition | null;
  readonly search: Query | null;
  readonly order: 'asc' | 'desc';
  readonly top: number;
  readonly count: boolean;
  /** Names of properties; null for all. */
  readonly select: readonly string[] | null;
  readonly skipToken: string | undefined;
  /** What finds and sorts, as text: a skiptoken holds for the same only. */
  readonly scope: string;
}
const known = ['filter', 'search', 'orderby', 'top', 'count', 'select', 'skiptoken'] as const;
type Name = (typeof known)[number];
const notHere: Readonly<Record<string, string>> = {
  skip: 'Follow @odata.nextLink instead.',
  expand: 'An audit event comes with its resources.',
  apply: 'Ask /api/audit-log-summary for counts by value.',
};

/** Reads the query of a list. Throws `GraphError` 400 that names the option, and the place where it is wrong. */
export function optionsOf(query: Readonly<Record<string, unknown>>): Options {
  const given = new Map<Name, string>();
  for (const [key, value] of Object.entries(query)) {
    const bare = key.replace(/^\$/, '').toLowerCase();
    const name = known.find((k) => k === bare);
    if (!name) {
      if (bare === 'format' && /^(application\/)?json/i.test(String(value))) continue;
      // Without the dollar sign it is a client's own parameter, unless it is an option by name.
      if (!key.startsWith('$') && !(bare in notHere)) continue;
      throw unsupported(
        `The query option '$${bare.slice(0, 60)}' is not supported. ${notHere[bare] ?? `There are: ${known.map((k) => `$${k}`).join(', ')}.`}`,
      );
    }
    if (typeof value !== 'string' || given.has(name)) throw bad(`The query option '$${name}' was given more than once.`);
    given.set(name, value);
  }
  const filterText = given.get('filter');
  const filter = filterText === undefined ? null : readFilter(filterText);
  const search = readSearch(given.get('search'));
  const order = readOrder(given.get('orderby'));
  return {
    filter,
    search,
    order,
    top: readTop(given.get('top')),
    count: readCount(given.get('count')),
    select: readSelect(given.get('select')),
    skipToken: given.get('skiptoken'),
    scope: JSON.stringify([filterText ?? null, search && printQuery(search), order]),
  };
}

const bad = (message: string): GraphError => new GraphError(400, 'BadRequest', message);
const unsupported = (message: string): GraphError => new GraphError(400, 'Request_UnsupportedQuery', message);
const place = (option: Name, at: number, text: string): string => `(At position ${at} of $${option}: '${text.slice(at, at + 40)}'.)`;

function readFilter(text: string): Condition {
  try {
    return conditionOf(parseFilter(text));
  } catch (error) {
    if (!(error instanceof ODataError)) throw error;
    throw (error.unsupported ? unsupported : bad)(`${error.message} ${place('filter', error.at, text)}`);
  }
}

const isWords = (query: Query): boolean =>
  query.kind === 'text' || query.kind === 'not'
    ? query.kind === 'text' || isWords(query.of)
    : (query.kind === 'and' || query.kind === 'or') && query.of.every(isWords);
/** Words, quoted texts, `-`, `or` and parentheses of the search bar. Fields and times belong to `$filter`. */
function readSearch(text: string | undefined): Query | null {
  if (text === undefined) return null;
  const parsed = parseQuery(text);
  if (!parsed.ok) throw bad(`${parsed.error.message} ${place('search', parsed.error.position, text)}`);
  if (parsed.query.kind === 'all') throw bad('$search is empty.');
  if (!isWords(parsed.query)) throw unsupported('$search takes words and quoted texts only. Use $filter for a property or a time.');
  return parsed.query;
}

function readOrder(text: string | undefined): 'asc' | 'desc' {
  if (text === undefined) return 'desc';
  const match = /^\s*activityDateTime(?:\s+(asc|desc))?\s*$/i.exec(text);
  if (!match)
    throw unsupported(`$orderby takes activityDateTime only, asc or desc. ${place('orderby', Math.max(0, text.search(/\S/)), text)}`);
  return match[1]?.toLowerCase() === 'desc' ? 'desc' : 'asc';
}
function readTop(text: string | undefined): number {
  if (text === undefined) return MAX_TOP;
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1 || Number(text) > MAX_TOP)
    throw bad(`Invalid value '${text.slice(0, 60)}' for $top query option found. The $top query option must be from 1 to ${MAX_TOP}.`);
  return Number(text);
}
function readCount(text: string | undefined): boolean {
  if (text === undefined || /^false$/i.test(text)) return false;
  if (/^true$/i.test(text)) return true;
  throw bad(`Invalid value '${text.slice(0, 60)}' for $count query option found. Valid values are 'true' and 'false'.`);
}
function readSelect(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const names: string[] = [];
  for (const part of text.matchAll(/[^,]*(?:,|$)/g)) {
    const name = part[0].replace(/,$/, '').trim();
    if (name === '*') return null;
    if (name === '' && part.index === text.length && part.index > 0 && !text.endsWith(',')) continue;
    const property = propertyOf(auditEvent, name);
    if (property) names.push(property.name);
    else if (name.includes('/')) throw unsupported(`$select takes whole properties. ${place('select', part.index, text)}`);
    else
      throw bad(
        `Could not find a property named '${name.slice(0, 60)}' on type '${auditEvent.type}'. ${place('select', part.index, text)}`,
      );
  }
  return [...new Set(names)];
}
