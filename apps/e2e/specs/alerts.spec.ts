import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { alone, eventually, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings/alerts';
// Other specs count on what is set in the first directory.
const directory = 'Fabrikam';
const setting = 'Watched';
const box = 'alerts-spec@contoso.example';
const hooks = { alerts: '/hooks/alerts-spec', records: '/hooks/watched-spec' };
interface Described {
  partners: { webhook: { url: string; secret: string }; mail: { host: string; port: number; user: string; password: string } };
}
interface Event {
  event: string;
  alert: { setting: string | null; cause: string; remedy: string };
}
const sandbox = async () => (JSON.parse(await weir('sandbox', '--json')) as Described).partners;
const headers = async () => ({ authorization: `Bearer ${await tokenOf(people.intuneAdministrator, '--tenant', directory)}` });
/** Signs in, and goes over to the directory of this spec. */
async function signInThere(page: Page, path: string): Promise<void> {
  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Switch directory' }).click();
  const choice = { name: directory };
  await page.getByRole('menuitemradio', choice).or(page.getByRole('menuitem', choice)).or(page.getByRole('radio', choice)).click();
  await page.getByRole('button', { name: new RegExp(`^${people.intuneAdministrator}`) }).click();
  await expect(page.getByRole('button', { name: /^Account/ })).toBeVisible();
  await page.goto(path);
}
/** What arrived at a place, oldest first. */
async function received(service: 'webhook' | 'mail', place: string): Promise<string[]> {
  const lines = (await weir('received', service, '--json')).split('\n').filter(Boolean);
  return lines
    .map((l) => JSON.parse(l) as { place: string; body: string })
    .filter((r) => r.place === place)
    .map((r) => r.body);
}
/** What the webhook was told about the setting of this spec. */
const told = async (): Promise<Event[]> =>
  (await received('webhook', hooks.alerts))
    .flatMap((body) => (JSON.parse(body) as { events: Event[] }).events)
    .filter((e) => e.alert.setting === setting);
const subjects = async (): Promise<string[]> =>
  (await received('mail', box))
    .flatMap((mail) => /^Subject: (.*)\r$/m.exec(mail)?.[1] ?? [])
    .filter((s) => s.includes(setting) || s.includes('Alerts of'));
test.use({ actionTimeout: 10_000 });
const section = (page: Page, name: string) => page.getByRole('region', { name });

test.describe.configure({ mode: 'serial' });
test.afterAll(async ({ request }) => {
  await request.delete(`/api/intune/diagnostic-settings/${setting}`, { headers: await headers() });
  const { items } = (await (await request.get('/api/intune/alert-channels', { headers: await headers() })).json()) as {
    items: { id: string }[];
  };
  for (const { id } of items) await request.delete(`/api/intune/alert-channels/${id}`, { headers: await headers() });
});

test('a mailbox and a webhook are added; a test says what the server said', async ({ page }) => {
  test.setTimeout(120_000);
  const { mail, webhook } = await sandbox();
  await signInThere(page, '/reports/diagnostics-settings');
  await page.getByRole('button', { name: /^Alerts/ }).click();
  await expect(page.getByRole('heading', { name: 'Alerts', exact: true })).toBeVisible();
  await expect(section(page, 'Channels').getByText('Alerts are shown here only.')).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Add e-mail' }).click();
  const form = page.getByRole('dialog');
  const field = (name: string) => form.getByRole('textbox', { name, exact: true });
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByText('Enter at least one e-mail address.')).toBeVisible();
  await expectAccessible(page);
  await field('Name').fill('Operations');
  await field('To').fill(box);
  await field('From').fill('Weir <weir@contoso.example>');
  await field('Mail server').fill(mail.host);
  await field('Port').fill(String(mail.port));
  await field('User name (optional)').fill(mail.user);
  await form.getByLabel('Password').fill('of-no-use');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByText('This is no e-mail address.')).toBeVisible();
  await field('From').fill('weir@contoso.example');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form).toHaveCount(0);
  await page.getByRole('button', { name: 'Send a test to Operations' }).click();
  await expect(section(page, 'Channels').getByText('The test was not taken.')).toBeVisible();
  await expect(section(page, 'Channels').getByText('Check user name and password')).toBeVisible();

  await page.getByRole('button', { name: 'Edit Operations' }).click();
  await expect(form.getByLabel('Password')).toHaveValue('');
  await form.getByLabel('Password').fill(mail.password);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Edit Operations' })).toBeFocused();
  await page.getByRole('button', { name: 'Send a test to Operations' }).click();
  await expect(section(page, 'Channels').getByText('The test was taken.')).toBeVisible();
  expect((await received('mail', box)).join('')).toContain('Alerts about delivery arrive here.');

  await page.getByRole('button', { name: 'Add webhook' }).click();
  await expect(page).toHaveURL(/channel=webhook/);
  await field('Name').fill('Chat');
  await field('Webhook address').fill(webhook.url.replace('/hooks/contoso', hooks.alerts));
  await form.getByRole('button', { name: 'Generate' }).click();
  await expect(form.getByLabel('Signing secret')).toHaveValue(/^whsec_/);
  await form.getByLabel('Signing secret').fill(webhook.secret);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(section(page, 'Channels').getByRole('listitem')).toHaveCount(2);
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Delete Chat' }).click();
  const question = page.getByRole('alertdialog', { name: 'Delete channel “Chat”?' });
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Delete Chat' })).toBeFocused();
  await expect(section(page, 'Channels').getByRole('listitem')).toHaveCount(2);
});

