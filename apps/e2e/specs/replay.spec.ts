import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { alone, eventually, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
const path = '/api/intune/diagnostic-settings/Replayed';
test.describe.configure({ mode: 'serial' });

const headersOf = async (person: string) => ({ authorization: `Bearer ${await tokenOf(person)}` });
let free = () => {};
test.beforeAll(async ({ request }) => {
  test.setTimeout(120_000);
  free = await alone('webhook');
  const { partners } = JSON.parse(await weir('sandbox', '--json')) as { partners: { webhook: { url: string; secret: string } } };
  const made = await request.put(path, {
    headers: { ...(await headersOf(people.intuneAdministrator)), 'if-none-match': '*' },
    data: {
      categories: [{ category: 'AuditLogs' }],
      destinations: { webhook: { ...partners.webhook, url: partners.webhook.url.replace('contoso', 'replayed') } },
    },
  });
  expect(made.status(), await made.text()).toBe(201);
});
test.afterAll(async ({ request }) => {
  await weir('fault', 'none');
  await request.delete(path, { headers: await headersOf(people.intuneAdministrator) });
  free();
});

const row = (page: Page) =>
  page
    .getByRole('rowgroup')
    .filter({ has: page.getByRole('button', { name: 'Edit setting Replayed' }) })
    .getByRole('row', { name: /^Webhook/ });
async function choose(page: Page, item: string | RegExp): Promise<void> {
  // By the keyboard alone.
  await row(page).getByRole('button', { name: 'Actions for Webhook, AuditLogs' }).press('Enter');
  await page.getByRole('menuitem', { name: item }).press('Enter');
}

test('paused, records wait; resumed, they arrive', async ({ page }) => {
  test.setTimeout(150_000);
  await signIn(page, people.intuneAdministrator, blade);
  await expect(row(page).getByText('Healthy')).toBeVisible({ timeout: 60_000 });
  await choose(page, 'Pause');
  const dialog = page.getByRole('dialog', { name: /^Pause delivery/ });
  await dialog.getByLabel('Reason (optional)').fill('key change');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await expect(row(page).getByText('Paused', { exact: true })).toBeVisible();
  await expect(row(page).getByText(/^[1-9]\d* records wait\./)).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page);
  await choose(page, 'Resume');
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await expect(row(page).getByText('Healthy')).toBeVisible({ timeout: 60_000 });
});

test('a replay during a fault waits, goes on by itself, and sends each record again', async ({ page, request }) => {
  test.setTimeout(150_000);
  const doubles = async () => {
    const lines = (await weir('received', 'webhook')).split('\n').filter(Boolean);
    return lines.length - new Set(lines).size;
  };
  const headers = await headersOf(people.intuneAdministrator);
  const { deliveries } = (await (await request.get(path, { headers })).json()) as { deliveries: { id: string; delivered: number }[] };
  const { id, delivered } = deliveries[0]!;
  const { checkpoint } = (await (await request.get(`/api/intune/deliveries/${id}`, { headers })).json()) as { checkpoint: number };
  // Such as this setting has sent, and few enough to be counted.
  const records = Math.min(delivered, 50);
  const first = checkpoint - records + 1;
  const before = await doubles();
  await signIn(page, people.intuneAdministrator, blade);
  await weir('fault', 'webhook', 'throttle', '--count', '2');
  await choose(page, 'Replay …');
  const dialog = page.getByRole('dialog', { name: /^Replay/ });
  await expect(dialog.getByText(/records, up to sequence number/)).toBeVisible();
  await expect(dialog.getByText('Duplicates: The receiver is sent the records again')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('radio', { name: 'From a sequence number' }).check();
  await dialog.getByRole('textbox', { name: 'Sequence number' }).fill('999999999');
  await expect(dialog.getByText('The delivery has sent no record from there on.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Start replay' })).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Sequence number' }).fill(String(first));
  await dialog.getByRole('button', { name: 'Start replay' }).click();
  await expect(
    dialog.getByRole('list', { name: 'Replays' }).getByText(new RegExp(`^Replay ${first.toLocaleString('en-US')}–[\\d,]+: Done`)),
  ).toBeVisible({
    timeout: 90_000,
  });
  await eventually('the records to come again', async () => (await doubles()) >= before + records);
});

test('an empty quarantine says so; who may not change is refused', async ({ page, request }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await choose(page, 'Quarantine (0)');
  await expect(page.getByRole('dialog').getByText('No record is in quarantine.')).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(row(page).getByRole('button', { name: /^Actions for/ })).toBeFocused();
  const own = await request.get(path, { headers: await headersOf(people.intuneAdministrator) });
  const { deliveries } = (await own.json()) as { deliveries: { id: string }[] };
  const refused = await request.post(`/api/intune/deliveries/${deliveries[0]!.id}/pause`, {
    headers: await headersOf('Nico Marsh'),
    data: {},
  });
  expect(refused.status()).toBe(403);
});
