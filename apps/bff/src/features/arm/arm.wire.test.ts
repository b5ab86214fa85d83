import { ResourceManagementClient, type GenericResource } from '@azure/arm-resources';
import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../../test/server.ts';
import { tlsFront } from '../../../test/tls-front.ts';

const API = '2017-04-01-preview';
const storageAccountId =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/contosologs';
const setting = (category: string): GenericResource => ({
  properties: { storageAccountId, logs: [{ category, enabled: true, retentionPolicy: { enabled: true, days: 30 } }] },
});
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let front: Awaited<ReturnType<typeof tlsFront>>;
let resources: ResourceManagementClient['resources'];

// Microsoft's client for any resource of Azure Resource Manager, told of another endpoint and nothing else.
beforeAll(async () => {
  front = await tlsFront(() => server.origin);
  database = await testDatabase();
  server = await startServer(database.url, {}, { WEIR_PUBLIC_ORIGIN: front.origin });
  const token = server.token();
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  resources = new ResourceManagementClient(credential, 'unused', {
    endpoint: `${front.origin}/arm`,
    credentials: { scopes: ['api://weir/.default'] },
  }).resources;
}, 60_000);
afterAll(async () => {
  front?.close();
  await server?.close();
  await database?.drop();
});

test("Microsoft's client makes, reads, changes and deletes a setting", async () => {
  const id = `/providers/microsoft.intune/diagnosticSettings/Archive of "it" (2)`;
  expect((await resources.checkExistenceById(id, API)).body).toBe(false);
  const made = await resources.createOrUpdateById(id, API, setting('AuditLogs'));
  expect(made).toMatchObject({ name: 'Archive of "it" (2)', properties: { storageAccountId } });
  expect((await resources.checkExistenceById(id, API)).body).toBe(true);
  const changed = await resources.createOrUpdateById(id, API, setting('Devices'), { requestOptions: { headers: { 'If-Match': '"1"' } } });
  const ticked = (r: GenericResource) =>
    (r.properties!['logs'] as { category: string; enabled: boolean }[]).filter((l) => l.enabled).map((l) => l.category);
  expect(ticked(changed)).toEqual(['Devices']);
  expect(ticked(await resources.getById(id, API))).toEqual(['Devices']);
  await resources.deleteById(id, API);
  await expect(resources.getById(id, API)).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
});

test('its errors are the errors of Azure', async () => {
  const id = '/providers/microsoft.intune/diagnosticSettings/Archive';
  await resources.createOrUpdateById(id, API, setting('AuditLogs'));
  await expect(
    (async () => resources.createOrUpdateById(id, API, setting('AuditLogs'), { requestOptions: { headers: { 'If-Match': '"7"' } } }))(),
  ).rejects.toMatchObject({ statusCode: 412, code: 'PreconditionFailed' });
  await expect((async () => resources.createOrUpdateById(`${id} 2`, API, setting('AuditLogs')))()).rejects.toMatchObject({
    statusCode: 409,
    code: 'Conflict',
    message: expect.stringContaining("is already used in diagnostic setting 'Archive' for category 'AuditLogs'"),
  });
  await expect(resources.getById(id, '2021-05-01-preview')).rejects.toMatchObject({ statusCode: 400, code: 'NoRegisteredProviderFound' });
});
