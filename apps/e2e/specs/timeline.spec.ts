import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { eventually, tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const POLICY = '0f8b6b0e-0000-4000-8000-0123456789ab';
const ALL_DEVICES = 'adadadad-808e-44e2-905a-0b7873a8a531';
const TYPE = 'WindowsUpdateForBusinessConfiguration';
const DAY = 86_400_000;
/** Fixed for the day: importing the records once more, as each worker of the runner does, adds none. */
const at = (daysAgo: number): string => new Date((Math.floor(Date.now() / DAY) - daysAgo) * DAY).toISOString().replace('Z', '0000Z');
const page_ = (more = '') => `/tenant-administration/audit-logs/object/${POLICY}${more}`;

type Property = [name: string, oldValue: string | null, newValue: string | null];
const resource = (resourceId: string, auditResourceType: string, displayName: string, ...properties: Property[]) => ({
  resourceId,
  auditResourceType,
  displayName,
  modifiedProperties: properties.map(([name, oldValue, newValue]) => ({ displayName: name, oldValue, newValue })),
});
const event = (id: string, daysAgo: number, activityType: string, activityOperationType: string, resources: object[], more = {}) => ({
  id,
  activityDateTime: at(daysAgo),
  activityType,
  activityOperationType,
  activityResult: 'Success',
  category: 'SoftwareUpdates',
  componentName: 'DeviceConfiguration',
  correlationId: '7b1f6b0e-9999-4000-8000-0123456789ab',
  actor: { auditActorType: 'ItPro', userPrincipalName: 'timeline.tester@contoso.example', applicationDisplayName: 'Portal' },
  resources,
  ...more,
});
const ring = (name: string, ...properties: Property[]) => resource(POLICY, TYPE, name, ...properties);
/** What truly happened: made, assigned, changed, a change that failed, renamed, deleted. And one record of before Weir read anything. */
const truth = [
  event('tl-old', 900, `Patch ${TYPE}`, 'Patch', [ring('Pilot ring', ['Description', '<null>', 'Before Weir'])]),
  event('tl-made', 20, `Create ${TYPE}`, 'Create', [
    ring('Ring 3', ['Deferral', null, '7'], ['Scope', null, '<null>'], ['Tag', null, '0']),
  ]),
  event('tl-assigned', 19, `Create ${TYPE}Assignment`, 'Create', [
    ring('Ring 3'),
    resource(`${POLICY}_${ALL_DEVICES}`, `${TYPE}Assignment`, '<null>', ['Target.Type', null, 'AllDevicesAssignmentTarget']),
  ]),
  event('tl-changed', 12, `Patch ${TYPE}`, 'Patch', [
    ring('Ring 3', ['Deferral', '7', '14'], ['Script', null, 'Write-Host 1\n'.repeat(5_000)]),
  ]),
  event('tl-failed', 8, `Patch ${TYPE}`, 'Patch', [ring('Ring 3', ['Deferral', '14', '99'])], { activityResult: 'Failure' }),
  event('tl-renamed', 5, `Patch ${TYPE}`, 'Patch', [ring('Ring 3 (broad)', ['DisplayName', 'Ring 3', 'Ring 3 (broad)'])]),
  event('tl-deleted', 2, `Delete ${TYPE}`, 'Delete', [ring('Ring 3 (broad)', ['Deferral', '14', null])]),
];

test.beforeAll(async ({ request }) => {
  execFileSync(process.execPath, [join(import.meta.dirname, '../../../scripts/weir.ts'), 'import', '-'], {
    input: truth.map((e) => JSON.stringify(e)).join('\n'),
    env: process.env,
  });
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  // Until then everything lies in times that are still to be read, and nothing is exact.
  await eventually(
    'the last 30 days being read',
    async () => {
      const { gaps } = (await (await request.get(`/api/audit-objects/${POLICY}/timeline`, { headers })).json()) as {
        gaps: { to: string | null }[];
      };
      return gaps.length > 0 && gaps.every((g) => g.to !== null && g.to < at(30));
    },
    90_000,
  );
});

const row = (page: Page, property: string) => page.getByRole('row', { name: new RegExp(`^${property.replace('.', String.raw`\.`)} `) });
const point = (page: Page, name: RegExp) => page.getByRole('button', { name });

test('every change by day, with what it changed and how sure that is; times that were not read are gaps, not silence', async ({ page }) => {
  await signIn(page, people.auditReader, page_());
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ring 3 (broad)');
  await expect(page.getByRole('button', { name: /^Compare: (Create|Patch|Delete)/ })).toHaveCount(7);
  for (const name of ['Ring 3 (broad)', 'Ring 3', 'Pilot ring'])
    await expect(page.getByRole('listitem').filter({ hasText: name }).first()).toBeVisible();
  const failed = page.locator('[data-point="tl-failed"]');
  await expect(failed).toContainText('Failure');
  await expect(failed).toContainText('It failed, and changed nothing.');
  await expect(page.locator('[data-point="tl-made"]')).toContainText('Approximate');
  await expect(page.locator('[data-point="tl-assigned"]')).toContainText('Changes an assignment or another part of it');
  await expect(page.getByText(/^No records were read from before/)).toBeVisible();
  await expectAccessible(page);
});

test('any two points, property by property: exact, approximate, unavailable and why; what is equal is hidden', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, page_('?a=tl-made&b=tl-failed'));
  await expect(row(page, 'Deferral')).toContainText(/7.*Exact.*14.*Exact/s);
  await expect(row(page, 'Target.Type')).toContainText(/Not there.*A later record|Not there.*Exact/s);
  await expect(row(page, 'Target.Type')).toContainText('AllDevicesAssignmentTarget');
  await expect(row(page, 'DisplayName')).toHaveCount(0);
  await expect(row(page, 'Script')).toContainText('Not recorded');
  await expect(row(page, 'Script')).toContainText('Unavailable');
  await row(page, 'Script').getByRole('button', { name: 'Show all 65 kB' }).click();
  await expect(row(page, 'Script').getByRole('button', { name: 'Show less' })).toBeVisible();
  await page.getByRole('switch', { name: /^Show equal properties/ }).click();
  await expect(row(page, 'Tag')).toContainText(/0.*Exact/s);
  await expect(row(page, 'Scope')).toContainText('The record says <null>');
  await expect(row(page, 'DisplayName')).toContainText(/Ring 3.*Approximate.*old value of the next record/s);
  await expect(page).toHaveURL(/equal=true/);
  await page.reload();
  await expect(row(page, 'Tag')).toBeVisible();
  await expectAccessible(page);
});

