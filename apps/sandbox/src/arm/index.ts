import { randomBytes } from 'node:crypto';
import express, { Router, type Request, type Response } from 'express';
import type { Faults } from '../faults/index.ts';
import type { Claims } from '../identity/jwt.ts';
import type { Logs } from '../logs/index.ts';
import { directories, people } from '../people.ts';
import { DELETED_WORKSPACE, type ArmStore, type Resource } from './state.ts';

export interface ArmOptions {
  origin: string;
  store: ArmStore;
  logs: Logs;
  verify: (token: string) => Promise<Claims>;
  engineClientId: string;
  faults: Faults;
  blobUrl: (account: string) => string;
  /** Where Logs Ingestion answers. */
  ingestionEndpoint: string;
  namespaces: {
    get(name: string):
      | {
          connectionString(rule: string): string;
          hubs(): { name: string; partitionCount: number }[];
          ensureHub(name: string, partitions?: number): Promise<void> | void;
        }
      | undefined;
  };
}
const CREATION_MS = 2_000;
const page = 100;

/** The pretend Azure Resource Manager: the few providers that diagnostic settings need, with Azure's shapes, rights and errors. */
export function createArm(options: ArmOptions): Router {
  const { store, logs } = options;
  const router = Router();
  const fail = (response: Response, status: number, code: string, message: string, headers: Record<string, string> = {}) =>
    void response.status(status).set(headers).json({ error: { code, message } });
  const claimsOf = (response: Response): Claims => response.locals['claims'] as Claims;
  const subscriptionsOf = (tenantId: string): { id: string; name: string }[] => {
    const { subscriptionId, subscriptionName, moreSubscriptions } = directories.find((d) => d.tenantId === tenantId)!;
    return [{ id: subscriptionId, name: subscriptionName }, ...moreSubscriptions];
  };
  /** Owners of the subscription, and the engine. */
  const allowed = (claims: Claims): boolean =>
    claims['appid'] === options.engineClientId || people.some((p) => p.oid === claims.oid && p.azure);
  const forbidden = (response: Response, action: string, scope: string) =>
    fail(
      response,
      403,
      'AuthorizationFailed',
      `The client '${String(claimsOf(response)['upn'] ?? claimsOf(response).oid)}' with object id '${claimsOf(response).oid}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid.`,
    );
  const own = (request: Request, response: Response, id: string): Resource | null => {
    const resource = store.find(id);
    if (resource && resource.type !== DELETED_WORKSPACE && resource.tenantId === claimsOf(response).tid) return resource;
    fail(
      response,
      404,
      'ResourceNotFound',
      `The Resource '${id.split('/providers/')[1] ?? id}' under resource group '${String(request.params['group'])}' was not found.`,
    );
    return null;
  };
  const list = (request: Request, response: Response, values: unknown[]) => {
    const skip = Number(request.query['$skiptoken'] ?? 0);
    const rest = values.length > skip + page;
    response.json({
      value: values.slice(skip, skip + page),
      ...(rest && {
        nextLink: `${options.origin}${request.path}?api-version=${String(request.query['api-version'])}&$skiptoken=${skip + page}`,
      }),
    });
  };

  router.use(express.json({ limit: '1mb' }));
  router.use((request, response, next) => {
    const fault = options.faults.take('arm');
    if (fault?.kind === 'throttle')
      return fail(response, 429, 'TooManyRequests', 'The request was throttled.', { 'retry-after': String(fault.retryAfter ?? 1) });
    if (fault?.kind === 'refuse')
      return fail(
        response,
        403,
        'AuthorizationFailed',
        'The client does not have authorization to perform the action over the scope or the scope is invalid.',
      );
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'down') return void request.socket.destroy();
    options.verify(request.headers.authorization?.replace(/^Bearer /, '') ?? '').then(
      (claims) => {
        if (!claims.aud.includes('management'))
          return fail(
            response,
            401,
            'InvalidAuthenticationTokenAudience',
            'The access token has been obtained for the wrong audience or resource.',
          );
        response.locals['claims'] = claims;
        if (!request.query['api-version'])
          return fail(
            response,
            400,
            'MissingApiVersionParameter',
            'The api-version query parameter (?api-version=) is required for all requests.',
          );
        next();
      },
      () => fail(response, 401, 'InvalidAuthenticationToken', 'The access token is invalid.', { 'www-authenticate': 'Bearer' }),
    );
  });

  router.get('/subscriptions', (request, response) => {
    const { tid } = claimsOf(response);
    const found = subscriptionsOf(tid).map(({ id, name }) => ({
      id: `/subscriptions/${id}`,
      subscriptionId: id,
      displayName: name,
      tenantId: tid,
      state: 'Enabled',
    }));
    list(request, response, allowed(claimsOf(response)) ? found : []);
  });
  router.use('/subscriptions/:subscription', (request, response, next) => {
    const asked = request.params.subscription.toLowerCase();
    if (!subscriptionsOf(claimsOf(response).tid).some((s) => s.id === asked))
      return fail(response, 404, 'SubscriptionNotFound', `The subscription '${request.params.subscription}' could not be found.`);
    if (!allowed(claimsOf(response))) return forbidden(response, 'Microsoft.Resources/subscriptions/read', `/subscriptions/${asked}`);
    next();
  });
  /** Whether the caller may only look at what is in this group. */
  const looksOnly = (response: Response, subscription: string, name: string): boolean =>
    claimsOf(response)['appid'] !== options.engineClientId &&
    store.state.groups.some(
      (g) => g.readOnly && g.subscriptionId === subscription.toLowerCase() && g.name.toLowerCase() === name.toLowerCase(),
    );
  // https://learn.microsoft.com/rest/api/authorization/permissions
  router.get(
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)(?:\/.+)?\/providers\/Microsoft\.Authorization\/permissions$/i,
    (request, response) => {
      const [subscription, name] = Object.values(request.params).map(String) as [string, string];
      const actions = looksOnly(response, subscription, name) ? ['*/read'] : ['*'];
      list(request, response, [{ actions, notActions: [], dataActions: [], notDataActions: [] }]);
    },
  );
  router.use('/subscriptions/:subscription/resourceGroups/:group', (request, response, next) => {
    const { subscription, group: name } = request.params;
    if (request.method === 'GET' || !looksOnly(response, subscription, name)) return next();
    const [, namespace, ...parts] = request.path.split('/').filter(Boolean);
    const types = parts.filter((_, i) => i % 2 === 0);
    const action = `${[namespace, ...types].join('/')}/${request.method === 'POST' ? 'action' : 'write'}`;
    forbidden(response, action, `${request.baseUrl}${request.path}`);
  });
  router.get('/subscriptions/:subscription/resourceGroups', (request, response) => {
    const groups = store.state.groups.filter(
      (g) => g.tenantId === claimsOf(response).tid && g.subscriptionId === request.params.subscription.toLowerCase(),
    );
    list(
      request,
      response,
      groups.map((g) => ({ id: `/subscriptions/${g.subscriptionId}/resourceGroups/${g.name}`, name: g.name, location: g.location })),
    );
  });
  router.get('/subscriptions/:subscription/resourcegroups', (request, response) =>
    response.redirect(307, request.originalUrl.replace('resourcegroups', 'resourceGroups')),
  );
  router.get('/subscriptions/:subscription/providers/:provider/:kind', (request, response) => {
    const type = `${request.params.provider}/${request.params.kind}`.toLowerCase();
    const under = `/subscriptions/${request.params.subscription}/`.toLowerCase();
    const found = store.state.resources.filter(
      (r) => r.tenantId === claimsOf(response).tid && r.type.toLowerCase() === type && r.id.toLowerCase().startsWith(under),
    );
    list(request, response, found.map(view));
  });

  const group = '/subscriptions/:subscription/resourceGroups/:group/providers';
  const base = (request: Request): string => decodeURIComponent(request.path);
  const idOf = (request: Request, levels: number): string =>
    base(request)
      .split('/')
      .slice(0, 7 + levels * 2)
      .join('/');

  router.post(`${group}/Microsoft.Storage/storageAccounts/:name/listKeys`, (request, response) => {
    const account = own(request, response, idOf(request, 1));
    if (!account) return;
    response.json({
      keys: store.state.accountKeys[account.name]!.map((value, i) => ({ keyName: `key${i + 1}`, value, permissions: 'FULL' })),
    });
  });
  router.get(`${group}/Microsoft.EventHub/namespaces/:name/authorizationRules`, (request, response) => {
    const namespace = own(request, response, idOf(request, 1));
    if (namespace)
      list(
        request,
        response,
        (store.state.hubRules[namespace.name] ?? []).map((r) => ruleView(namespace.id, r)),
      );
  });
  router.get(`${group}/Microsoft.EventHub/namespaces/:name/authorizationRules/:rule`, (request, response) => {
    const namespace = own(request, response, idOf(request, 1));
    if (!namespace) return;
    const rule = store.state.hubRules[namespace.name]?.find((r) => r.name.toLowerCase() === request.params.rule.toLowerCase());
    return rule
      ? void response.json(ruleView(namespace.id, rule))
      : fail(response, 404, 'NotFound', `The rule '${request.params.rule}' was not found.`);
  });
  router.post(`${group}/Microsoft.EventHub/namespaces/:name/authorizationRules/:rule/listKeys`, (request, response) => {
    const namespace = own(request, response, idOf(request, 1));
    if (!namespace) return;
    const rule = store.state.hubRules[namespace.name]?.find((r) => r.name.toLowerCase() === request.params.rule.toLowerCase());
    if (!rule) return fail(response, 404, 'NotFound', `The rule '${request.params.rule}' was not found.`);
    const primaryConnectionString = options.namespaces.get(namespace.name)!.connectionString(rule.name);
    response.json({ keyName: rule.name, primaryKey: rule.primaryKey, secondaryKey: rule.secondaryKey, primaryConnectionString });
  });
  router.get(`${group}/Microsoft.EventHub/namespaces/:name/eventhubs`, (request, response) => {
    const namespace = own(request, response, idOf(request, 1));
    if (namespace)
      list(
        request,
        response,
        (options.namespaces.get(namespace.name)?.hubs() ?? []).map((h) => hubView(namespace.id, h)),
      );
  });
  router.get(`${group}/Microsoft.EventHub/namespaces/:name/eventhubs/:hub`, (request, response) => {
    const namespace = own(request, response, idOf(request, 1));
    if (!namespace) return;
    const hub = options.namespaces
      .get(namespace.name)
      ?.hubs()
      .find((h) => h.name.toLowerCase() === request.params.hub.toLowerCase());
    return hub
      ? void response.json(hubView(namespace.id, hub))
      : fail(response, 404, 'MessagingGatewayNotFoundStatusCode', `The messaging entity '${request.params.hub}' could not be found.`);
  });
  router.put(`${group}/Microsoft.EventHub/namespaces/:name/eventhubs/:hub`, async (request, response) => {
    const namespace = own(request, response, idOf(request, 1));
    if (!namespace) return;
    if (!/^[a-zA-Z0-9]([-._a-zA-Z0-9]{0,48}[a-zA-Z0-9])?$/.test(request.params.hub))
      return fail(response, 400, 'BadRequest', 'The name of the event hub is not valid.');
    const partitionCount = Number((request.body as { properties?: { partitionCount?: number } }).properties?.partitionCount ?? 4);
    const running = options.namespaces.get(namespace.name);
    if (!running) return fail(response, 409, 'Conflict', `The namespace '${namespace.name}' is not active.`);
    await running.ensureHub(request.params.hub, partitionCount);
    response.json(hubView(namespace.id, { name: request.params.hub, partitionCount }));
  });
  router.put(`${group}/Microsoft.OperationalInsights/workspaces/:name`, (request, response) => {
    const id = idOf(request, 1);
    const body = request.body as { location?: string };
    const known = store.state.groups.find(
      (g) => g.tenantId === claimsOf(response).tid && g.name.toLowerCase() === request.params.group.toLowerCase(),
    );
    if (!known) return fail(response, 404, 'ResourceGroupNotFound', `Resource group '${request.params.group}' could not be found.`);
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/.test(request.params.name))
      return fail(response, 400, 'InvalidArgument', 'The workspace name is not valid.');
    if (!body.location) return fail(response, 400, 'LocationRequired', 'The location property is required for this definition.');
    const existing = store.find(id);
    if (existing && existing.type !== DELETED_WORKSPACE) return void response.json(view(existing));
    const workspace: Resource = {
      id,
      name: request.params.name,
      type: 'Microsoft.OperationalInsights/workspaces',
      location: body.location,
      tenantId: claimsOf(response).tid,
      properties: { customerId: crypto.randomUUID(), provisioningState: 'Creating', retentionInDays: 30, sku: { name: 'PerGB2018' } },
    };
    store.put(workspace);
    setTimeout(() => {
      workspace.properties['provisioningState'] = 'Succeeded';
      logs.ensureWorkspace({ resourceId: id, customerId: workspace.properties['customerId'] as string });
      store.save();
    }, CREATION_MS);
    response.status(201).json(view(workspace));
  });
  router.put(`${group}/Microsoft.OperationalInsights/workspaces/:name/tables/:table`, (request, response) => {
    const workspace = own(request, response, idOf(request, 1));
    if (!workspace) return;
    if (!request.params.table.endsWith('_CL')) return fail(response, 400, 'InvalidParameter', 'A custom table’s name must end with _CL.');
    const resource: Resource = {
      id: idOf(request, 2),
      name: request.params.table,
      type: 'Microsoft.OperationalInsights/workspaces/tables',
      location: workspace.location,
      tenantId: workspace.tenantId,
      properties: { ...(request.body as { properties: object }).properties, provisioningState: 'Succeeded' },
    };
    store.put(resource);
    response.json(view(resource));
  });
  router.put(`${group}/Microsoft.Insights/dataCollectionRules/:name`, (request, response) => {
    const id = idOf(request, 1);
    const body = request.body as {
      location: string;
      kind?: string;
      properties: {
        streamDeclarations: Record<string, { columns: { name: string; type: string }[] }>;
        destinations: { logAnalytics: { workspaceResourceId: string }[] };
      };
    };
    const workspaceId = body.properties?.destinations?.logAnalytics?.[0]?.workspaceResourceId;
    if (!workspaceId || store.find(workspaceId)?.tenantId !== claimsOf(response).tid)
      return fail(response, 400, 'InvalidPayload', 'The destination workspace was not found.');
    const existing = store.find(id);
    const immutableId = (existing?.properties['immutableId'] as string | undefined) ?? `dcr-${randomBytes(16).toString('hex')}`;
    const resource: Resource = {
      id,
      name: request.params.name,
      type: 'Microsoft.Insights/dataCollectionRules',
      location: body.location,
      tenantId: claimsOf(response).tid,
      ...(body.kind && { kind: body.kind }),
      properties: {
        ...body.properties,
        immutableId,
        provisioningState: 'Succeeded',
        ...(body.kind === 'Direct' && { endpoints: { logsIngestion: options.ingestionEndpoint } }),
      },
    };
    store.put(resource);
    logs.putRule({
      resourceId: id,
      immutableId,
      workspaceResourceId: workspaceId,
      streams: Object.fromEntries(Object.entries(body.properties.streamDeclarations).map(([stream, s]) => [stream, s.columns])),
    });
    response.json(view(resource));
  });
  for (const path of [
    'Microsoft.Storage/storageAccounts',
    'Microsoft.EventHub/namespaces',
    'Microsoft.OperationalInsights/workspaces',
    'Microsoft.Insights/dataCollectionRules',
  ]) {
    router.get(`${group}/${path}/:name`, (request, response) => {
      const resource = own(request, response, idOf(request, 1));
      if (resource) response.json(view(resource));
    });
  }
  router.use((request, response) => fail(response, 404, 'NotFound', `No resource provider answers to ${request.method} ${request.path}.`));

  function view({ tenantId: _tenant, ...resource }: Resource): unknown {
    if (resource.type !== 'Microsoft.Storage/storageAccounts') return resource;
    return { ...resource, properties: { ...resource.properties, primaryEndpoints: { blob: options.blobUrl(resource.name) } } };
  }
  return router;
}

const ruleView = (namespaceId: string, rule: { name: string; rights: string[] }) => ({
  id: `${namespaceId}/authorizationRules/${rule.name}`,
  name: rule.name,
  type: 'Microsoft.EventHub/namespaces/authorizationRules',
  properties: { rights: rule.rights },
});
const hubView = (namespaceId: string, hub: { name: string; partitionCount: number }) => ({
  id: `${namespaceId}/eventhubs/${hub.name}`,
  name: hub.name,
  type: 'Microsoft.EventHub/namespaces/eventhubs',
  properties: { partitionCount: hub.partitionCount, status: 'Active' },
});
