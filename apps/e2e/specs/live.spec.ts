import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { eventually, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/tenant-administration/audit-logs';
const bar = (page: Page) => page.getByRole('group', { name: 'Live' });
const records = (page: Page) =>
  page
    .getByRole('grid')
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell') });
const shown = (page: Page, name: string) => records(page).filter({ hasText: name });

/** Adds so many records, made now, as an import does: all at once. The mark is a word that finds them. */
async function add(mark: string, count: number, from = 0): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    displayName: 'Create DeviceConfiguration',
    activityDateTime: new Date(Date.now() + n).toISOString(),
    activityType: 'Create DeviceConfiguration',
    activityOperationType: 'Create',
    activityResult: 'Success',
    category: 'DeviceConfiguration',
    actor: { auditActorType: 'ItPro', userPrincipalName: `${mark}@contoso.example` },
    resources: [{ displayName: `${mark} ${from + n}`, resourceId: 'x', modifiedProperties: [] }],
  }));
  const file = join(tmpdir(), `${mark}-${from}.ndjson`);
  await writeFile(file, events.map((e) => JSON.stringify(e)).join('\n'));
  try {
    await weir('import', file);
  } finally {
    await rm(file, { force: true });
  }
}
const newMark = () => `zz${randomUUID().slice(0, 8)}`;
const openLive = (page: Page, query = '') => signIn(page, people.intuneAdministrator, `${blade}?live=1${query}`);

// Each import starts a process of its own.
test.describe.configure({ timeout: 120_000 });
test.beforeAll(async ({ request }) => {
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  await eventually('records arriving', async () => {
    const { records: held } = (await (await request.get('/api/coverage', { headers })).json()) as { records: number };
    return held > 500;
  });
});

test('Live shows new records at the top, of actors that were never seen before too, and says what it keeps to', async ({
  page,
  request,
}) => {
  const mark = newMark();
  await signIn(page, people.intuneAdministrator, `${blade}?q=actor:${mark}*`);
  await expect(page.getByText('No audit records found')).toBeVisible();
  await page.getByRole('button', { name: 'Live', exact: true }).click();
  await expect(page).toHaveURL(/live=1/);
  await expect(bar(page)).toContainText('Live');
  await expect(bar(page)).toContainText('At most 50 records a second are shown');
  await expect(bar(page).getByRole('button', { name: 'Pause' })).toBeVisible();
  await add(mark, 3);
  await expect(shown(page, mark)).toHaveCount(3);
  await add(mark, 1, 3);
  await expect(records(page).first()).toContainText(`${mark} 3`);
  await expect(shown(page, mark)).toHaveCount(4);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Stop live' }).click();
  await expect(bar(page)).toHaveCount(0);
  await expect(page).not.toHaveURL(/live/);

  const headers = { authorization: `Bearer ${await tokenOf(people.noRole)}` };
  const refused = await request.get('/api/audit-log-live', { headers });
  expect([refused.status(), ((await refused.json()) as { code: string }).code]).toEqual([403, 'permission.denied']);
});

test('paused, nothing is added and what waits is counted; resumed, it is there', async ({ page }) => {
  const mark = newMark();
  await openLive(page, `&q=${mark}`);
  await bar(page).getByRole('button', { name: 'Pause' }).click();
  await add(mark, 37);
  await expect(bar(page)).toContainText('Live, paused, 37 new');
  await expect(shown(page, mark)).toHaveCount(0);
  await expectAccessible(page);
  await bar(page).getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', '38');
  await expect(bar(page)).not.toContainText('new');
});

test('what is read does not move: a scrolled list, an open record; a pill leads to the new ones', async ({ page }) => {
  const mark = newMark();
  await openLive(page);
  await expect(bar(page)).toContainText(/^Live/);
  await expect(records(page).nth(15)).toBeVisible();
  const grid = page.getByRole('grid');
  await grid.hover();
  await page.mouse.wheel(0, 900);
  await expect.poll(() => grid.evaluate((g) => g.scrollTop)).toBeGreaterThan(800);
  const place = () =>
    grid.evaluate((g) => {
      const top = g.getBoundingClientRect().top;
      const rows = [...g.querySelectorAll('[data-row]')].map((r) => ({
        text: r.textContent,
        y: Math.round(r.getBoundingClientRect().top - top),
      }));
      return rows.filter((r) => r.y > 0 && r.y < 400);
    });
  // The wheel may still be rolling.
  let before = await place();
  await expect
    .poll(async () => {
      const now = await place();
      const still = JSON.stringify(now) === JSON.stringify(before);
      before = now;
      return still;
    })
    .toBe(true);
  await add(mark, 5);
  const pill = page.getByRole('button', { name: /^\d+ new$/ });
  await expect.poll(async () => Number((await pill.innerText().catch(() => '0')).split(' ')[0])).toBeGreaterThanOrEqual(5);
  expect(await place()).toEqual(before);
  await expectAccessible(page);
  await pill.click();
  await expect(shown(page, mark).first()).toBeInViewport();
  await expect.poll(() => grid.evaluate((g) => g.scrollTop)).toBe(0);

  const first = shown(page, mark).first();
  const text = await first.innerText();
  await first.click({ position: { x: 60, y: 18 } });
  const selected = grid.locator('[aria-current="true"]');
  await expect(selected).toHaveCount(1);
  const at = await selected.evaluate((r) => r.getBoundingClientRect().top);
  await add(mark, 2, 5);
  await expect(pill).toBeVisible();
  expect([await selected.innerText(), await selected.evaluate((r) => r.getBoundingClientRect().top)]).toEqual([text, at]);
  // From the keyboard the focus goes along to the first of the new ones.
  await pill.focus();
  await page.keyboard.press('Enter');
  await expect(records(page).first()).toBeFocused();
  await expect(shown(page, `${mark} 6`)).toHaveCount(1);
});

test('a connection that breaks is mended by itself, and nothing is missing or twice', async ({ page, context }) => {
  const mark = newMark();
  await openLive(page, `&q=${mark}`);
  await expect(bar(page)).toContainText(/^Live/);
  await add(mark, 2);
  await expect(shown(page, mark)).toHaveCount(2);
  for (const round of [1, 2]) {
    await context.setOffline(true);
    await expect(bar(page)).toContainText('Reconnecting …', { timeout: 40_000 });
    await add(mark, 3, 2 + (round - 1) * 3);
    await context.setOffline(false);
    await expect(bar(page)).toContainText(/^Live/);
    await expect(shown(page, mark)).toHaveCount(2 + round * 3);
  }
  for (let n = 0; n < 8; n += 1) await expect(shown(page, `${mark} ${n}`)).toHaveCount(1);
  // A refresh finds the same, in the same number.
  await page.getByRole('button', { name: 'Refresh', exact: true }).click();
  await expect(shown(page, mark)).toHaveCount(8);
});

test('a date range that is over and Live exclude each other, and the blade says so', async ({ page }) => {
  await openLive(page, '&range=custom&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z');
  await expect(bar(page)).toContainText('Live cannot be on with this date range');
  await expectAccessible(page);
  await bar(page).getByRole('button', { name: 'Show the last 24 hours' }).click();
  await expect(bar(page)).toContainText('At most 50 records a second are shown');
  await expect(page).toHaveURL(/range=24h/);
});
