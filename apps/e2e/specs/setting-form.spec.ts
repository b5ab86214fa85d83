import type { Locator, Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { tokenOf } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
const api = '/api/intune/diagnostic-settings';
const BRANCHES = '5f1c7e20-91a4-4d3b-8c6e-1d2f3a4b5c11';

/** Text that holds this, whatever its signs mean elsewhere. */
const holding = (text: string): RegExp => new RegExp(text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'));

const section = async (page: Page, label: string): Promise<Locator> => {
  await page.getByRole('checkbox', { name: label }).check();
  return page.getByRole('group', { name: label, exact: true });
};
const pick = async (page: Page, field: Locator, option: string): Promise<void> => {
  await field.click();
  await page
    .getByRole('listbox')
    .getByRole('option', { name: new RegExp(`^${option}`) })
    .click();
};
const storageOfBranches = async (page: Page): Promise<Locator> => {
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  const storage = await section(page, 'Archive to a storage account');
  await pick(page, storage.getByRole('combobox', { name: 'Subscription' }), 'Contoso Branches');
  return storage.getByRole('combobox', { name: 'Storage account' });
};

test('of hundreds any one is found by typing a part of its name, with the keyboard alone', async ({ page }) => {
  const field = await storageOfBranches(page);
  await field.focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('listbox').getByRole('option', { name: /^The first 50 of 316/ })).toBeVisible();
  expect(await page.getByRole('listbox').getByRole('option').count()).toBeLessThan(60);
  await page.keyboard.type('BRANCH312');
  await expect(page.getByRole('listbox').getByRole('option', { name: /^contosobranch312/ })).toBeVisible();
  await expect(page.getByRole('listbox').getByRole('option')).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('contosobranch312');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await field.press('ArrowDown');
  await page.keyboard.type('nowhere');
  await expect(page.getByRole('listbox').getByRole('option', { name: 'Nothing here is named “nowhere”.' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(field).toHaveValue('contosobranch312');
});

test('going down the list brings the next ones, to the last', async ({ page }) => {
  const field = await storageOfBranches(page);
  await field.focus();
  await page.keyboard.press('ArrowDown');
  const options = page.getByRole('listbox').getByRole('option');
  await expect(page.getByRole('listbox').getByRole('option', { name: /^The first 50 of 316/ })).toBeVisible();
  for (let most = 100; most <= 300; most += 50) {
    await page.keyboard.press('End');
    await expect.poll(() => options.count()).toBeGreaterThan(most - 1);
  }
  await page.keyboard.press('End');
  await expect(options).toHaveCount(316);
});

test('what cannot be chosen stays in the list with the reason, and does not let itself be chosen', async ({ page }) => {
  const field = await storageOfBranches(page);
  await field.click();
  await page.keyboard.type('contosobranch');
  await page.keyboard.type('vault');
  const vault = page.getByRole('listbox').getByRole('option', {
    name: /^contosobranchvault Cannot be chosen\. This account’s firewall shuts out Azure services/,
  });
  await expect(vault).toHaveAttribute('aria-disabled', 'true');
  await vault.click({ force: true });
  await expect(page.getByRole('listbox')).toBeVisible();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('finance');
  await expect(
    page.getByRole('listbox').getByRole('option', { name: /You may not list the keys of this storage account/ }),
  ).toHaveAttribute('aria-disabled', 'true');
  for (const width of [1440, 400]) {
    await page.setViewportSize({ width, height: 900 });
    await expectAccessible(page);
  }
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1440, height: 900 });

  const hub = await section(page, 'Stream to an event hub');
  await pick(page, hub.getByRole('combobox', { name: 'Subscription' }), 'Contoso Branches');
  await hub.getByRole('combobox', { name: 'Event hub namespace' }).click();
  await expect(
    page.getByRole('listbox').getByRole('option', { name: /^contoso-entra-only Cannot be chosen\. Local authentication is turned off/ }),
  ).toBeVisible();
  await expect(
    page.getByRole('listbox').getByRole('option', { name: /^contoso-retired Cannot be chosen\. This namespace is not active/ }),
  ).toBeVisible();
  await page.keyboard.press('Escape');
  const workspace = await section(page, 'Send to Log Analytics workspace');
  await pick(page, workspace.getByRole('combobox', { name: 'Subscription' }), 'Contoso Branches');
  await workspace.getByRole('combobox', { name: 'Log Analytics workspace' }).click();
  await expect(
    page.getByRole('listbox').getByRole('option', { name: /^contoso-soc-2024 Cannot be chosen\. This workspace was deleted/ }),
  ).toBeVisible();
});

test('what is wrong is said beside the field while somebody types, in the words of the server', async ({ page, request }) => {
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}`, 'if-none-match': '*' };
  const storage = `/subscriptions/${BRANCHES}/resourceGroups/contoso-branches/providers/Microsoft.Storage/storageAccounts/contosobranch001`;
  const body = { categories: [{ category: 'Devices', retentionDays: 0 }], destinations: { storage: { storageAccountId: storage } } };
  const put = async (name: string, change: object = {}) => {
    const answer = await request.put(`${api}/${encodeURIComponent(name)}`, { headers, data: { ...body, ...change } });
    return (await answer.json()) as { errors?: { path: string; message: string }[] };
  };
  expect((await put('Taken by the form spec')).errors).toBeUndefined();
  await page.reload();

  const name = page.getByRole('textbox', { name: 'Diagnostic setting name' });
  const storageSection = await section(page, 'Archive to a storage account');
  await page.getByRole('checkbox', { name: 'Devices' }).check();
  const days = page.getByRole('spinbutton', { name: 'Retention (days) of Devices' });
  const hubSection = await section(page, 'Stream to an event hub');
  const hub = hubSection.getByRole('combobox', { name: 'Event hub name (optional)' });
  await storageSection.getByRole('button', { name: 'Batching' }).click();
  const interval = storageSection.getByRole('spinbutton', { name: 'Interval (seconds)' });
  await page.getByRole('button', { name: 'Filter and masking' }).click();
  const condition = page.getByRole('textbox', { name: 'Condition' });
  const rule = storage.replace(
    'Microsoft.Storage/storageAccounts/contosobranch001',
    'Microsoft.EventHub/namespaces/n/authorizationRules/r',
  );
  const retention = (retentionDays: number) => ({ categories: [{ category: 'Devices', retentionDays }] });
  const toHub = (eventHubName: string) => ({ destinations: { eventHub: { authorizationRuleId: rule, eventHubName } } });

  const table: [field: Locator, typed: string, path: string, asked: () => ReturnType<typeof put>][] = [
    ...['a?b', ' a', 'a/b', '..', 'n'.repeat(261), 'TAKEN by the form spec'].map((bad): (typeof table)[number] => [
      name,
      bad,
      'name',
      () => put(bad),
    ]),
    [days, '366', 'categories.0.retentionDays', () => put('x', retention(366))],
    [days, '-1', 'categories.0.retentionDays', () => put('x', retention(-1))],
    [days, '1.5', 'categories.0.retentionDays', () => put('x', retention(1.5))],
    [hub, '-audit', 'destinations.eventHub.eventHubName', () => put('x', toHub('-audit'))],
    [hub, 'a'.repeat(51), 'destinations.eventHub.eventHubName', () => put('x', toHub('a'.repeat(51)))],
    [interval, '0', 'batching.storage.intervalSeconds', () => put('x', { batching: { storage: { intervalSeconds: 0 } } })],
    [condition, 'actor:', 'condition', () => put('x', { condition: 'actor:' })],
  ];
  for (const [field, typed, path, asked] of table) {
    // A `..` in an address is another address: no request can name such a setting.
    const said = typed === '..' ? 'A name cannot be . or ..' : (await asked()).errors?.find((e) => e.path === path)?.message;
    expect(said, `${path}: ${typed}`).toBeTruthy();
    await field.fill(typed);
    await field.blur();
    await expect(field, `${path}: ${typed}`).toHaveAttribute('aria-invalid', 'true');
    await expect(field, `${path}: ${typed}`).toHaveAccessibleDescription(holding(said!));
    await field.fill('');
  }

  // Two settings, one sink: known before anything is asked.
  await pick(page, storageSection.getByRole('combobox', { name: 'Subscription' }), 'Contoso Branches');
  const account = storageSection.getByRole('combobox', { name: 'Storage account' });
  await pick(page, account, 'contosobranch001');
  const used = (await put('x')).errors?.find((e) => e.path === 'destinations.storage.storageAccountId')?.message;
  expect(used).toContain("already used in diagnostic setting 'Taken by the form spec'");
  await expect(account).toHaveAccessibleDescription(holding(used!));
  await expectAccessible(page);
  await page.setViewportSize({ width: 400, height: 900 });
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  await request.delete(`${api}/Taken by the form spec`, { headers });
});

test('nothing is said at the first letter, and Save goes to the first field that is wrong', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  const name = page.getByRole('textbox', { name: 'Diagnostic setting name' });
  await name.pressSequentially('a');
  expect(await page.getByText('At least one log must be enabled').count()).toBe(0);
  await expect(name).not.toHaveAttribute('aria-invalid', 'true');
  await section(page, 'Archive to a storage account');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('checkbox', { name: 'AuditLogs' })).toBeFocused();
  await expect(page.getByText('Choose a storage account.')).toBeVisible();
  await page.getByRole('checkbox', { name: 'AuditLogs' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  const storage = page.getByRole('group', { name: 'Archive to a storage account', exact: true });
  await expect(storage.getByRole('combobox', { name: 'Subscription' })).toBeFocused();
  await pick(page, storage.getByRole('combobox', { name: 'Subscription' }), 'Contoso Branches');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(storage.getByRole('combobox', { name: 'Storage account' })).toBeFocused();
});

test('unsaved changes are not left behind: by the back button, a link, Discard or closing the tab', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await page.getByRole('button', { name: /^(Turn on diagnostics|Add diagnostic setting)$/ }).click();
  const name = page.getByRole('textbox', { name: 'Diagnostic setting name' });
  await name.fill('Half done');
  const dialog = page.getByRole('alertdialog', { name: 'Discard unsaved changes?' });
  const stay = async (leave: () => Promise<unknown>) => {
    await leave();
    await expect(dialog).toBeVisible();
    await dialog.getByRole('button', { name: 'Keep editing' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(name).toHaveValue('Half done');
    expect(page.url()).toContain(`${blade}/new`);
  };
  await stay(() => page.evaluate(() => history.back()));
  await stay(() => page.getByRole('navigation').getByRole('link', { name: 'Home' }).first().click());
  await stay(() => page.getByRole('button', { name: 'Discard' }).click());
  let asked = '';
  page.once('dialog', (prompt) => {
    asked = prompt.type();
    void prompt.dismiss();
  });
  await page.close({ runBeforeUnload: true });
  await expect.poll(() => asked).toBe('beforeunload');
  await expect(name).toHaveValue('Half done');
  await page.getByRole('button', { name: 'Discard' }).click();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(name).toHaveCount(0);
});
