import { people } from '../src/people.ts';
import type { Page } from '@playwright/test';
import { eventually, tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

interface Row {
  id: string;
  time: string;
  actor: string | null;
  activity: string | null;
  category: string | null;
}
const blade = '/tenant-administration/audit-logs';

test.beforeAll(async ({ request }) => {
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  await eventually('the last 30 days arriving', async () => {
    const { records } = (await (await request.get('/api/coverage', { headers })).json()) as { records: number };
    return records > 3_000;
  });
});

test('shows the last 30 days, newest first, in the columns of the portal', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  const grid = page.getByRole('grid');
  await expect(grid.getByRole('columnheader')).toHaveText([
    '',
    /^Date \(.+\)$/,
    'Initiated by (actor)',
    'Application name',
    'Activity',
    'Target',
    'Category',
  ]);
  await expect(grid.getByRole('row').nth(10)).toBeVisible();
  await expectAccessible(page);
});

test('filters by category, activity and actor; the link reproduces the screen', async ({ page, context }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await expectAccessible(page);
  await page.getByRole('combobox', { name: 'Category' }).click();
  await page.getByRole('option', { name: 'Compliance', exact: true }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/q=category%3ACompliance|q=category:Compliance/);
  const categories = page
    .getByRole('grid')
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell') });
  await expect(categories.first()).toContainText('Compliance');
  const copy = await context.newPage();
  await copy.goto(page.url());
  await copy
    .getByRole('button', { name: new RegExp(`^${people.intuneAdministrator}`) })
    .click({ timeout: 3_000 })
    .catch(() => {});
  await expect(copy.getByRole('grid').getByRole('row').nth(1)).toContainText('Compliance');
  expect(new URL(copy.url()).search).toBe(new URL(page.url()).search);
});

const bar = (page: Page) => page.getByRole('combobox', { name: /^Search by actor/ });
const found = (page: Page) => page.getByRole('grid').getByRole('row').nth(1);

test('one bar searches everything; pills, filter pane and bar are one query, and what the grid shows is what the API finds', async ({
  page,
  request,
}) => {
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  const { items } = (await (await request.get('/api/audit-logs?limit=1', { headers })).json()) as { items: Row[] };
  const actor = items[0]!.actor!;
  await signIn(page, people.intuneAdministrator, blade);
  await bar(page).fill(`actor:"${actor.toUpperCase().slice(0, 8)}*" -status:failure`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('list', { name: 'Active filters' }).getByRole('listitem').first()).toContainText('Initiated by');
  await expect(found(page)).toContainText(actor.slice(0, 8), { ignoreCase: true });
  const q = new URL(page.url()).searchParams.get('q')!;
  const answer = (await (await request.get(`/api/audit-logs?${new URLSearchParams({ q, limit: '1' })}`, { headers })).json()) as {
    items: Row[];
  };
  await expect(found(page)).toContainText(answer.items[0]!.activity!.slice(0, 12));

  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByRole('textbox', { name: 'Target', exact: true }).fill('a');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(bar(page)).toHaveValue(/target:\*a\*$/);
  await page.getByRole('button', { name: /^Remove filter Not Status/ }).click();
  await expect(bar(page)).not.toHaveValue(/status/);
  await page.getByRole('button', { name: 'Clear all' }).click();
  await expect(bar(page)).toHaveValue('');
});

test('completes fields and values from the keyboard, and shows an error where it stands', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await bar(page).click();
  await page.keyboard.type('cat');
  await expect(page.getByRole('option', { name: /^category:/ })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(bar(page)).toHaveValue('category:');
  await page.keyboard.type('complia');
  await expect(page.getByRole('option', { name: /^Compliance/ })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(found(page)).toContainText('Compliance');

  await bar(page).fill('category:Device (wipe');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('This "(" is not closed.');
  await expect(page.getByRole('alert').locator('mark')).toHaveText('(wipe');
  await expectAccessible(page);
});

test('values with their counts include and leave out; the chart zooms from the keyboard', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('button', { name: 'Show values' }).click();
  const values = page.getByRole('region', { name: 'Values' });
  const statuses = values.getByRole('list', { name: 'Status' });
  const failures = statuses.getByRole('button', { name: /^Failure/ });
  await failures.click();
  await expect(bar(page)).toHaveValue('status:Failure');
  await expect(statuses.getByRole('button', { name: /record/ })).toHaveCount(1);
  const count = Number(/(\d+)\s*records/.exec(await failures.innerText())![1]);
  await expect(page.getByText(`${count} records in this time`)).toBeVisible();
  await values
    .getByRole('button', { name: /^Leave out Category/ })
    .first()
    .click();
  await expect(bar(page)).toHaveValue(/status:Failure -category:/);
  await expectAccessible(page);

  const chart = page.getByRole('slider', { name: /^Records over time/ });
  await chart.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(chart).toHaveAttribute('aria-valuetext', /record/);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/range=custom/);
});

