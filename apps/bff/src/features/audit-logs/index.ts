import { endpoints, INTUNE_AUDIT, parseQuery, type AuditFilter } from '@weir/contract';
import type { Request } from 'express';
import type { Caller, Api } from '../../http/bind.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { Actor, AuditQuery, FacetField, Store } from '../../ports.ts';
import { auditDetailsOf } from './details.ts';
import { lastValuesOf } from './last-values.ts';

const DAYS_SHOWN = 30;
const DAY_MS = 86_400_000;

/** Who does it, as the record of the change names them. */
export const actorOf = ({ principal }: Caller, request: Request): Actor => ({
  oid: principal.oid,
  upn: principal.upn,
  name: principal.name,
  correlationId: String(request.id),
});

/** Without a start: the 30 days before the end. Throws a problem that names the place where the query is wrong. */
export function queryOf(filter: AuditFilter, now: Date): AuditQuery {
  const end = filter.to === undefined ? now.getTime() : Date.parse(filter.to);
  const parsed = parseQuery(filter.q ?? '');
  if (!parsed.ok)
    throw new HttpProblem('request.invalid', `The search cannot be read at position ${parsed.error.position}. ${parsed.error.message}`, {
      errors: [{ path: 'q', ...parsed.error }],
    });
  return {
    from: new Date(filter.from === undefined ? end - DAYS_SHOWN * DAY_MS : Date.parse(filter.from)).toISOString(),
    to: filter.to === undefined ? undefined : new Date(end).toISOString(),
    query: parsed.query,
  };
}

const MINUTE_MS = 60_000;
/** Widths of a bar: those that a clock or a calendar has, so that bars begin on the hour. */
const WIDTHS = [1, 5, 15, 30, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60, 7 * 24 * 60].map((m) => m * MINUTE_MS);
const BARS = 80;
/** The narrowest width that gives no more bars than can be told apart. */
export const widthOf = (spanMs: number): number => WIDTHS.find((w) => spanMs / w <= BARS) ?? WIDTHS.at(-1)!;

/** The Audit logs blade. */
export function bindAuditLogs(api: Api, store: Store, now: () => Date): void {
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId);
  const { auditLogs } = endpoints;
  /** A link may be older than the time that records are kept. */
  const missing = async (caller: Caller, id: string): Promise<HttpProblem> => {
    const removed = await of(caller).logRetention.removed(INTUNE_AUDIT, id);
    if (!removed) return new HttpProblem('not.found', 'There is no such audit record in this directory.');
    const { month, years, removedAt } = removed;
    return new HttpProblem(
      'record.removed',
      `This record of ${month.slice(0, 7)} was removed on ${removedAt.slice(0, 10)}: this directory keeps such records for ${years} ${years === 1 ? 'year' : 'years'}. An archive that it was delivered to may still have it.`,
    );
  };

  api.bind(auditLogs.listAuditLogs, async ({ caller, signal, query: { cursor, limit, order, ...filter } }) => {
    const query = queryOf(filter, now());
    // Upwards there must be an end to walk to.
    const { to = now().toISOString() } = query;
    const page = await of(caller).audit.list(order === 'asc' ? { ...query, to, order } : query, { cursor, limit }, signal);
    if (!page) {
      throw new HttpProblem('cursor.invalid', 'The cursor does not come from this list. Leave it out to begin at the start.', {
        errors: [{ path: 'cursor', message: 'Not a cursor of this list.' }],
      });
    }
    return page;
  });
  api.bind(auditLogs.getAuditLog, async ({ caller, params }) => {
    const record = await of(caller).audit.get(params.id);
    if (!record) throw await missing(caller, params.id);
    return auditDetailsOf(record);
  });
  api.bind(auditLogs.lastValues, async ({ caller, params, signal }) => {
    const { audit } = of(caller);
    const record = await audit.get(params.id);
    if (!record) throw await missing(caller, params.id);
    return lastValuesOf(auditDetailsOf(record), async (named, limit) => {
      const { records, complete } = await audit.earlier(record.id, named, limit, signal);
      return { records: records.map(auditDetailsOf), complete };
    });
  });
  api.bind(auditLogs.summarizeAuditLogs, async ({ caller, signal, query: { by, exact, ...filter } }) => {
    const { to = now().toISOString(), ...search } = queryOf(filter, now());
    const bucketMs = widthOf(Date.parse(to) - Date.parse(search.from));
    const {
      facets,
      buckets,
      total,
      exact: counted,
      exactFacets,
    } = await of(caller).audit.summary({ ...search, to }, bucketMs, by, exact, signal);
    const values = (list: readonly { value: string; n: number }[]) => list.map(({ value, n }) => ({ value, count: n }));
    return {
      total,
      exact: counted,
      exactFacets,
      from: search.from,
      to,
      bucketMs,
      buckets: buckets.map(({ at, value, n }) => ({ at, value, count: n })),
      facets: Object.entries(facets).map(([field, list]) => ({ field: field as FacetField, values: values(list) })),
    };
  });
  api.bind(auditLogs.auditValues, async ({ caller, query: { field, contains } }) => ({
    values: (await of(caller).audit.values(field, contains)).map(({ value, n }) => ({ value, count: n })),
  }));
  api.bind(auditLogs.auditFilterOptions, async ({ caller }) => of(caller).audit.filterOptions());
  api.bind(auditLogs.coverage, async ({ caller }) => of(caller).audit.coverage());
}
