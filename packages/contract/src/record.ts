import { z } from 'zod';

/** A new record on its way into the log, as sources and imports hand it over. */
export interface NewRecord {
  /** `<provider>/<name>`. */
  category: string;
  /** The source's own id of the record; appending the same id again changes nothing. */
  id: string;
  /** UTC, ISO 8601 with milliseconds (finer digits are cut off, not rounded). The body keeps them. */
  time: string;
  /** Azure-format body: one line of JSON, kept byte for byte. */
  body: string;
  /** What the source sent (a Graph object), when it differs from the body. */
  original: string | null;
  fields: RecordFields;
}

/** What is extracted from a body for search and lists. Null when the record does not say. */
export interface RecordFields {
  operation: string | null;
  /** UPN, service principal name or application name. */
  actor: string | null;
  application: string | null;
  /** Display names, in the record's order; `<null>` is left out. */
  targets: string[];
  /** Kinds of the targets ("activity resource type"), each once. */
  targetTypes?: string[];
  /** As the record spells it: `Success`, `Failure` … compare case-insensitively. */
  result: string | null;
  auditCategory: string | null;
  correlationId: string | null;
}

/** A row of the Audit logs blade. */
export const auditRow = z
  .object({
    id: z.string().meta({ description: 'Id of the event (Graph `id`, `AuditEventId` in resource logs).' }),
    seq: z.number().int(),
    time: z.iso.datetime().meta({ description: 'UTC.' }),
    actor: z.string().nullable(),
    application: z.string().nullable(),
    activity: z.string().nullable(),
    targets: z.array(z.string()),
    category: z.string().nullable().meta({ description: "Intune's audit category, e.g. `Compliance`." }),
    result: z.string().nullable(),
    targetTypes: z.array(z.string()),
    correlationId: z.string().nullable(),
  })
  .meta({ id: 'AuditRow' });
export type AuditRow = z.infer<typeof auditRow>;

const asRecorded = z
  .string()
  .nullable()
  .meta({ description: 'As it is recorded: null when the record does not say, `<null>` where Intune writes that.' });
export const modifiedProperty = z.object({ name: z.string(), newValue: asRecorded, oldValue: asRecorded });
export const auditTarget = z.object({
  type: z.string().nullable(),
  name: z.string().nullable(),
  objectId: z.string().nullable(),
  modifiedProperties: z.array(modifiedProperty),
});

/** The details pane: groups and labels as the portal orders them. */
export const auditDetails = z
  .object({
    id: z.string(),
    seq: z.number().int(),
    activity: z.object({
      date: z.string(),
      name: z.string().nullable(),
      correlationId: z.string().nullable(),
      category: z.string().nullable(),
      component: z.string().nullable(),
    }),
    status: z.object({ status: z.string().nullable(), operationType: z.string().nullable(), activityType: z.string().nullable() }),
    actor: z.object({
      type: z.string().nullable(),
      upn: z.string().nullable(),
      objectId: z.string().nullable(),
      application: z.string().nullable(),
      applicationId: z.string().nullable(),
      permissions: z.array(z.string()),
    }),
    targets: z.array(auditTarget),
    body: z.unknown().meta({ description: 'The resource-log record as it is routed.' }),
    original: z.unknown().nullable().meta({ description: 'The Graph object, when the record came from Graph.' }),
  })
  .meta({ id: 'AuditDetails' });
export type AuditDetails = z.infer<typeof auditDetails>;
