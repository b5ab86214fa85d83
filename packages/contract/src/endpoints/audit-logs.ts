import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { auditDetails, auditRow } from '../record.ts';

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((s) => !s.includes('\u0000'), 'Text cannot hold a NUL character.');
/** The blade's filter. Times are UTC; `from` is included, `to` is not. Without them: the last 30 days. */
export const auditFilter = z
  .strictObject({
    from: z.iso.datetime({ offset: true, error: 'Expected an ISO 8601 time such as 2026-11-21T00:00:00Z.' }).optional(),
    to: z.iso.datetime({ offset: true, error: 'Expected an ISO 8601 time such as 2026-11-21T00:00:00Z.' }).optional(),
    q: text(2_000).optional().meta({ description: 'A query: words, field:value, -, or, parentheses. docs/search.md has the grammar.' }),
  })
  .refine((f) => !f.from || !f.to || Date.parse(f.from) < Date.parse(f.to), {
    path: ['from'],
    message: 'The start must lie before the end.',
  });
export type AuditFilter = z.output<typeof auditFilter>;

export const listAuditLogs = defineEndpoint({
  id: 'listAuditLogs',
  method: 'GET',
  path: '/api/audit-logs',
  access: 'intune.audit.read',
  summary: 'Intune audit records, newest first unless asked otherwise, page by page.',
  query: z
    .strictObject({
      ...auditFilter.shape,
      order: z.enum(['asc', 'desc']).default('desc').meta({ description: 'By time: `desc` newest first, `asc` oldest first.' }),
      cursor: text(500).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    })
    .refine((f) => !f.from || !f.to || Date.parse(f.from) < Date.parse(f.to), {
      path: ['from'],
      message: 'The start must lie before the end.',
    }),
  response: z
    .object({
      items: z.array(auditRow),
      nextCursor: z.string().nullable(),
      searchedTo: z.iso.datetime().nullable().meta({
        description: 'A search that takes long answers with what it found so far: as far as this time. `nextCursor` goes on from there.',
      }),
    })
    .meta({ id: 'AuditPage' }),
});
export const getAuditLog = defineEndpoint({
  id: 'getAuditLog',
  method: 'GET',
  path: '/api/audit-logs/:id',
  access: 'intune.audit.read',
  summary: 'One audit record in full.',
  params: z.strictObject({ id: text(200).min(1) }),
  response: auditDetails,
});
/** Targets of one record whose earlier values are looked for, and records that are looked at for each. */
export const LAST_VALUES = { targets: 5, records: 50 } as const;
export const lastValues = defineEndpoint({
  id: 'getAuditLogLastValues',
  method: 'GET',
  path: '/api/audit-logs/:id/last-values',
  access: 'intune.audit.read',
  summary: 'For properties whose old value a record does not say: the last value that an earlier record of the same target gave them.',
  params: z.strictObject({ id: text(200).min(1) }),
  response: z
    .object({
      values: z.array(
        z.object({
          target: z.number().int().meta({ description: 'Index of the target in the record.' }),
          property: z.string(),
          value: z.string(),
          record: z.object({ id: z.string(), time: z.string(), activity: z.string().nullable(), actor: z.string().nullable() }),
        }),
      ),
      looked: z.number().int().meta({ description: 'Earlier records that were looked at.' }),
      complete: z.boolean().meta({ description: 'False: there may be older records that were not looked at.' }),
    })
    .meta({ id: 'AuditLastValues' }),
});
export const auditFilterOptions = defineEndpoint({
  id: 'getAuditFilterOptions',
  method: 'GET',
  path: '/api/audit-log-filters',
  access: 'intune.audit.read',
  summary: 'Categories and activities that occur in this directory.',
  response: z
    .object({ categories: z.array(z.string()), activities: z.array(z.object({ category: z.string(), name: z.string() })) })
    .meta({ id: 'AuditFilterOptions' }),
});
const counted = z.array(z.object({ value: z.string(), count: z.number().int() }));
export const summarizeAuditLogs = defineEndpoint({
  id: 'summarizeAuditLogs',
  method: 'GET',
  path: '/api/audit-log-summary',
  access: 'intune.audit.read',
  summary: 'How many records a filter finds, over time and by the values of their fields. Up to 100,000 exactly, beyond from a sample.',
  query: z
    .strictObject({
      ...auditFilter.shape,
      by: z.enum(['status', 'category']).default('status').meta({ description: 'What the bars are stacked by.' }),
      exact: z.stringbool().default(false).meta({ description: 'Count every record, however long it takes.' }),
    })
    .refine((f) => !f.from || !f.to || Date.parse(f.from) < Date.parse(f.to), {
      path: ['from'],
      message: 'The start must lie before the end.',
    }),
  response: z
    .object({
      total: z.number().int(),
      exact: z.boolean().meta({ description: 'False: total and buckets are estimates from a sample.' }),
      exactFacets: z.boolean().meta({ description: 'False: the counts of values are estimates from a sample.' }),
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      bucketMs: z.number().int(),
      buckets: z.array(z.object({ at: z.iso.datetime(), value: z.string(), count: z.number().int() })),
      facets: z.array(z.object({ field: z.enum(['category', 'activity', 'actor', 'application', 'status', 'type']), values: counted })),
    })
    .meta({ id: 'AuditSummary' }),
});
export const auditValues = defineEndpoint({
  id: 'getAuditValues',
  method: 'GET',
  path: '/api/audit-log-values',
  access: 'intune.audit.read',
  summary: 'Values of a field that hold a text, the most frequent first: for completion.',
  query: z.strictObject({
    field: z.enum(['category', 'activity', 'actor', 'application', 'status', 'type']),
    contains: text(200).default(''),
  }),
  response: z.object({ values: counted }).meta({ id: 'AuditValues' }),
});
/** What a live stream keeps to. Times in milliseconds. */
export const liveLimits = {
  /** Records that one stream sends within any second. */
  perSecond: 50,
  /** Records that may wait for their turn. Are there more, the stream leaves the older ones out, says how many, and goes on. */
  backlog: 500,
  /** A line comes at least this often. */
  beatMs: 10_000,
  /** A stream ends after this time, and with its token; the client goes on with `after`. Permissions are checked anew. */
  lifeMs: 5 * 60_000,
  /** Streams that one person may have open: browsers open six connections to a server, and the other calls need some. */
  perPerson: 4,
  perServer: 200,
} as const;
const position = z.number().int().meta({ description: 'Sequence number up to which the stream has told everything.' });
/** One line of a live stream. */
export const liveLine = z
  .union([
    z.object({ kind: z.literal('record'), record: auditRow }).meta({ description: 'A new record that fits the query.' }),
    z
      .object({ kind: z.literal('beat'), seq: position })
      .meta({ description: 'The first line, and at least one every 10 seconds, also when nothing fits.' }),
    z
      .object({ kind: z.literal('skipped'), count: z.number().int().min(1), seq: position })
      .meta({ description: 'So many records fit, but came faster than the stream may send. The list has them.' }),
  ])
  .meta({ id: 'AuditLiveLine' });
