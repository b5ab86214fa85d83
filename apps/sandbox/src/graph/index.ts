import { Router, type Request, type Response } from 'express';
import type { Faults } from '../faults/index.ts';
import type { Claims } from '../identity/jwt.ts';
import type { Simulation } from '../simulation/index.ts';
import { BadQuery, readFilter, readOrder, readSkipToken, readTop, writeSkipToken, type Position } from './query.ts';
import { AUDIT_READ, actionsOf, allActions, DEVICES_READ } from './roles.ts';

const base = '/v1.0/deviceManagement';

/** The pretend Microsoft Graph: the parts of deviceManagement that Weir reads, with Graph's shapes, rights and errors. */
export function createGraph(options: { simulation: Simulation; verify: (token: string) => Promise<Claims>; faults?: Faults }): Router {
  const { simulation } = options;
  const router = Router();
  const tenantOf = (response: Response): string => (response.locals['claims'] as Claims).tid;

  router.use((request, response, next) => {
    const fault = options.faults?.take('graph');
    if (fault?.kind === 'throttle')
      return fail(request, response, 429, 'TooManyRequests', 'Too many requests.', { 'retry-after': String(fault.retryAfter ?? 1) });
    if (fault?.kind === 'refuse') return forbidden(request, response, 'DeviceManagementApps.Read.All');
    if (fault?.kind === 'hang') return;
    // Graph is only read here: a lost answer is the same as no connection.
    if (fault?.kind === 'down' || fault?.kind === 'drop') return void request.socket.destroy();
    options.verify(request.headers.authorization?.replace(/^Bearer /i, '') ?? '').then(
      (claims) => {
        if (!String(claims.aud).includes('graph'))
          return fail(request, response, 401, 'InvalidAuthenticationToken', 'Access token validation failure. Invalid audience.');
        response.locals['claims'] = claims;
        next();
      },
      () => fail(request, response, 401, 'InvalidAuthenticationToken', 'Access token is empty or not valid.'),
    );
  });
  /** An app needs the application permission; a person what Intune's roles give. */
  const needs = (action: string, permission: string) => (request: Request, response: Response, next: () => void) => {
    const claims = response.locals['claims'] as Claims;
    const granted =
      claims['idtyp'] === 'app' || claims['scp'] === undefined
        ? ((claims['roles'] as string[] | undefined) ?? []).includes(permission)
        : actionsOf(claims).includes(action);
    return granted ? next() : forbidden(request, response, permission);
  };
  const readsAudit = needs(AUDIT_READ, 'DeviceManagementApps.Read.All');
  const readsDevices = needs(DEVICES_READ, 'DeviceManagementManagedDevices.Read.All');
  const guarded = (work: (request: Request, response: Response) => void) => (request: Request, response: Response) => {
    try {
      work(request, response);
    } catch (error) {
      if (!(error instanceof BadQuery)) throw error;
      fail(request, response, 400, 'BadRequest', error.message);
    }
  };

  router.get(
    `${base}/auditEvents`,
    readsAudit,
    guarded((request, response) => {
      const top = readTop(request.query['$top']);
      const conditions = readFilter(request.query['$filter'], { time: ['activityDateTime'], text: ['category', 'id'] });
      const order = readOrder(request.query['$orderby'], 'activityDateTime');
      const events = simulation.auditEvents(tenantOf(response), {
        conditions,
        order,
        limit: top + 1,
        after: readSkipToken(request.query['$skiptoken']),
      });
      page(request, response, 'deviceManagement/auditEvents', events, top, (e) => ({ time: e.activityDateTime, id: e.id }));
    }),
  );
  router.get(`${base}/auditEvents/getAuditCategories`, readsAudit, (request, response) => {
    values(request, response, 'Collection(Edm.String)', simulation.categories(tenantOf(response)));
  });
  router.get(/^\/v1\.0\/deviceManagement\/auditEvents\/getAuditActivityTypes\(category='([^']*)'\)$/, readsAudit, (request, response) => {
    values(request, response, 'Collection(Edm.String)', simulation.activityTypes(tenantOf(response), String(request.params[0])));
  });
  router.get(`${base}/auditEvents/:id`, readsAudit, (request, response) => {
    const id = String(request.params['id']);
    const [event] = simulation.auditEvents(tenantOf(response), {
      conditions: [{ field: 'id', operator: 'eq', value: id }],
      order: 'asc',
      limit: 1,
    });
    if (!event) return fail(request, response, 404, 'ResourceNotFound', `Resource '${id}' does not exist.`);
    response.json({ '@odata.context': `${origin(request)}/v1.0/$metadata#deviceManagement/auditEvents/$entity`, ...event });
  });

  router.get(/^\/v1\.0\/deviceManagement\/getEffectivePermissions(\(scope='[^']*'\))?$/, (request, response) => {
    const claims = response.locals['claims'] as Claims;
    if (claims['scp'] === undefined) return forbidden(request, response, 'DeviceManagementRBAC.Read.All');
    const allowed = actionsOf(claims);
    const permissions =
      allowed.length === 0
        ? []
        : [{ actions: allowed, resourceActions: [{ allowedResourceActions: allowed, notAllowedResourceActions: [] }] }];
    values(request, response, 'Collection(microsoft.graph.rolePermission)', permissions);
  });
  router.get(`${base}/resourceOperations`, (request, response) => {
    const operations = allActions.map((id) => ({ id, resourceName: id.split('_')[1]!, actionName: id.split('_')[2]!, description: null }));
    values(request, response, 'deviceManagement/resourceOperations', operations);
  });

  router.get(
    `${base}/managedDevices`,
    readsDevices,
    guarded((request, response) => {
      const top = readTop(request.query['$top']);
      const devices = simulation.devices(tenantOf(response), { limit: top + 1, after: readSkipToken(request.query['$skiptoken'])?.id });
      page(request, response, 'deviceManagement/managedDevices', devices, top, (d) => ({ time: '', id: d.id }));
    }),
  );
  router.get(
    `${base}/troubleshootingEvents`,
    readsDevices,
    guarded((request, response) => {
      const top = readTop(request.query['$top']);
      const conditions = readFilter(request.query['$filter'], { time: ['eventDateTime'], text: ['id'] });
      const events = simulation.enrollmentEvents(tenantOf(response), {
        conditions,
        order: readOrder(request.query['$orderby'], 'eventDateTime'),
        limit: top + 1,
        after: readSkipToken(request.query['$skiptoken']),
      });
      page(request, response, 'deviceManagement/troubleshootingEvents', events, top, (e) => ({ time: e.eventDateTime, id: e.id }));
    }),
  );
  router.use((request, response) =>
    fail(request, response, 404, 'ResourceNotFound', `Resource not found for the segment '${request.path.split('/').at(-1)}'.`),
  );
  return router;
}

