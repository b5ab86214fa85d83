import { z } from 'zod';
import { destinationTypes, type DestinationType } from '../destinations/index.ts';
import { defineEndpoint } from '../endpoint.ts';

/** What a consumer sees twice when records are sent again, for each type of destination. */
export const duplicatesOf: Record<DestinationType, string> = {
  storage: 'The records are appended again, to the blob of the hour of the replay. Each is there twice, with the same RecordId.',
  eventHub: 'Consumers read the records again, with the same RecordId. The message id is the same where a message holds the same records.',
  logAnalytics: 'Each record is a second row with the same RecordId. The documented query removes duplicates.',
  splunk: 'Each record is a second event with the same RecordId.',
  elastic: 'None: a record has the same _id, and one that is there already stays as it is.',
  webhook: 'The receiver is sent the records again, with the same RecordId.',
};

const base = '/api/intune/deliveries/:id';
const ofDelivery = z.strictObject({ id: z.uuid() });
const ofReplay = z.strictObject({ id: z.uuid(), replayId: z.uuid() });
const sequence = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const digits = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const reason = z.string().trim().min(1, 'Say why.').max(500);
const read = 'intune.settings.read';
const write = 'intune.settings.write';
const fault = z.object({ code: z.string(), message: z.string(), remedy: z.string().nullable() });

const replayView = z
  .object({
    id: z.uuid(),
    kind: z.enum(['replay', 'resend']).meta({ description: '`resend`: one record of the quarantine.' }),
    state: z.enum(['Waiting', 'Running', 'Failing', 'Paused', 'Done', 'Cancelled']),
    reason: z.string().nullable().meta({ description: 'Why it is in this state.' }),
    firstSequence: z.number().int(),
    lastSequence: z.number().int(),
    position: z.number().int().meta({ description: 'The last sequence number that the destination acknowledged.' }),
    records: z.number().int().meta({ description: 'How many sequence numbers it covers.' }),
    delivered: z.number().int(),
    quarantined: z.number().int(),
    recordsPerSecond: z.number().nullable().meta({ description: 'Since it started.' }),
    endsAt: z.iso.datetime().nullable().meta({ description: 'When it will end at this rate.' }),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ReplayView' });
export type ReplayView = z.infer<typeof replayView>;

const replayFrom = z
  .discriminatedUnion('from', [
    z.strictObject({ from: z.literal('beginning') }),
    z.strictObject({ from: z.literal('time'), time: z.iso.datetime({ offset: true }) }),
    z.strictObject({ from: z.literal('sequence'), sequence }),
  ])
  .meta({ id: 'ReplayFrom' });
export type ReplayFromInput = z.infer<typeof replayFrom>;

const deliveryDetail = z
  .object({
    id: z.uuid(),
    setting: z.string(),
    type: z.enum(destinationTypes),
    category: z.string(),
    checkpoint: z.number().int(),
    quarantined: z.number().int(),
    paused: z.object({ at: z.iso.datetime(), by: z.string(), reason: z.string().nullable() }).nullable(),
    duplicates: z.string().meta({ description: 'What a consumer sees twice after a replay.' }),
    replays: z.array(replayView).meta({ description: 'Those that wait or run, and the last that ended; newest first.' }),
  })
  .meta({ id: 'DeliveryDetail' });
export type DeliveryDetail = z.infer<typeof deliveryDetail>;

const quarantined = z.object({
  sequence: z.number().int(),
  recordId: z.string(),
  fault,
  quarantinedAt: z.iso.datetime(),
  resending: z.boolean().meta({ description: 'It waits to be sent again.' }),
});

export const getDelivery = defineEndpoint({
  id: 'getDelivery',
  method: 'GET',
  path: base,
  access: read,
  summary: 'One delivery: who paused it, and its replays with their progress.',
  params: ofDelivery,
  response: deliveryDetail,
});
export const pauseDelivery = defineEndpoint({
  id: 'pauseDelivery',
  method: 'POST',
  path: `${base}/pause`,
  access: write,
  summary: 'Pauses a delivery and its replays. The batch that travels is finished; the checkpoint stays for as long as it takes.',
  params: ofDelivery,
  body: z.strictObject({ reason: reason.optional() }),
});
export const resumeDelivery = defineEndpoint({
  id: 'resumeDelivery',
  method: 'POST',
  path: `${base}/resume`,
  access: write,
  summary: 'Resumes a delivery after its checkpoint.',
  params: ofDelivery,
  body: z.strictObject({}),
});
export const previewReplay = defineEndpoint({
  id: 'previewReplay',
  method: 'POST',
  path: `${base}/replay-preview`,
  access: read,
  summary: 'Which records a replay would send again. Starts nothing.',
  params: ofDelivery,
  body: replayFrom,
  response: z.object({
    firstSequence: z.number().int(),
    lastSequence: z.number().int(),
    records: z.number().int(),
    duplicates: z.string(),
  }),
});
export const startReplay = defineEndpoint({
  id: 'startReplay',
  method: 'POST',
  path: `${base}/replays`,
  access: write,
  summary: `Sends records again that the delivery has passed: from the beginning of the log, a time or a sequence number, up to its checkpoint. Runs beside live delivery, one at a time for each delivery. What a consumer sees twice: ${destinationTypes.map((t) => `${t}: ${duplicatesOf[t]}`).join(' ')}`,
  params: ofDelivery,
  body: replayFrom,
  response: replayView,
});
export const cancelReplay = defineEndpoint({
  id: 'cancelReplay',
  method: 'DELETE',
  path: `${base}/replays/:replayId`,
  access: write,
  summary: 'Ends a replay that waits or runs. What was sent stays at the destination.',
  params: ofReplay,
});
export const listQuarantine = defineEndpoint({
  id: 'listQuarantine',
  method: 'GET',
  path: `${base}/quarantine`,
  access: read,
  summary: 'Records that the destination refused for good, oldest first, with the reason.',
  params: ofDelivery,
  query: z.strictObject({ after: digits.default(0), limit: z.coerce.number().int().min(1).max(500).default(100) }),
  response: z.object({
    items: z.array(quarantined),
    next: z.number().int().nullable().meta({ description: 'Send as `after` for the next page.' }),
  }),
});
export const getQuarantined = defineEndpoint({
  id: 'getQuarantinedRecord',
  method: 'GET',
  path: `${base}/quarantine/:sequence`,
  access: 'intune.audit.read',
  summary: 'One quarantined record as it would go out, with the reason.',
  params: z.strictObject({ id: z.uuid(), sequence: digits }),
  response: quarantined.extend({ body: z.string().meta({ description: 'One line of JSON.' }) }),
});
export const resendQuarantined = defineEndpoint({
  id: 'resendQuarantined',
  method: 'POST',
  path: `${base}/quarantine/resend`,
  access: write,
  summary:
    'Sends quarantined records again, all of them (10,000 at a time) without `sequences`. One that arrives leaves the quarantine; one that is refused stays with the new reason.',
  params: ofDelivery,
  body: z.strictObject({ sequences: z.array(sequence).min(1).max(1000).optional() }),
  response: z.object({ records: z.number().int().meta({ description: 'How many will be sent again.' }) }),
});
export const skipQuarantined = defineEndpoint({
  id: 'skipQuarantined',
  method: 'POST',
  path: `${base}/quarantine/skip`,
  access: write,
  summary: 'Takes records out of the quarantine without sending them, with a reason. They stay in the log.',
  params: ofDelivery,
  body: z.strictObject({ sequences: z.array(sequence).min(1).max(1000), reason }),
  response: z.object({ records: z.number().int() }),
});