test('the chart is stacked by category; a time that was pasted becomes the date range', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('combobox', { name: 'Stack the bars by' }).selectOption('category');
  const colours = page.getByRole('list', { name: 'Colours' });
  await expect(colours.getByRole('listitem')).toHaveCount(6);
  await expect(colours).toContainText('DeviceConfiguration');
  await expect(page).toHaveURL(/by=category/);
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  const pane = page.getByRole('dialog');
  const typed = pane.getByRole('textbox', { name: 'Or type or paste a time' });
  await typed.fill('the 30th of February');
  await pane.getByRole('button', { name: 'Apply' }).click();
  await expect(pane.getByText(/is no time\. Try "last 3 days"/)).toBeVisible();
  await typed.fill('last 3 days');
  await expect(pane.getByText('Last 3 days', { exact: true })).toBeVisible();
  await pane.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('list', { name: 'Active filters' })).toContainText('Date range: Last 3 days');
  await expect(page).toHaveURL(/range=3d/);
});

test('a value in the grid is filtered for by the pointer, and filtered out or copied from the keyboard', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, people.intuneAdministrator, blade);
  const category = found(page).locator('[data-column="category"]');
  const value = (await category.innerText()).trim();
  await category.hover();
  await page.getByRole('button', { name: 'Filter for', exact: true }).click();
  await expect(bar(page)).toHaveValue(`category:${value}`);
  await expect(page.getByRole('grid', { name: 'Audit logs' })).toHaveAttribute('aria-busy', 'false');

  await found(page).focus();
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: /^Activity: / }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('menuitem', { name: 'Filter out' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('menuitem', { name: 'Copy' }).press('Enter');
  const activity = await found(page).locator('[data-column="activity"]').innerText();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(activity.trim());
  await found(page).locator('[data-column="activity"]').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Filter out' }).click();
  await expect(bar(page)).toHaveValue(/^category:\S+ -activity:/);
});

test('a view is saved, opens the blade, and is deleted; a value in the details narrows the list', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Failed', exact: true }).click();
  await expect(bar(page)).toHaveValue('-status:Success');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: /^Save or delete views/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Views' });
  await dialog.getByRole('textbox').fill('What failed');
  await dialog.getByRole('checkbox', { name: 'Open Audit logs with this view' }).check();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);

  await page.goto(blade);
  await expect(bar(page)).toHaveValue('-status:Success');
  await found(page).click();
  const pane = page.getByRole('complementary', { name: /Activity details/ });
  await pane.getByRole('button', { name: 'Filter for this Category' }).click();
  await expect(bar(page)).toHaveValue(/^-status:Success category:/);
  await pane.getByRole('button', { name: 'Filter out this Category' }).click();
  await expect(bar(page)).toHaveValue('-status:Success');

  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: /^Save or delete views/ }).click();
  await dialog.getByRole('button', { name: 'Delete view What failed' }).click();
  await expect(dialog.getByText('What failed')).toHaveCount(0);
});

test('each workload has its own way to the audit logs', async ({ page }) => {
  await signIn(page, people.intuneAdministrator);
  await page.getByRole('button', { name: 'Apps' }).click();
  await page.getByRole('navigation', { name: 'Admin center' }).getByRole('link', { name: 'Audit logs' }).first().click();
  await expect(bar(page)).toHaveValue(/^category:\(Application/);
  await expect(found(page)).toContainText('Application');
});

test('opens the details, which stay open while the arrow keys walk the rows; Esc returns to the row', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  const rows = page.getByRole('grid').getByRole('row');
  await rows.nth(1).click();
  const pane = page.getByRole('complementary', { name: /Activity details/ }).or(page.getByRole('dialog', { name: /Activity details/ }));
  for (const heading of ['Activity', 'Activity Status', 'Initiated By (Actor)', 'Target(s)']) {
    await expect(pane.getByRole('heading', { name: heading, exact: true })).toBeVisible();
  }
  const first = page.url();
  await rows.nth(1).focus();
  await page.keyboard.press('ArrowDown');
  await expect(page).not.toHaveURL(first);
  await expect(pane).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(pane).toHaveCount(0);
});