const origin = (request: Request): string => `${request.protocol}://${request.headers.host}`;

function fail(
  request: Request,
  response: Response,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  const id = request.headers['client-request-id'] ?? crypto.randomUUID();
  response
    .status(status)
    .set(headers)
    .json({
      error: {
        code,
        message,
        innerError: { date: new Date().toISOString().slice(0, 19), 'request-id': crypto.randomUUID(), 'client-request-id': id },
      },
    });
}
const forbidden = (request: Request, response: Response, permission: string): void =>
  fail(
    request,
    response,
    403,
    'Forbidden',
    `Application is not authorized to perform this operation. Application must have one of the following scopes: ${permission}`,
  );

function values(request: Request, response: Response, type: string, value: unknown[]): void {
  response.json({ '@odata.context': `${origin(request)}/v1.0/$metadata#${type}`, value });
}

/** Answers `top` of the items; one more than that means that there is a next page. */
function page<T>(
  request: Request,
  response: Response,
  entity: string,
  items: readonly T[],
  top: number,
  positionOf: (item: T) => Position,
): void {
  const shown = items.slice(0, top);
  const next = new URL(request.originalUrl, origin(request));
  if (items.length > top) next.searchParams.set('$skiptoken', writeSkipToken(positionOf(shown.at(-1)!)));
  response.json({
    '@odata.context': `${origin(request)}/v1.0/$metadata#${entity}`,
    ...(items.length > top && { '@odata.nextLink': next.href }),
    value: shown,
  });
}
