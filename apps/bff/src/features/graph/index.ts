import { join, type Query } from '@weir/contract';
import { Router, type Express, type Request, type RequestHandler, type Response } from 'express';
import { callerOf } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import type { DirectoryStore, RecordQuery, Store } from '../../ports.ts';
import { answerGraphError, GraphError, nameAnswer } from './errors.ts';
import { fits } from './evaluate.ts';
import { auditEventOf, type AuditEvent } from './event.ts';
import { optionsOf, type Options } from './options.ts';
import { translate } from './translate.ts';

/** Calls of one person. Graph lets an app have 1,000 in 20 seconds. https://learn.microsoft.com/graph/throttling-limits#intune-service-limits */
const PER_MINUTE = 1_200;
/** Records that one page looks at. A page may be short, even empty, and not the last: @odata.nextLink says so. */
const LOOK = 20_000;
/** Records that one count looks at, when the search alone cannot count them. */
const LOOK_FOR_COUNT = 200_000;

export interface GraphDialectOptions {
  readonly store: Store;
  readonly publicOrigin: string;
  /** Token and permission, as the blade has them. */
  readonly guard: RequestHandler;
  readonly running: Set<Promise<unknown>>;
}

/** Microsoft Graph's `deviceManagement/auditEvents`, answered from the log, for clients and scripts that speak Graph. */
export function bindGraph(app: Express, options: GraphDialectOptions): void {
  const { store, publicOrigin, guard, running } = options;
  const router = Router();
  router.use((request, response, next) => {
    nameAnswer(request, response);
    next();
  });
  const handler: RequestHandler = async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new GraphError(
        405,
        'Request_BadRequest',
        `The HTTP method '${request.method}' is not supported here. Audit events are only read.`,
        { Allow: 'GET, HEAD' },
      );
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const version = String(request.params[0]).toLowerCase();
    const work = answer({
      request,
      response,
      audit: store.forDirectory(callerOf(response).principal.tenantId).audit,
      segment: decoded(String(request.params[1] ?? '')),
      base: `${publicOrigin}/graph/${version}`,
      signal: gone.signal,
    });
    running.add(work);
    await work.finally(() => running.delete(work));
  };
  router.all(/^\/(v1\.0|beta)\/deviceManagement\/auditEvents(\/[^/]*|(?:\(|%28).*)?\/?$/i, guard, perPerson(PER_MINUTE), handler);
  router.use((request) => {
    throw new GraphError(
      404,
      'ResourceNotFound',
      `Resource not found for the segment '${request.path.split('/').at(-1)!.slice(0, 100)}'. There is /graph/v1.0/deviceManagement/auditEvents.`,
    );
  });
  router.use(answerGraphError);
  app.use('/graph', router);
}

interface Asked {
  readonly request: Request;
  readonly response: Response;
  readonly audit: DirectoryStore['audit'];
  /** What follows `auditEvents`: nothing, `/x` or `(x)`. */
  readonly segment: string;
  readonly base: string;
  readonly signal: AbortSignal;
}

async function answer(asked: Asked): Promise<void> {
  const { segment, request, audit } = asked;
  const name = segment.replace(/^\//, '');
  if (name === '') return list(asked, optionsOf(request.query));
  if (name === '$count') return countOnly(asked, optionsOf(request.query));
  const call = /^(?:microsoft\.graph\.)?(getAuditCategories|getAuditActivityTypes)(?:\((.*)\))?$/i.exec(name);
  if (!call || !segment.startsWith('/')) return one(asked, /^\('((?:[^']|'')*)'\)$/.exec(segment)?.[1]?.replaceAll("''", "'") ?? name);
  const { categories, activities } = await audit.filterOptions();
  if (call[1]!.toLowerCase() === 'getauditcategories') {
    if ((call[2] ?? '').trim() !== '') throw new GraphError(400, 'BadRequest', 'getAuditCategories takes no parameter.');
    return values(asked, categories);
  }
  const category = /^\s*category\s*=\s*'((?:[^']|'')*)'\s*$/i.exec(call[2] ?? '')?.[1]?.replaceAll("''", "'");
  if (category === undefined)
    throw new GraphError(400, 'BadRequest', `getAuditActivityTypes needs a category: getAuditActivityTypes(category='Compliance').`);
  values(asked, [...new Set(activities.filter((a) => a.category.toLowerCase() === category.toLowerCase()).map((a) => a.name))]);
}

