import { people } from '../src/people.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const blade = '/tenant-administration/weir-settings';

test('a Global Administrator sets how long a log is kept, and types its name before records may be deleted', async ({ page }) => {
  await signIn(page, people.globalAdministrator);
  await page.getByRole('navigation', { name: 'Admin center' }).getByRole('link', { name: 'Weir settings' }).click();
  await expect(page.getByRole('heading', { name: 'Weir settings' })).toBeVisible();
  const log = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'AuditLogs', exact: true }) });
  await expect(log.getByText('Forever')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'AdminCenterLogs' })).toHaveCount(0);
  await expectAccessible(page);

  const change = log.getByRole('button', { name: 'Change the retention of AuditLogs' });
  await change.click();
  const dialog = page.locator('[role="dialog"], [role="alertdialog"]');
  await dialog.getByRole('combobox', { name: 'Keep records' }).selectOption('10 years');
  await expect(dialog.getByText('are deleted for good')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('Type AuditLogs, exactly as it is written here.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Type AuditLogs to confirm' }).fill('AuditLogs');
  await page.keyboard.press('Tab');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(log.getByText('10 years')).toBeVisible();
  await expect(log.getByText(/Set by avery\.howard@/)).toBeVisible();
  await expect(change).toBeFocused();

  // Longer needs no confirmation; nothing of the sandbox is older, so nothing went.
  await change.click();
  await dialog.getByRole('combobox', { name: 'Keep records' }).selectOption('Forever');
  await expect(dialog.getByText('are deleted for good')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(log.getByText('Forever')).toBeVisible();
  await page.setViewportSize({ width: 400, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
});

test('others are told which role it takes', async ({ page }) => {
  await signIn(page, people.intuneAdministrator, blade);
  await expect(page.getByText('Global Administrator').first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Change the retention/ })).toHaveCount(0);
  await expectAccessible(page);
});
