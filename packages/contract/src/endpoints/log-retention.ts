import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';

/** Years that the log of a category may be kept in Weir. */
export const MAX_LOG_YEARS = 100;
export const removalWaits = ['delivery', 'replay', 'quarantine', 'legal-hold', 'export', 'preparing'] as const;

const logKeeping = z
  .object({
    category: z.string().meta({ description: '`<provider>/<name>`' }),
    years: z.number().int().nullable().meta({ description: 'How long records are kept in Weir, by their time; null: forever.' }),
    setBy: z.string().nullable(),
    setAt: z.iso.datetime().nullable(),
    oldest: z.iso.datetime().nullable().meta({ description: 'Time of the oldest record that is there.' }),
    removed: z
      .object({ records: z.number().int(), lastAt: z.iso.datetime() })
      .nullable()
      .meta({ description: 'What retention removed so far.' }),
    waits: z.array(z.enum(removalWaits)).meta({ description: 'Why records that are past their years are still there.' }),
  })
  .meta({ id: 'LogKeeping' });
export type LogKeeping = z.infer<typeof logKeeping>;

const path = '/api/log-retention';
export const listLogRetention = defineEndpoint({
  id: 'listLogRetention',
  method: 'GET',
  path,
  access: 'weir.manage',
  summary: 'How long each log is kept in Weir itself. Weir’s own log is always kept.',
  response: z.object({ items: z.array(logKeeping) }),
});
export const setLogRetention = defineEndpoint({
  id: 'setLogRetention',
  method: 'PUT',
  path,
  access: 'weir.manage',
  summary:
    'Sets how long the records of a category are kept in Weir. What is older is deleted, month by month, when nothing needs it any more.',
  body: z.strictObject({
    category: z.string().min(1).max(200),
    years: z.number().int().min(1, 'At least 1 year.').max(MAX_LOG_YEARS, `At most ${MAX_LOG_YEARS} years.`).nullable(),
    confirm: z
      .string()
      .max(200)
      .optional()
      .meta({ description: 'The category’s name again, when records will be kept for less time than before.' }),
  }),
  response: z.object({ items: z.array(logKeeping) }),
});
