import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ownRecords } from '../../../test/own-records.ts';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../../test/server.ts';

const LIST = '/arm/providers/microsoft.intune/diagnosticSettings';
const VERSION = 'api-version=2017-04-01-preview';
const id = (kind: string) => `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/${kind}`;
const storageAccountId = id('Microsoft.Storage/storageAccounts/contosologs');
const workspaceId = id('Microsoft.OperationalInsights/workspaces/soc');
const eventHubAuthorizationRuleId = id('Microsoft.EventHub/namespaces/siem/authorizationRules/send');
interface Setting {
  id: string;
  name: string;
  properties: Record<string, unknown> & {
    logs: { category: string; enabled: boolean; retentionPolicy: { enabled: boolean; days: number } }[];
  };
}
interface Problem {
  error: { code: string; message: string; details?: { code: string; target: string; message: string }[] };
}

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let prepared = 0;
beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(
    database.url,
    {
      prepare: async (_c, _t, _p, { destinations }) => {
        prepared += 1;
        return destinations.storage?.storageAccountId.endsWith('/forbidden')
          ? [{ path: 'destinations.storage.storageAccountId', message: 'Azure lets you not read it.' }]
          : [];
      },
    },
    { WEIR_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') },
  );
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});
beforeEach(async () => {
  for (const { name } of (await get('')).json<{ value: Setting[] }>().value) await call('DELETE', `/${encodeURIComponent(name)}`);
});

type As = { role?: string | null; tenantId?: string };
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}, as: As = {}) =>
  server.call(
    `${LIST}${path}${path.includes('?') ? '' : `?${VERSION}`}`,
    { method, headers, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) },
    as,
  );
const get = (path: string, as: As = {}) => call('GET', path, undefined, {}, as);
const put = (name: string, properties: unknown, headers: Record<string, string> = {}, as: As = {}) =>
  call('PUT', `/${encodeURIComponent(name)}`, { properties }, headers, as);
const log = (category: string, days = 0, enabled = true) => ({ category, enabled, retentionPolicy: { enabled: days > 0, days } });
const archive = { storageAccountId, logs: [log('AuditLogs', 90)] };
const problem = (answer: { json<T>(): T }) => answer.json<Problem>().error;

test("a PUT is answered in Azure's shape, and read back the same, one by one and in the list", async () => {
  const made = await put('Archive', { ...archive, workspaceId, eventHubAuthorizationRuleId, eventHubName: '' });
  expect([made.status, made.headers.get('etag')]).toEqual([200, '"1"']);
  const body = {
    id: 'providers/microsoft.intune/diagnosticSettings/Archive',
    type: '',
    name: 'Archive',
    location: null,
    kind: null,
    tags: null,
    identity: null,
    properties: {
      storageAccountId,
      serviceBusRuleId: null,
      workspaceId,
      eventHubAuthorizationRuleId,
      eventHubName: '',
      metrics: [],
      logs: [log('AuditLogs', 90), log('OperationalLogs', 0, false), log('DeviceComplianceOrg', 0, false), log('Devices', 0, false)],
      logAnalyticsDestinationType: null,
    },
  };
  expect(made.json()).toEqual(body);
  expect((await get('/archive')).json()).toEqual(body);
  expect((await get('')).json()).toEqual({ value: [body] });
  // What was read can be put as it is, and nothing is changed by it.
  expect((await call('PUT', '/Archive', body)).json()).toEqual(body);
  const blade = await server.call('/api/intune/diagnostic-settings/Archive');
  expect(blade.json()).toMatchObject({ categories: [{ category: 'AuditLogs', retentionDays: 90 }], destinations: { eventHub: {} } });
});

