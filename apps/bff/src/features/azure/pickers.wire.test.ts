import { NAME_TAKEN, neededRights, storageFault, type AzureResources } from '@weir/contract';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startOnCloud, type ServerOnCloud } from '../../../test/on-cloud.ts';

// The lists of the pickers against an Azure that cuts them into pages and keeps rights by role, as the real one does.
const BRANCHES = '5f1c7e20-91a4-4d3b-8c6e-1d2f3a4b5c11';
let on: ServerOnCloud;
let cloud: ServerOnCloud['cloud'];

let running: ServerOnCloud['running'];
let as: ServerOnCloud['as'];

beforeAll(async () => {
  on = await startOnCloud();
  ({ cloud, running, as } = on);
}, 60_000);
afterEach(() => cloud.faults.clear());
afterAll(() => on?.close());

const accounts = async (query: string) =>
  (await as('Indra Rao', `/api/azure/storage-accounts?subscriptionId=${BRANCHES}&${query}`)).json<AzureResources>();
const reasons = (items: AzureResources['items']) => Object.fromEntries(items.map((r) => [r.name, r.unavailable]));

test('hundreds come page by page, each once and by name, over all of Azure’s own pages', async () => {
  const names: string[] = [];
  let total = 0;
  for (let cursor = ''; ;) {
    const page = await accounts(`limit=37${cursor}`);
    expect(page.items.length).toBeLessThanOrEqual(37);
    names.push(...page.items.map((r) => r.name));
    total = page.total;
    if (page.nextCursor === null) break;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
  expect(names).toHaveLength(316);
  expect(names).toEqual([...new Set(names)].toSorted());
  expect(total).toBe(316);
});

test('a search finds the last one as well as the first, by name or group, and an empty one finds all', async () => {
  expect((await accounts('search=BRANCH312')).items.map((r) => r.name)).toEqual(['contosobranch312']);
  expect((await accounts('search=finance')).items.map((r) => r.resourceGroup)).toEqual(['contoso-finance']);
  expect(await accounts('search=nothing-is-named-so')).toEqual({ items: [], total: 0, nextCursor: null });
  expect((await accounts('search=')).total).toBe(316);
});

test('each that cannot be chosen says why, and the save of it says the same', async () => {
  const found = [
    ...(await accounts('search=contosobranch&limit=100&cursor=/contosobranch9')).items,
    ...(await accounts('search=contosofinance')).items,
  ];
  expect(reasons(found)).toEqual({
    contosobranchentra: storageFault({ properties: { allowSharedKeyAccess: false } }),
    contosobranchguard: null,
    contosobranchvault: storageFault({ properties: { networkAcls: { defaultAction: 'Deny', bypass: 'None' } } }),
    contosofinance: neededRights.storage.message,
  });
  expect(found.find((r) => r.name === 'contosobranchguard')!.caution).toContain('firewall');
  for (const { id, unavailable, name } of found.filter((r) => r.unavailable !== null)) {
    const answer = await as('Indra Rao', `/api/intune/diagnostic-settings/of-${name}`, {
      method: 'PUT',
      headers: { 'if-none-match': '*' },
      body: JSON.stringify({ categories: [{ category: 'AuditLogs' }], destinations: { storage: { storageAccountId: id } } }),
    });
    expect(answer.status).toBe(400);
    const { errors } = answer.json<{ errors: { path: string; message: string }[] }>();
    expect(errors.map((e) => e.path)).toEqual(['destinations.storage.storageAccountId']);
    expect(errors[0]!.message.startsWith(unavailable!), errors[0]!.message).toBe(true);
  }
});

test('namespaces, policies and workspaces say why, too', async () => {
  const of = async (path: string) => reasons((await as('Indra Rao', `/api/azure/${path}`)).json<AzureResources>().items);
  expect(await of(`event-hub-namespaces?subscriptionId=${BRANCHES}`)).toEqual({
    'contoso-entra-only': expect.stringContaining('Local authentication is turned off'),
    'contoso-retired': expect.stringContaining('not active (Disabled)'),
  });
  expect(await of(`workspaces?subscriptionId=${BRANCHES}`)).toEqual({
    'contoso-branch-soc': null,
    'contoso-finance-soc': neededRights.logAnalytics.message,
    'contoso-soc-2024': expect.stringContaining('was deleted'),
  });
  const namespace = running.eventHubNamespaces.find((n) => n.name === 'contoso-siem')!;
  expect(await of(`event-hub-policies?namespaceId=${encodeURIComponent(namespace.id)}`)).toEqual({
    RootManageSharedAccessKey: null,
    'siem-listen': 'The policy needs Manage, Send and Listen; it lacks Manage and Send.',
  });
});

test('who sees no subscription is refused by Azure, and nothing of another person’s list is shown to them', async () => {
  await accounts('');
  const refused = await as('Jules Moreau', `/api/azure/storage-accounts?subscriptionId=${BRANCHES}`);
  expect([refused.status, refused.json()['code']]).toEqual([403, 'azure.forbidden']);
});

test('a name that is taken is said in the words of the form', async () => {
  const account = running.storageAccounts.find((a) => a.name === 'contosologs')!;
  const put = (name: string) =>
    as('Indra Rao', `/api/intune/diagnostic-settings/${name}`, {
      method: 'PUT',
      headers: { 'if-none-match': '*' },
      body: JSON.stringify({ categories: [{ category: 'AuditLogs' }], destinations: { storage: { storageAccountId: account.id } } }),
    });
  expect((await put('Archive')).status).toBe(201);
  expect((await put('archive')).json()['errors']).toEqual([{ path: 'name', message: NAME_TAKEN }]);
});
