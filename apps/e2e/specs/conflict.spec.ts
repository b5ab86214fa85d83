import { people } from '../src/people.ts';
import { alone, tokenOf, weir } from '../src/sandbox.ts';
import { expect, expectAccessible, signIn, test } from '../src/test.ts';

const name = 'Edited by two';
const path = `/api/intune/diagnostic-settings/${name}`;
interface Saved {
  version: number;
  condition: string | null;
  categories: { category: string }[];
}

test('what somebody else saved meanwhile is told beside mine, and never overwritten unseen', async ({ page, request }) => {
  test.setTimeout(120_000);
  const free = await alone('webhook');
  const headers = { authorization: `Bearer ${await tokenOf(people.intuneAdministrator)}` };
  const { partners } = JSON.parse(await weir('sandbox', '--json')) as { partners: { webhook: { url: string; secret: string } } };
  const body = (more: object) => ({
    categories: [{ category: 'OperationalLogs' }],
    destinations: { webhook: { ...partners.webhook, url: partners.webhook.url.replace('contoso', 'two') } },
    ...more,
  });
  const saved = async () => (await (await request.get(path, { headers })).json()) as Saved;
  try {
    const made = await request.put(path, { headers: { ...headers, 'if-none-match': '*' }, data: body({}) });
    expect(made.status(), await made.text()).toBe(201);
    await signIn(page, people.intuneAdministrator, `/reports/diagnostics-settings/edit/${encodeURIComponent(name)}`);
    const devices = page.getByRole('checkbox', { name: 'Devices', exact: true });
    await devices.check();

    // Somebody else is first.
    const other = await request.put(path, { headers: { ...headers, 'if-match': '"1"' }, data: body({ condition: 'status:Failure' }) });
    expect(other.status(), await other.text()).toBe(200);
    await page.getByRole('button', { name: 'Save' }).click();
    const conflict = page.getByRole('group', { name: 'Changed by somebody else' });
    await expect(conflict).toBeFocused();
    await expect(conflict.getByRole('row', { name: 'Condition None status:Failure None' })).toBeVisible();
    await expect(conflict.getByRole('row', { name: 'Log Devices None None kept forever' })).toBeVisible();
    await expectAccessible(page);
    expect((await saved()).condition).toBe('status:Failure');

    // Theirs: my change is gone, theirs is in the form.
    await conflict.getByRole('button', { name: 'Take theirs' }).click();
    await expect(devices).not.toBeChecked();
    await expect(page.getByText('Only records that match “status:Failure” go')).toBeVisible();

    // Mine: it is saved only when Save is pressed again.
    await devices.check();
    const again = await request.put(path, { headers: { ...headers, 'if-match': '"2"' }, data: body({}) });
    expect(again.status(), await again.text()).toBe(200);
    await page.getByRole('button', { name: 'Save' }).click();
    await conflict.getByRole('button', { name: 'Go on with mine' }).click();
    expect((await saved()).version).toBe(3);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { name: 'Diagnostics settings', level: 1 })).toBeVisible();
    const last = await saved();
    expect([last.version, last.condition, last.categories.map((c) => c.category).toSorted()]).toEqual([
      4,
      'status:Failure',
      ['Devices', 'OperationalLogs'],
    ]);
  } finally {
    await request.delete(path, { headers });
    free();
  }
});
