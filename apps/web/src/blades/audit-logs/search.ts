import { ALL, join, parseQuery, printQuery, withFieldPart, withFieldValues, type Query } from '@weir/contract';
import type { SearchSchemaInput } from '@tanstack/react-router';
import { z } from 'zod';

export const ranges = ['24h', '7d', '30d', 'custom'] as const;
export type DateRange = (typeof ranges)[number];
export const rangeNames: Record<DateRange, string> = {
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  custom: 'Custom',
};
const HOUR = 3_600_000;
const lengths: Record<Exclude<DateRange, 'custom'>, number> = { '24h': 24 * HOUR, '7d': 7 * 24 * HOUR, '30d': 30 * 24 * HOUR };

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const words = z
  .union([text.transform((one) => [one]), z.array(text)])
  .transform((list) => [...new Set(list.filter((one) => one !== ''))])
  .catch([]);
const time = z.iso.datetime({ offset: true }).optional().catch(undefined);
const word = text
  .transform((one) => one.trim() || undefined)
  .optional()
  .catch(undefined);
const schema = z.object({
  range: z.enum(ranges).optional().catch(undefined),
  from: time,
  to: time,
  q: word,
  values: z.literal(true).optional().catch(undefined),
  selected: word,
  // Addresses of before there was one search for everything.
  category: words.optional(),
  activity: words.optional(),
  actor: word,
});

/** What the blade shows, as it stands in its address. What is left out is the default: the last 30 days of everything. */
export interface AuditLogsSearch {
  range?: Exclude<DateRange, '30d'>;
  /** With range=custom only. */
  from?: string;
  to?: string;
  /** The query, as the search bar shows it. It may be broken: the bar then says where. */
  q?: string;
  /** The values beside the list are shown. */
  values?: true;
  /** Id of the record whose details are open. */
  selected?: string;
}

/** Reads the address. What does not fit is dropped, never an error page: addresses are typed and pasted by people. */
export function auditLogsSearch(input: AuditLogsSearch & SearchSchemaInput): AuditLogsSearch {
  const { range, from, to, q, category = [], activity = [], actor, ...rest } = schema.parse(input);
  const custom = range === 'custom' && (from !== undefined || to !== undefined);
  const older = printQuery(
    withFieldPart(withFieldValues(withFieldValues(ALL, 'category', category), 'activity', activity), 'actor', actor ?? ''),
  );
  const query = [q, older].filter(Boolean).join(' ') || undefined;
  const found = { ...rest, q: query, ...(custom ? { range, from, to } : range !== 'custom' && range !== '30d' ? { range } : {}) };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The query of the address; `ALL` while it cannot be read, with why. */
export function queryOf(search: AuditLogsSearch): { query: Query; error: { position: number; message: string } | null } {
  const parsed = parseQuery(search.q ?? '');
  return parsed.ok ? { query: parsed.query, error: null } : { query: ALL, error: parsed.error };
}
/** A query as the address takes it. */
export const toText = (query: Query): string | undefined => printQuery(query) || undefined;
/** Adds a condition. */
export const adding = (query: Query, condition: Query): Query => join('and', [query, condition]);

/** The filter as the API takes it. `now` in milliseconds fixes what "last 7 days" means, so that all pages agree. */
export function toFilter(search: AuditLogsSearch, now: number): { from?: string; to?: string; q?: string } {
  const { range = '30d', from, to, q } = search;
  const span = range === 'custom' ? { ...(from && { from }), ...(to && { to }) } : { from: new Date(now - lengths[range]).toISOString() };
  return { ...span, ...(q && { q }) };
}

/** Whether anything narrows the list beyond the default range. */
export const isFiltered = (search: AuditLogsSearch): boolean => Boolean(search.q ?? search.range);
