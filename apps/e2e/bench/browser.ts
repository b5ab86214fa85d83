/**
 * What a person waits for in a real browser, on a database that holds many records already (`WEIR_BENCH_DATABASE`, as
 * `bench search --keep` leaves it): from Enter in the search bar to rows on screen, and scrolling 100,000 rows with the tasks
 * that held up the page meanwhile. `--only search` or `scroll`: that part alone; `--runs N` scrolls so often.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { choosePorts, startCloud } from '@weir/sandbox';
import { findChromium } from '../src/chromium.ts';

const DATABASE_URL = process.env['WEIR_BENCH_DATABASE'];
if (!DATABASE_URL) {
  console.log('Set WEIR_BENCH_DATABASE to a database that `pnpm bench search --keep` has filled.');
  process.exit(0);
}
const ROWS = 100_000;
const after = (option: string) => process.argv[process.argv.indexOf(option) + 1];
const wanted = (part: string) => !process.argv.includes('--only') || after('--only') === part;
const RUNS = process.argv.includes('--runs') ? Number(after('--runs')) : 1;
const root = join(import.meta.dirname, '../../..');
const dir = mkdtempSync(join(tmpdir(), 'weir-bench-browser-'));
const ports = await choosePorts(dir, undefined);
const port = ports.postgres;
const origin = `http://localhost:${port}`;
const cloud = await startCloud({ dir, publicOrigin: origin, ports });
const bff = spawn(process.execPath, ['--max-semi-space-size=4', join(root, 'apps/bff/src/main.ts')], {
  env: { ...process.env, ...cloud.env(), DATABASE_URL, WEIR_PORT: String(port), WEIR_LOG_LEVEL: 'warn' },
  stdio: ['ignore', 'inherit', 'inherit'],
});
for (const end = Date.now() + 30_000; ; await new Promise((r) => setTimeout(r, 200))) {
  if (
    await fetch(`${origin}/readyz`).then(
      (r) => r.ok,
      () => false,
    )
  )
    break;
  if (Date.now() > end || bff.exitCode !== null) throw new Error('The web server did not start.');
}
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, baseURL: origin });
try {
  await page.goto('/tenant-administration/audit-logs');
  await page.getByRole('button', { name: /^Indra Rao/ }).click();
  await page.getByRole('grid').waitFor();

  const year = `range=custom&from=${new Date(Date.now() - 365 * 86_400_000).toISOString()}`;
  await page.goto(`/tenant-administration/audit-logs?${year}`);
  await page.getByRole('grid').waitFor();
  if (wanted('search')) {
    const times: number[] = [];
    for (const search of await searchesOf(page)) times.push(await apply(page, search));
    times.sort((a, b) => a - b);
    const p = (share: number) => times[Math.ceil(times.length * share) - 1]!.toFixed(0);
    console.log(`Enter to rows on screen, ${times.length} searches over 12 months: p50 ${p(0.5)} ms, p95 ${p(0.95)} ms, worst ${p(1)} ms`);
  }
  for (let run = 0; wanted('scroll') && run < RUNS; run += 1) {
    await page.goto(`/tenant-administration/audit-logs?${year}`);
    await page.getByRole('grid').waitFor();
    await page.waitForTimeout(1_000);
    const { tasks, seconds, rows, gap } = await scroll(page);
    console.log(
      `${rows.toLocaleString('en')} rows scrolled in ${seconds.toFixed(0)} s, at most ${gap.toFixed(0)} ms between two frames: ${tasks.length} tasks over 50 ms${tasks.map((t) => `, ${t.ms.toFixed(0)} ms at row ${t.row}${t.script && ` (${t.script})`}`).join('')}`,
    );
  }
} finally {
  await browser.close();
  bff.kill('SIGTERM');
  await cloud.close();
  rmSync(dir, { recursive: true, force: true });
}

/** Searches made of what the first rows hold. */
async function searchesOf(page: Page): Promise<Set<string>> {
  const seen = await page.evaluate(() =>
    [...document.querySelectorAll('[role=row][data-row]')].slice(0, 12).map((row) => ({
      actor: row.querySelector('[data-column=actor]')!.textContent,
      activity: row.querySelector('[data-column=activity]')!.textContent,
      category: row.querySelector('[data-column=category]')!.textContent,
    })),
  );
  return new Set(
    seen.flatMap((r) => [
      `actor:"${r.actor}"`,
      `activity:"${r.activity}"`,
      `category:${r.category} -status:Failure`,
      `actor:"${r.actor}" activity:"${r.activity}"`,
      `"${r.activity?.split(' ').at(-1)}" category:${r.category}`,
    ]),
  );
}

/** Types a search; the time, in ms, from Enter to the frame in which its rows stand. */
async function apply(page: Page, search: string): Promise<number> {
  await page.getByRole('combobox', { name: /^Search by actor/ }).fill(search);
  return page.evaluate(
    () =>
      new Promise<number>((done) => {
        const input = document.querySelector<HTMLInputElement>('input[role=combobox]')!;
        const asked = performance.now();
        input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
        const filters = () => document.querySelector('[aria-label="Active filters"]')?.textContent;
        const before = filters();
        let began = false;
        const look = () => {
          const grid = document.querySelector('[role=grid]');
          const busy = grid ? grid.getAttribute('aria-busy') !== 'false' : !document.body.textContent.includes('No audit records found');
          // A search that is answered before the first frame was never seen as busy.
          began ||= busy || filters() !== before;
          if (!busy && (began || performance.now() - asked > 500)) requestAnimationFrame(() => done(performance.now() - asked));
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  );
}

interface LongTask {
  ms: number;
  row: number;
  /** What ran in it, as far as the browser tells. */
  script: string;
}
/** Scrolls down as fast as rows come, and notes the tasks that took longer than 50 ms. */
async function scroll(page: Page): Promise<{ tasks: LongTask[]; seconds: number; rows: number; gap: number }> {
  return page.evaluate(async (wanted) => {
    const grid = document.querySelector<HTMLElement>('[role=grid]')!;
    const frames: PerformanceEntry[] = [];
    const long: { ms: number; row: number; at: number }[] = [];
    new PerformanceObserver((list) => frames.push(...list.getEntries())).observe({ type: 'long-animation-frame' });
    new PerformanceObserver((list) => {
      for (const { duration: ms, startTime: at } of list.getEntries()) long.push({ ms, at, row: Math.round(grid.scrollTop / 36) });
    }).observe({ type: 'longtask' });
    const began = performance.now();
    let [before, gap] = [began, 0];
    while (grid.scrollTop < wanted * 36 && performance.now() - began < 300_000) {
      grid.scrollBy({ top: grid.clientHeight * 4 });
      await new Promise((next) => requestAnimationFrame(next));
      gap = Math.max(gap, performance.now() - before);
      before = performance.now();
    }
    const seconds = (performance.now() - began) / 1000;
    await new Promise((next) => setTimeout(next, 500));
    const tasks = long.map(({ ms, row, at }) => {
      const frame = frames.find((f) => f.startTime <= at + 1 && f.startTime + f.duration >= at) as
        | { scripts?: { duration: number; invoker: string; sourceFunctionName: string }[] }
        | undefined;
      const scripts = frame?.scripts?.map((s) => `${s.invoker} ${s.sourceFunctionName} ${s.duration.toFixed(0)}`) ?? [];
      return { ms, row, script: scripts.join('; ') };
    });
    return { tasks, seconds, gap, rows: Math.round(grid.scrollTop / 36) };
  }, ROWS);
}
