import { people } from '../src/people.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/reports/diagnostics-settings';
const name = 'Devices on hold';

test('a legal hold needs a reason, shows in the list, keeps the setting from being deleted, and is released', async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page, people.intuneAdministrator, `${blade}/new`);
  await page.getByRole('textbox', { name: 'Diagnostic setting name' }).fill(name);
  await page.getByRole('checkbox', { name: 'Devices', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Archive to a storage account' }).check();
  const group = page.getByRole('group', { name: 'Archive to a storage account', exact: true });
  await group.getByRole('combobox', { name: 'Subscription' }).click();
  await page.getByRole('option', { name: /^Contoso Production/ }).click();
  await group.getByRole('combobox', { name: 'Storage account' }).click();
  await page.getByRole('option', { name: /^contosologs/ }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  const edit = page.getByRole('button', { name: `Edit setting ${name}` });
  await edit.click();

  const hold = page.getByRole('group', { name: 'Legal hold' });
  await hold.getByRole('switch', { name: 'Legal hold' }).click();
  await hold.getByRole('button', { name: 'Put legal hold' }).click();
  await expect(hold.getByText('Enter a reason, such as the number of the case.')).toBeVisible();
  await expectAccessible(page);
  await hold.getByRole('textbox', { name: 'Reason' }).fill('Case 4711');
  await hold.getByRole('button', { name: 'Put legal hold' }).click();
  await expect(hold.getByText(/On hold since .* by indra\.rao@contoso\.example: Case 4711/)).toBeVisible();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.getByText('is under legal hold (Case 4711). Release the hold first')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: 'Discard' }).click();
  const held = page.getByRole('rowgroup').filter({ has: edit });
  await expect(held.getByText('Legal hold')).toBeVisible();
  await expect(held.getByText('Case 4711')).toBeVisible();
  await expectAccessible(page);

  await edit.click();
  await hold.getByRole('switch', { name: 'Legal hold' }).click();
  await hold.getByRole('button', { name: 'Release legal hold' }).click();
  await expect(hold.getByText('On hold since')).toBeHidden();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('textbox').fill(name);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(edit).toBeHidden();
});
