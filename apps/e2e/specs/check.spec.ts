import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { alone, eventually, queryWorkspace, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

// Before anything is saved: does it arrive, and as what?
const blade = '/reports/diagnostics-settings';
const hook = '/hooks/check';
const name = 'Checked before';
interface Described {
  partners: { webhook: { url: string; secret: string } };
}
interface Previewed {
  record: { id: string };
  items: { type: string; body: string }[];
}
let free = () => {};
test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  free = await alone('webhook');
});
test.afterAll(async ({ request }) => {
  await weir('fault', 'none');
  free();
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  await request.delete(`/api/intune/diagnostic-settings/${encodeURIComponent(name)}`, { headers });
});

const command = (page: Page, label: string) =>
  page.getByRole('toolbar', { name: 'Diagnostic setting' }).getByRole('button', { name: label, exact: true });
const row = (page: Page, destination: string) =>
  page.getByRole('dialog').getByRole('list', { name: 'Destinations' }).getByRole('listitem').filter({ hasText: destination });
async function choose(page: Page, group: string, field: string, option: string): Promise<void> {
  await page.getByRole('group', { name: group, exact: true }).getByRole('combobox', { name: field }).click();
  await page.getByRole('option', { name: new RegExp(`^${option}`) }).click();
}

test('Check sends a test record to every destination, tells fault and remedy of one that is broken, and Preview is what is received', async ({
  page,
}) => {
  test.setTimeout(180_000);
  const { webhook } = (JSON.parse(await weir('sandbox', '--json')) as Described).partners;
  await signIn(page, people.intuneAdministrator, `${blade}/new`);

  await test.step('what is missing is said at its field, and nothing is sent', async () => {
    await command(page, 'Check').click();
    await expect(page.getByText('At least one log must be enabled')).toBeVisible();
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });

  await page.getByRole('checkbox', { name: 'AuditLogs' }).check();
  for (const box of [
    'Send to Log Analytics workspace',
    'Archive to a storage account',
    'Stream to an event hub',
    'Send to partner solution',
  ])
    await page.getByRole('checkbox', { name: box }).check();
  for (const group of ['Send to Log Analytics workspace', 'Archive to a storage account', 'Stream to an event hub'])
    await choose(page, group, 'Subscription', 'Contoso Production');
  await choose(page, 'Send to Log Analytics workspace', 'Log Analytics workspace', 'contoso-soc');
  await choose(page, 'Archive to a storage account', 'Storage account', 'contosologs');
  await choose(page, 'Stream to an event hub', 'Event hub namespace', 'contoso-siem');
  await choose(page, 'Stream to an event hub', 'Event hub policy name', 'RootManageSharedAccessKey');
  await choose(page, 'Send to partner solution', 'Partner solution', 'Webhook');
  const partner = page.getByRole('group', { name: 'Send to partner solution', exact: true });
  await partner.getByRole('textbox', { name: 'Webhook address' }).fill(`${new URL(webhook.url).origin}${hook}`);
  await partner.getByLabel('Signing secret').fill(webhook.secret);

  const dialog = page.getByRole('dialog', { name: 'Check' });
  await test.step('all four take it, and the request and its answer can be looked at', async () => {
    const answered = page.waitForResponse((r) => r.url().endsWith('/diagnostic-settings-check'));
    await command(page, 'Check').click();
    const { recordId } = (await (await answered).json()) as { recordId: string };
    for (const destination of ['Storage account', 'Event hub', 'Log Analytics workspace', 'Webhook'])
      await expect(row(page, destination).getByText(/^Delivered in \d/)).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: 'delivered to all 4 destinations' })).toHaveCount(1);
    await row(page, 'Webhook').getByRole('button', { name: 'Request and answer' }).click();
    const shown = row(page, 'Webhook').getByRole('group', { name: 'Request and answer' });
    await expect(shown).toContainText(hook);
    await expect(shown).toContainText('200');
    await expect(shown).not.toContainText(webhook.secret.slice(6, 20));
    await expectAccessible(page);
    expect(await weir('received', 'webhook')).toContain(recordId);
    await eventually('the test record in the workspace', async () => {
      const rows = await queryWorkspace('contoso-soc', `IntuneAuditLogs_CL | where RecordId == "${recordId}"`);
      return rows[0]?.['OperationName'] === 'Weir test record';
    });
  });

  await test.step('one is broken: its fault and remedy, and the others beside it', async () => {
    await weir('fault', 'webhook', 'refuse', '--place', hook);
    await dialog.getByRole('button', { name: 'Check again' }).click();
    await expect(row(page, 'Webhook').getByText(/^Misconfigured, after/)).toBeVisible();
    await expect(row(page, 'Webhook')).toContainText('The receiver answered 403');
    await expect(row(page, 'Webhook')).toContainText('Let the receiver take requests with this signature');
    await expect(row(page, 'Storage account').getByText(/^Delivered in/)).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: 'delivered to 3 of 4 destinations' })).toHaveCount(1);
    await expectAccessible(page);
    await weir('fault', 'none');
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(command(page, 'Check')).toBeFocused();
  });

  const preview = page.getByRole('dialog', { name: 'Preview' });
  const look = async (): Promise<Previewed> => {
    const answered = page.waitForResponse((r) => r.url().endsWith('/diagnostic-settings-preview'));
    await command(page, 'Preview').click();
    return (await answered).json() as Promise<Previewed>;
  };
  await test.step('a filter that leaves everything out is said', async () => {
    await page.getByRole('button', { name: 'Filter and masking' }).click();
    await page.getByRole('textbox', { name: 'Condition' }).fill('activity:NothingIsCalledThis');
    await look();
    await expect(preview.getByRole('heading', { name: 'The filter leaves out every recent record' })).toBeVisible();
    await expectAccessible(page);
    await preview.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('textbox', { name: 'Condition' }).fill('');
  });

  // Only the webhook from here on: other settings may use the Azure sinks.
  for (const box of ['Send to Log Analytics workspace', 'Archive to a storage account', 'Stream to an event hub'])
    await page.getByRole('checkbox', { name: box }).uncheck();
  await page.getByRole('textbox', { name: 'Diagnostic setting name' }).fill(name);
  await page.getByRole('button', { name: 'Add field' }).click();
  await page.getByRole('combobox', { name: 'Field 1', exact: true }).fill('identity');
  await page.getByRole('combobox', { name: 'What becomes of field 1' }).selectOption('redact');
  await test.step('the bytes of the preview are the bytes that arrive', async () => {
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString().slice(0, 16);
    await page.getByRole('button', { name: 'History' }).click();
    await page.getByLabel('Include history from').fill(hourAgo);
    const { record, items } = await look();
    const { body } = items[0]!;
    await expect(preview.getByRole('heading', { name: 'Webhook' })).toBeVisible();
    const all = preview.getByRole('button', { name: /^Show all/ });
    if (await all.isVisible()) await all.click();
    await expect(preview.getByText(body.slice(-60))).toBeVisible();
    await expectAccessible(page);
    await preview.getByRole('button', { name: 'Close' }).click();
    await command(page, 'Save').click();
    await expect(page.getByRole('button', { name: `Edit setting ${name}` })).toBeVisible();
    const line = body.slice(body.indexOf('"records":[') + '"records":['.length, -2);
    expect(line).toContain(record.id);
    expect(line).toContain('"identity":"***"');
    await eventually(
      'the previewed bytes at the webhook',
      async () => (await weir('received', 'webhook')).split('\n').includes(`${hook}  ${line}`),
      90_000,
    );
  });

  await test.step('the list checks a saved setting, with the secret that is stored', async () => {
    await page.getByRole('button', { name: `More for ${name}` }).click();
    await page.getByRole('menuitem', { name: 'Check', exact: true }).click();
    await expect(page.getByRole('dialog', { name: `Check ${name}` })).toBeVisible();
    await expect(row(page, 'Webhook').getByText(/^Delivered in/)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: `More for ${name}` })).toBeFocused();
  });
});
