import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { MAX_QUERY_LENGTH, parseQuery } from '../query/index.ts';

/** What a view shows: the blade's address. Times are UTC; `range` is relative to when the view is opened. */
export const viewSearch = z
  .strictObject({
    q: z
      .string()
      .max(MAX_QUERY_LENGTH)
      .refine((q) => parseQuery(q).ok, 'This search cannot be read.')
      .optional(),
    range: z
      .string()
      .regex(/^(custom|[1-9]\d{0,3}[mhd])$/, 'Expected custom, or a span such as 24h or 7d.')
      .optional(),
    from: z.iso.datetime({ offset: true }).optional(),
    to: z.iso.datetime({ offset: true }).optional(),
    values: z.literal(true).optional(),
    by: z.literal('category').optional(),
    columns: z
      .string()
      .max(500)
      .regex(/^[\w.~]*$/, 'Expected columns as the address of the blade has them.')
      .optional(),
    order: z.literal('asc').optional(),
  })
  .meta({ id: 'AuditViewSearch' });
const viewName = z
  .string()
  .trim()
  .min(1, 'Give the view a name.')
  .max(100, 'A name has at most 100 characters.')
  .refine((s) => !s.includes('\u0000'), 'A name cannot hold a NUL character.');
export const savedView = z
  .object({
    id: z.guid(),
    name: z.string(),
    shared: z.boolean().meta({ description: 'Seen by everybody in the directory who may read audit logs.' }),
    mine: z.boolean().meta({ description: 'Made by the caller, who alone may delete it.' }),
    default: z.boolean().meta({ description: "The caller's own choice of what the blade opens with." }),
    search: viewSearch,
  })
  .meta({ id: 'AuditView' });
export type SavedView = z.infer<typeof savedView>;

const path = '/api/audit-views';
export const listViews = defineEndpoint({
  id: 'listAuditViews',
  method: 'GET',
  path,
  access: 'intune.audit.read',
  summary: 'Saved views of the audit logs: the caller’s own and those of the directory.',
  response: z.object({ items: z.array(savedView) }),
});
export const createView = defineEndpoint({
  id: 'createAuditView',
  method: 'POST',
  path,
  access: 'intune.audit.read',
  summary: 'Saves a view. A name is used once among one’s own views, and once in the directory.',
  body: z.strictObject({ name: viewName, shared: z.boolean().default(false), default: z.boolean().default(false), search: viewSearch }),
  response: savedView,
});
export const deleteView = defineEndpoint({
  id: 'deleteAuditView',
  method: 'DELETE',
  path: `${path}/:id`,
  access: 'intune.audit.read',
  summary: 'Deletes a view of one’s own.',
  params: z.strictObject({ id: z.guid() }),
});