test('addresses, parameters and members are read without regard to case; a category is stored as it is called', async () => {
  const answer = await server.call(`/arm/PROVIDERS/Microsoft.Intune/DiagnosticSettings/Archive?API-Version=2017-04-01-PREVIEW`, {
    method: 'PUT',
    body: JSON.stringify({ Properties: { StorageAccountId: storageAccountId, Logs: [{ Category: 'auditlogs', Enabled: true }] } }),
  });
  expect([answer.status, answer.json<Setting>().properties.logs[0]]).toEqual([200, log('AuditLogs')]);
  // The same account in capitals is the same account: its delivery goes on.
  await put('ARCHIVE', { ...archive, storageAccountId: storageAccountId.toUpperCase() });
  expect((await get('/Archive')).json<Setting>().properties['storageAccountId']).toBe(storageAccountId);
  const categories = await server.call(`/arm/providers/microsoft.intune/diagnosticsettingscategories?${VERSION}`);
  expect(categories.json<{ value: unknown[] }>().value[3]).toEqual({
    id: 'providers/microsoft.intune/diagnosticSettingsCategories/Devices',
    type: 'microsoft.insights/diagnosticSettingsCategories',
    name: 'Devices',
    properties: { categoryType: 'Logs' },
  });
});

test('categories that are not named are unticked, destinations that are not named are gone, retention is replaced', async () => {
  await put('Archive', { ...archive, workspaceId, logs: [log('AuditLogs', 90), log('Devices', 30)] });
  const changed = (
    await put('Archive', { storageAccountId, workspaceId: '', logs: [{ category: 'AuditLogs', enabled: true }] })
  ).json<Setting>();
  expect(changed.properties.logs.filter((l) => l.enabled)).toEqual([log('AuditLogs')]);
  expect(changed.properties['workspaceId']).toBe('');
});

test('a partner solution is no part of ARM: it stays, with its secret, and alone it is destination enough', async () => {
  const splunk = { url: 'https://splunk.example:8088', index: 'intune' };
  const blade = (destinations: object) =>
    server.call('/api/intune/diagnostic-settings/Siem', {
      method: 'PUT',
      headers: { 'if-none-match': '*' },
      body: JSON.stringify({ categories: [{ category: 'AuditLogs' }], destinations }),
    });
  expect((await blade({ splunk: { ...splunk, token: 'f00dfeed-0000-4000-8000-c0ffeec0ffee' } })).status).toBe(201);
  const read = await get('/Siem');
  expect(read.text).not.toContain('splunk');
  expect((await put('Siem', { storageAccountId, logs: [log('Devices')] })).status).toBe(200);
  const both = (await server.call('/api/intune/diagnostic-settings/Siem')).json<{ destinations: object; secrets: object[] }>();
  expect(both.destinations).toEqual({ storage: { storageAccountId }, splunk });
  expect(both.secrets).toMatchObject([{ path: 'destinations.splunk.token' }]);
  expect((await put('Siem', { logs: [log('Devices')] })).status).toBe(200);
});

test('what Azure cannot say of a setting stays through a PUT: which records go, what is masked, how batches are made', async () => {
  const shaping = {
    condition: 'category:Device',
    masks: [{ path: 'identity', how: 'drop' }],
    batching: { storage: { intervalSeconds: 120 } },
  };
  const blade = await server.call('/api/intune/diagnostic-settings/Archive', {
    method: 'PUT',
    headers: { 'if-none-match': '*' },
    body: JSON.stringify({ categories: [{ category: 'AuditLogs' }], destinations: { storage: { storageAccountId } }, ...shaping }),
  });
  expect([blade.status, blade.text]).toMatchObject([201, expect.stringContaining('"identity"')]);
  expect((await put('Archive', { ...archive, logs: [log('Devices', 30)] })).status).toBe(200);
  const after = (await server.call('/api/intune/diagnostic-settings/Archive')).json<object>();
  expect(after).toMatchObject({ categories: [{ category: 'Devices', retentionDays: 30 }], ...shaping });
  // A setting without any of it takes a PUT as well.
  await put('Plain', { workspaceId, logs: [log('AuditLogs')] });
  expect((await put('Plain', { workspaceId, logs: [log('Devices')] })).status).toBe(200);
});

