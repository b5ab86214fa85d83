import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { auditFilter } from './audit-logs.ts';

export const exportFormats = ['csv', 'json', 'ndjson', 'pack'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Columns of a file and their headings, in the order of a file that has everything. Times are UTC. */
export const exportColumns = {
  date: 'Date (UTC)',
  actor: 'Initiated by (actor)',
  application: 'Application name',
  activity: 'Activity',
  target: 'Target',
  category: 'Category',
  status: 'Activity status',
  id: 'Id',
  correlationId: 'Correlation id',
  targetType: 'Target type',
  sequence: 'Sequence',
  targetId: 'Target object id',
  modifiedProperties: 'Modified properties',
  component: 'Component',
  operationType: 'Activity operation type',
  actorType: 'Actor type',
  actorId: 'Actor object id',
  applicationId: 'Application id',
  permissions: 'Actor permissions',
  record: 'Record (resource log)',
  graph: 'Record (Graph)',
} as const;
export type ExportColumn = keyof typeof exportColumns;
export const exportColumnIds = Object.keys(exportColumns) as ExportColumn[];
/** Columns of a CSV file when none are named. */
export const defaultExportColumns = exportColumnIds.slice(0, exportColumnIds.indexOf('targetType'));

/** An evidence pack is for reading: beyond so many records nobody does. */
export const MAX_PACK_RECORDS = 10_000;
/** Records that can be chosen one by one for an evidence pack. */
export const MAX_CHOSEN_RECORDS = 500;

const columns = z
  .union([
    z.literal(['everything', 'records']),
    z
      .array(z.enum(exportColumnIds))
      .min(1, 'Choose at least one column.')
      .refine((list) => new Set(list).size === list.length, 'A column can stand in a file once.'),
  ])
  .meta({
    description:
      '`everything`: every column. `records` (JSON and NDJSON): the resource-log records as they are routed, byte for byte. Left out: nine columns for CSV, `records` for JSON and NDJSON.',
  });
const shape = {
  format: z.enum(exportFormats).meta({ description: '`pack`: an evidence pack, a ZIP with records, report, deliveries and digests.' }),
  filter: auditFilter,
  columns: columns.optional(),
  bom: z.boolean().optional().meta({ description: 'A byte order mark, by which Excel knows that a CSV file is UTF-8.' }),
};
/** What a file holds. */
export const exportRequest = z
  .strictObject(shape)
  .refine((r) => r.format !== 'csv' || r.columns !== 'records', {
    path: ['columns'],
    message: 'Records as they are routed are JSON: choose json or ndjson.',
  })
  .refine((r) => r.format !== 'pack' || r.columns === undefined, {
    path: ['columns'],
    message: 'An evidence pack holds everything: leave the columns out.',
  })
  .refine((r) => r.format === 'csv' || r.bom !== true, { path: ['bom'], message: 'Only CSV files have a byte order mark.' })
  .meta({ id: 'ExportRequest' });
export type ExportRequest = z.output<typeof exportRequest>;

export const exportStates = ['queued', 'running', 'done', 'failed', 'cancelled', 'expired'] as const;
export const exportJob = z
  .object({
    id: z.guid(),
    fileName: z.string(),
    state: z.enum(exportStates),
    request: exportRequest,
    from: z.iso.datetime().meta({ description: 'What the filter meant when it was asked for. UTC.' }),
    to: z.iso.datetime(),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    expiresAt: z.iso.datetime().nullable().meta({ description: 'When the file is deleted.' }),
    rows: z.number().int().meta({ description: 'Records in the file so far.' }),
    expectedRows: z.number().int().meta({ description: 'About as many as there will be.' }),
    bytes: z.number().int(),
    sha256: z.string().nullable().meta({ description: 'Of the whole file, in hexadecimal digits.' }),
    error: z.string().nullable().meta({ description: 'Why it failed, and what to do.' }),
  })
  .meta({ id: 'ExportJob' });
export type ExportJob = z.infer<typeof exportJob>;

const path = '/api/audit-exports';
const one = z.strictObject({ id: z.guid() });
const access = 'intune.audit.read';
const fileTypes = ['text/csv', 'application/json', 'application/x-ndjson', 'application/zip'];

export const streamExport = defineEndpoint({
  id: 'exportAuditLogs',
  method: 'POST',
  path: '/api/audit-logs/export',
  access,
  summary: 'Everything that the filter finds, newest first, as a file that is made while it is sent. No limit on rows. Times are UTC.',
  body: exportRequest,
  stream: fileTypes,
});
export const streamEvidence = defineEndpoint({
  id: 'packAuditLogs',
  method: 'POST',
  path: '/api/audit-logs/evidence-pack',
  access,
  summary: `An evidence pack of chosen records, at most ${MAX_CHOSEN_RECORDS}.`,
  body: z.strictObject({
    ids: z
      .array(z.string().min(1).max(200))
      .min(1, 'Choose at least one record.')
      .max(MAX_CHOSEN_RECORDS, `At most ${MAX_CHOSEN_RECORDS} records can be chosen. Use a filter for more.`),
  }),
  stream: ['application/zip'],
});
export const planExport = defineEndpoint({
  id: 'planAuditExport',
  method: 'POST',
  path: `${path}/plan`,
  access,
  summary: 'How many records a file would hold, and whether it is best streamed at once or made by a job.',
  body: exportRequest,
  response: z
    .object({
      rows: z.number().int(),
      exact: z.boolean().meta({ description: 'False: an estimate.' }),
      how: z.enum(['stream', 'job', 'too-many']).meta({ description: '`too-many`: more records than an evidence pack holds.' }),
      streamLimit: z.number().int().meta({ description: 'Up to so many records are streamed at once.' }),
      keptDays: z.number().meta({ description: 'For so long the file of a job is kept.' }),
    })
    .meta({ id: 'ExportPlan' }),
});
export const listExports = defineEndpoint({
  id: 'listAuditExports',
  method: 'GET',
  path,
  access,
  summary: "The caller's own export jobs, newest first.",
  response: z.object({ items: z.array(exportJob) }).meta({ id: 'ExportList' }),
});
export const createExport = defineEndpoint({
  id: 'createAuditExport',
  method: 'POST',
  path,
  access,
  summary: 'Starts a job that makes the file on the server.',
  body: exportRequest,
  response: exportJob,
});
export const getExport = defineEndpoint({
  id: 'getAuditExport',
  method: 'GET',
  path: `${path}/:id`,
  access,
  summary: 'How a job fares.',
  params: one,
  response: exportJob,
});
export const cancelExport = defineEndpoint({
  id: 'cancelAuditExport',
  method: 'POST',
  path: `${path}/:id/cancel`,
  access,
  summary: 'Stops a job. What it has written is deleted; one that has ended stays as it is.',
  params: one,
  response: exportJob,
});
export const deleteExport = defineEndpoint({
  id: 'deleteAuditExport',
  method: 'DELETE',
  path: `${path}/:id`,
  access,
  summary: 'Deletes a job and its file. One that still runs is stopped.',
  params: one,
});
export const downloadExport = defineEndpoint({
  id: 'downloadAuditExport',
  method: 'GET',
  path: `${path}/:id/file`,
  access,
  summary: 'The file of a job that is done. Takes Range and If-Range; the ETag is its SHA-256.',
  params: one,
  stream: fileTypes,
});
export const createTicket = defineEndpoint({
  id: 'createAuditExportTicket',
  method: 'POST',
  path: `${path}/:id/ticket`,
  access,
  summary: 'An address by which the browser downloads the file by itself: good for a minute, for this file, for one download.',
  params: one,
  response: z.object({ url: z.string(), expiresAt: z.iso.datetime() }).meta({ id: 'ExportTicket' }),
});
export const downloadByTicket = defineEndpoint({
  id: 'downloadAuditExportByTicket',
  method: 'GET',
  path: '/api/audit-export-download',
  access: 'public',
  summary: 'The file of a ticket. A download that broke off may go on from where it stopped, with Range, for ten minutes.',
  query: z.strictObject({ ticket: z.string().regex(/^[\w-]{43}$/, 'This is not a ticket.') }),
  stream: fileTypes,
});
