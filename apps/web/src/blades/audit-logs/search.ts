import type { SearchSchemaInput } from '@tanstack/react-router';
import { z } from 'zod';

/** The portal's choices. Any other span that is counted back from now is kept in the same form: 90m, 36h, 14d. */
export const ranges = ['24h', '7d', '30d', 'custom'] as const;
const RELATIVE = /^([1-9]\d{0,3})([mhd])$/;
const units = { m: ['minute', 60_000], h: ['hour', 3_600_000], d: ['day', 86_400_000] } as const;
const relative = (range: string): [n: number, unit: keyof typeof units] | null => {
  const [, n, unit] = RELATIVE.exec(range) ?? [];
  return unit === undefined ? null : [Number(n), unit as keyof typeof units];
};
/** `Last 7 days` */
export function rangeName(range: string): string {
  const [n, unit] = relative(range) ?? [];
  return n === undefined ? 'Custom' : n === 1 ? `Last ${units[unit!][0]}` : `Last ${n} ${units[unit!][0]}s`;
}

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
  range: z
    .union([z.literal('custom'), z.string().regex(RELATIVE)])
    .optional()
    .catch(undefined),
  from: time,
  to: time,
  q: word,
  values: z.literal(true).optional().catch(undefined),
  by: z.literal('category').optional().catch(undefined),
  live: z.literal(1).optional().catch(undefined),
  selected: word,
  columns: word,
  order: z.literal('asc').optional().catch(undefined),
  // Addresses of before there was one search for everything.
  category: words.optional(),
  activity: words.optional(),
  actor: word,
});

// Written here and not by the grammar's own printer: the router reads addresses before the blade, and the grammar, is loaded.
const quoted = (value: string, star = ''): string => {
  const escaped = value.replaceAll(/[\\*"]/g, String.raw`\$&`);
  return /[\s()]/.test(value) ? `"${star}${escaped}${star}"` : `${star}${escaped}${star}`;
};
const either = (field: string, values: readonly string[]): string => {
  const list = values.map((v) => quoted(v));
  return list.length === 0 ? '' : list.length === 1 ? `${field}:${list[0]}` : `${field}:(${list.join(' or ')})`;
};

/** What the blade shows, as it stands in its address. What is left out is the default: the last 30 days of everything. */
export interface AuditLogsSearch {
  /** `custom`, or a span counted back from now such as `7d`. */
  range?: string;
  /** With range=custom only. */
  from?: string;
  to?: string;
  /** The query, as the search bar shows it. It may be broken: the bar then says where. */
  q?: string;
  /** The values beside the list are shown. */
  values?: true;
  /** The chart is stacked by category, not by status. */
  by?: 'category';
  /** New records flow in. */
  live?: 1;
  /** Columns and widths, see columns-state.ts; left out they are the reader's own. */
  columns?: string;
  /** Oldest first. Live rows come in at the other end, so they win over it. */
  order?: 'asc';
  /** Id of the record whose details are open. */
  selected?: string;
}

/** Reads the address. What does not fit is dropped, never an error page: addresses are typed and pasted by people. */
export function auditLogsSearch(input: AuditLogsSearch & SearchSchemaInput): AuditLogsSearch {
  const { range, from, to, q, category = [], activity = [], actor, ...rest } = schema.parse(input);
  const custom = range === 'custom' && (from !== undefined || to !== undefined);
  const older = [either('category', category), either('activity', activity), actor && `actor:${quoted(actor, '*')}`]
    .filter(Boolean)
    .join(' ');
  const query = [q, older].filter(Boolean).join(' ') || undefined;
  const found = {
    ...rest,
    ...(rest.live === 1 && { order: undefined }),
    q: query,
    ...(custom ? { range, from, to } : range !== 'custom' && range !== '30d' ? { range } : {}),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The filter as the API takes it. `now` in milliseconds fixes what "last 7 days" means, so that all pages agree. */
export function toFilter(
  search: Pick<AuditLogsSearch, 'range' | 'from' | 'to' | 'q'>,
  now: number,
): { from?: string; to?: string; q?: string } {
  const { range = '30d', from, to, q } = search;
  const [n, unit] = relative(range) ?? [30, 'd' as const];
  const span =
    range === 'custom' ? { ...(from && { from }), ...(to && { to }) } : { from: new Date(now - n * units[unit][1]).toISOString() };
  return { ...span, ...(q && { q }) };
}

/** The end of the range, when it is over: nothing new can fall into it. */
export const endedAt = ({ range, to }: AuditLogsSearch, now: number): string | undefined =>
  range === 'custom' && to !== undefined && Date.parse(to) <= now ? to : undefined;

/** Whether anything narrows the list beyond the default range. */
export const isFiltered = (search: AuditLogsSearch): boolean => Boolean(search.q ?? search.range);