test('in a time before anything was read, what a record says may have changed since', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, page_('?a=tl-old&b=now&equal=true'));
  await expect(row(page, 'Deferral')).toContainText(/Not there.*record deletes it|Not there.*Exact/s);
  await page.goto(page_(`?a=tl-old&b=${encodeURIComponent(at(600))}&equal=true`));
  await expect(row(page, 'Description')).toContainText(/Before Weir.*Approximate.*it may have changed since/s);
});

test('the keyboard walks the points and picks two of them', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, page_());
  await point(page, /^Compare: now/).focus();
  for (let n = 0; n < 2; n += 1) await page.keyboard.press('ArrowDown');
  await expect(point(page, /^Compare: Patch/).first()).toBeFocused();
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(/a=tl-renamed/);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(/a=tl-renamed&b=tl-changed/);
  // The older one is A, in whatever order they were picked.
  await expect(page.locator('[data-point="tl-changed"]')).toContainText(/^A/);
  await expect(row(page, 'DisplayName')).toBeVisible();
  await page.keyboard.press('End');
  await expect(page.locator('[data-point="tl-old"] button')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/audit-logs\?.*selected=tl-old/);
});

test('a property narrows points and comparison; another time can be picked', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, page_('?a=tl-made&b=tl-renamed'));
  await page.getByRole('textbox', { name: 'Filter by property' }).fill('deferral');
  await expect(page.getByRole('button', { name: /^Compare: (Create|Patch|Delete)/ })).toHaveCount(4);
  await expect(row(page, 'Deferral')).toBeVisible();
  await expect(row(page, 'Script')).toHaveCount(0);
  await page.getByRole('button', { name: 'Clear the points' }).click();
  await page.getByRole('textbox', { name: 'Filter by property' }).fill('');
  const noon = new Date(Date.now() - 15 * DAY).toISOString().slice(0, 10);
  await page.getByLabel('Another time (local)').fill(`${noon}T12:00`);
  await page.getByRole('button', { name: 'Pick this time' }).click();
  await expect(row(page, 'Deferral')).toContainText(/7.*Exact.*Not there/s);
});

