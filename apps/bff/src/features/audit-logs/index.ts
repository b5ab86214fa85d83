import { endpoints, type AuditFilter } from '@weir/contract';
import type { Request } from 'express';
import type { Caller, Api } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { Actor, AuditQuery, Store } from '../../ports.ts';
import { auditDetailsOf } from './details.ts';
import { streamExport } from './export.ts';

const DAYS_SHOWN = 30;
const DAY_MS = 86_400_000;

/** Who does it, as the record of the change names them. */
export const actorOf = ({ principal }: Caller, request: Request): Actor => ({
  oid: principal.oid,
  upn: principal.upn,
  name: principal.name,
  correlationId: String(request.id),
});

/** Without a start: the 30 days before the end. */
export function queryOf(filter: AuditFilter, now: Date): AuditQuery {
  const end = filter.to === undefined ? now.getTime() : Date.parse(filter.to);
  return {
    from: new Date(filter.from === undefined ? end - DAYS_SHOWN * DAY_MS : Date.parse(filter.from)).toISOString(),
    to: filter.to === undefined ? undefined : new Date(end).toISOString(),
    category: filter.category,
    activity: filter.activity,
    actor: filter.actor,
  };
}

/** The Audit logs blade. */
export function bindAuditLogs(api: Api, store: Store, now: () => Date): void {
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId);
  const { auditLogs } = endpoints;

  api.bind(auditLogs.listAuditLogs, async ({ caller, query: { cursor, limit, ...filter } }) => {
    const page = await of(caller).audit.list(queryOf(filter, now()), { cursor, limit });
    if (!page) {
      throw new HttpProblem('cursor.invalid', 'The cursor does not come from this list. Leave it out to begin with the newest record.', {
        errors: [{ path: 'cursor', message: 'Not a cursor of this list.' }],
      });
    }
    return page;
  });
  api.bind(auditLogs.getAuditLog, async ({ caller, params }) => {
    const record = await of(caller).audit.get(params.id);
    if (!record) throw new HttpProblem('not.found', 'There is no such audit record in this directory.');
    return auditDetailsOf(record);
  });
  api.bind(auditLogs.auditFilterOptions, async ({ caller }) => of(caller).audit.filterOptions());
  api.bind(auditLogs.coverage, async ({ caller }) => of(caller).audit.coverage());
  api.bind(
    auditLogs.exportAuditLogs,
    async ({ caller, body, request, response, signal }) => {
      const filter = queryOf(body.filter, now());
      await streamExport(of(caller), actorOf(caller, request), { filter, format: body.format, now: now() }, response, signal);
    },
    perPerson(20),
  );
}
