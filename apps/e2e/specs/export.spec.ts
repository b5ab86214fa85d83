import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { APIRequestContext, Page } from '@playwright/test';
import { cells, objects, unzipOne } from '../src/files.ts';
import { people } from '../src/people.ts';
import { eventually, tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

interface Row {
  id: string;
  seq: number;
  time: string;
  actor: string | null;
  application: string | null;
  activity: string | null;
  targets: string[];
  category: string | null;
  result: string | null;
  targetTypes: string[];
  correlationId: string | null;
}
/** A record of a file with every column. */
interface Taken extends Pick<Row, 'id' | 'actor' | 'application' | 'activity' | 'category' | 'correlationId'> {
  date: string;
  sequence: number;
  target: string[];
  targetType: string[];
  status: string | null;
  modifiedProperties: object[];
  record: unknown;
  graph: unknown;
}
interface Details {
  body: unknown;
  original: unknown;
  targets: { name: string | null; modifiedProperties: object[] }[];
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

/** All that the list finds, page by page. */
async function everything(request: APIRequestContext, headers: Record<string, string>, search: Record<string, string>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ ...search, limit: '500', ...(cursor && { cursor }) });
    const answer = (await (await request.get(`/api/audit-logs?${query}`, { headers })).json()) as {
      items: Row[];
      nextCursor: string | null;
    };
    rows.push(...answer.items);
    cursor = answer.nextCursor;
  }
  return rows;
}
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
  const rows = await everything(request, headers, { from, to, q });
  expect(rows.length).toBeGreaterThan(5);
  await signIn(page, people.intuneAdministrator, `${blade}?${new URLSearchParams({ range: 'custom', from, to, q })}`);
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toContainText('Device');

  let dialog = await open(page);
  await expect(dialog.getByText(new RegExp(`^${rows.length.toLocaleString('en-US')} records?\\. The file is made at once`))).toBeVisible();
  await expectAccessible(page);
  const csv = await saved(page, () => dialog.getByRole('button', { name: 'Export', exact: true }).click());
  expect(csv.name).toMatch(/^intune-audit-logs-\d{8}T\d{6}Z\.csv$/);
  expect(csv.bytes.subarray(0, 3)).toEqual(Buffer.from('\uFEFF'));
  // Row for row, and cell for cell.
  expect(cells(csv.bytes.toString('utf8'))).toEqual([
    ['Date (UTC)', 'Initiated by (actor)', 'Application name', 'Activity', 'Target', 'Category'],
    ...rows.map((r) => [r.time, r.actor ?? '', r.application ?? '', r.activity ?? '', r.targets.join('; '), r.category ?? '']),
  ]);

  for (const format of ['JSON', 'NDJSON'] as const) {
    dialog = await open(page);
    await dialog.getByRole('radio', { name: format, exact: true }).check();
    await dialog.getByRole('radio', { name: /^Everything/ }).check();
    const { bytes } = await saved(page, () => dialog.getByRole('button', { name: 'Export', exact: true }).click());
    const text = bytes.toString('utf8');
    const found = format === 'JSON' ? (JSON.parse(text) as Taken[]) : objects<Taken>(text);
    const asRow = ({
      id,
      sequence,
      date,
      actor,
      application,
      activity,
      target,
      category,
      status,
      targetType,
      correlationId,
    }: Taken): Row => ({
      id,
      seq: sequence,
      time: date,
      actor,
      application,
      activity,
      targets: target,
      category,
      result: status,
      targetTypes: targetType,
      correlationId,
    });
    expect(found.map(asRow)).toEqual(rows);
    for (const one of [found[0]!, found.at(-1)!]) {
      const details = (await (await request.get(`/api/audit-logs/${one.id}`, { headers })).json()) as Details;
      expect([one.record, one.graph]).toEqual([details.body, details.original]);
      expect(one.modifiedProperties).toEqual(details.targets.flatMap((t) => t.modifiedProperties.map((p) => ({ target: t.name, ...p }))));
    }
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
  // It begins when the sandbox's whole year is there.
  test.setTimeout(300_000);
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
  const found = objects<Taken>(bytes.toString('utf8'));
  const ids = found.map((r) => r.id);
  // All that the API lists in that time, row for row; what came since the job was asked for is not in it.
  const { items } = (await (await page.request.get('/api/audit-exports', { headers })).json()) as { items: { from: string; to: string }[] };
  const { from, to } = items[0]!;
  const listed = (await everything(page.request, headers, { from, to })).filter((r) => r.seq <= Math.max(...found.map((f) => f.sequence)));
  expect(found.map((r) => [r.sequence, r.date, r.id, r.actor, r.activity, r.target])).toEqual(
    listed.map((r) => [r.seq, r.time, r.id, r.actor, r.activity, r.targets]),
  );
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

  // Both shapes of exactly what the list finds, each as its details have it.
  const { selection, upToSequence } = JSON.parse(unzipOne(bytes, 'manifest.json')) as {
    selection: { from: string; to: string; q: string };
    upToSequence: number;
  };
  const headers = await headersOf(people.intuneAdministrator);
  // What happened in that time and was collected later is in the list by now.
  const rows = (await everything(page.request, headers, selection)).filter((r) => r.seq <= upToSequence);
  const graph = objects<{ id: string }>(unzipOne(bytes, 'records.graph.ndjson'));
  const logged = objects<{ properties: { AuditEventId: string } }>(unzipOne(bytes, 'records.resource-log.ndjson'));
  expect(graph.map((r) => r.id)).toEqual(rows.map((r) => r.id));
  expect(logged.map((r) => r.properties.AuditEventId)).toEqual(rows.map((r) => r.id));
  const details = (await (await page.request.get(`/api/audit-logs/${rows[0]!.id}`, { headers })).json()) as Details;
  expect([logged[0], graph[0]]).toEqual([details.body, details.original]);
  // Each is told in a sentence, in the contents and above it, and prints.
  await expect(reading.getByRole('navigation', { name: 'Records' }).getByRole('listitem')).toHaveCount(rows.length);
  await expect(reading.getByRole('article').first().getByRole('heading', { level: 2 })).toHaveText(
    /^1\. (\S+@\S+|The application .+) [a-z]+ /,
  );
  expect((await reading.pdf()).length).toBeGreaterThan(10_000);

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
