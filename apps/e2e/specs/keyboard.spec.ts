import type { Locator, Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { eventually, tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/tenant-administration/audit-logs';
test.beforeAll(async ({ request }) => {
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  await eventually('the last 30 days arriving', async () => {
    const { records } = (await (await request.get('/api/coverage', { headers })).json()) as { records: number };
    return records > 3_000;
  });
});

/** Presses Tab until the element has the focus: whoever has no mouse gets there the same way. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement || element.contains(document.activeElement))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Sixty presses of Tab did not lead there.');
}

test('finding a change takes no mouse: past the menu, search with completion, a span of the chart, a record and back', async ({ page }) => {
  test.slow();
  await signIn(page, people.intuneAdministrator, blade);
  const grid = page.getByRole('grid', { name: 'Audit logs' });
  await expect(grid.getByRole('row').nth(3)).toBeVisible();
  await page.reload();
  await expect(grid.getByRole('row').nth(3)).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');

  const bar = page.getByRole('combobox', { name: /^Search by actor/ });
  await tabTo(page, bar);
  await page.keyboard.type('stat');
  await expect(page.getByRole('option').first()).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(bar).toHaveValue('status:');
  await page.keyboard.type('Success');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('list', { name: 'Active filters' })).toContainText('Status: Success');

  const chart = page.getByRole('slider', { name: /^Records over time/ });
  await tabTo(page, chart);
  await page.keyboard.press('End');
  for (let n = 0; n < 9; n += 1) await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/range=custom/);

  await expect(grid).toHaveAttribute('aria-busy', 'false');
  const first = grid.getByRole('row').nth(1);
  await tabTo(page, first);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const pane = page.getByRole('complementary', { name: /Activity details/ });
  await expect(pane).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(pane).toBeVisible();
  // The first Escape may only close the hint of the button that has the focus.
  await eventually('the details closing', async () => {
    if ((await pane.count()) === 0) return true;
    await page.keyboard.press('Escape');
    return false;
  });
  await expect(grid.getByRole('row').nth(3)).toBeFocused();
});

test('on a phone nothing is cut off, and axe finds nothing: the list, the filters, the values', async ({ page }) => {
  test.slow();
  await page.setViewportSize({ width: 400, height: 800 });
  await signIn(page, people.intuneAdministrator, blade);
  await expect(page.getByRole('grid', { name: 'Audit logs' }).getByRole('row').nth(3)).toBeVisible();
  const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await sideways()).toBe(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await expect(page.getByRole('textbox', { name: 'Or type or paste a time' })).toBeVisible();
  expect(await sideways()).toBe(0);
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.goto(`${blade}?values=true&by=category`);
  await expect(page.getByRole('region', { name: 'Values' })).toBeVisible();
  expect(await sideways()).toBe(0);
  await expectAccessible(page);
});

test('reading and taking away takes no mouse: copy the view, export, compare two records', async ({ page, context }) => {
  test.slow();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const from = new Date(Date.now() - 5 * 86_400_000).toISOString();
  const to = new Date(Date.now() - 3_600_000).toISOString();
  await signIn(page, people.intuneAdministrator, `${blade}?${new URLSearchParams({ range: 'custom', from, to, q: 'category:Device' })}`);
  const grid = page.getByRole('grid', { name: 'Audit logs' });
  const rows = page.locator('[data-row]');
  await expect(rows.nth(3)).toBeVisible();
  await page.reload();
  await expect(rows.nth(3)).toBeVisible();
  await expect(grid).toHaveAttribute('aria-busy', 'false');

  const bar = page.getByRole('toolbar', { name: 'Audit logs' });
  await tabTo(page, bar);
  const walkTo = async (name: string) => {
    const target = bar.getByRole('button', { name, exact: true });
    for (let n = 0; n < 12 && !(await target.evaluate((b) => b === document.activeElement)); n += 1)
      await page.keyboard.press('ArrowRight');
    await expect(target).toBeFocused();
    await page.keyboard.press('Enter');
  };
  await walkTo('Copy view as');
  await expect(page.getByRole('menu')).toBeVisible();
  for (let n = 0; n < 8; n += 1) {
    const item = await page.evaluate(() => document.activeElement?.textContent ?? '');
    if (item.startsWith('KQL')) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('| where');

  await page.keyboard.press('Shift+Tab');
  await tabTo(page, bar);
  await walkTo('Export');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await expect(dialog.getByText(/made at once/)).toBeVisible();
  await tabTo(page, dialog.getByRole('radio', { name: 'CSV', exact: true }));
  await page.keyboard.press('ArrowRight');
  await expect(dialog.getByRole('radio', { name: 'JSON', exact: true })).toBeChecked();
  await expect(dialog.getByText(/made at once/)).toBeVisible();
  await tabTo(page, dialog.getByRole('button', { name: 'Export', exact: true }));
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  expect((await download).suggestedFilename()).toMatch(/\.json$/);
  await expect(dialog).toHaveCount(0);
  await expect(bar.getByRole('button', { name: 'Export', exact: true })).toBeFocused();

  await tabTo(page, rows.first());
  await page.keyboard.press('Control+Space');
  await page.keyboard.press('Shift+ArrowDown');
  const chosen = page.getByRole('group', { name: 'Selected records' });
  await expect(chosen).toContainText('2 selected');
  await page.keyboard.press('Shift+Tab');
  await tabTo(page, chosen.getByRole('button', { name: 'Compare' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Compare records' })).toBeVisible();
  await tabTo(page, page.getByRole('switch', { name: /^Show equal properties/ }));
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(/equal=true/);
  await expectAccessible(page);
});
