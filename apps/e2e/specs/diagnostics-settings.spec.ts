import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { Locator, Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { alone, eventually, queryWorkspace, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
interface Described {
  storageAccounts: { name: string; blobEndpoint: string; keys: string[] }[];
  eventHubNamespaces: { name: string; connectionStrings: Record<string, string> }[];
}

test.describe.configure({ mode: 'serial' });

const pick = async (page: Page, field: Locator, option: string): Promise<void> => {
  await field.click();
  await page.getByRole('option', { name: new RegExp(`^${option}`) }).click();
};

test('the first time, the blade offers to turn on diagnostics', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await expect(page.getByText('to collect the following data.')).toBeVisible();
  for (const category of ['AuditLogs', 'OperationalLogs', 'DeviceComplianceOrg', 'Devices'])
    await expect(page.getByRole('main').getByText(category, { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Turn on diagnostics' }).click();
  await expect(page.getByRole('textbox', { name: 'Diagnostic setting name' })).toBeVisible();
});

test('says at each field what is wrong, and saves nothing', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  await page.getByRole('textbox', { name: 'Diagnostic setting name' }).fill('what?');
  await page.getByRole('checkbox', { name: 'Archive to a storage account' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('A name cannot hold any of these characters')).toBeVisible();
  await expect(page.getByText('At least one log must be enabled')).toBeVisible();
  await expect(page.getByText('Choose a storage account.')).toBeVisible();
  await expectAccessible(page);
});

test('a setting made in the browser brings the records to all three destinations within seconds', async ({ page, request }) => {
  test.setTimeout(150_000);
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  await page.getByRole('textbox', { name: 'Diagnostic setting name' }).fill('Audit to everywhere');
  await page.getByRole('checkbox', { name: 'AuditLogs' }).check();
  for (const box of ['Send to Log Analytics workspace', 'Archive to a storage account', 'Stream to an event hub'])
    await page.getByRole('checkbox', { name: box }).check();
  const group = (name: string) => page.getByRole('group', { name, exact: true });
  for (const name of ['Send to Log Analytics workspace', 'Archive to a storage account', 'Stream to an event hub']) {
    await pick(page, group(name).getByRole('combobox', { name: 'Subscription' }), 'Contoso Production');
  }
  await pick(page, group('Send to Log Analytics workspace').getByRole('combobox', { name: 'Log Analytics workspace' }), 'contoso-soc');
  await pick(page, group('Archive to a storage account').getByRole('combobox', { name: 'Storage account' }), 'contosologs');
  await pick(page, group('Stream to an event hub').getByRole('combobox', { name: 'Event hub namespace' }), 'contoso-siem');
  await pick(page, group('Stream to an event hub').getByRole('combobox', { name: 'Event hub policy name' }), 'RootManageSharedAccessKey');
  await page.getByRole('spinbutton', { name: 'Retention (days) of AuditLogs' }).fill('90');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: 'Edit setting Audit to everywhere' })).toBeVisible();

  // What happens in the tenant from here on must arrive at each destination; the list says so.
  const edit = page.getByRole('button', { name: 'Edit setting Audit to everywhere' });
  const deliveries = page.getByRole('rowgroup').filter({ has: edit }).getByRole('table', { name: 'Deliveries' });
  await expect(deliveries.getByText('Healthy')).toHaveCount(3, { timeout: 60_000 });
  await expectAccessible(page);

  const sandbox = JSON.parse(await weir('sandbox', '--json')) as Described;
  const account = sandbox.storageAccounts.find((a) => a.name === 'contosologs')!;
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  const newest = await eventually('a record in the archive', async () => {
    const archived = await archivedIds(account);
    const { items } = (await (await request.get('/api/audit-logs?limit=50', { headers })).json()) as { items: { id: string }[] };
    return items.find((row) => archived.has(row.id))?.id;
  });
  expect((await archivedIds(account)).get(newest), 'exactly once in storage').toBe(1);

  const namespace = sandbox.eventHubNamespaces.find((n) => n.name === 'contoso-siem')!;
  const hub = await hubIds(namespace.connectionStrings['RootManageSharedAccessKey']!, newest);
  expect(hub).toContain(newest);
  await eventually(
    'the row in the workspace',
    async () => (await queryWorkspace('contoso-soc', `IntuneAuditLogs_CL | where RecordId == "${newest}"`)).length > 0,
  );
});

test('its storage account refuses: the list tells it within a minute with the remedy; mended, it catches up and a verification holds', async ({
  page,
}) => {
  test.setTimeout(300_000);
  await signIn(page, people.intuneAdministrator, blade);
  const row = page.getByRole('rowgroup').filter({ has: page.getByRole('button', { name: 'Edit setting Audit to everywhere' }) });
  const figure = (title: string) =>
    row
      .locator('dl > div')
      .filter({ has: page.locator('dt', { hasText: title }) })
      .locator('dd');
  await expect(figure('Status')).toHaveText('Healthy');
  // Whoever ends a fault ends them all, so one spec at a time has one.
  const free = await alone('webhook');
  try {
    await weir('fault', 'blob', 'refuse', '--place', '/contosologs');
    const told = row.getByRole('group').filter({ hasText: /^(Misconfigured|Failing): Storage account, AuditLogs\./ });
    await expect(told).toBeVisible({ timeout: 60_000 });
    await expect(told).toContainText('Allow this host in the storage account’s network rules');
    await expect(figure('Waiting')).not.toHaveText('0', { timeout: 30_000 });
    // Nothing but the archive waits.
    await expect(row.getByRole('table', { name: 'Deliveries' }).getByText('Healthy')).toHaveCount(2);
    await expectAccessible(page);
  } finally {
    await weir('fault', 'none');
    free();
  }
  await expect(figure('Status')).toHaveText('Healthy', { timeout: 150_000 });
  await page.getByRole('link', { name: 'Audit to everywhere', exact: true }).click();
  await expect(page.getByText('Records are arriving at every destination.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/^In the last hour: [\d,]+ records delivered, [\d,]+ attempts? failed/)).toBeVisible();
  expect(await weir('verify', 'storage', '--setting', 'Audit to everywhere')).toContain('Holds');
});

test('a sink cannot be used twice for one category, in Azure’s words', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  await page.getByRole('textbox', { name: 'Diagnostic setting name' }).fill('Same sink');
  await page.getByRole('checkbox', { name: 'AuditLogs' }).check();
  await page.getByRole('checkbox', { name: 'Archive to a storage account' }).check();
  const storage = page.getByRole('group', { name: 'Archive to a storage account', exact: true });
  await pick(page, storage.getByRole('combobox', { name: 'Subscription' }), 'Contoso Production');
  await pick(page, storage.getByRole('combobox', { name: 'Storage account' }), 'contosologs');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(
    page.getByText("Data sinks can't be reused in different settings on the same category for the same resource.").first(),
  ).toBeVisible();
});

test('a workspace is created in place and chosen', async ({ page }) => {
  await signIn(page, people.globalAdministrator, `${blade}/new`);
  await page.getByRole('checkbox', { name: 'Send to Log Analytics workspace' }).check();
  const group = page.getByRole('group', { name: 'Send to Log Analytics workspace', exact: true });
  await pick(page, group.getByRole('combobox', { name: 'Subscription' }), 'Contoso Production');
  await group.getByRole('button', { name: 'Create workspace' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create Log Analytics workspace' });
  await pick(page, dialog.getByRole('combobox', { name: 'Resource group' }), 'contoso-security');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('contoso-e2e');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog).toHaveCount(0, { timeout: 30_000 });
  await expect(group.getByRole('combobox', { name: 'Log Analytics workspace' })).toHaveValue('contoso-e2e');
});

test('a setting is edited, its name stays, and deleting asks first', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('button', { name: 'Edit setting Audit to everywhere' }).click();
  await expect(page.getByRole('textbox', { name: 'Diagnostic setting name' })).toBeDisabled();
  await page.getByRole('checkbox', { name: 'OperationalLogs' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('table', { name: 'Deliveries' }).getByRole('cell', { name: 'OperationalLogs', exact: true })).toHaveCount(3);
  await page.getByRole('button', { name: 'Edit setting Audit to everywhere' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('stays at its destinations');
  await dialog.getByRole('textbox').fill('Audit to everywhere');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('to collect the following data.')).toBeVisible();
});

/** How often each record id stands in the archive of audit logs. */
async function archivedIds(account: Described['storageAccounts'][number]): Promise<Map<string, number>> {
  const service = new BlobServiceClient(account.blobEndpoint, new StorageSharedKeyCredential(account.name, account.keys[0]!));
  const container = service.getContainerClient('insights-logs-auditlogs');
  const ids = new Map<string, number>();
  for await (const blob of container.listBlobsFlat()) {
    const text = (await container.getBlobClient(blob.name).downloadToBuffer()).toString();
    for (const line of text.split('\n').filter((l) => l.trim())) {
      const id = (JSON.parse(line) as { properties: { AuditEventId: string } }).properties.AuditEventId;
      ids.set(id, (ids.get(id) ?? 0) + 1);
    }
  }
  return ids;
}

/** Reads the hub from its beginning until the wanted record came by. */
async function hubIds(connectionString: string, wanted: string): Promise<string[]> {
  const client = new EventHubConsumerClient('$Default', connectionString, 'insights-logs-auditlogs');
  const ids: string[] = [];
  const subscription = client.subscribe(
    {
      processEvents: async (events) => {
        for (const event of events)
          for (const record of (event.body as { records: { properties: { AuditEventId: string } }[] }).records)
            ids.push(record.properties.AuditEventId);
      },
      processError: async () => {},
    },
    { startPosition: earliestEventPosition, maxBatchSize: 100 },
  );
  try {
    await eventually('the record in the event hub', async () => ids.includes(wanted));
  } finally {
    await subscription.close();
    await client.close();
  }
  return ids;
}
