import { Router, type Request, type Response } from 'express';
import type { Faults } from '../faults/index.ts';
import type { Claims } from '../identity/jwt.ts';
import { AUDIT_READER_GROUP } from '../people.ts';
import type { EventQuery, Simulation } from '../simulation/index.ts';

/** What one page holds at most. Intune's own default is about a thousand. */
const PAGE = 1000;
const fullAccess = new Set(['62e90394-69f5-4237-9190-012177145e10', '3a2c62db-5318-420d-8d74-23affee5d9d5']);
const allActions = ['Microsoft.Intune_Audit_Read', 'Microsoft.Intune_ManagedDevices_Read', 'Microsoft.Intune_DeviceConfigurations_Read', 'Microsoft.Intune_Roles_Assign', 'Microsoft.Intune_Organization_Read'];

class BadQuery extends Error {}

/** The pretend Microsoft Graph: the parts of deviceManagement that Weir reads, with Graph's shapes, rights and errors. */
export function createGraph(options: { simulation: Simulation; verify: (token: string) => Promise<Claims>; faults: Faults }): Router {
  const { simulation } = options;
  const router = Router();
  const fail = (response: Response, status: number, code: string, message: string, headers: Record<string, string> = {}) =>
    void response.status(status).set(headers).json({ error: { code, message, innerError: { date: new Date().toISOString() } } });
  const claimsOf = (response: Response): Claims => response.locals['claims'] as Claims;
  const actionsOf = (claims: Claims): string[] => {
    const wids = (claims['wids'] as string[] | undefined) ?? [];
    if (wids.some((w) => fullAccess.has(w))) return allActions;
    return ((claims['groups'] as string[] | undefined) ?? []).includes(AUDIT_READER_GROUP) ? ['Microsoft.Intune_Audit_Read'] : [];
  };

  router.use((request, response, next) => {
    const fault = options.faults.take('graph');
    if (fault?.kind === 'throttle') return fail(response, 429, 'TooManyRequests', 'Too many requests.', { 'retry-after': String(fault.retryAfter ?? 1) });
    if (fault?.kind === 'refuse') return fail(response, 403, 'Forbidden', 'Application is not authorized to perform this operation.');
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'down') return void request.socket.destroy();
    options.verify(request.headers.authorization?.replace(/^Bearer /, '') ?? '').then(
      (claims) => {
        if (!claims.aud.includes('graph')) return fail(response, 401, 'InvalidAuthenticationToken', 'Access token validation failure. Invalid audience.');
        response.locals['claims'] = claims;
        next();
      },
      () => fail(response, 401, 'InvalidAuthenticationToken', 'Access token is empty or not valid.'),
    );
  });
  const needs = (action: string, role: string) => (_request: Request, response: Response, next: () => void) => {
    const claims = claimsOf(response);
    const granted = claims['idtyp'] === 'app' ? ((claims['roles'] as string[] | undefined) ?? []).includes(role) : actionsOf(claims).includes(action);
    return granted ? next() : fail(response, 403, 'Forbidden', 'Application is not authorized to perform this operation. Application must have one of the following scopes: ' + role);
  };
  const readsAudit = needs('Microsoft.Intune_Audit_Read', 'DeviceManagementApps.Read.All');
  const readsDevices = needs('Microsoft.Intune_ManagedDevices_Read', 'DeviceManagementManagedDevices.Read.All');
  const base = '/v1.0/deviceManagement';
  const paged = (request: Request, response: Response, top: number, offset: number, items: unknown[], more: boolean) => {
    const next = new URL(`https://${request.headers.host}${request.originalUrl}`);
    next.searchParams.set('$skiptoken', String(offset + top));
    response.json({ '@odata.context': `https://${request.headers.host}/v1.0/$metadata#${request.path.slice(6)}`, value: items, ...(more && { '@odata.nextLink': next.href }) });
  };
  const guarded = (work: (request: Request, response: Response) => void) => (request: Request, response: Response) => {
    try {
      work(request, response);
    } catch (error) {
      if (!(error instanceof BadQuery)) throw error;
      fail(response, 400, 'BadRequest', error.message);
    }
  };

  router.get(`${base}/auditEvents`, readsAudit, guarded((request, response) => {
    const { top, offset } = paging(request);
    const query: EventQuery = { conditions: conditions(request.query['$filter']), descending: descending(request.query['$orderby']), limit: top + 1, offset };
    const events = simulation.auditEvents(claimsOf(response).tid, query);
    paged(request, response, top, offset, events.slice(0, top), events.length > top);
  }));
  router.get(`${base}/auditEvents/getAuditCategories`, readsAudit, (_request, response) => void response.json({ value: simulation.categories(claimsOf(response).tid) }));
  router.get(/^\/v1\.0\/deviceManagement\/auditEvents\/getAuditActivityTypes\(category='([^']*)'\)$/, readsAudit, (request, response) => void response.json({ value: simulation.activityTypes(claimsOf(response).tid, String(request.params[0])) }));
  router.get(`${base}/auditEvents/:id`, readsAudit, (request, response) => {
    const [event] = simulation.auditEvents(claimsOf(response).tid, { conditions: [{ field: 'id', operator: 'eq', value: String(request.params['id']) }], descending: false, limit: 1, offset: 0 });
    if (event) response.json(event);
    else fail(response, 404, 'ResourceNotFound', 'No audit event has this id.');
  });
  router.get(/^\/v1\.0\/deviceManagement\/getEffectivePermissions(\(scope='[^']*'\))?$/, (_request, response) => {
    const allowed = actionsOf(claimsOf(response));
    response.json({ value: allowed.length === 0 ? [] : [{ resourceActions: [{ allowedResourceActions: allowed, notAllowedResourceActions: [] }] }] });
  });
  router.get(`${base}/managedDevices`, readsDevices, guarded((request, response) => {
    const { top, offset } = paging(request);
    const devices = simulation.devices(claimsOf(response).tid);
    const now = Date.now();
    const page = devices.slice(offset, offset + top).map((d) => ({
      id: d.id, deviceName: d.name, userPrincipalName: d.user.upn, userDisplayName: d.user.name, userId: d.user.id, operatingSystem: d.os, osVersion: d.osVersion, complianceState: d.compliant ? 'compliant' : 'noncompliant',
      managedDeviceOwnerType: 'company', lastSyncDateTime: new Date(now - (parseInt(d.id.slice(0, 6), 16) % 86_400) * 1000).toISOString(), enrolledDateTime: new Date(now - d.enrolled * 86_400_000).toISOString(), model: d.model,
      manufacturer: d.manufacturer, serialNumber: d.serial, azureADDeviceId: d.id, isEncrypted: d.compliant,
    }));
    paged(request, response, top, offset, page, offset + top < devices.length);
  }));
  router.get(`${base}/troubleshootingEvents`, readsDevices, guarded((request, response) => {
    const { top, offset } = paging(request);
    const bounds = /^eventDateTime ge (\S+) and eventDateTime lt (\S+)$/.exec(String(request.query['$filter'] ?? ''));
    const events = simulation.enrollmentEvents(claimsOf(response).tid, bounds?.[1] ?? '', bounds?.[2] ?? '9999');
    paged(request, response, top, offset, events.slice(offset, offset + top), offset + top < events.length);
  }));
  router.use((request, response) => fail(response, 404, 'ResourceNotFound', `Resource not found for the segment '${request.path.split('/').at(-1)}'.`));
  return router;
}