test('a destination that refuses is an alert with its remedy, by mail and webhook; mended, it recovers once', async ({ page, request }) => {
  test.setTimeout(300_000);
  const { webhook } = await sandbox();
  const free = await alone('webhook');
  try {
    const made = await request.put(`/api/intune/diagnostic-settings/${setting}`, {
      headers: { ...(await headers()), 'if-none-match': '*' },
      data: {
        categories: [{ category: 'AuditLogs', retentionDays: 0 }],
        destinations: { webhook: { url: webhook.url.replace('/hooks/contoso', hooks.records), secret: webhook.secret } },
      },
    });
    expect(made.status()).toBe(201);
    await weir('fault', 'webhook', 'refuse', '--place', hooks.records);

    await signInThere(page, blade);
    const alert = section(page, 'Open alerts').getByRole('listitem').filter({ hasText: setting });
    await expect(alert).toHaveCount(1, { timeout: 90_000 });
    await expect(alert.getByText('Misconfigured')).toBeVisible();
    await expect(alert.getByText('The receiver answered 403')).toBeVisible();
    await expect(alert.getByText('check that it has the same signing secret', { exact: false })).toBeVisible();
    await expectAccessible(page);
    await eventually('the alert at the webhook', async () => (await told()).length > 0);
    expect((await told()).map((e) => [e.event, e.alert.cause])).toEqual([['opened', 'misconfigured']]);
    await eventually('the alert by mail', async () => (await subjects()).length > 0);
    expect((await subjects())[0]).toContain('Misconfigured');
    await page.goto('/reports/diagnostics-settings');
    await expect(page.getByText(/alerts? (is|are) open/)).toBeVisible();
    await expectAccessible(page);
    await page.setViewportSize({ width: 400, height: 800 });
    await page.getByRole('link', { name: 'Show alerts' }).click();
    await expect(alert).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await expectAccessible(page);
  } finally {
    await weir('fault', 'none');
    free();
  }
  const past = section(page, 'History').getByRole('listitem').filter({ hasText: setting });
  await expect(past).toHaveCount(1, { timeout: 90_000 });
  await expect(past.getByText(/^Recovered/)).toBeVisible();
  await eventually('the end at the webhook', async () => (await told()).length > 1);
  await eventually('the end by mail', async () => (await subjects()).length > 1);
  await page.waitForTimeout(4_000);
  expect((await told()).map((e) => e.event)).toEqual(['opened', 'recovered']);
  expect((await subjects()).map((s) => s.includes('Recovered'))).toEqual([false, true]);
});

test('who may not see settings is told which role it takes', async ({ page }) => {
  await signIn(page, people.auditReader, blade);
  await expect(page.getByText('Intune Administrator')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Channels' })).toHaveCount(0);
  await expectAccessible(page);
});
