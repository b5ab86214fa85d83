import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import type { Person } from './people.ts';

/** Signs in by the real redirect: the app sends the browser to the identity provider, a person is chosen there. */
export async function signIn(page: Page, person: Person, path = '/'): Promise<void> {
  await page.goto(path);
  await page.getByRole('button', { name: new RegExp(`^${person}`) }).click();
  await expect(page.getByRole('button', { name: /^Account/ })).toBeVisible();
}

/** No accessibility violation on the screen as it stands: light, dark, and with the system's own colours. */
export async function expectAccessible(page: Page): Promise<void> {
  // What is still loading is dimmed, and gone before anybody reads it.
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  for (const media of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { forcedColors: 'active' }] as const) {
    await page.emulateMedia({ reducedMotion: 'reduce', ...media });
    // Fluent's focus guards: hidden elements that hand focus on at once. They hold it for nobody.
    const { violations } = await new AxeBuilder({ page }).exclude('[data-tabster-dummy]').analyze();
    expect(violations.map((v) => `${JSON.stringify(media)}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null, forcedColors: null });
}

/** Fails a spec whose page reported an error or a CSP violation. MSAL's hidden frame is known to warn. */
export const test = base.extend({
  page: async ({ page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (400|401|403|404|409|410|412|502|503)|ERR_INTERNET_DISCONNECTED/.test(message.text()))
        errors.push(message.text());
    });
    await use(page);
    expect(errors).toEqual([]);
  },
});
export { expect };
