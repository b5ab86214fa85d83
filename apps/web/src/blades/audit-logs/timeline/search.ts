import { z } from 'zod';

const word = z
  .union([z.string(), z.number()])
  .transform((v) => String(v).trim() || undefined)
  .optional()
  .catch(undefined);
const flag = z.literal(true).optional().catch(undefined);
const tidy = <T extends object>(found: T): T => Object.fromEntries(Object.entries(found).filter(([, v]) => v !== undefined)) as T;

/** What the timeline shows, as it stands in its address. Points are ids of records, times (ISO 8601), or `now`. */
export interface TimelineSearch {
  a?: string | undefined;
  b?: string | undefined;
  /** Only properties whose name holds this. */
  property?: string | undefined;
  /** Equal properties are shown too. */
  equal?: true | undefined;
}
const timeline = z.object({ a: word, b: word, property: word, equal: flag });
export const timelineSearch = (search: Record<string, unknown>): TimelineSearch => tidy(timeline.parse(search));

/** Two records by their ids. */
export interface CompareSearch {
  a?: string | undefined;
  b?: string | undefined;
  equal?: true | undefined;
}
const compare = z.object({ a: word, b: word, equal: flag });
export const compareSearch = (search: Record<string, unknown>): CompareSearch => tidy(compare.parse(search));
