import { people } from '../src/people.ts';
import { eventually, tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

interface AuditEvent {
  id: string;
  category: string;
  activityDateTime: string;
  actor: { userPrincipalName: string | null };
  resources: { displayName: string | null }[];
}
interface Page {
  '@odata.context': string;
  '@odata.count'?: number;
  '@odata.nextLink'?: string;
  value: AuditEvent[];
}
const blade = '/tenant-administration/audit-logs';
const path = '/graph/v1.0/deviceManagement/auditEvents';
let headers: Record<string, string>;

test.beforeAll(async ({ request }) => {
  test.setTimeout(150_000);
  headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  // Newest first, some windows at a time: by then nothing is missing from the last weeks, and counts stay as they are.
  await eventually(
    'the last months arriving',
    async () => {
      const { records } = (await (await request.get('/api/coverage', { headers })).json()) as { records: number };
      return records > 12_000;
    },
    120_000,
  );
});

test('a script reads a week of device actions, page by page, as it would from Graph', async ({ request, baseURL }) => {
  const end = new Date(Date.now() - 86_400_000);
  const from = new Date(end.getTime() - 14 * 86_400_000).toISOString();
  const filter = `activityDateTime ge ${from} and activityDateTime lt ${end.toISOString()} and category eq 'Device'`;
  let next: string | undefined = `${path}?${new URLSearchParams({ $filter: filter, $top: '50', $count: 'true' })}`;
  const events: AuditEvent[] = [];
  let count: number | undefined;
  while (next !== undefined) {
    const response = await request.get(next, { headers });
    expect(response.status()).toBe(200);
    const page = (await response.json()) as Page;
    expect(page['@odata.context']).toBe(`${baseURL}/graph/v1.0/$metadata#deviceManagement/auditEvents`);
    count ??= page['@odata.count'];
    events.push(...page.value);
    next = page['@odata.nextLink'];
  }
  expect(events.length).toBeGreaterThan(50);
  expect(new Set(events.map((e) => e.id)).size).toBe(events.length);
  expect(count).toBe(events.length);
  const listed = await request.get(`/api/audit-log-summary?${new URLSearchParams({ q: 'category:Device', from, to: end.toISOString() })}`, {
    headers,
  });
  expect(((await listed.json()) as { total: number }).total).toBe(events.length);
  expect(events.every((e) => e.category === 'Device' && e.activityDateTime >= from.slice(0, 19))).toBe(true);
  const [first] = events;
  const named = first!.resources.find((r) => r.displayName !== null && r.displayName !== '<null>')!.displayName!;
  const found = (await (
    await request.get(`${path}?${new URLSearchParams({ $filter: `resources/any(r:r/displayName eq '${named}')`, $top: '1000' })}`, {
      headers,
    })
  ).json()) as Page;
  expect(found.value.map((e) => e.id)).toContain(first!.id);
  expect(found.value.every((e) => e.resources.some((r) => r.displayName === named))).toBe(true);
});

test('who may not see the blade may not read by Graph either', async ({ request }) => {
  const nobody = { authorization: `Bearer ${await tokenOf(people.noRole)}` };
  const reader = { authorization: `Bearer ${await tokenOf(people.auditReader)}` };
  const denied = await request.get(path, { headers: nobody });
  expect([denied.status(), ((await denied.json()) as { error: { code: string } }).error.code]).toEqual([403, 'Forbidden']);
  expect((await request.get(`${path}/$count`, { headers: reader })).status()).toBe(200);
  const missing = await request.get(path);
  expect([missing.status(), missing.headers()['www-authenticate']]).toEqual([401, 'Bearer']);
});

test('the view is copied as a link, a Graph request that finds the same, a KQL query and a curl command', async ({
  page,
  context,
  request,
}) => {
  // Four looks by axe.
  test.slow();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, people.intuneAdministrator, `${blade}?q=category:Device%20actor:*a*`);
  const grid = page.getByRole('grid');
  await expect(grid.getByRole('row').nth(3)).toBeVisible();
  const copy = async (form: string): Promise<string> => {
    const button = page.getByRole('button', { name: 'Copy view as' });
    if (await button.isVisible()) {
      await button.click();
      await page.getByRole('menuitem', { name: form, exact: true }).click();
    } else {
      await page.getByRole('button', { name: 'More commands' }).click();
      await page.getByRole('menuitem', { name: `Copy view as ${form}` }).click();
    }
    await expect(page.getByText(`Copied as ${form}.`)).toBeVisible();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  expect(await copy('Link')).toBe(page.url());
  const fixed = new URL(await copy('Link with these times'));
  expect(fixed.searchParams.get('range')).toBe('custom');
  expect(Date.parse(fixed.searchParams.get('to')!)).toBeLessThanOrEqual(Date.now());
  const asked = await copy('Graph request');
  const answer = (await (await request.get(asked, { headers })).json()) as Page;
  const listed = page.waitForResponse((r) => r.url().includes('/api/audit-logs?'));
  await page.getByRole('button', { name: 'Refresh' }).click();
  const { items } = (await (await listed).json()) as { items: { id: string }[] };
  const shown = new Set(items.map((i) => i.id));
  expect(answer.value.filter((e) => shown.has(e.id)).length).toBeGreaterThan(items.length - 20);
  expect(answer.value.every((e) => e.category === 'Device')).toBe(true);
  expect(await copy('KQL query')).toContain('IntuneAuditLogs_CL\n');
  expect(await copy('curl command')).toMatch(/^curl --get 'http/);
  await expectAccessible(page);
  await page.setViewportSize({ width: 400, height: 800 });
  expect(await copy('KQL query')).toContain('| where ');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.goto(`${blade}?q=actor:m*chen`);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('button', { name: 'Copy view as' }).click();
  await page.getByRole('menuitem', { name: 'Graph request' }).click();
  await expect(page.getByText('cannot be said as a Graph request')).toBeVisible();
});
