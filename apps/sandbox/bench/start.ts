/**
 * From `npm start` to ready on an installed and built clone: the first time, with an empty data folder, and again; then the
 * memory of all its processes together, after they have been idle for a while (proportional set size, Linux only).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '../../..');
const IDLE_MS = 60_000;
const data = mkdtempSync(join(tmpdir(), 'weir-start-'));

async function start(): Promise<{ child: ChildProcess; seconds: number }> {
  const since = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, WEIR_DATA: data, WEIR_PORT: '8497' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let said = '';
  const ready = new Promise<void>((done, fail) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      said += String(chunk);
      if (said.includes('Weir is ready')) done();
    });
    child.once('exit', () => fail(new Error(`npm start ended: ${said}`)));
  });
  await ready;
  return { child, seconds: (performance.now() - since) / 1000 };
}
async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  // As Ctrl-C does: the signal goes to the whole group.
  process.kill(-child.pid!, 'SIGINT');
  await gone;
}

/** Processes below one, itself included. */
function family(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }];
    } catch {
      return [];
    }
  });
  const below = (of: number): number[] => [of, ...parents.filter((p) => p.parent === of).flatMap((p) => below(p.pid))];
  return below(pid);
}
function memory(pid: number): { name: string; mb: number }[] {
  return family(pid).flatMap((p) => {
    try {
      const kb = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${p}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
      const name = readFileSync(`/proc/${p}/cmdline`, 'utf8')
        .split('\0')
        .filter((a) => !a.startsWith('--'))
        .slice(0, 2)
        .join(' ');
      return [{ name: name.replaceAll(/\S*\//g, ''), mb: kb / 1024 }];
    } catch {
      return [];
    }
  });
}

try {
  for (const which of ['first start', 'second start']) {
    const { child, seconds } = await start();
    console.log(`${which.padEnd(14)} ${seconds.toFixed(1)} s`);
    if (which === 'second start' && process.platform === 'linux') {
      await sleep(IDLE_MS);
      const processes = memory(child.pid!);
      console.log(
        `memory         ${Math.round(processes.reduce((sum, p) => sum + p.mb, 0))} MB in ${processes.length} processes, idle for a minute`,
      );
      for (const { name, mb } of processes.toSorted((a, b) => b.mb - a.mb).slice(0, 8))
        console.log(`  ${String(Math.round(mb)).padStart(5)} MB  ${name}`);
    }
    await stop(child);
  }
} finally {
  rmSync(data, { recursive: true, force: true });
}
