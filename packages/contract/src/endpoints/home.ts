import { z } from 'zod';
import { destinationTypes } from '../destinations/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { deliveryStatus } from '../settings.ts';

/** A part of the home page: each is there for those who may see it, and one that cannot be read leaves the others alone. */
const part = <T extends z.ZodType>(data: T) =>
  z.discriminatedUnion('state', [
    z.object({ state: z.literal('ready'), data }),
    z.object({ state: z.literal('denied') }),
    z.object({ state: z.literal('failed'), reason: z.string() }),
  ]);

/** What a person should do something about. */
export const homeMatters = ['misconfigured', 'failing', 'stalled', 'quarantined', 'no-records', 'source', 'retention'] as const;
export type HomeMatter = (typeof homeMatters)[number];
const matter = z
  .object({
    kind: z.enum(homeMatters),
    setting: z.string().nullable().meta({ description: 'Null when it is not about one setting.' }),
    destination: z.enum(destinationTypes).nullable(),
    categories: z.array(z.string()),
    source: z.string().nullable(),
    count: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Records in quarantine, windows that cannot be read, blobs that cannot be deleted.' }),
    reason: z.string(),
    remedy: z.string().nullable(),
  })
  .meta({ id: 'HomeMatter' });
export type HomeMatterView = z.infer<typeof matter>;

const source = z.object({
  source: z.string(),
  category: z.string(),
  coveredFrom: z.iso.datetime().nullable(),
  coveredTo: z.iso.datetime().nullable(),
  records: z.number().int(),
  windowsPending: z.number().int(),
  windowsFailing: z.number().int(),
  lastError: z.string().nullable(),
});

export const getHome = defineEndpoint({
  id: 'getHome',
  method: 'GET',
  path: '/api/home',
  access: 'signed-in',
  summary: 'The directory at a glance: records, sources, deliveries, and what needs a person. Each part for those who may see it.',
  query: z.strictObject({
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'When the reader’s day began; midnight UTC without it. At most 48 hours ago.' }),
  }),
  response: z
    .object({
      since: z.iso.datetime(),
      records: part(
        z.object({
          today: z.number().int().meta({ description: 'Audit records of today, by their own time.' }),
          exact: z.boolean().meta({ description: 'Whether `today` was counted, not estimated.' }),
          total: z.number().int(),
          oldest: z.iso.datetime().nullable(),
          newest: z.iso.datetime().nullable(),
        }),
      ),
      sources: part(z.array(source)),
      deliveries: part(
        z.object({
          settings: z.number().int(),
          byStatus: z.array(z.object({ status: deliveryStatus, count: z.number().int() })).meta({ description: 'Most urgent first.' }),
          waiting: z.number().int(),
          quarantined: z.number().int(),
        }),
      ),
      matters: part(z.array(matter)).meta({ description: 'What needs a person, of what the reader may see; most urgent first.' }),
    })
    .meta({ id: 'Home' }),
});
export type Home = z.infer<NonNullable<typeof getHome.response>>;
