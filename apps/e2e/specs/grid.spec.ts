import { people } from '../src/people.ts';
import type { Page } from '@playwright/test';
import { eventually, tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/tenant-administration/audit-logs';
interface Row {
  id: string;
  time: string;
  actor: string | null;
}
const headings = async (page: Page) =>
  (await page.getByRole('columnheader').allTextContents()).filter((t) => t !== '').map((t) => t.replace(/ \(.*\)$/, ''));
const records = (page: Page) => page.locator('[data-row]');
const portal = ['Date', 'Initiated by', 'Application name', 'Activity', 'Target', 'Category'];
/** Nothing moves the rows any more. */
const drawn = async (page: Page) => {
  await expect(records(page).nth(4)).toBeVisible();
  await expect(page.getByRole('slider', { name: /^Records over time/ })).toBeVisible();
};
const open = async (page: Page, path = blade) => {
  await signIn(page, people.intuneAdministrator, path);
  await drawn(page);
};

test.use({ timezoneId: 'America/New_York', locale: 'en-US' });
test.beforeAll(async ({ request }) => {
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  await eventually('the last 30 days arriving', async () => {
    const { records: held } = (await (await request.get('/api/coverage', { headers })).json()) as { records: number };
    return held > 3_000;
  });
});

test('columns are chosen by keyboard alone, kept by the browser, and the link shows them to another one', async ({ page, browser }) => {
  await open(page);
  expect(await page.getByRole('toolbar', { name: 'Audit logs' }).getByRole('button').first().innerText()).toBe('Columns');
  await page.getByRole('button', { name: 'Columns', exact: true }).focus();
  await page.keyboard.press('Enter');
  const status = page.getByRole('checkbox', { name: 'Status', exact: true });
  await status.focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Move Status up' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Move Status up' })).toBeFocused();
  await page.getByRole('checkbox', { name: 'Application name' }).focus();
  await page.keyboard.press('Space');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  const mine = ['Date', 'Initiated by', 'Activity', 'Target', 'Status', 'Category'];
  await expect.poll(() => headings(page)).toEqual(mine);
  await expect(page.getByRole('button', { name: 'Columns', exact: true })).toBeFocused();
  const link = page.url();
  expect(new URL(link).searchParams.get('columns')).toBe('date.actor.activity.target.status.category');

  await page.goto(blade);
  await expect(records(page).first()).toBeVisible();
  await expect.poll(() => headings(page)).toEqual(mine);

  const other = await browser.newContext();
  const elsewhere = await other.newPage();
  await open(elsewhere, new URL(link).pathname + new URL(link).search);
  expect(await headings(elsewhere)).toEqual(mine);
  await elsewhere.goto(new URL(blade, link).href);
  await expect(records(elsewhere).first()).toBeVisible();
  expect(await headings(elsewhere)).toEqual(portal);
  await other.close();

  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect.poll(() => headings(page)).toEqual(portal);
  await expect(page).not.toHaveURL(/columns=/);
});

test('columns are resized and moved, by pointer and by keyboard', async ({ page }) => {
  await open(page);
  const actor = page.getByRole('columnheader', { name: 'Initiated by (actor)' });
  const width = async () => Math.round((await actor.boundingBox())!.width);
  const edge = page.getByRole('separator', { name: 'Width of Initiated by (actor)' });
  const box = (await edge.boundingBox())!;
  const before = await width();
  await page.mouse.move(box.x + 4, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 64, box.y + 10, { steps: 5 });
  await page.mouse.up();
  await expect.poll(width).toBe(before + 60);
  expect((await records(page).first().locator('[data-column="actor"]').boundingBox())!.width).toBeCloseTo(before + 60, 0);

  // Up from the first row, right twice (the box, the date), Tab to the edge.
  await records(page).first().focus();
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('checkbox', { name: 'Select all loaded records' })).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(actor).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(edge).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(edge).toHaveAttribute('aria-valuenow', String(before + 44));
  await expect.poll(width).toBe(before + 44);
  await page.keyboard.press('Escape');
  await expect(actor).toBeFocused();
  await page.keyboard.press('Alt+Shift+ArrowLeft');
  await expect.poll(async () => (await headings(page)).slice(0, 2)).toEqual(['Initiated by', 'Date']);
  await expect(actor).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(records(page).first()).toBeFocused();
  await page.reload();
  await expect(records(page).first()).toBeVisible();
  expect(await width()).toBe(before + 44);

  await page.getByRole('columnheader', { name: 'Category' }).dragTo(actor, { targetPosition: { x: 5, y: 10 } });
  await expect.poll(async () => (await headings(page)).slice(0, 3)).toEqual(['Category', 'Initiated by', 'Date']);
  await edge.dblclick();
  await expect.poll(width).not.toBe(before + 44);
  const cut = await records(page)
    .first()
    .locator('[data-column="actor"]')
    .evaluate((cell) => cell.scrollWidth > cell.clientWidth);
  expect(cut).toBe(false);
});

