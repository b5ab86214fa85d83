import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { people } from '../src/people.ts';
import { eventually, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
const name = 'Failures without names';
interface Described {
  storageAccounts: { name: string; blobEndpoint: string; keys: string[] }[];
}
interface Body {
  identity: string;
  resultType: string;
  properties: { Actor: Record<string, unknown>; AuditEventId: string };
}
interface Setting {
  name: string;
  deliveries: { delivered: number; filtered: number; waiting: number }[];
}

test('only what the condition lets through arrives, masked, history included; the counts add up and the archive holds', async ({
  page,
  request,
}) => {
  test.setTimeout(180_000);
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  await page.getByRole('textbox', { name: 'Diagnostic setting name' }).fill(name);
  await page.getByRole('checkbox', { name: 'AuditLogs', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Archive to a storage account' }).check();
  const storage = page.getByRole('group', { name: 'Archive to a storage account', exact: true });
  await storage.getByRole('combobox', { name: 'Subscription' }).click();
  await page.getByRole('option', { name: /^Contoso Production/ }).click();
  await storage.getByRole('combobox', { name: 'Storage account' }).click();
  await page.getByRole('option', { name: /^contosoarchive/ }).click();
  await storage.getByRole('button', { name: 'Batching' }).click();
  await storage.getByRole('spinbutton', { name: 'Interval (seconds)' }).fill('0');

  // Closed until it is needed; what is wrong stands at its field, with the place.
  const shaping = page.getByRole('group', { name: 'Filter and masking' });
  await expect(shaping).toBeHidden();
  await page.getByRole('button', { name: 'Filter and masking' }).click();
  const condition = shaping.getByRole('textbox', { name: 'Condition' });
  await condition.fill('-status:Success time>2026');
  await shaping.getByRole('button', { name: 'Add field' }).click();
  await expect(shaping.getByRole('combobox', { name: 'Field 1', exact: true })).toBeFocused();
  await page.keyboard.type('properties..UPN');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(shaping.getByText('Character 17: A condition is asked of each record as it comes')).toBeVisible();
  await expect(shaping.getByText('The name of a field is missing here.')).toBeVisible();
  await expect(storage.getByText('Enter whole seconds from 1 to 3600.')).toBeVisible();
  await expectAccessible(page);

  await storage.getByRole('spinbutton', { name: 'Interval (seconds)' }).fill('2');
  await condition.fill('-status:Success');
  await shaping.getByRole('combobox', { name: 'Field 1', exact: true }).fill('properties.Actor.UPN');
  await shaping.getByRole('button', { name: 'Add field' }).click();
  await shaping.getByRole('combobox', { name: 'Field 2', exact: true }).fill('identity');
  await shaping.getByRole('button', { name: 'Add field' }).click();
  await shaping.getByRole('combobox', { name: 'Field 3', exact: true }).fill('properties.Actor.UserPermissions');
  await shaping.getByRole('combobox', { name: 'What becomes of field 3' }).selectOption('Drop');
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByLabel('Include history from (UTC)').fill('2020-01-01T00:00');
  await page.getByRole('button', { name: 'Save' }).click();

  const item = page.getByRole('rowgroup').filter({ has: page.getByRole('button', { name: `Edit setting ${name}` }) });
  await expect(item.getByText('Only records that match “-status:Success” go, 3 fields are masked.')).toBeVisible();
  await expect(item.getByText(/filtered out/)).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page);

  // The replay brings every failure of the log, and nothing else.
  const sandbox = JSON.parse(await weir('sandbox', '--json')) as Described;
  const account = sandbox.storageAccounts.find((a) => a.name === 'contosoarchive')!;
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  const q = encodeURIComponent('-status:Success');
  const found = async () => {
    const { items } = (await (await request.get(`/api/audit-logs?limit=100&from=2020-01-01T00:00:00Z&q=${q}`, { headers })).json()) as {
      items: { id: string }[];
    };
    return items.map((r) => r.id);
  };
  const bodies = await eventually(
    'every failure in the archive',
    async () => {
      const wanted = await found();
      const there = await archived(account);
      const ids = new Set(there.map((b) => b.properties.AuditEventId));
      return wanted.length > 0 && wanted.every((id) => ids.has(id)) && there;
    },
    90_000,
  );
  for (const body of bodies) {
    expect(body.resultType).not.toBe('Success');
    expect(body.identity).toMatch(/^[0-9a-f]{32}$/);
    // The same person has the same hash in both fields.
    if (body.properties.Actor['UPN'] !== null) expect(body.properties.Actor['UPN']).toBe(body.identity);
    expect(body.properties.Actor).not.toHaveProperty('UserPermissions');
  }
  const { items } = (await (await request.get('/api/intune/diagnostic-settings', { headers })).json()) as { items: Setting[] };
  const [delivery] = items.find((s) => s.name === name)!.deliveries;
  expect(delivery!.filtered).toBeGreaterThan(0);

  expect(await weir('verify', 'storage', '--setting', name)).toContain('Holds');

  // The form shows what was saved, and an edit takes it back.
  await page.getByRole('button', { name: `Edit setting ${name}` }).click();
  await expect(condition).toHaveValue('-status:Success');
  await expect(shaping.getByRole('combobox', { name: 'Field 3', exact: true })).toHaveValue('properties.Actor.UserPermissions');
  await expect(storage.getByRole('spinbutton', { name: 'Interval (seconds)' })).toHaveValue('2');
  await expectAccessible(page);
  await shaping.getByRole('button', { name: 'Remove field 2' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(item.getByText('Only records that match “-status:Success” go, 2 fields are masked.')).toBeVisible();

  await page.getByRole('button', { name: `Edit setting ${name}` }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('textbox').fill(name);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(item).toBeHidden();
});

/** Every record in the archive of audit logs of an account. */
async function archived(account: Described['storageAccounts'][number]): Promise<Body[]> {
  const service = new BlobServiceClient(account.blobEndpoint, new StorageSharedKeyCredential(account.name, account.keys[0]!));
  const container = service.getContainerClient('insights-logs-auditlogs');
  const bodies: Body[] = [];
  for await (const blob of container.listBlobsFlat()) {
    const text = (await container.getBlobClient(blob.name).downloadToBuffer()).toString();
    for (const line of text.split('\n').filter((l) => l.trim())) bodies.push(JSON.parse(line) as Body);
  }
  return bodies;
}
