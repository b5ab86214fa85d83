import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
/** Alerts come and go within seconds: a spec cannot wait for minutes. In ms. */
const hasty = { WEIR_ALERT_INTERVAL_MS: '500', WEIR_ALERT_HOLD_MS: '2000', WEIR_ALERT_CLEAR_MS: '3000', WEIR_ALERT_GROUP_MS: '1000' };

/**
 * Starts the same thing that `npm start` starts, on ports and in a data folder of its own, unless `WEIR_E2E_ORIGIN` names
 * one that runs already. Returns what stops it.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  if (process.env['WEIR_E2E_ORIGIN']) return async () => {};
  const port = process.env['WEIR_E2E_PORT'] ?? '8490';
  const data = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
  process.env['WEIR_DATA'] = data;
  const child = spawn(process.execPath, [join(root, 'apps/sandbox/src/main.ts')], {
    cwd: root,
    env: { ...process.env, ...hasty, WEIR_PORT: port, WEIR_DATA: data, WEIR_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    await ready(`http://localhost:${port}/readyz`, child, () => output);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    rmSync(data, { recursive: true, force: true });
  };
}

async function ready(url: string, child: ChildProcess, output: () => string): Promise<void> {
  for (const end = Date.now() + 90_000; Date.now() < end; await new Promise((r) => setTimeout(r, 200))) {
    if (child.exitCode !== null) throw new Error(`The sandbox ended with code ${child.exitCode}:\n${output()}`);
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
  }
  throw new Error(`The sandbox was not ready after 90 seconds:\n${output()}`);
}