test('an ETag guards a change: If-Match, If-None-Match, and 304 for what is known', async () => {
  expect((await put('Archive', archive, { 'if-none-match': '*' })).status).toBe(200);
  const again = await put('Archive', archive, { 'if-none-match': '*' });
  expect([again.status, problem(again).code]).toEqual([412, 'PreconditionFailed']);
  expect((await put('Archive', archive, { 'if-match': '"1"' })).headers.get('etag')).toBe('"2"');
  const late = await put('Archive', archive, { 'if-match': '"1"' });
  expect([late.status, problem(late)]).toEqual([412, { code: 'PreconditionFailed', message: expect.stringContaining('ETag "2"') }]);
  expect((await put('Other', archive, { 'if-match': '*' })).status).toBe(412);
  expect((await put('Archive', archive, { 'if-match': '*' })).headers.get('etag')).toBe('"3"');
  expect((await put('Archive', archive, { 'if-none-match': '"3"' })).status).toBe(400);
  expect((await call('GET', '/Archive', undefined, { 'if-none-match': '"3"' })).status).toBe(304);
  expect((await call('DELETE', '/Archive', undefined, { 'if-match': '"2"' })).status).toBe(412);
  expect((await call('DELETE', '/Archive', undefined, { 'if-match': 'W/"3"' })).status).toBe(200);
  expect((await call('DELETE', '/Archive')).status).toBe(204);
  expect((await call('DELETE', '/Archive', undefined, { 'if-match': '*' })).status).toBe(412);
});

test('without a condition the last one wins, also when ten write at once, and each is whole', async () => {
  const names = ['AuditLogs', 'OperationalLogs', 'DeviceComplianceOrg', 'Devices'];
  const answers = await Promise.all(names.map((name) => put('Archive', { storageAccountId, logs: [log(name, 7)] })));
  expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 200]);
  const ticked = (await get('/Archive')).json<Setting>().properties.logs.filter((l) => l.enabled);
  expect(ticked).toEqual([log(ticked[0]!.category, 7)]);
});

test("Azure's sentences for a sink that is used, a category it does not know, the sixth setting and no destination", async () => {
  await put('Archive', archive);
  const used = await put('Second', archive);
  expect([used.status, problem(used)]).toMatchObject([
    409,
    {
      code: 'Conflict',
      message: `Data sink '${storageAccountId}' is already used in diagnostic setting 'Archive' for category 'AuditLogs'. Data sinks can't be reused in different settings on the same category for the same resource.`,
    },
  ]);
  const unknown = await put('Second', { storageAccountId, logs: [log('SignInLogs')] });
  expect([unknown.status, problem(unknown)]).toMatchObject([
    400,
    { code: 'BadRequest', message: "Category 'SignInLogs' is not supported.", details: [{ target: 'properties.logs[0].category' }] },
  ]);
  const nowhere = await put('Second', { logs: [log('AuditLogs')] });
  expect(problem(nowhere)).toMatchObject({ message: 'Choose at least one destination.', details: [{ target: 'properties' }] });
  for (let n = 1; n < 5; n += 1) await put(`S${n}`, { storageAccountId: `${storageAccountId}${n}`, logs: [log('AuditLogs')] });
  const before = prepared;
  const sixth = await put('Sixth', { storageAccountId: `${storageAccountId}6`, logs: [log('AuditLogs')] });
  expect([sixth.status, problem(sixth).code, problem(sixth).message]).toEqual([409, 'Conflict', expect.stringContaining('limit of 5')]);
  expect(prepared).toBe(before);
});

test('a destination that Azure refuses is named in the words of ARM', async () => {
  const answer = await put('Archive', { ...archive, storageAccountId: id('Microsoft.Storage/storageAccounts/forbidden') });
  expect([answer.status, problem(answer).details]).toEqual([
    400,
    [{ code: 'BadRequest', target: 'properties.storageAccountId', message: 'Azure lets you not read it.' }],
  ]);
});

