import type { Page } from '@playwright/test';
import { people } from '../src/people.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const rowsOf = async (page: Page, title: string) =>
  Object.fromEntries(
    await page
      .getByRole('table', { name: title })
      .getByRole('row')
      .evaluateAll((rows) => rows.map((row) => [row.querySelector('th')!.textContent.trim(), row.querySelector('td')!.textContent.trim()])),
  ) as Record<string, string>;

test('volume and cost follow the boxes, from the last 30 days or a number of users, with Microsoft’s own figures', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, people.intuneAdministrator, '/reports/diagnostics-settings/new');
  const part = page.getByRole('region', { name: 'Volume and cost', exact: true });
  const status = part.getByRole('status');
  await expect(status).toHaveText('Tick a log and a destination to see what they cost.');

  // Live, from what this directory brought.
  await page.getByRole('checkbox', { name: 'AuditLogs', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Archive to a storage account' }).check();
  await expect(status).toHaveText(/^About (\$\d+\.\d\d|under \$0\.01) a month/);
  const table = part.getByRole('table', { name: /^Volume and cost of a/ });
  await expect(table.getByRole('row', { name: /^Storage account AuditLogs [\d,]+ / })).toBeVisible();
  await page.getByRole('checkbox', { name: 'Stream to an event hub' }).check();
  await expect(table.getByRole('row', { name: /One throughput unit of the namespace, whatever is sent \$10\.80/ })).toBeVisible();
  await expectAccessible(page);

  // Microsoft's tables, and the estimate beside them.
  await part.getByRole('radio', { name: 'A number of users' }).check();
  const users = part.getByRole('textbox', { name: 'Users' });
  await users.fill('none');
  await expect(part.getByText('Enter a whole number of users, such as 1,000.')).toBeVisible();
  await users.fill('100,000');
  await part.getByRole('button', { name: 'Microsoft’s tables' }).click();
  expect(await rowsOf(page, 'Storage size for activity logs')).toEqual({
    'Events per day': '1.5 million',
    'Estimated volume of data per month': '90 GB',
    'Estimated cost per month (USD)': '$1.93',
    'Estimated cost per year (USD)': '$23.12',
  });
  expect(await rowsOf(page, 'Event hub messages for activity logs')).toEqual({
    'Events per second': '18',
    'Events per five-minute interval': '5,400',
    'Volume per interval': '10.8 MB',
    'Messages per interval': '43',
    'Messages per month': '371,520',
    'Estimated cost per month (USD)': '$10.83',
  });
  await users.fill('1000');
  expect(await rowsOf(page, 'Storage size for activity logs')).toEqual({
    'Events per day': '15,000',
    'Estimated volume of data per month': '900 MB',
    'Estimated cost per month (USD)': '$0.02',
    'Estimated cost per year (USD)': '$0.24',
  });
  expect(await rowsOf(page, 'Event hub messages for activity logs')).toEqual({
    'Events per second': '0.1',
    'Events per five-minute interval': '52',
    'Volume per interval': '104 KB',
    'Messages per interval': '1',
    'Messages per month': '8,640',
    'Estimated cost per month (USD)': '$10.80',
  });

  // A category of which Microsoft gives no figure is told, not guessed.
  await page.getByRole('checkbox', { name: 'Devices', exact: true }).check();
  await expect(part.getByText('Not in the sum, because nothing is known of its volume: Devices.')).toBeVisible();

  // A longer interval makes fewer appends, at the same volume.
  const row = table.getByRole('row', { name: /^Storage account AuditLogs 450,000 900 MB / });
  await expect(row).toContainText(/4\d,\d{3}/);
  const storage = page.getByRole('group', { name: 'Archive to a storage account', exact: true });
  await storage.getByRole('button', { name: 'Batching' }).click();
  await storage.getByRole('spinbutton', { name: 'Interval (seconds)' }).fill('300');
  await expect(row).toContainText('8,640');
  await part.getByRole('combobox', { name: 'Cost of a' }).selectOption('day');
  await expect(table.getByRole('row', { name: /^Storage account AuditLogs 15,000 30 MB 288 / })).toBeVisible();

  await expectAccessible(page);
  await page.setViewportSize({ width: 400, height: 800 });
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});

test('when the last 30 days cannot be read the rest of the form works, and it can be tried again', async ({ page }) => {
  // The request never leaves the browser, as without a network.
  await page.route('**/api/intune/diagnostic-settings-volume', (route) => route.abort('internetdisconnected'));
  await signIn(page, people.intuneAdministrator, '/reports/diagnostics-settings/new');
  const part = page.getByRole('region', { name: 'Volume and cost', exact: true });
  await expect(part.getByRole('alert')).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page);
  await page.unroute('**/api/intune/diagnostic-settings-volume');
  await part.getByRole('button', { name: 'Retry' }).click();
  await expect(part.getByRole('status')).toHaveText('Tick a log and a destination to see what they cost.');
});
