import { z } from 'zod';
import { destinations, destinationsInput, destinationTypes, partnerTypes } from './destinations/index.ts';
import { batchings, condition, masks } from './shaping.ts';

/** Azure's own rule for a setting's name: 1 to 260 characters without `< > * % & : \ ? + /`, no control characters, no blank at either end. */
export const settingName = z
  .string()
  .min(1, 'Enter a name.')
  .max(260, 'A name has at most 260 characters.')
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused here
  .regex(/^[^<>*%&:\\?+/\u0000-\u001f\u007f]*$/, 'A name cannot hold any of these characters: < > * % & : \\ ? + /')
  .refine((n) => n.trim() === n, 'A name cannot begin or end with a blank.')
  // It is a part of an address, where these mean another place.
  .refine((n) => n !== '.' && n !== '..', 'A name cannot be . or ..')
  .meta({ title: 'Diagnostic setting name' });

/** Days that storage keeps the records; 0 = forever. Azure's form ends at 365. */
export const retentionDays = z
  .number({ error: 'Enter whole days from 0 to 365; 0 keeps the data forever.' })
  .int('Enter whole days; 0 keeps the data forever.')
  .min(0, 'Enter 0 (forever) to 365 days.')
  .max(365, 'Enter 0 (forever) to 365 days.')
  .meta({ title: 'Retention (days)' });

export const settingCategory = z.strictObject({ category: z.string().min(1).max(100), retentionDays: retentionDays.default(0) });

/** What the form saves. The name stands in the path and cannot be changed afterwards. */
export const settingInput = z
  .strictObject({
    categories: z
      .array(settingCategory)
      .min(1, 'At least one log must be enabled: tick a category.')
      .max(50)
      .refine((list) => new Set(list.map((c) => c.category)).size === list.length, 'A category stands here twice.'),
    destinations: destinationsInput
      .refine((d) => destinationTypes.some((t) => d[t] !== undefined), 'Choose at least one destination.')
      .refine((d) => partnerTypes.filter((t) => d[t] !== undefined).length <= 1, 'A setting sends to one partner solution at most.'),
    condition: condition.optional(),
    masks: masks.optional().meta({ description: 'Fields that are dropped or masked before a record leaves, in the order of the list.' }),
    batching: batchings.optional().meta({ description: 'Interval and size of batches, by type of destination.' }),
    includeHistoryFrom: z.iso.datetime({ error: 'Enter a time in UTC, such as 2026-11-01T00:00:00Z.' }).optional().meta({
      title: 'Include history from',
      description:
        'Sends what was collected before as well, from this time on: by a replay beside live delivery, for the deliveries that this save makes. It is done once and not kept.',
    }),
  })
  .meta({ id: 'DiagnosticSettingInput' });
export type SettingInput = z.infer<typeof settingInput>;

/** Derived from facts at read time; the table of meanings is in the README. */
export const deliveryStatuses = [
  'Paused',
  'Misconfigured',
  'Failing',
  'Stalled',
  'Catching up',
  'Waiting for first record',
  'Healthy',
] as const;
export const deliveryStatus = z.enum(deliveryStatuses);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

export const deliveryView = z
  .object({
    id: z.uuid(),
    type: z.enum(destinationTypes),
    category: z.string(),
    status: deliveryStatus,
    reason: z.string().nullable(),
    remedy: z.string().nullable(),
    lastDeliveredAt: z.iso.datetime().nullable(),
    delivered: z.number().int(),
    filtered: z.number().int().meta({ description: 'Records that the condition left out; the checkpoint has passed them.' }),
    waiting: z.number().int(),
    lagMs: z.number().int().meta({ description: 'For how long the oldest waiting record has waited; 0 when none waits.' }),
    quarantined: z.number().int(),
  })
  .meta({ id: 'DeliveryView' });
export type DeliveryView = z.infer<typeof deliveryView>;

/** What a person should look at first comes first. */
const urgency: readonly DeliveryStatus[] = [
  'Misconfigured',
  'Failing',
  'Stalled',
  'Paused',
  'Catching up',
  'Waiting for first record',
  'Healthy',
];
/** Statuses that do not mend themselves, or that a person would want to know of. */
export const troubledStatuses: readonly DeliveryStatus[] = urgency.slice(0, 3);
/** The delivery whose status stands for all of them: the most urgent one. Undefined when there is none. */
export function mostUrgent<D extends { readonly status: DeliveryStatus }>(deliveries: readonly D[]): D | undefined {
  return deliveries.toSorted((a, b) => urgency.indexOf(a.status) - urgency.indexOf(b.status))[0];
}

export const legalHold = z
  .object({
    reason: z.string(),
    by: z.string().meta({ description: 'Who put it.' }),
    since: z.iso.datetime(),
  })
  .meta({ id: 'LegalHold' });
