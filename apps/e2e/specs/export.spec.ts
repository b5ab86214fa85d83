import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { eventually, tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

interface Row {
  id: string;
  time: string;
  actor: string | null;
  activity: string | null;
  targets: string[];
}
const blade = '/tenant-administration/audit-logs';
const headersOf = async (person: (typeof people)[keyof typeof people]) => ({ authorization: `Bearer ${await tokenOf(person)}` });

test.beforeAll(async ({ request }) => {
  const headers = await headersOf(people.intuneAdministrator);
  await eventually('the last 30 days arriving', async () => {
    const { records } = (await (await request.get('/api/coverage', { headers })).json()) as { records: number };
    return records > 3_000;
  });
});

const open = async (page: Page) => {
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await expect(dialog.getByText(/records?\./).first()).toBeVisible();
  return dialog;
};
async function saved(page: Page, act: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const download = page.waitForEvent('download');
  await act();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

test('exports exactly what is filtered, as CSV, JSON and NDJSON, at once when it is little', async ({ page, request }) => {
  const headers = await headersOf(people.intuneAdministrator);
  const to = new Date(Date.now() - 3_600_000).toISOString();
  const from = new Date(Date.now() - 5 * 86_400_000).toISOString();
  const q = 'category:Device';
  const rows: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ from, to, q, limit: '500', ...(cursor && { cursor }) });
    const answer = (await (await request.get(`/api/audit-logs?${query}`, { headers })).json()) as {
      items: Row[];
      nextCursor: string | null;
    };
    rows.push(...answer.items);
    cursor = answer.nextCursor;
  }
  expect(rows.length).toBeGreaterThan(5);
  await signIn(page, people.intuneAdministrator, `${blade}?${new URLSearchParams({ range: 'custom', from, to, q })}`);
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toContainText('Device');

  let dialog = await open(page);
  await expect(dialog.getByText(new RegExp(`^${rows.length.toLocaleString('en-US')} records?\\. The file is made at once`))).toBeVisible();
  await expectAccessible(page);
  const csv = await saved(page, () => dialog.getByRole('button', { name: 'Export', exact: true }).click());
  expect(csv.name).toMatch(/^intune-audit-logs-\d{8}T\d{6}Z\.csv$/);
  const lines = csv.bytes.toString('utf8').split('\r\n');
  expect(lines[0]).toBe('\uFEFFDate (UTC),Initiated by (actor),Application name,Activity,Target,Category');
  expect(lines.slice(1, -1).map((l) => l.slice(0, 24))).toEqual(rows.map((r) => r.time));

  for (const format of ['JSON', 'NDJSON'] as const) {
    dialog = await open(page);
    await dialog.getByRole('radio', { name: format, exact: true }).check();
    await dialog.getByRole('radio', { name: /^Everything/ }).check();
    const { bytes } = await saved(page, () => dialog.getByRole('button', { name: 'Export', exact: true }).click());
    const text = bytes.toString('utf8');
    const found = (
      format === 'JSON'
        ? JSON.parse(text)
        : text
            .trim()
            .split('\n')
            .map((l) => JSON.parse(l))
    ) as (Row & { graph: { id: string } })[];
    expect(found.map((r) => r.id)).toEqual(rows.map((r) => r.id));
    expect(found.map((r) => r.graph.id)).toEqual(rows.map((r) => r.id));
  }
});

test('columns are chosen one by one, from the keyboard', async ({ page }) => {
  await signIn(page, people.auditReader, `${blade}?range=24h`);
  await page.getByRole('button', { name: 'Export', exact: true }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await dialog.getByRole('radio', { name: 'Choose' }).check();
  for (const name of ['Initiated by (actor)', 'Application name', 'Activity', 'Target', 'Category'])
    await dialog.getByRole('checkbox', { name, exact: true }).uncheck();
  await dialog.getByRole('checkbox', { name: 'Date (UTC)' }).focus();
  await page.keyboard.press('Space');
  await expect(dialog.getByText('Choose at least one column.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Export', exact: true })).toBeDisabled();
  await expectAccessible(page);
  await dialog.getByRole('checkbox', { name: 'Target type' }).check();
  await dialog.getByRole('checkbox', { name: 'Id', exact: true }).check();
  await dialog.getByRole('checkbox', { name: /^For Excel/ }).uncheck();
  await expect(dialog.getByText(/made at once/)).toBeVisible();
  const { bytes } = await saved(page, () => dialog.getByRole('button', { name: 'Export', exact: true }).click());
  expect(bytes.toString('utf8').split('\r\n')[0]).toBe('Id,Target type');
});

