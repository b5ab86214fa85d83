import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { ndjson, newScript, oldScript, records } from '../src/records.ts';
import { eventually, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

// The accessibility of pages with very many elements takes its time.
test.slow();

const blade = '/tenant-administration/audit-logs';
const at = (record: { id: string }, more = '') => `${blade}?selected=${record.id}${more}`;
const paneOf = (page: Page): Locator =>
  page.getByRole('complementary', { name: /^Activity details/ }).or(page.getByRole('dialog', { name: /^Activity details/ }));
const open = async (page: Page, record: { id: string }, more = ''): Promise<Locator> => {
  await signIn(page, people.intuneAdministrator, at(record, more));
  const pane = paneOf(page);
  await expect(pane.getByRole('heading', { name: 'Target(s)' })).toBeVisible();
  return pane;
};
const property = (pane: Locator, name: string): Locator =>
  pane.getByRole('listitem').filter({ has: pane.page().getByText(name, { exact: true }) });

test.beforeAll(async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'weir-details-')), 'records.ndjson');
  await writeFile(file, ndjson());
  await eventually('the import', async () => /0 refused/.test(await weir('import', file)));
});

test('a 64 kB script, HTML, bidi and control characters: text, with what changed marked and the rest folded', async ({ page }) => {
  const pane = await open(page, records.script);
  await expect(pane.getByRole('heading', { level: 3 }).first()).toHaveText(
    /^maya\.chen@contoso\.example changed ScriptContent and 6 more properties of the PowerShell script Evil <img src=x onerror=alert\(1\)> ⟨U\+202E⟩txt\.exe⟨U\+0007⟩/,
  );
  await expect(pane.locator('img')).toHaveCount(0);
  await expect(pane.getByText('U+202E', { exact: true })).toBeVisible();

  const script = property(pane, 'ScriptContent');
  const changes = script.getByRole('group', { name: 'What changed in ScriptContent' });
  await expect(changes.locator('del')).toHaveText(['HKLM', 'HKLM', 'HKLM', 'HKLM']);
  await expect(changes.locator('ins')).toHaveText(['HKCU', 'HKCU', 'HKCU', 'HKCU']);
  await expect(changes.getByRole('button', { name: /lines unchanged/ })).toHaveCount(5);
  // Folded, and all of it on demand.
  expect(Buffer.byteLength(newScript)).toBeGreaterThan(64_000);
  await script
    .getByRole('button', { name: /^Show all \d+ kB/ })
    .first()
    .click();
  expect(await script.getByRole('region', { name: 'New Value of ScriptContent' }).innerText()).toBe(newScript);

  await script.getByRole('button', { name: 'Show less' }).click();
  const detection = property(pane, 'DetectionScriptContent');
  await expect(detection.getByText('Recorded in Base64; compared as the text that it holds.')).toBeVisible();
  await expect(detection.locator('del')).toHaveText('old');
  await expect(detection.locator('ins')).toHaveText('new');

  const json = property(pane, 'SettingsJson').getByRole('group', { name: 'What changed in SettingsJson' });
  await expect(json.locator('del')).toHaveText(['"value": "off"']);
  await expect(json.locator('ins')).toHaveText(['"value": "on"', '"owner": "security"']);
  await expect(json.getByText('… 31 unchanged')).toBeVisible();
  await expect(property(pane, 'Description').getByText('Empty text')).toBeVisible();
  await expect(property(pane, 'Notes').getByText('No value (recorded as <null>)')).toBeVisible();
  await expect(property(pane, 'Target.Type').getByText('Assigned to all devices')).toBeVisible();

  await expect(property(pane, 'RunAs')).toBeVisible();
  await pane.getByRole('checkbox', { name: 'Hide unchanged (1)' }).check();
  await expect(property(pane, 'RunAs')).toHaveCount(0);
  await expectAccessible(page);

  // The same name in the list, and over the timeline of the script.
  const harmless = 'Evil <img src=x onerror=alert(1)> ⟨U+202E⟩txt.exe⟨U+0007⟩ =HYPERLINK("http://evil.example")';
  await page.goto(`${blade}?q=${encodeURIComponent(`id:${records.script.id}`)}`);
  await expect(page.locator('[data-row] [data-column="target"]').first()).toHaveText(harmless);
  await page.goto(`${blade}/object/${records.script.resources[0]!.resourceId}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(harmless);
  await expect(page.getByRole('main').locator('img')).toHaveCount(0);
});

test('what is copied is the value as it was recorded', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const pane = await open(page, records.script);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await pane.getByRole('button', { name: 'Copy Old Value of ScriptContent' }).click();
  expect(await clipboard()).toBe(oldScript);
  await pane.getByRole('button', { name: 'Copy ObjectID' }).first().click();
  await pane.getByRole('button', { name: 'Copy link to this record' }).click();
  await expect.poll(clipboard).toBe(`${new URL(page.url()).origin}${at(records.script)}`);
});

test('500 modified properties and 200 targets are folded with their counts', async ({ page }) => {
  let pane = await open(page, records.properties);
  await expect(pane.getByText('500', { exact: true })).toBeVisible();
  // Not those of Related, which come when they are found.
  const properties = pane.getByRole('listitem').filter({ hasText: 'New Value' });
  await expect(properties).toHaveCount(40);
  await pane.getByRole('checkbox', { name: 'Hide unchanged (200)' }).check();
  await expect(properties).toHaveCount(40);
  for (const left of ['Show 100 more of 260 properties', 'Show 100 more of 160 properties', 'Show the last 60 properties'])
    await pane.getByRole('button', { name: left }).click();
  await expect(properties).toHaveCount(300);
  await expect(pane.getByRole('heading', { name: 'Rules, item 100' })).toBeAttached();

  await page.goto(at(records.targets));
  pane = paneOf(page);
  await expect(pane.getByRole('heading', { level: 3 }).first()).toHaveText(
    'maya.chen@contoso.example assigned the apps App 0, App 1 and 198 more to All devices',
  );
  await expect(pane.getByRole('heading', { name: /^Target \d+ of 201/ })).toHaveCount(10);
  await pane.getByRole('button', { name: 'Show 50 more of 191 targets' }).click();
  await expect(pane.getByRole('heading', { name: /^Target \d+ of 201/ })).toHaveCount(60);
  await pane.getByRole('button', { name: 'Show 1', exact: true }).first().click();
  await expect(pane.getByText('Order', { exact: true })).toHaveCount(1);
});

test('an old value that Microsoft did not record is named so; what this log knows is offered, with the record that it is from', async ({
  page,
}) => {
  const pane = await open(page, records.missing);
  const version = property(pane, 'OsMinimumVersion');
  await expect(version.getByText('Not recorded by Microsoft')).toBeVisible();
  await expect(version.getByText('10.0.22631')).toBeVisible();
  await expect(property(pane, 'NeverSeen').getByText('No earlier record of this target has a value of it.')).toBeVisible();
  await expectAccessible(page);
  await version.getByRole('button', { name: /^Patch DeviceCompliancePolicy/ }).click();
  await expect(page).toHaveURL(new RegExp(records.earlier.id));
  await expect(property(paneOf(page), 'OsMinimumVersion').locator('del')).toHaveText('19045');
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(records.missing.id));
});

test('ids say what they mean; failures say so', async ({ page }) => {
  const pane = await open(page, records.assignment);
  await expect(pane.getByText('Assignment of MacOS Updates to All devices').first()).toBeVisible();
  await expect(pane.getByRole('heading', { name: 'Role scope tag ids, item 1' })).toBeVisible();
  await expect(pane.getByRole('heading', { level: 3 }).first()).toHaveText(
    'maya.chen@contoso.example assigned the configuration policy MacOS Updates to All devices',
  );
  await page.goto(at(records.failed));
  await expect(paneOf(page).getByRole('heading', { level: 3 }).first()).toHaveText(
    'maya.chen@contoso.example tried to request a wipe of the device LAP-00042, and failed',
  );
});

test('both raw shapes, in tabs, as files', async ({ page, request }) => {
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  const answer = (await (await request.get(`/api/audit-logs/${records.script.id}`, { headers })).json()) as {
    body: unknown;
    original: unknown;
  };
  const pane = await open(page, records.script);
  await pane.getByText('Raw record (JSON)').click();
  for (const [tab, expected] of [
    ['Graph object', answer.original],
    ['Resource log record', answer.body],
  ] as const) {
    await pane.getByRole('tab', { name: tab }).click();
    const download = page.waitForEvent('download');
    await pane.getByRole('button', { name: `Download the ${tab.toLowerCase()}` }).click();
    expect(JSON.parse(await readFile(await (await download).path(), 'utf8'))).toEqual(expected);
  }
  expect(answer.original).toEqual(records.script);
  await expectAccessible(page);
});

test('a link opens its record whatever the list shows; one that is not there says so, and tells nothing of other directories', async ({
  page,
}) => {
  const pane = await open(page, records.failed, '&q=category:Role');
  await expect(pane.getByText('LAP-00042').first()).toBeVisible();
  await expect(pane.getByRole('button', { name: 'Next row' })).toHaveAttribute('aria-disabled', 'true');
  const theirs = await firstIdOf(page, await tokenOf(people.intuneAdministrator, '--tenant', 'Fabrikam'));
  for (const id of ['no-such-record', theirs]) {
    await page.goto(`${blade}?selected=${id}`);
    const alert = paneOf(page).getByRole('alert');
    await expect(alert).toContainText('This record is not here');
    await expect(alert).toContainText('It may be older than this directory keeps records, or belong to another directory');
  }
  await expectAccessible(page);
  await paneOf(page).getByRole('button', { name: 'Close', exact: true }).click();
  await expect(paneOf(page)).toHaveCount(0);
});
async function firstIdOf(page: Page, token: string): Promise<string> {
  const answer = await page.request.get('/api/audit-logs?limit=1', { headers: { authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { items: { id: string }[] }).items[0]!.id;
}

test('by keyboard alone: walk the rows from the pane, make it wider, fold and unfold, go back to the row', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  const rows = page.getByRole('grid').getByRole('row');
  await expect(rows.nth(3)).toBeVisible();
  await rows.nth(1).focus();
  await page.keyboard.press('Enter');
  const pane = paneOf(page);
  await expect(pane.getByRole('heading', { name: 'Target(s)' })).toBeVisible();
  const urls = [page.url()];
  await page.keyboard.press('ArrowDown');
  await expect(page).not.toHaveURL(urls[0]!);
  urls.push(page.url());

  await page.keyboard.press('Tab');
  const handle = page.getByRole('separator', { name: 'Width of the details' });
  await expect(handle).toBeFocused();
  const before = (await pane.boundingBox())!.width;
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect.poll(async () => (await pane.boundingBox())!.width).toBeCloseTo(before + 96, 0);
  await expect(handle).toHaveAttribute('aria-valuenow', String(Math.round(before + 96)));

  await pane.getByRole('button', { name: 'Next row' }).focus();
  await page.keyboard.press('ArrowUp');
  await expect(page).toHaveURL(urls[0]!);
  await pane.getByRole('button', { name: 'Copy CorrelationID' }).focus();
  await page.keyboard.press('Alt+ArrowDown');
  await expect(page).toHaveURL(urls[1]!);
  await expect(pane).toBeVisible();
  // The first Esc may only close the button's tooltip.
  await expect(async () => {
    await page.keyboard.press('Escape');
    await expect(pane).toHaveCount(0, { timeout: 1_000 });
  }).toPass();
  await expect(rows.nth(2)).toBeFocused();

  // Kept for the next time; by pointer too.
  await page.reload();
  await page.goto(urls[0]!);
  await expect.poll(async () => (await pane.boundingBox())?.width).toBeCloseTo(before + 96, 0);
  await handle.hover({ position: { x: 3, y: 60 } });
  const box = (await handle.boundingBox())!;
  await page.mouse.down();
  await page.mouse.move(box.x + 103, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => (await pane.boundingBox())!.width).toBeLessThan(before + 10);
  await handle.dblclick();
  await expect.poll(async () => (await pane.boundingBox())!.width).toBe(480);
});

test('the whole window at 400 px; signs and marks in forced colors', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 });
  const pane = await open(page, records.script);
  expect((await pane.boundingBox())!.width).toBe(400);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  await expectAccessible(page);
  await page.emulateMedia({ forcedColors: 'active' });
  const mark = property(pane, 'FileName').locator('ins');
  await expect(mark).toHaveCSS('text-decoration-line', 'underline');
  expect(await mark.evaluate((e) => getComputedStyle(e, '::before').content)).toContain('+');
  await expectAccessible(page);
  await page.emulateMedia({ forcedColors: null });
});
