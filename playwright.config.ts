import { defineConfig } from '@playwright/test';
import { findChromium } from './apps/e2e/src/chromium.ts';

// The specs share one sandbox (apps/e2e/src/global-setup.ts starts it), so each spec names its own settings and destinations.
export default defineConfig({
  testDir: 'apps/e2e/specs',
  globalSetup: './apps/e2e/src/global-setup.ts',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['html', { open: 'never' }]],
  use: {
    baseURL: process.env['WEIR_E2E_ORIGIN'] ?? `http://localhost:${process.env['WEIR_E2E_PORT'] ?? '8490'}`,
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: findChromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
