import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startPostgres } from './index.ts';

test.each([0, 1, 3])('a process that uses PostgreSQL ends with the code %i that it was given', (code) => {
  const index = JSON.stringify(new URL('index.ts', import.meta.url).href);
  const script = `import(${index}).then(() => { process.exitCode = ${code}; })`;
  expect(spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script]).status).toBe(code);
});

test('a PostgreSQL that has ended by itself is stopped at once', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'weir-exit-'));
  chmodSync(dir, 0o711);
  try {
    const postgres = await startPostgres({ dir: join(dir, 'postgres') });
    const pid = Number(readFileSync(join(dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch {
        break;
      }
      await sleep(20);
    }
    await sleep(200);
    await postgres.stop();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 30_000);
