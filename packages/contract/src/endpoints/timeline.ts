import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { auditRow } from '../record.ts';

const id = z
  .string()
  .min(1)
  .max(200)
  .refine((s) => !s.includes('\u0000'), 'Text cannot hold a NUL character.');
const text = z.string().nullable();
const time = z.iso.datetime();
const mark = z.enum(['exact', 'approximate', 'unavailable']);
const gap = z.object({ from: time.nullable(), to: time.nullable(), reason: z.string() });

const related = z.object({
  kind: z.enum(['correlation', 'target', 'actor']),
  value: z.string().meta({ description: 'What is the same; of a target, the id of the object.' }),
  name: text,
  count: z.number().int().meta({ description: 'Other records than this one.' }),
  more: z.boolean().meta({ description: 'There are more than were counted.' }),
  items: z.array(auditRow).meta({ description: 'The newest few.' }),
  previousId: text.meta({ description: 'Of a target: the record before this one that changes it, if one is near.' }),
  q: z.string().meta({ description: 'The search that finds them all, this record included.' }),
  from: time,
  to: time,
});
export const relatedRecords = defineEndpoint({
  id: 'getRelatedAuditLogs',
  method: 'GET',
  path: '/api/audit-logs/:id/related',
  access: 'intune.audit.read',
  summary: 'Records with the same correlation id, of the same targets, and of the same actor within an hour.',
  params: z.strictObject({ id }),
  response: z.object({ groups: z.array(related), targetsLeftOut: z.number().int() }).meta({ id: 'RelatedRecords' }),
});

const property = z.object({
  name: z.string(),
  oldValue: text,
  newValue: text,
  cut: z.boolean().meta({ description: 'A value is longer than what is shown here.' }),
});
export const timelineItem = auditRow
  .extend({
    correlationId: text,
    operation: text,
    exactTime: z.string().meta({ description: 'With as many digits as the record has.' }),
    relation: z
      .enum(['itself', 'part', 'mention'])
      .meta({ description: 'The object is a target, something of it is (an assignment), or a target’s properties name it.' }),
    mark,
    reason: z.string(),
    changes: z.array(z.object({ part: z.string(), name: text, type: text, properties: z.array(property), left: z.number().int() })),
  })
  .meta({ id: 'TimelineItem' });
export type TimelineItem = z.infer<typeof timelineItem>;
export const objectTimeline = defineEndpoint({
  id: 'getObjectTimeline',
  method: 'GET',
  path: '/api/audit-objects/:objectId/timeline',
  access: 'intune.audit.read',
  summary: 'Every recorded change of an object (device, policy, app, user, group, role), newest first, page by page.',
  params: z.strictObject({ objectId: id }),
  query: z.strictObject({ cursor: z.string().max(500).optional(), limit: z.coerce.number().int().min(1).max(200).default(100) }),
  response: z
    .object({
      object: z
        .object({
          id: z.string(),
          types: z.array(z.string()),
          names: z.array(z.object({ name: z.string(), first: time, last: time })).meta({ description: 'The newest first.' }),
          firstSeen: time.nullable(),
          lastSeen: time.nullable(),
          complete: z.boolean().meta({ description: 'False: names and times are from the newest records only.' }),
        })
        .nullable()
        .meta({ description: 'With the first page only.' }),
      items: z.array(timelineItem),
      gaps: z.array(gap).meta({ description: 'Times from which no records were read, newest first.' }),
      lookedBackTo: time.nullable().meta({ description: 'Older records come with the next page. Null: there are none.' }),
      nextCursor: z.string().nullable(),
    })
    .meta({ id: 'ObjectTimeline' }),
});

const finding = {
  present: z.boolean(),
  mark,
  reason: z.string(),
  record: z.object({ id: z.string(), time: z.string() }).nullable(),
  gap: gap.nullable(),
  part: z.string(),
};
export const objectState = defineEndpoint({
  id: 'getObjectState',
  method: 'GET',
  path: '/api/audit-objects/:objectId/state',
  access: 'intune.audit.read',
  summary: 'The properties of an object at a point in time, rebuilt from its records, each with how sure it is and why.',
  params: z.strictObject({ objectId: id }),
  query: z.strictObject({
    at: id.optional().meta({ description: 'A time (ISO 8601), or the id of a record: just after it. Without it: now.' }),
  }),
  response: z
    .object({
      at: z.object({ time: z.string(), recordId: text }),
      parts: z.array(z.object({ ...finding, name: text, type: text })),
      properties: z.array(z.object({ ...finding, name: z.string(), value: text })),
      records: z.number().int().meta({ description: 'How many were looked at.' }),
      complete: z.boolean().meta({ description: 'False: there are more, and what they tell is missing.' }),
    })
    .meta({ id: 'ObjectStateAt' }),
});
