import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ownRecords } from '../../../test/own-records.ts';
import { startOnCloud, type ServerOnCloud } from '../../../test/on-cloud.ts';
import { CONTOSO } from '../../../test/server.ts';

// The identity library and the ARM client against endpoints that check tokens and rights as Azure does.
let on: ServerOnCloud;
let cloud: ServerOnCloud['cloud'];
let server: ServerOnCloud['server'];
let running: ServerOnCloud['running'];
let as: ServerOnCloud['as'];

beforeAll(async () => {
  on = await startOnCloud();
  ({ cloud, server, running, as } = on);
}, 60_000);
afterEach(() => cloud.faults.clear());
afterAll(() => on?.close());

const subscription = () => running.directories.find((d) => d.tenantId === CONTOSO)!.subscriptionId;
const workspaceOf = (name: string, resourceGroup: string) => ({
  method: 'POST',
  body: JSON.stringify({ subscriptionId: subscription(), resourceGroup, name, location: 'westeurope' }),
});
const groupOf = (id: string) => /resourceGroups\/([^/]+)/i.exec(id)![1]!;

test('lists what the person sees, and says what cannot be chosen', async () => {
  const found = (await as('Indra Rao', `/api/azure/storage-accounts?subscriptionId=${subscription()}`)).json<{
    items: { name: string; unavailable: string | null }[];
  }>().items;
  expect(found.find((a) => a.name === 'contosologs')!.unavailable).toBeNull();
  expect(found.find((a) => a.name === 'contosopremium')!.unavailable).toContain('Premium');
});

test('a workspace that was made is a record; one that Azure refused is none', async () => {
  const group = groupOf(running.workspaces.find((w) => w.tenantId === CONTOSO)!.id);
  const made = await as('Indra Rao', '/api/azure/workspaces', workspaceOf('made-by-test', group));
  expect(made.status).toBe(200);
  cloud.faults.set('arm', { kind: 'refuse' });
  const refused = await as('Indra Rao', '/api/azure/workspaces', workspaceOf('not-made', group));
  expect([refused.status, refused.json()['code']]).toEqual([403, 'azure.forbidden']);
  expect(await ownRecords(server, CONTOSO)).toMatchObject([
    { operationName: 'Create workspaces', identity: 'indra.rao@contoso.example', properties: { Target: made.json()['id'] } },
  ]);
});

test('a setting is saved when Azure has everything ready, and not when Azure refuses', async () => {
  const account = running.storageAccounts.find((a) => a.name === 'contosologs')!;
  const put = (name: string, category: string) =>
    as('Indra Rao', `/api/intune/diagnostic-settings/${name}`, {
      method: 'PUT',
      headers: { 'if-none-match': '*' },
      body: JSON.stringify({ categories: [{ category }], destinations: { storage: { storageAccountId: account.id } } }),
    });
  expect((await put('Archive', 'AuditLogs')).status).toBe(201);
  cloud.faults.set('arm', { kind: 'refuse' });
  const refused = await put('Second', 'Devices');
  expect(refused.status).toBe(400);
  expect(refused.json()['errors']).toMatchObject([
    { path: 'destinations.storage.storageAccountId', message: expect.stringContaining('ListKeys') },
  ]);
  const { items } = (await as('Indra Rao', '/api/intune/diagnostic-settings')).json<{ items: { name: string }[] }>();
  expect(items.map((s) => s.name)).toEqual(['Archive']);
});

test('a token that the directory will not act for is a problem with a sentence, not a stack', async () => {
  // Signed by the key of another authority: this API must refuse it before it asks for anything on its behalf.
  const answer = await server.call('/api/azure/subscriptions');
  expect([answer.status, answer.json()['code']]).toEqual([401, 'token.invalid']);
  expect(answer.text).not.toMatch(/\.ts:|\bat \w|node_modules/);
});