test('from a record: what is related, its objects’ timelines, and the record before it beside it', async ({ page }) => {
  test.slow();
  await signIn(page, people.intuneAdministrator, '/tenant-administration/audit-logs?selected=tl-assigned');
  const pane = page.getByRole('complementary', { name: /Activity details/ });
  const related = pane.getByRole('region', { name: 'Related' });
  await expect(related.getByRole('link', { name: 'Show all: 6 other records' }).first()).toBeVisible();
  await expect(pane.getByRole('link', { name: 'Timeline of All devices' })).toBeVisible();
  await expectAccessible(page);
  await related.getByRole('link', { name: 'Compare with previous record of this target' }).first().click();
  await expect(page).toHaveURL(/compare\?a=tl-made&b=tl-assigned/);
  await expect(row(page, 'Operation Type')).toHaveCount(0);
  await expect(row(page, 'Activity Type')).toContainText(`Create ${TYPE}Assignment`);
  await page.getByRole('switch', { name: /^Show equal properties/ }).click();
  await expect(row(page, 'Operation Type')).toContainText(/Create.*Create/s);
  await expectAccessible(page);

  await page.goto('/tenant-administration/audit-logs?selected=tl-assigned');
  await related.getByRole('link', { name: 'Show all: 6 other records' }).first().click();
  await expect(page.getByRole('grid').getByRole('row')).toHaveCount(8);
  await page.goto('/tenant-administration/audit-logs?selected=tl-assigned');
  await pane.getByRole('link', { name: 'Timeline of this object' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ring 3 (broad)');
});

test('two records by id or link; one that is not there is named', async ({ page, baseURL }) => {
  await signIn(page, people.intuneAdministrator, '/tenant-administration/audit-logs/compare');
  await page.getByRole('textbox', { name: /^Record A/ }).fill('tl-made');
  await page.getByRole('textbox', { name: /^Record B/ }).fill(`${baseURL}/tenant-administration/audit-logs?selected=tl-changed`);
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(row(page, 'Deferral: New Value')).toContainText(/7.*14/s);
  await page.goto('/tenant-administration/audit-logs/compare?a=tl-made&b=nobodys');
  await expect(page.getByText('Record B cannot be shown.')).toBeVisible();
  await expect(page.getByRole('alert')).toContainText('There is no such audit record in this directory.');
});

test('an object that no record names, and a person who may not read', async ({ page, browser, baseURL }) => {
  await signIn(page, people.intuneAdministrator, '/tenant-administration/audit-logs/object/0f8b6b0e-0000-4000-8000-ffffffffffff');
  await expect(page.getByRole('alert')).toContainText('No audit record of this directory names such an object.');
  await expectAccessible(page);
  const other = await browser.newContext({ baseURL: baseURL! });
  const nobody = await other.newPage();
  await signIn(nobody, people.noRole, page_());
  await expect(nobody.getByText('Intune Administrator').first()).toBeVisible();
  await expect(nobody.getByRole('heading', { name: 'Points' })).toHaveCount(0);
  await other.close();
});

test('400 pixels wide and in forced colors nothing is cut off or lost', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 });
  await signIn(page, people.intuneAdministrator, page_('?a=tl-made&b=tl-failed'));
  const compared = page.getByRole('group', { name: 'Properties at the two points' });
  await expect(compared.getByRole('listitem').filter({ hasText: 'Deferral' })).toContainText(/A.*7.*B.*14/s);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  await expectAccessible(page);
  await page.emulateMedia({ forcedColors: 'active' });
  await expect(page.locator('[data-point="tl-made"]')).toBeVisible();
  await expectAccessible(page);
  await page.goto('/tenant-administration/audit-logs/compare?a=tl-made&b=tl-changed');
  await expect(page.getByRole('group', { name: 'The two records' })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  await expectAccessible(page);
});
