import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { records } from '../src/records.ts';
import { alone, eventually, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
const name = 'Looked at';
const hook = '/hooks/setting-page-spec';
const path = `/api/intune/diagnostic-settings/${encodeURIComponent(name)}`;
interface Account {
  name: string;
  id: string;
  blobEndpoint: string;
  keys: string[];
}
interface Described {
  partners: { webhook: { url: string; secret: string } };
  storageAccounts: Account[];
}
let sandbox: Described;
let account: Account;
test.describe.configure({ mode: 'serial' });
test.use({ actionTimeout: 15_000 });

const headers = async () => ({ authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` });
const body = (retentionDays: number) => ({
  categories: [{ category: 'AuditLogs', retentionDays }],
  destinations: {
    storage: { storageAccountId: account.id },
    webhook: {
      url: sandbox.partners.webhook.url.replace('/hooks/contoso', hook),
      secret: sandbox.partners.webhook.secret,
      maxKilobytes: 128,
    },
  },
  batching: { storage: { intervalSeconds: 2 } },
});
const status = (page: Page, destination: string) => page.getByRole('table', { name: `Status of ${destination}`, exact: true });
const open = (page: Page, tab: string) => page.getByRole('tab', { name: tab, exact: true }).click();

test.beforeAll(async ({ request }) => {
  sandbox = JSON.parse(await weir('sandbox', '--json')) as Described;
  account = sandbox.storageAccounts.find((a) => a.name === 'contosologs')!;
  const made = await request.put(path, { headers: { ...(await headers()), 'if-none-match': '*' }, data: body(0) });
  expect(made.status(), await made.text()).toBe(201);
});
test.afterAll(async ({ request }) => {
  await request.delete(path, { headers: await headers() });
});

test('a destination breaks: Overview tells it within a minute, with the remedy; mended, it catches up', async ({ page }) => {
  test.setTimeout(300_000);
  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await expect(page.getByText('Records are arriving at every destination.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/^In the last hour: [\d,]+ records? delivered, /)).toBeVisible();
  await expect(page.getByRole('img', { name: /^Delivered records, last hour: [1-9]/ })).toHaveCount(2, { timeout: 30_000 });
  await expectAccessible(page);

  const free = await alone('webhook');
  try {
    await weir('fault', 'webhook', 'refuse', '--place', hook);
    await expect(status(page, 'Webhook').getByText('Misconfigured')).toBeVisible({ timeout: 60_000 });
    await expect(status(page, 'Webhook').getByText('check that it has the same signing secret', { exact: false })).toBeVisible();
    await expect(page.getByText('1 of 2 deliveries does not work. Nothing is lost: records wait.')).toBeVisible();
    await expect(status(page, 'Storage account').getByText('Healthy', { exact: true })).toBeVisible();
    await open(page, 'Deliveries');
    await expect(page.getByText(/^On its way: Webhook, AuditLogs, records/)).toBeVisible();
    await expect(page.getByText(/attempts? failed\. The receiver answered 403/)).toBeVisible();
    await expectAccessible(page);
  } finally {
    await weir('fault', 'none');
    free();
  }
  await open(page, 'Overview');
  await expect(page.getByText('Records are arriving at every destination.')).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('img', { name: /^Errors, last hour: [1-9]/ })).toHaveCount(1, { timeout: 30_000 });
  await page.getByRole('combobox', { name: 'Time of the charts' }).selectOption('day');
  await expect(page).toHaveURL(/span=day/);
  await expect(page.getByRole('img', { name: /^Errors, last 24 hours: [1-9]/ })).toHaveCount(1);
});

test('a batch is at the very place that its row names', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, people.intuneAdministrator, `${blade}/setting/${encodeURIComponent(name)}?tab=deliveries`);
  await page.getByRole('combobox', { name: 'Destination' }).selectOption('storage');
  await expect(page).toHaveURL(/destination=storage/);
  const row = page.getByRole('table', { name: 'Batches' }).getByRole('row').nth(1);
  await expect(row).toContainText('Storage account');
  await row.locator('summary').click();
  await expectAccessible(page);
  // Newer batches come meanwhile; the one that was opened stays open.
  const opened = page.getByRole('row').filter({ has: page.locator('details[open]') });
  const cells = (await opened.getByRole('cell').allInnerTexts()).map((text, n) => (n === 3 ? text.replaceAll(',', '') : text));
  const of = (label: string) => new RegExp(`${label}: (.+)`).exec(cells[8]!)![1]!.trim();
  const service = new BlobServiceClient(account.blobEndpoint, new StorageSharedKeyCredential(account.name, account.keys[0]!));
  const blob = service.getContainerClient(of('Container')).getBlobClient(of('Blob'));
  const lines = (await blob.downloadToBuffer(Number(of('Begins at').replace('byte ', '')))).toString().split('\n');
  expect(cells[7]).toMatch(/^201, ETag 0x[0-9A-F]+, request [0-9a-f-]{36}$/);
  const ids = lines
    .slice(0, Number(cells[3]))
    .map((line) => (JSON.parse(line) as { properties: { AuditEventId: string } }).properties.AuditEventId);
  expect(new Set(ids).size).toBe(Number(cells[3]));
});

test('a record that was refused for good is looked at and dismissed with a reason', async ({ page }) => {
  test.setTimeout(150_000);
  const file = join(await mkdtemp(join(tmpdir(), 'weir-setting-')), 'large.ndjson');
  await writeFile(file, `${JSON.stringify({ ...records.script, id: randomUUID() })}\n`);
  await eventually('the import', async () => /0 refused/.test(await weir('import', file)));
  await signIn(page, people.intuneAdministrator, `${blade}/setting/${encodeURIComponent(name)}`);
  await status(page, 'Webhook')
    .getByRole('button', { name: /^Quarantine of AuditLogs: [1-9]/ })
    .click({ timeout: 60_000 });
  const list = page.getByRole('list', { name: 'Quarantined records' });
  await expect(list.getByText(/a request to this webhook holds/).first()).toBeVisible();
  await expectAccessible(page);
  const records_ = list.getByRole('listitem');
  const before = await records_.count();
  await list
    .getByRole('button', { name: /^Dismiss record/ })
    .first()
    .click();
  await expect(list.getByRole('button', { name: 'Dismiss this record' })).toBeDisabled();
  await list.getByRole('textbox', { name: 'Reason' }).fill('Too large for the chat.');
  await list.getByRole('button', { name: 'Dismiss this record' }).press('Enter');
  if (before === 1) await expect(page.getByText('No record is in quarantine.')).toBeVisible();
  else await expect(records_).toHaveCount(before - 1);

  await open(page, 'Replay');
  await expect(page.getByText('Duplicates: The receiver is sent the records again')).toBeVisible();
  await expect(page.getByText(/records to .+, up to sequence number/)).toBeVisible();
  await expectAccessible(page);
});

test('who changed what stands under Changes, as a difference; keys alone are enough, on a phone too', async ({ page, request }) => {
  test.setTimeout(120_000);
  const { version } = (await (await request.get(path, { headers: await headers() })).json()) as { version: number };
  const put = await request.put(path, { headers: { ...(await headers()), 'if-match': `"${version}"` }, data: body(30) });
  expect(put.status(), await put.text()).toBe(200);
  await page.setViewportSize({ width: 400, height: 800 });
  await signIn(page, people.intuneAdministrator, `${blade}/setting/${encodeURIComponent(name)}`);
  await page.getByRole('tab', { name: 'Overview' }).focus();
  for (let n = 0; n < 4; n += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/tab=changes/);
  const changes = page.getByRole('list', { name: 'Changes' }).locator('> li');
  await expect(changes.first()).toContainText('Setting changed');
  await expect(changes.first()).toContainText('indra.rao@contoso.example');
  const difference = changes.first().getByRole('group', { name: 'What changed in Category AuditLogs' });
  await expect(difference.getByRole('insertion')).toContainText('30 days');
  await expect(difference.getByRole('deletion')).toContainText('forever');
  await expect(changes.filter({ hasText: 'Quarantined records dismissed: Webhook, AuditLogs' })).toContainText('Too large for the chat.');
  await expect(changes.last()).toContainText('Setting made');
  await expectAccessible(page);
  for (const tab of ['Overview', 'Deliveries', 'Quarantine', 'Replay', 'Changes', 'As code']) {
    await open(page, tab);
    await expect(page.getByRole('tabpanel', { name: tab, exact: true })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth), tab).toBeLessThanOrEqual(400);
    await expectAccessible(page);
  }
  await page.goto(`${blade}/edit/${encodeURIComponent(name)}/as-code?kind=bicep`);
  await expect(page.getByLabel(`Bicep of ${name}`, { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/setting\/Looked%20at\?.*tab=as-code/);
});

test('a setting that is not there says so; who may not see settings is told who may', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, `${blade}/setting/nothing`);
  await expect(page.getByText('This diagnostic setting does not exist')).toBeVisible();
  const denied = await page.context().browser()!.newPage();
  await signIn(denied, people.auditReader, `${blade}/setting/nothing?tab=changes`);
  await expect(denied.getByText('Intune Administrator').first()).toBeVisible();
  await denied.close();
});
