import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

const installed = [
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * Finds a Chromium for the browser tests: `CHROME_PATH`, an installed Chrome or Chromium, Playwright's own, else the
 * system's package manager (as root, Debian family). Throws a sentence that says what to do when none can be had.
 */
export function findChromium(): string {
  const named = process.env['CHROME_PATH'];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROME_PATH names ${named}, but there is no such file. Set it to a Chrome or Chromium, or unset it.`);
  }
  const found = () => [...installed, chromium.executablePath()].find((path) => existsSync(path));
  const first = found();
  if (first) return first;
  const attempts: [string, string[]][] = [
    [process.execPath, [new URL('../node_modules/@playwright/test/cli.js', import.meta.url).pathname, 'install', 'chromium']],
  ];
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    attempts.push(
      ['/usr/bin/apt-get', ['update', '-qq']],
      ['/usr/bin/apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation']],
    );
  }
  for (const [command, args] of attempts) {
    console.log(`No Chromium found; trying: ${command} ${args.join(' ')}`);
    try {
      execFileSync(command, args, { stdio: 'ignore', timeout: 300_000 });
    } catch {
      continue;
    }
    const now = found();
    if (now) return now;
  }
  throw new Error('The browser tests need Chrome or Chromium and none could be installed. Install one, or set CHROME_PATH to it.');
}