export type LiveLine = z.infer<typeof liveLine>;
export const liveAuditLogs = defineEndpoint({
  id: 'liveAuditLogs',
  method: 'GET',
  path: '/api/audit-log-live',
  access: 'intune.audit.read',
  summary:
    'New audit records as they are appended, in the order of the log. At most 50 a second. The stream ends after five minutes or with its token; go on with `after`, and nothing is missed.',
  query: z.strictObject({
    q: auditFilter.shape.q,
    from: auditFilter.shape.from.meta({ description: 'Leaves out records whose own time is before this, such as imported ones.' }),
    after: z.coerce
      .number('Expected a sequence number.')
      .int('Expected a sequence number.')
      .min(0, 'Sequence numbers begin with 1.')
      .max(Number.MAX_SAFE_INTEGER, 'No log is that long.')
      .optional()
      .meta({ description: 'Begins behind this sequence number: the last `seq` that was read. Without it: from now on.' }),
  }),
  stream: ['application/x-ndjson'],
  line: liveLine,
});

export const coverage = defineEndpoint({
  id: 'getCoverage',
  method: 'GET',
  path: '/api/coverage',
  access: 'intune.audit.read',
  summary: 'What the sources have read: from when to when, and what is missing.',
  response: z
    .object({
      records: z.number().int(),
      oldest: z.iso.datetime().nullable(),
      newest: z.iso.datetime().nullable(),
      sources: z.array(
        z.object({
          source: z.string(),
          category: z.string(),
          coveredFrom: z.iso.datetime().nullable(),
          coveredTo: z.iso.datetime().nullable(),
          windowsDone: z.number().int(),
          windowsPending: z.number().int(),
          windowsFailing: z.number().int(),
          records: z.number().int(),
          lastError: z.string().nullable(),
        }),
      ),
    })
    .meta({ id: 'Coverage' }),
});
