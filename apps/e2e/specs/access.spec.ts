import { people, type Person } from '../src/people.ts';
import { tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const audit = '/tenant-administration/audit-logs';
const settings = '/reports/diagnostics-settings';

for (const person of [people.globalAdministrator, people.intuneAdministrator]) {
  test(`${person} signs in and reaches both blades`, async ({ page }) => {
    await signIn(page, person);
    await page.getByRole('link', { name: 'Audit logs' }).first().click();
    await expect(page.getByRole('heading', { name: 'Audit logs', level: 1 })).toBeVisible();
    await expect(page.getByRole('grid')).toBeVisible();
    await page.goto(settings);
    await expect(page.getByRole('heading', { name: 'Diagnostics settings', level: 1 })).toBeVisible();
  });
}

test('the Audit data reader reads audit logs, and is told which role the settings need', async ({ page }) => {
  await signIn(page, people.auditReader, audit);
  await expect(page.getByRole('grid')).toBeVisible();
  await page.goto(settings);
  await expect(page.getByText('Intune Administrator').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add diagnostic setting' })).toHaveCount(0);
  await expectAccessible(page);
});

for (const person of [people.noRole, people.securityAdministrator, people.reportsReader]) {
  test(`${person} is told which role the Intune audit logs need, and why`, async ({ page }) => {
    await signIn(page, person, audit);
    await expect(page.getByText('an Intune role with Audit data / Read')).toBeVisible();
    await expect(page.getByRole('grid')).toHaveCount(0);
    await expectAccessible(page);
  });
}

test('the server decides: what a role may not do is refused without the page', async ({ request }) => {
  const status = async (person: Person, path: string, method = 'GET') =>
    (await request.fetch(path, { method, headers: { authorization: `Bearer ${await tokenOf(person)}` } })).status();
  expect(await status(people.intuneAdministrator, '/api/audit-logs')).toBe(200);
  expect(await status(people.intuneAdministrator, '/api/intune/diagnostic-settings')).toBe(200);
  expect(await status(people.auditReader, '/api/audit-logs')).toBe(200);
  expect(await status(people.auditReader, '/api/intune/diagnostic-settings')).toBe(403);
  expect(await status(people.auditReader, '/api/intune/diagnostic-settings/x', 'DELETE')).toBe(403);
  expect(await status(people.auditReader, '/api/azure/subscriptions')).toBe(403);
  for (const person of [people.noRole, people.reportsReader, people.securityAdministrator]) {
    expect(await status(person, '/api/audit-logs'), person).toBe(403);
    expect(await status(person, '/api/intune/diagnostic-settings'), person).toBe(403);
  }
  expect((await request.get('/api/audit-logs')).status()).toBe(401);
  const forged = (await tokenOf(people.intuneAdministrator)).replace(/\.[^.]+$/, '.AAAA');
  const refused = await request.get('/api/audit-logs', { headers: { authorization: `Bearer ${forged}` } });
  expect(refused.status()).toBe(401);
  expect(await refused.text()).not.toMatch(/at .*\.ts:\d+/);
});

test('a person switches the directory, and signs out', async ({ page }) => {
  await signIn(page, people.globalAdministrator, audit);
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Switch directory' }).click();
  await page
    .getByRole('menuitemradio', { name: 'Fabrikam' })
    .or(page.getByRole('menuitem', { name: 'Fabrikam' }))
    .or(page.getByRole('radio', { name: 'Fabrikam' }))
    .click();
  await page.getByRole('button', { name: /^Avery Howard/ }).click();
  await expect(page.getByRole('button', { name: /^Account/ })).toBeVisible();
  await page.goto(audit);
  await expect(page.getByRole('grid')).toContainText('fabrikam.example');
  await expect(page.getByRole('grid')).not.toContainText('contoso.example');
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: /^Account/ })).toHaveCount(0);
});