test.each<[string, unknown, string, RegExp, string]>([
  ['no JSON', '{"properties":', 'BadRequest', /not JSON/, 'body'],
  ['a list', [], 'InvalidRequestContent', /Expected an object/, ''],
  ['nothing in it', {}, 'BadRequest', /'properties' is required/, 'properties'],
  [
    'a member that is misspelt',
    { properties: { ...archive, storageAccount: 'x' } },
    'InvalidRequestContent',
    /Could not find member 'storageAccount'/,
    'properties.storageAccount',
  ],
  ['a member twice', '{"properties":{"workspaceId":"","WorkspaceID":""}}', 'InvalidRequestContent', /twice/, 'properties.WorkspaceID'],
  [
    'an id of another kind',
    { properties: { ...archive, storageAccountId: workspaceId } },
    'BadRequest',
    /resource id of a storage account/,
    'properties.storageAccountId',
  ],
  [
    'a number for an id',
    { properties: { ...archive, storageAccountId: 5 } },
    'InvalidRequestContent',
    /Expected a string and found 5/,
    'properties.storageAccountId',
  ],
  ['no logs', { properties: { storageAccountId } }, 'BadRequest', /At least one log must be enabled/, 'properties.logs'],
  [
    'all logs off',
    { properties: { storageAccountId, logs: [log('AuditLogs', 0, false)] } },
    'BadRequest',
    /At least one log must be enabled/,
    'properties.logs',
  ],
  [
    'logs that are none',
    { properties: { storageAccountId, logs: 'AuditLogs' } },
    'InvalidRequestContent',
    /Expected an array/,
    'properties.logs',
  ],
  [
    'enabled left out',
    { properties: { storageAccountId, logs: [{ category: 'AuditLogs' }] } },
    'InvalidRequestContent',
    /true or false and found nothing/,
    'properties.logs[0].enabled',
  ],
  [
    'a category twice',
    { properties: { storageAccountId, logs: [log('AuditLogs'), log('auditlogs')] } },
    'BadRequest',
    /twice/,
    'properties.logs[1].category',
  ],
  [
    'a category group',
    { properties: { storageAccountId, logs: [{ categoryGroup: 'allLogs', enabled: true }] } },
    'BadRequest',
    /Category group 'allLogs'/,
    'properties.logs[0].categoryGroup',
  ],
  [
    'days below nothing',
    { properties: { storageAccountId, logs: [{ ...log('AuditLogs'), retentionPolicy: { enabled: true, days: -1 } }] } },
    'BadRequest',
    /whole number of days/,
    'properties.logs[0].retentionPolicy.days',
  ],
  ['more days than a year', { properties: { storageAccountId, logs: [log('AuditLogs', 366)] } }, 'BadRequest', /365/, 'properties.logs'],
  [
    'metrics',
    { properties: { ...archive, metrics: [{ category: 'AllMetrics', enabled: true }] } },
    'BadRequest',
    /Metric category 'AllMetrics'/,
    'properties.metrics[0]',
  ],
  [
    'a partner',
    { properties: { ...archive, marketplacePartnerId: '/x' } },
    'BadRequest',
    /Partner solutions/,
    'properties.marketplacePartnerId',
  ],
  [
    'a service bus',
    { properties: { ...archive, serviceBusRuleId: '/x' } },
    'BadRequest',
    /eventHubAuthorizationRuleId/,
    'properties.serviceBusRuleId',
  ],
  [
    'a hub without a policy',
    { properties: { ...archive, eventHubName: 'x' } },
    'BadRequest',
    /needs eventHubAuthorizationRuleId/,
    'properties.eventHubName',
  ],
])('%s is refused, with its place', async (_what, body, code, message, target) => {
  const answer = await call('PUT', '/Archive', body);
  expect(answer.status).toBe(400);
  expect(problem(answer)).toEqual({ code, message: expect.stringMatching(message), details: [expect.objectContaining({ target })] });
  expect((await get('/Archive')).status).toBe(404);
});