function paging(request: Request): { top: number; offset: number } {
  const top = request.query['$top'] === undefined ? PAGE : Number(request.query['$top']);
  if (!Number.isInteger(top) || top < 1) throw new BadQuery(`Invalid value '${String(request.query['$top'])}' for $top query option.`);
  return { top: Math.min(top, PAGE), offset: Number(request.query['$skiptoken'] ?? 0) || 0 };
}

/** Seven digits, as the events have them, so that times compare as text. */
const sevenDigits = (time: string): string => time.replace(/(?:\.(\d+))?Z$/, (_, digits: string | undefined) => `.${(digits ?? '').padEnd(7, '0').slice(0, 7)}Z`);

function conditions(filter: unknown): EventQuery['conditions'] {
  if (filter === undefined) return [];
  return String(filter).split(/\s+and\s+/).map((part) => {
    const match = /^(activityDateTime|category|id)\s+(ge|gt|le|lt|eq)\s+(?:'((?:[^']|'')*)'|(\S+))$/.exec(part.trim());
    if (!match) throw new BadQuery(`Invalid filter clause: '${part.trim()}'.`);
    const value = match[3] !== undefined ? match[3].replaceAll("''", "'") : sevenDigits(match[4]!);
    return { field: match[1] as 'id', operator: match[2] as 'eq', value };
  });
}

function descending(order: unknown): boolean {
  if (order === undefined) return true;
  const match = /^activityDateTime(?:\s+(asc|desc))?$/.exec(String(order));
  if (!match) throw new BadQuery(`Could not order by '${String(order)}'.`);
  return match[1] === 'desc';
}