export type LegalHoldView = z.infer<typeof legalHold>;
export const legalHoldInput = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1, 'Enter a reason, such as the number of the case.')
      .max(500, 'A reason has at most 500 characters.')
      .meta({ title: 'Reason' }),
  })
  .meta({ id: 'LegalHoldInput' });

export const settingView = z
  .object({
    name: z.string(),
    provider: z.string(),
    version: z.number().int().meta({ description: 'Also the ETag; send it back in If-Match when you edit.' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    categories: z.array(settingCategory),
    destinations,
    condition: z.string().nullable().meta({ description: 'Which records go; null: all of them.' }),
    masks,
    batching: batchings,
    secrets: z
      .array(
        z.object({
          path: z.string().meta({ description: 'The field, as in a PUT: destinations.splunk.token.' }),
          setAt: z.iso.datetime(),
        }),
      )
      .meta({
        description: 'Which secrets are set, and since when. A secret itself is never given back; leave it out of a PUT to keep it.',
      }),
    deliveries: z.array(deliveryView),
    legalHold: legalHold.nullable().meta({ description: 'While it stands, nothing that the setting archived is deleted.' }),
    retentionFault: z
      .object({ blobs: z.number().int(), code: z.string(), message: z.string(), remedy: z.string().nullable() })
      .nullable()
      .meta({ description: 'Archived blobs that are past their retention days and could not be deleted, with the reason of the oldest.' }),
  })
  .meta({ id: 'DiagnosticSetting' });
export type SettingView = z.infer<typeof settingView>;

/** Minutes that the list's sparkline covers. */
export const SPARK_MINUTES = 60;
/** What a setting costs in a month, as `estimateMonth` reckons it from the directory's own last 30 days. */
const settingCost = z
  .object({
    dollars: z.number().nullable().meta({ description: 'US dollars of a month of 30 days, before tax. Null: nothing of it is known.' }),
    unmeasured: z.array(z.string()).meta({ description: 'Categories that are not in the sum: no record of them was collected yet.' }),
    unpriced: z
      .array(z.enum(destinationTypes))
      .meta({ description: 'Destinations that are not in the sum: their owner charges for them.' }),
    prices: z.string().meta({ description: 'The region whose prices these are, and their date.' }),
  })
  .meta({ id: 'SettingCost' });

/** A setting as the list shows it. */
export const settingListItem = settingView
  .extend({
    recordsPerMinute: z.array(z.number().int()).meta({
      description: 'Records that the destinations acknowledged, minute by minute, oldest first; the last minute is the one that runs.',
    }),
    cost: settingCost,
  })
  .meta({ id: 'DiagnosticSettingListItem' });
export type SettingListItem = z.infer<typeof settingListItem>;

/** What a verification found; which words there are for faults is in docs/verify.md. */
export const verificationView = z
  .object({
    deliveryId: z.uuid(),
    type: z.enum(destinationTypes),
    category: z.string(),
    result: z.enum(['holds', 'differs', 'unknown']).meta({ description: '`unknown`: it could not be verified; `reason` says why.' }),
    reason: z.string().nullable(),
    firstSeq: z.number().int(),
    lastSeq: z.number().int(),
    records: z.number().int().meta({ description: 'Records that are there once and unaltered.' }),
    counts: z.record(z.string(), z.number().int()).meta({ description: 'Records by kind of fault.' }),
    faults: z
      .array(
        z.object({
          kind: z.string(),
          firstSeq: z.number().int().nullable(),
          lastSeq: z.number().int().nullable(),
          id: z.string().nullable(),
          place: z.string().nullable().meta({ description: 'Blob and byte, or partition and message.' }),
          note: z.string().nullable(),
        }),
      )
      .meta({ description: 'The first hundred.' }),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
  })
  .meta({ id: 'VerificationView' });
export type VerificationView = z.infer<typeof verificationView>;

/** So far back the history of deliveries goes. */
export const HISTORY_MINUTES = 24 * 60;
const historyPoint = z.object({
  at: z.iso.datetime().meta({ description: 'When the step begins, UTC.' }),
  records: z.number().int().meta({ description: 'Acknowledged by the destination. Replays are not in it.' }),
  bytes: z.number().int(),
  errors: z.number().int().meta({ description: 'Attempts that failed, and records that were refused for good.' }),
  lagMs: z.number().int().nullable().meta({
    description: 'The longest way of the first record of a batch, from our append to the acknowledgement. Null when nothing arrived.',
  }),
});
export type HistoryPoint = z.infer<typeof historyPoint>;
export const deliveryHistory = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    stepMinutes: z.number().int(),
    deliveries: z.array(
      z.object({
        deliveryId: z.uuid(),
        type: z.enum(destinationTypes),
        category: z.string(),
        points: z.array(historyPoint).meta({ description: 'In order of time. A step in which nothing happened is left out.' }),
      }),
    ),
  })
  .meta({ id: 'DeliveryHistory' });
export type DeliveryHistory = z.infer<typeof deliveryHistory>;