test('versions, names, types, methods and kinds of body that are not there', async () => {
  const codeOf = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const answer = await server.call(path, { method, headers, ...(body !== undefined && { body }) });
    return [answer.status, problem(answer).code];
  };
  expect(await codeOf('GET', LIST)).toEqual([400, 'MissingApiVersionParameter']);
  expect(await codeOf('GET', `${LIST}?api-version=2021-05-01-preview`)).toEqual([400, 'NoRegisteredProviderFound']);
  expect(await codeOf('GET', `${LIST}?${VERSION}&Api-Version=x`)).toEqual([400, 'NoRegisteredProviderFound']);
  expect(await codeOf('GET', `${LIST}/nothing?${VERSION}`)).toEqual([404, 'ResourceNotFound']);
  expect(await codeOf('GET', `${LIST}/%E0%A4%A?${VERSION}`)).toEqual([400, 'BadRequest']);
  expect(await codeOf('PUT', `${LIST}/a%2Fb?${VERSION}`, {}, JSON.stringify({ properties: archive }))).toEqual([
    400,
    'InvalidResourceName',
  ]);
  expect(await codeOf('PUT', `${LIST}?${VERSION}`, {}, JSON.stringify({ properties: archive }))).toEqual([400, 'InvalidResourceName']);
  expect(await codeOf('DELETE', `${LIST}?${VERSION}`)).toEqual([400, 'InvalidResourceName']);
  // Decoded once: no other name comes of it.
  expect(await codeOf('PUT', `${LIST}/%2541rchive?${VERSION}`, {}, JSON.stringify({ properties: archive }))).toEqual([
    400,
    'InvalidResourceName',
  ]);
  expect(await codeOf('PATCH', `${LIST}/x?${VERSION}`, {}, '{}')).toEqual([405, 'MethodNotAllowed']);
  expect(await codeOf('PUT', `${LIST}/x?${VERSION}`, { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b')).toEqual([
    415,
    'UnsupportedMediaType',
  ]);
  expect(await codeOf('PUT', `${LIST}/x?${VERSION}`, {}, `"${'x'.repeat(300_000)}"`)).toEqual([413, 'RequestContentTooLarge']);
  expect(await codeOf('GET', `/arm/providers/microsoft.aadiam/diagnosticSettings?${VERSION}`)).toEqual([404, 'InvalidResourceNamespace']);
  expect(await codeOf('GET', `/arm/providers/microsoft.intune/devices?${VERSION}`)).toEqual([404, 'InvalidResourceType']);
  expect(await codeOf('GET', `/arm/subscriptions?${VERSION}`)).toEqual([404, 'ResourceNotFound']);
});

test('token and permission are those of the blade, errors are of ARM, and directories are apart', async () => {
  const nobody = await get('', { role: null });
  expect([nobody.status, problem(nobody).code, nobody.headers.get('www-authenticate')]).toEqual([401, 'AuthenticationFailed', 'Bearer']);
  const forged = await server.call(`${LIST}?${VERSION}`, { headers: { authorization: 'Bearer a.b.c' } }, { role: null });
  expect([forged.status, problem(forged).code]).toEqual([401, 'InvalidAuthenticationToken']);
  const other = await put('Archive', archive, {}, { role: roles.security });
  expect([other.status, problem(other)]).toMatchObject([
    403,
    {
      code: 'AuthorizationFailed',
      message: expect.stringMatching(
        /^The client 'indra\.rao@contoso\.example' with object id '[0-9a-f-]{36}' does not have authorization to perform action 'microsoft\.intune\/diagnosticSettings\/write' over scope '\/providers\/microsoft\.intune\/diagnosticSettings\/Archive' or the scope is invalid\..*Intune Administrator/,
      ),
    },
  ]);
  await put('Archive', archive);
  expect((await get('/Archive', { tenantId: FABRIKAM })).status).toBe(404);
});

test('answers are named as Azure names them, and a change tells who made it, under that name', async () => {
  const correlation = 'a0a0a0a0-1111-4222-8333-b0b0b0b0b0b0';
  const made = await put('Archive', archive, {
    'x-ms-correlation-request-id': correlation,
    'x-ms-client-request-id': 'mine',
    'x-ms-return-client-request-id': 'true',
  });
  expect(made.headers.get('x-ms-correlation-request-id')).toBe(correlation);
  expect(made.headers.get('x-ms-client-request-id')).toBe('mine');
  const told = await ownRecords(server, CONTOSO);
  expect(told.at(-1)).toMatchObject({ operationName: 'Create diagnosticSettings', correlationId: made.headers.get('x-ms-request-id') });
  const missing = await get('/nothing');
  expect(missing.headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(missing.headers.get('x-ms-correlation-request-id')).toBe(missing.headers.get('x-ms-request-id'));
});

test('under legal hold a DELETE is refused as a lock refuses it', async () => {
  await put('Archive', archive);
  const hold = (method: string) =>
    server.call('/api/intune/diagnostic-settings/Archive/legal-hold', {
      method,
      ...(method === 'PUT' && { body: '{"reason":"Case 4711"}' }),
    });
  await hold('PUT');
  const refused = await call('DELETE', '/Archive');
  expect([refused.status, problem(refused)]).toMatchObject([409, { code: 'ScopeLocked', message: expect.stringContaining('Case 4711') }]);
  await hold('DELETE');
  expect((await call('DELETE', '/Archive')).status).toBe(200);
});
