import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { alone, eventually, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
interface Described {
  partners: {
    splunk: { url: string; tokens: { name: string; token: string }[] };
    elastic: { url: string; apiKeys: { name: string; encoded: string }[] };
    webhook: { url: string; secret: string };
  };
}
const sandbox = async () => (JSON.parse(await weir('sandbox', '--json')) as Described).partners;
test.describe.configure({ mode: 'serial' });
test.afterAll(async ({ request }) => {
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  for (const name of ['To Splunk', 'To Elastic', 'To a webhook'])
    await request.delete(`/api/intune/diagnostic-settings/${encodeURIComponent(name)}`, { headers });
});

/** Opens the form with a name, a category and a partner solution chosen. */
async function newSetting(page: Page, name: string, partner: string) {
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  await page.getByRole('textbox', { name: 'Diagnostic setting name' }).fill(name);
  await page.getByRole('checkbox', { name: 'AuditLogs' }).check();
  await page.getByRole('checkbox', { name: 'Send to partner solution' }).check();
  const group = page.getByRole('group', { name: 'Send to partner solution', exact: true });
  await group.getByRole('combobox', { name: 'Partner solution' }).click();
  await page.getByRole('option', { name: partner, exact: true }).click();
  return group;
}
const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();
/** The setting is there, its delivery is healthy, and the service holds records of it. */
async function arrives(page: Page, name: string, service: string): Promise<void> {
  const item = page.getByRole('rowgroup').filter({ has: page.getByRole('button', { name: `Edit setting ${name}` }) });
  await expect(item.getByRole('table', { name: 'Deliveries' }).getByText('Healthy')).toHaveCount(1, { timeout: 60_000 });
  await eventually(`records at ${service}`, async () => (await weir('received', service)).includes('"AuditEventId"'));
}

test('each field says what is wrong with it; a private address is refused beside the field', async ({ page }) => {
  const group = await newSetting(page, 'To Splunk', 'Splunk');
  const address = group.getByRole('textbox', { name: 'HTTP Event Collector address' });
  const token = group.getByLabel('Token');
  await address.fill('splunk.contoso.com');
  await group.getByRole('textbox', { name: 'Index (optional)' }).fill('_Audit');
  await save(page);
  await expect(group.getByText('This is no address.')).toBeVisible();
  await expect(group.getByText('An index name has lowercase letters')).toBeVisible();
  await expectAccessible(page);

  await group.getByRole('textbox', { name: 'Index (optional)' }).fill('');
  await address.fill('https://10.20.30.40:8088');
  await save(page);
  await expect(group.getByText('Enter it: nothing is stored yet.')).toBeVisible();
  await token.fill('11111111-2222-4333-8444-555555555555');
  await save(page);
  await expect(group.getByText('10.20.30.40 is a private or special address')).toBeVisible();
  await expect(address).toHaveAttribute('aria-invalid', 'true');
  await address.fill('http://splunk.contoso.com:8088');
  await save(page);
  await expect(group.getByText('The address must begin with https://')).toBeVisible();
  await address.fill('https://169.254.169.254');
  await save(page);
  await expect(group.getByText('169.254.169.254 is a private or special address')).toBeVisible();
});

test('Splunk: tokens and indexes are tried first; records arrive; the token cannot be read back', async ({ page, request }) => {
  test.setTimeout(150_000);
  const { splunk } = await sandbox();
  const token = splunk.tokens.find((t) => t.name === 'weir')!.token;
  const group = await newSetting(page, 'To Splunk', 'Splunk');
  await group.getByRole('textbox', { name: 'HTTP Event Collector address' }).fill(splunk.url);
  await group.getByLabel('Token').fill(splunk.tokens.find((t) => t.name === 'old')!.token);
  await save(page);
  await expect(group.getByText('Splunk answered: Token disabled.')).toBeVisible();
  await group.getByLabel('Token').fill(token);
  await group.getByRole('textbox', { name: 'Index (optional)' }).fill('nowhere');
  await save(page);
  await expect(group.getByText('Splunk answered: Incorrect index')).toBeVisible();
  await group.getByRole('textbox', { name: 'Index (optional)' }).fill('intune');
  await save(page);
  await arrives(page, 'To Splunk', 'splunk');
  await expectAccessible(page);

  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  for (const path of ['', '/To%20Splunk']) {
    const text = await (await request.get(`/api/intune/diagnostic-settings${path}`, { headers })).text();
    expect(text).toContain('destinations.splunk.token');
    expect(text).not.toContain(token);
  }
  await page.getByRole('button', { name: 'Edit setting To Splunk' }).click();
  const edited = page.getByRole('group', { name: 'Send to partner solution', exact: true });
  await expect(edited.getByLabel('Token')).toHaveValue('');
  await expect(edited.getByText('It cannot be shown; leave it empty to keep it.')).toBeVisible();
  await expectAccessible(page);

  // The stored token goes nowhere else; at its own address it is kept.
  await edited.getByRole('textbox', { name: 'HTTP Event Collector address' }).fill('https://collector.example.org');
  await save(page);
  await expect(edited.getByText('The address changed. Enter this anew')).toBeVisible();
  await edited.getByRole('textbox', { name: 'HTTP Event Collector address' }).fill(splunk.url);
  await edited.getByRole('textbox', { name: 'Index (optional)' }).fill('main');
  await save(page);
  await arrives(page, 'To Splunk', 'splunk');
});

test('Elastic: the key is tried first, and records arrive', async ({ page }) => {
  test.setTimeout(120_000);
  const { elastic } = await sandbox();
  const group = await newSetting(page, 'To Elastic', 'Elastic');
  await group.getByRole('textbox', { name: 'Elasticsearch address' }).fill(elastic.url);
  await group.getByRole('textbox', { name: 'Index or data stream' }).fill('logs-intune-default');
  await group.getByLabel('API key').fill(elastic.apiKeys.find((k) => k.name === 'reader')!.encoded);
  await save(page);
  await expect(group.getByText('The API key may not write to logs-intune-default.')).toBeVisible();
  await group.getByLabel('API key').fill(elastic.apiKeys.find((k) => k.name === 'weir')!.encoded);
  await expectAccessible(page);
  await save(page);
  await arrives(page, 'To Elastic', 'elastic');
});

test('a webhook: a secret can be made up; with the receiver’s own one, signed records arrive', async ({ page }) => {
  test.setTimeout(240_000);
  const free = await alone('webhook');
  const { webhook } = await sandbox();
  const group = await newSetting(page, 'To a webhook', 'Webhook');
  await group.getByRole('textbox', { name: 'Webhook address' }).fill(webhook.url);
  await group.getByRole('button', { name: 'Generate' }).click();
  await expect(group.getByLabel('Signing secret')).toHaveValue(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await save(page);
  await expect(group.getByText('The receiver answered 401')).toBeVisible();
  await group.getByLabel('Signing secret').fill(webhook.secret);
  await expectAccessible(page);
  await save(page);
  await arrives(page, 'To a webhook', 'webhook');
  free();
});
