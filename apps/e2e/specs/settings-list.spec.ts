import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { alone, eventually, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
// Other specs count on what is set in the first directory.
const directory = 'Fabrikam';
const name = 'Listed';
const hook = '/hooks/list-spec';
const path = `/api/intune/diagnostic-settings/${name}`;
interface Described {
  partners: { webhook: { url: string; secret: string } };
  storageAccounts: { name: string; id: string }[];
}
const headers = async (person: string = people.intuneAdministrator) => ({
  authorization: `Bearer ${await tokenOf(person, '--tenant', directory)}`,
});
async function signInThere(page: Page, to: string): Promise<void> {
  await signIn(page, people.intuneAdministrator, '/');
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Switch directory' }).click();
  const choice = { name: directory };
  await page.getByRole('menuitemradio', choice).or(page.getByRole('menuitem', choice)).or(page.getByRole('radio', choice)).click();
  await page.getByRole('button', { name: new RegExp(`^${people.intuneAdministrator}`) }).click();
  await expect(page.getByRole('button', { name: /^Account/ })).toBeVisible();
  await page.goto(to);
}
const group = (page: Page) => page.getByRole('rowgroup').filter({ has: page.getByRole('button', { name: `Edit setting ${name}` }) });
/** One of the figures under the setting's row. */
const figure = (page: Page, title: string) =>
  group(page)
    .locator('dl > div')
    .filter({ has: page.locator('dt', { hasText: title }) })
    .locator('dd');
/** By the keyboard alone. */
async function choose(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${name}` }).press('Enter');
  await page.getByRole('menuitem', { name: item }).press('Enter');
}

test.describe.configure({ mode: 'serial' });
let free = () => {};
let secret = '';
test.beforeAll(async ({ request }) => {
  test.setTimeout(120_000);
  free = await alone('webhook');
  const { partners, storageAccounts } = JSON.parse(await weir('sandbox', '--json')) as Described;
  secret = partners.webhook.secret;
  const { origin } = new URL(partners.webhook.url);
  const made = await request.put(path, {
    headers: { ...(await headers()), 'if-none-match': '*' },
    data: {
      categories: [{ category: 'AuditLogs', retentionDays: 30 }],
      destinations: {
        webhook: { ...partners.webhook, url: `${origin}${hook}` },
        storage: { storageAccountId: storageAccounts.find((a) => a.name === 'fabrikamarchive')!.id },
      },
      batching: { storage: { intervalSeconds: 5 } },
    },
  });
  expect(made.status(), await made.text()).toBe(201);
});
test.afterAll(async ({ request }) => {
  await weir('fault', 'none');
  await request.delete(path, { headers: await headers() });
  free();
});

test('the portal’s columns come first, and the row says that records arrive', async ({ page }) => {
  test.setTimeout(120_000);
  await signInThere(page, blade);
  const list = page.getByRole('table', { name: 'Diagnostic settings' });
  await expect(group(page)).toBeVisible();
  expect((await list.locator('> thead').getByRole('columnheader').allTextContents()).slice(0, 6)).toEqual([
    'Name',
    'Storage account',
    'Event hub',
    'Log Analytics workspace',
    'Partner solution',
    'Edit setting',
  ]);
  await expect(group(page).getByRole('row').first().getByRole('cell', { name: 'fabrikamarchive' })).toBeVisible();
  await expect(figure(page, 'Categories')).toHaveText('AuditLogs (30 days)');
  await expect(figure(page, 'Status')).toHaveText('Healthy', { timeout: 60_000 });
  // The archive has its price; what the webhook's owner charges, nobody knows here.
  await expect(figure(page, 'Estimated cost a month')).toHaveText(/^(under )?\$\d[\d,.]*without Webhook$/);
  await expect(
    figure(page, 'Records per minute').getByRole('img', {
      name: /^[1-9][\d,]* records delivered in the last hour, at most [\d,]+ in a minute\.$/,
    }),
  ).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 400, height: 800 });
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
});

test('a destination that breaks is told by the list and by Home, with reason and remedy; mended, it is well again', async ({ page }) => {
  test.setTimeout(180_000);
  await weir('fault', 'webhook', 'refuse', '--place', hook);
  try {
    await signInThere(page, blade);
    const told = group(page)
      .getByRole('group')
      .filter({ hasText: /^(Misconfigured|Failing): / });
    await expect(told).toBeVisible({ timeout: 60_000 });
    await expect(told).toContainText('Webhook, AuditLogs');
    await expect(figure(page, 'Status')).toHaveText(/^(Misconfigured|Failing)$/);
    await expectAccessible(page);

    await page.getByRole('link', { name: 'Home', exact: true }).first().click();
    const matter = page.getByRole('list', { name: 'What needs you' }).getByRole('listitem').filter({ hasText: name });
    await expect(matter).toContainText(/(Misconfigured|Failing)Listed, Webhook, AuditLogs/);
    await expect(page.getByRole('region', { name: 'Deliveries' })).toContainText(/Misconfigured1|Failing1/);
    await expectAccessible(page);
    await page.setViewportSize({ width: 400, height: 800 });
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    await page.setViewportSize({ width: 1440, height: 900 });
    await matter.getByRole('link').press('Enter');
    await expect(page).toHaveURL(/diagnostics-settings/);
  } finally {
    await weir('fault', 'none');
  }
  await page.goto(blade);
  await expect(figure(page, 'Status')).toHaveText('Healthy', { timeout: 120_000 });
});

test('by keyboard: all its deliveries are paused and resumed, one is chosen for a replay, and a copy begins under its own name', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await signInThere(page, blade);
  const deliveries = group(page).getByRole('table', { name: 'Deliveries' });
  await choose(page, 'Pause …');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('This pauses 2 deliveries.');
  await expectAccessible(page);
  await dialog.getByLabel('Reason (optional)').fill('The receiver moves');
  await dialog.getByRole('button', { name: 'Pause' }).press('Enter');
  await expect(deliveries.getByText(/Paused by indra\.rao@fabrikam\.example: The receiver moves\./)).toHaveCount(2);
  await expect(deliveries.getByText('Paused', { exact: true })).toHaveCount(2);
  await expect(page.getByRole('button', { name: `More for ${name}` })).toBeFocused();
  await choose(page, 'Resume …');
  await dialog.getByRole('button', { name: 'Resume' }).press('Enter');
  await expect(deliveries.getByText('Paused', { exact: true })).toHaveCount(0);

  await choose(page, 'Replay');
  await page.getByRole('menuitem', { name: 'Webhook, AuditLogs' }).press('Enter');
  await expect(page.getByRole('dialog', { name: 'Replay: Webhook, AuditLogs' })).toBeVisible();
  await page.keyboard.press('Escape');

  await choose(page, 'Duplicate …');
  await expect(page.getByRole('textbox', { name: 'Diagnostic setting name' })).toHaveValue('Listed copy');
  await expect(page.getByText('A destination takes a category from one setting only')).toBeVisible();
  await page.getByLabel('Signing secret').fill(secret);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText("Data sinks can't be reused in different settings on the same category").first()).toBeVisible();
});

test('a setting is deleted only after its name was typed', async ({ page, request }) => {
  await signInThere(page, blade);
  await choose(page, 'Delete …');
  const dialog = page.getByRole('alertdialog', { name: `Delete “${name}”?` });
  await expect(dialog).toContainText('stays at its destinations');
  await expect(dialog.getByRole('button', { name: 'Delete' })).toBeDisabled();
  await dialog.getByRole('textbox').fill('listed');
  await expect(dialog.getByRole('button', { name: 'Delete' })).toBeDisabled();
  await expectAccessible(page);
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(page.getByRole('button', { name: `Edit setting ${name}` })).toHaveCount(0);
  await eventually('the setting to be gone', async () => (await request.get(path, { headers: await headers() })).status() === 404);
});

test('who sees no subscription is led to another directory', async ({ page }) => {
  await signIn(page, people.withoutAzure, `${blade}/new`);
  await expect(page.getByText('No Azure subscription is shown.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('main').getByRole('button', { name: 'Switch directory' }).press('Enter');
  await page.getByRole('menuitem', { name: directory }).press('Enter');
  await expect(page.getByRole('button', { name: new RegExp(`^${people.intuneAdministrator}`) })).toBeVisible();
});

test('Home shows to each what they may see', async ({ page }) => {
  await signIn(page, people.auditReader);
  await expect(page.getByRole('region', { name: 'Records today' })).toContainText('audit records, from');
  await expect(page.getByRole('region', { name: 'Deliveries' })).toContainText('You do not have access.');
  await expect(page.getByRole('table', { name: 'Sources' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('region', { name: 'Records today' }).getByRole('link', { name: 'Audit logs' }).press('Enter');
  await expect(page).toHaveURL(/audit-logs/);
});

test('who has no role is told which one it needs; a part that cannot be read leaves the page', async ({ page }) => {
  await signIn(page, people.noRole);
  await expect(page.getByRole('region', { name: 'Records today' })).toContainText('an Intune role with Audit data / Read');
  await expect(page.getByRole('heading', { name: 'What needs you' })).toHaveCount(0);
  await expectAccessible(page);
});