test('oldest first is what the API finds; times are shown in UTC or locally, everywhere', async ({ page, request }) => {
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  const span = { from: '2020-01-01T00:00:00.000Z', to: new Date().toISOString() };
  const asked = new URLSearchParams({ ...span, order: 'asc', limit: '3' });
  const { items } = (await (await request.get(`/api/audit-logs?${asked}`, { headers })).json()) as { items: Row[] };
  expect(items[0]!.time < items[2]!.time).toBe(true);
  await open(page, `${blade}?${new URLSearchParams({ range: 'custom', ...span })}`);
  const date = page.getByRole('columnheader', { name: /^Date \((EST|EDT)\)$/ });
  await expect(date).toHaveAttribute('aria-sort', 'descending');
  await date.getByRole('button').click();
  await expect(date).toHaveAttribute('aria-sort', 'ascending');
  await expect(page).toHaveURL(/order=asc/);
  const times = () => page.locator('[data-row] time').evaluateAll((all) => all.map((t) => t.getAttribute('datetime')));
  await expect.poll(async () => (await times()).slice(0, 3)).toEqual(items.map((r) => r.time));
  await expect(page.getByText(/records? loaded.*oldest first/)).toBeVisible();

  const time = page.locator('[data-row] time').first();
  const shown = (timeZone: string) =>
    new Intl.DateTimeFormat('en-US', {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZone,
    }).format(new Date(items[0]!.time));
  await expect(time).toHaveText(shown('America/New_York'));
  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await page.getByRole('radio', { name: 'UTC', exact: true }).check();
  await page.getByRole('radio', { name: 'Compact' }).check();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('columnheader', { name: 'Date (UTC)' })).toBeVisible();
  await expect(time).toHaveText(shown('UTC'));
  expect(Math.round((await records(page).first().boundingBox())!.height)).toBe(28);
  await page.reload();
  await expect(time).toHaveText(shown('UTC'));
  await records(page).first().press('Enter');
  await expect(page.getByRole('complementary').locator('time').first()).toContainText(/ UTC/);
  await page.goto('/');
  await expect(page.locator('time').first()).toHaveText(/ UTC$/);
});

test('records are chosen with the keyboard and the pointer, copied in three forms, and two of them compared', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await open(page, `${blade}?q=-actor:nobody`);
  const bar = page.getByRole('group', { name: 'Selected records' });
  await records(page).first().focus();
  await page.keyboard.press('Control+Space');
  await expect(bar).toContainText('1 selected');
  await expect(records(page).first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(bar).toContainText('3 selected');
  await expect(page).not.toHaveURL(/selected=/);
  await expect(bar.getByRole('button', { name: 'Compare' })).toBeDisabled();
  await expectAccessible(page);

  const copy = async (form: string) => {
    await bar.getByRole('button', { name: 'Copy as' }).click();
    await page.getByRole('menuitem', { name: form }).click();
    await expect(page.getByRole('status').filter({ hasText: `3 records copied as ${form}` })).toHaveCount(1);
    return clipboard();
  };
  const json = JSON.parse(await copy('JSON')) as Row[];
  const shown = await page.locator('[data-row] time').evaluateAll((all) => all.slice(0, 3).map((t) => t.getAttribute('datetime')));
  expect(json.map((r) => r.time)).toEqual(shown);
  const table = (await copy('Table')).split('\n').map((line) => line.split('\t'));
  expect(table[0]).toEqual(['Date (UTC)', 'Initiated by (actor)', 'Application name', 'Activity', 'Target', 'Category']);
  expect(table.slice(1).map(([time]) => time)).toEqual(shown);
  expect((await copy('Markdown')).split('\n').map((line) => line.slice(0, 5))).toEqual(['| Dat', '| ---', '| 202', '| 202', '| 202']);

  // The box of a row takes it out again, and opens nothing.
  await records(page).nth(1).locator('[data-check]').click();
  await expect(bar).toContainText('2 selected');
  await expect(page).not.toHaveURL(/selected=/);
  await bar.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByRole('heading', { name: 'Compare records' })).toBeVisible();
  const { searchParams } = new URL(page.url());
  expect([searchParams.get('b'), searchParams.get('a')]).toEqual([json[0]!.id, json[2]!.id]);

  await page.goBack();
  await drawn(page);
  await records(page)
    .nth(2)
    .click({ modifiers: ['Control'], position: { x: 300, y: 10 } });
  await records(page)
    .nth(4)
    .click({ modifiers: ['Shift'], position: { x: 300, y: 10 } });
  await expect(bar).toContainText('3 selected');
  const download = page.waitForEvent('download');
  await bar.getByRole('button', { name: 'Evidence pack' }).click();
  expect((await download).suggestedFilename()).toMatch(/\.zip$/);
  await bar.getByRole('button', { name: 'Clear' }).click();
  await expect(bar).toHaveCount(0);
  await page.getByRole('checkbox', { name: 'Select all loaded records' }).check();
  await expect(bar).toContainText(/^\d{3,} selected/);
  // Another search begins with nothing chosen.
  await page.getByRole('button', { name: /^Remove filter/ }).click();
  await expect(bar).toHaveCount(0);
});

test('a narrow window: the pane, the bar and the headings are usable', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 });
  await open(page);
  await records(page).first().locator('[data-check]').click();
  const bar = page.getByRole('group', { name: 'Selected records' });
  await expect(bar.getByRole('button', { name: 'Clear' })).toBeInViewport();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Move Date down' })).toBeInViewport();
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
});
