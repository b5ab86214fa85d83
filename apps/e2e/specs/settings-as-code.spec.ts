import { people } from '../src/people.ts';
import { tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
const name = `Ops "as code", $(it)'s`;
const address = `/arm/providers/microsoft.intune/diagnosticSettings/${encodeURIComponent(name)}?api-version=2017-04-01-preview`;
let headers: Record<string, string>;
let storageAccountId: string;

test.beforeAll(async () => {
  headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  const { storageAccounts } = JSON.parse(await weir('sandbox', '--json')) as { storageAccounts: { name: string; id: string }[] };
  storageAccountId = storageAccounts.find((a) => a.name === 'contosologs')!.id;
});
test.afterAll(async ({ request }) => {
  await request.delete(address, { headers });
});

test('a setting that a script made is shown as code, which the tools take back without a change', async ({ page, request }) => {
  test.setTimeout(90_000);
  const properties = {
    storageAccountId,
    logs: [{ category: 'DeviceComplianceOrg', enabled: true, retentionPolicy: { enabled: true, days: 30 } }],
  };
  const made = await request.put(address, { headers, data: { properties } });
  expect([made.status(), await made.json()]).toMatchObject([200, { name, properties: { storageAccountId } }]);

  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('button', { name: `As code: ${name}` }).click();
  await expect(page.getByRole('tab', { name: 'As code' })).toHaveAttribute('aria-selected', 'true');
  const code = (kind: string) => page.getByLabel(`${kind} of ${name}`, { exact: true });
  await expect(code('Settings file')).toContainText('"category": "DeviceComplianceOrg"');
  await expectAccessible(page);

  const downloaded = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const file = await downloaded;
  expect(file.suggestedFilename()).toBe('ops-as-code-it-s.json');
  const path = test.info().outputPath(file.suggestedFilename());
  await file.saveAs(path);
  expect(await weir('settings', 'plan', path, '--as', people.intuneAdministrator)).toContain('No changes: 1 setting is as the file says.');

  await page.getByRole('tab', { name: 'Settings file' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(code('Bicep')).toContainText(`name: 'Ops "as code", $(it)\\'s'`);
  await expect(page.getByText('Azure itself no longer honours retention days')).toBeVisible();
  await expect(page).toHaveURL(/kind=bicep/);

  await page.getByRole('tab', { name: 'Azure CLI' }).click();
  await expect(code('Azure CLI')).toContainText(`/arm/providers/microsoft.intune/diagnosticSettings/`);
  await page.getByRole('radio', { name: 'Azure', exact: true }).check();
  await expect(code('Azure CLI')).toContainText('https://management.azure.com/providers/microsoft.intune/');
  await page.reload();
  await expect(code('Azure CLI')).toContainText('https://management.azure.com/providers/microsoft.intune/');
  await expect(page.getByRole('radio', { name: 'Azure', exact: true })).toBeChecked();

  await page.setViewportSize({ width: 400, height: 800 });
  await expect(code('Azure CLI')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  await expectAccessible(page);
});

test('the code of a setting that is gone says so; who may not see settings is told who may', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, `${blade}/edit/nothing/as-code`);
  await expect(page.getByText('This diagnostic setting does not exist')).toBeVisible();
  const denied = await page.context().browser()!.newPage();
  await signIn(denied, people.auditReader, `${blade}/edit/nothing/as-code`);
  await expect(denied.getByText('Intune Administrator').first()).toBeVisible();
  await denied.close();
});