test('a large export is made on the server: progress, download, digest, delete', async ({ page }) => {
  test.slow();
  await signIn(page, people.intuneAdministrator, `${blade}?range=custom&from=2020-01-01T00:00:00.000Z`);
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toBeVisible();
  const headers = await headersOf(people.intuneAdministrator);
  // All of the sandbox's year has to be there, or the set is small.
  await eventually('enough records', async () => {
    const { records } = (await (await page.request.get('/api/coverage', { headers })).json()) as { records: number };
    return records > 12_000;
  });
  await page.reload();
  const dialog = await open(page);
  await dialog.getByRole('radio', { name: 'NDJSON', exact: true }).check();
  await dialog.getByRole('radio', { name: /^Everything/ }).check();
  await expect(dialog.getByText(/made on the server/)).toBeVisible({ timeout: 20_000 });
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await page.getByRole('button', { name: 'My exports' }).click();
  await expect(page).toHaveURL(/\/audit-logs\/exports$/);
  const job = page.getByRole('list', { name: 'My exports' }).getByRole('listitem').first();
  await expect(job.getByText('Done', { exact: true })).toBeVisible({ timeout: 40_000 });
  await expectAccessible(page);
  const digest = await job.locator('code').last().innerText();
  const { name, bytes } = await saved(page, () => job.getByRole('button', { name: /^Download/ }).click());
  expect(name).toMatch(/\.ndjson$/);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest);
  const ids = bytes
    .toString('utf8')
    .trim()
    .split('\n')
    .map((l) => (JSON.parse(l) as Row).id);
  expect(new Set(ids).size).toBe(ids.length);
  await expect(job).toContainText(`${ids.length.toLocaleString('en-US')} records`);

  await job.getByRole('button', { name: /^Run again/ }).click();
  await expect(page.getByRole('list', { name: 'My exports' }).getByRole('listitem')).toHaveCount(2);
  await expect(job.getByText('Done', { exact: true })).toBeVisible({ timeout: 40_000 });
  for (let left = 2; left > 0; left -= 1) {
    await job.getByRole('button', { name: /^Delete/ }).click();
    await expect(page.getByRole('button', { name: /^Delete/ })).toHaveCount(left - 1);
  }
  await expect(page.getByText('No exports yet')).toBeVisible();
});

test('an evidence pack opens as a report that runs nothing, in light, dark and narrow', async ({ page, context }) => {
  test.slow();
  await signIn(page, people.intuneAdministrator, `${blade}?range=7d&q=${encodeURIComponent('category:Role')}`);
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toBeVisible();
  const dialog = await open(page);
  await dialog.getByRole('radio', { name: /^Evidence pack/ }).check();
  await expect(dialog.getByText(/made at once/)).toBeVisible();
  await expectAccessible(page);
  const { name, bytes } = await saved(page, () => dialog.getByRole('button', { name: 'Export', exact: true }).click());
  expect(name).toMatch(/^intune-evidence-pack-.*\.zip$/);
  const report = unzipOne(bytes, 'report.html');
  const reading = await context.newPage();
  await reading.setContent(report);
  await expect(reading.getByRole('heading', { name: 'Evidence pack: Intune audit logs' })).toBeVisible();
  await expect(reading.getByRole('article').first()).toContainText('Delivered to, as far as known');
  await expectAccessible(reading);
  await reading.setViewportSize({ width: 400, height: 800 });
  expect(await reading.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);

  await page.getByRole('grid').getByRole('row').nth(1).click();
  await expect(page).toHaveURL(/selected=/);
  const id = new URL(page.url()).searchParams.get('selected')!;
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog.getByRole('radio', { name: /^Evidence pack/ }).check();
  await dialog.getByRole('radio', { name: 'Only the open record' }).check();
  const one = await saved(page, () => dialog.getByRole('button', { name: 'Export', exact: true }).click());
  expect((JSON.parse(unzipOne(one.bytes, 'manifest.json')) as { selection: unknown }).selection).toEqual({ ids: [id.replaceAll('"', '')] });
});

test('who may not read audit logs sees why, and the list is empty for another person', async ({ page }) => {
  await signIn(page, people.auditReader, `${blade}/exports`);
  await expect(page.getByText('No exports yet')).toBeVisible();
  await page.setViewportSize({ width: 400, height: 800 });
  await expectAccessible(page);
  await page.context().clearCookies();
  const other = await page.context().browser()!.newContext();
  const refused = await other.newPage();
  await signIn(refused, people.noRole, `${blade}/exports`);
  await expect(refused.getByText(/Intune Administrator/).first()).toBeVisible();
  await other.close();
});

/** One file of a ZIP, by its central directory. */
function unzipOne(zip: Buffer, wanted: string): string {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    const [nameLength, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (name === wanted) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      return inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(at + 20))).toString('utf8');
    }
    at += 46 + nameLength + extra + comment;
  }
  throw new Error(`There is no ${wanted} in the ZIP.`);
}