function values({ response, base }: Asked, value: readonly string[]): void {
  send(response, `{"@odata.context":${JSON.stringify(`${base}/$metadata#Collection(Edm.String)`)},"value":${JSON.stringify(value)}}`);
}

async function one({ response, request, audit, base }: Asked, id: string): Promise<void> {
  const { select } = optionsOf(
    Object.fromEntries(Object.entries(request.query).filter(([k]) => /^\$?(select|format)$/i.test(k) || k.startsWith('$'))),
  );
  const record = id === '' || id.length > 200 || id.includes('\u0000') ? null : await audit.get(id);
  if (!record) throw new GraphError(404, 'ResourceNotFound', 'There is no such audit event in this directory.');
  const context = `${base}/$metadata#deviceManagement/auditEvents${select ? `(${select.join(',')})` : ''}/$entity`;
  const json = selected(auditEventOf(record), select);
  send(response, `{"@odata.context":${JSON.stringify(context)}${json === '{}' ? '' : ','}${json.slice(1)}`);
}

/** What the options ask of the store: the search, and what of its records is kept. */
function queryOf(options: Options): { query: RecordQuery; exact: boolean; keep: (event: AuditEvent) => boolean } {
  const { filter, search } = options;
  const { query, exact, from, to } = translate(filter);
  const both: Query = search ? join('and', [query, search]) : query;
  return {
    query: { query: both, from, to, order: options.order },
    exact,
    keep: ({ value }) => filter === null || exact || fits(filter, value),
  };
}

async function list({ request, response, audit, base, signal }: Asked, options: Options): Promise<void> {
  const { query, exact, keep } = queryOf(options);
  const { select, top } = options;
  const total = options.count && options.skipToken === undefined ? await count(audit, options, signal) : null;
  const page = await audit.records(
    query,
    (record) => {
      const event = auditEventOf(record);
      return keep(event) ? selected(event, select) : null;
    },
    { limit: top, all: exact, budget: LOOK, scope: options.scope, cursor: options.skipToken },
    signal,
  );
  if (!page)
    throw new GraphError(400, 'BadRequest', 'The $skiptoken does not come from this list, or was changed. Take @odata.nextLink as it is.');
  const next = page.nextCursor === null ? '' : `,"@odata.nextLink":${JSON.stringify(nextLink(base, request, page.nextCursor))}`;
  const context = `${base}/$metadata#deviceManagement/auditEvents${select ? `(${select.join(',')})` : ''}`;
  send(
    response,
    `{"@odata.context":${JSON.stringify(context)}${total === null ? '' : `,"@odata.count":${total}`}${next},"value":[${page.items.join(',')}]}`,
  );
}

async function countOnly({ response, audit, signal }: Asked, options: Options): Promise<void> {
  response.type('text/plain').send(String(await count(audit, options, signal)));
}

async function count(audit: DirectoryStore['audit'], options: Options, signal: AbortSignal): Promise<number> {
  const { query, exact, keep } = queryOf(options);
  const total = await audit.count(query, exact ? null : { keep: (record) => keep(auditEventOf(record)), budget: LOOK_FOR_COUNT }, signal);
  if (total === null)
    throw new GraphError(
      400,
      'Request_UnsupportedQuery',
      `This filter can be counted only by looking at each record, and there are more than ${LOOK_FOR_COUNT.toLocaleString('en')}. Narrow activityDateTime, or leave $count out.`,
    );
  return total;
}

/** The same request from where the page ended. Counted is on the first page only. */
function nextLink(base: string, request: Request, cursor: string): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(request.query)) {
    if (typeof value === 'string' && !/^\$?(skiptoken|count)$/i.test(key)) query.append(key, value);
  }
  query.append('$skiptoken', cursor);
  // Options keep their dollar sign, and blanks are %20: some clients compare links, and a plus is not a blank to all of them.
  return `${base}/deviceManagement/auditEvents?${query.toString().replaceAll('%24', '$').replaceAll('+', '%20')}`;
}

function selected(event: AuditEvent, select: readonly string[] | null): string {
  if (select === null) return event.json;
  return JSON.stringify(Object.fromEntries(select.filter((name) => name in event.value).map((name) => [name, event.value[name]])));
}

function send(response: Response, json: string): void {
  response
    .set('Content-Type', 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8')
    .send(json);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new GraphError(400, 'BadRequest', 'The address holds a broken % sequence.');
  }
}
