import { z } from 'zod';

/** Every error code of the API, with its status. Stable: scripts branch on it. */
export const problemCodes = {
  'request.invalid': 400,
  'cursor.invalid': 400,
  'token.missing': 401,
  'token.invalid': 401,
  'claims.required': 401,
  'token.scope': 403,
  'permission.denied': 403,
  'azure.forbidden': 403,
  'not.found': 404,
  'record.removed': 410,
  'method.not.allowed': 405,
  'setting.exists': 409,
  'setting.changed': 412,
  'setting.limit': 409,
  'setting.held': 409,
  'sink.in.use': 409,
  'replay.limit': 409,
  'channel.exists': 409,
  'channel.limit': 409,
  'view.exists': 409,
  'export.limit': 409,
  'export.too.many': 409,
  'export.not.ready': 409,
  'export.gone': 410,
  'ticket.invalid': 403,
  'body.too.large': 413,
  'range.invalid': 416,
  'rate.limited': 429,
  internal: 500,
  'azure.failed': 502,
  'identity.unavailable': 503,
  'roles.unavailable': 503,
  'search.too.long': 503,
  'store.unavailable': 503,
} as const;
export type ProblemCode = keyof typeof problemCodes;

/** RFC 9457 problem details. `errors` names each bad field: its path, what is wrong and what to do. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    traceId: z.string(),
    errors: z
      .array(
        z.object({
          path: z.string(),
          message: z.string(),
          position: z.number().int().optional().meta({ description: 'Where in the text, from 0.' }),
        }),
      )
      .optional(),
    /** For `permission.denied`: what was needed and who has it. */
    needed: z.object({ permission: z.string(), roles: z.array(z.string()) }).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

/** Thrown by the typed client for every non-2xx answer. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(p: Problem) {
    super(p.detail);
    this.name = 'ApiProblem';
    this.problem = p;
  }
}
