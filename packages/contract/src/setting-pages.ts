import { z } from 'zod';
import { destinationTypes } from './destinations/index.ts';

const instant = z.iso.datetime();

/** One batch that a destination acknowledged. */
export const batchView = z
  .object({
    deliveryId: z.uuid(),
    type: z.enum(destinationTypes),
    category: z.string(),
    firstSequence: z.number().int(),
    lastSequence: z.number().int(),
    records: z.number().int().meta({ description: 'Records that were sent; 0: the condition left the whole range out.' }),
    filtered: z.number().int(),
    bytes: z.number().int(),
    attempts: z.number().int(),
    durationMs: z.number().int().meta({ description: 'Of the attempt that was acknowledged, from its preparation to the answer.' }),
    deliveredAt: instant,
    sha256: z.string().nullable().meta({ description: 'Of exactly the bytes that were sent, in hex. Null: not known.' }),
    answer: z.string().nullable().meta({
      description:
        'What the destination said: status, ids of the request. Null: nothing was sent, or it was delivered before this was kept.',
    }),
    place: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Where it is, in the destination’s own terms; docs/delivery.md has them.' }),
  })
  .meta({ id: 'BatchView' });
export type BatchView = z.infer<typeof batchView>;

/** A batch that was written down and is not acknowledged yet. */
export const openBatchView = z
  .object({
    deliveryId: z.uuid(),
    type: z.enum(destinationTypes),
    category: z.string(),
    firstSequence: z.number().int(),
    lastSequence: z.number().int(),
    since: instant,
    attempts: z.number().int().meta({ description: 'Attempts in a row that failed.' }),
    nextAttemptAt: instant,
    fault: z.object({ code: z.string(), message: z.string(), remedy: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'OpenBatchView' });
export type OpenBatchView = z.infer<typeof openBatchView>;

/** What somebody did to a setting or to one of its deliveries. */
export const settingChange = z
  .object({
    id: z.string().meta({ description: 'RecordId of the record of category AdminCenterLogs.' }),
    at: instant,
    by: z.string().nullable(),
    operation: z.string(),
    delivery: z.object({ type: z.string(), category: z.string() }).nullable().meta({ description: 'Null: the setting itself.' }),
    correlationId: z.string().nullable(),
    differences: z
      .array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
      .meta({ description: 'What is not as it was before. A text, or JSON; null: there is none.' }),
    facts: z.array(z.object({ name: z.string(), value: z.string() })).meta({ description: 'What else the record says.' }),
  })
  .meta({ id: 'SettingChange' });
export type SettingChange = z.infer<typeof settingChange>;
