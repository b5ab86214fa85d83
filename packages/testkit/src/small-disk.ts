import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk that a test can fill. */
export interface SmallDisk {
  readonly dir: string;
  /** How it becomes full: `disk`, a file system without a free block; `limit`, where none may be mounted: no file may grow. */
  readonly how: 'disk' | 'limit';
  fill(): void;
  /** As an administrator who deletes something. */
  free(): void;
  remove(): void;
}

/**
 * Makes one: a file system in memory where the test may mount it (as root, outside of most containers), else a folder whose
 * PostgreSQL processes get a limit on the size of files. Linux only.
 */
export function smallDisk(megabytes: number): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), 'weir-disk-'));
  chmodSync(dir, 0o711);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=711`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    return limited(dir);
  }
  const ballast = join(dir, 'ballast');
  return {
    dir,
    how: 'disk',
    fill() {
      const { bavail, bsize } = statfsSync(dir);
      try {
        writeFileSync(ballast, Buffer.alloc(bavail * bsize));
      } catch (error) {
        // Somebody took the last block first: full is full.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      execFileSync('umount', ['-l', dir], { stdio: 'ignore' });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function limited(dir: string): SmallDisk {
  const limit = (bytes: string) => {
    for (const pid of processesOf(dir)) execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
  };
  return {
    dir,
    how: 'limit',
    // Files may not grow beyond a page, and what is written behind it fails: PostgreSQL sees the same error number as quotas give.
    fill: () => limit('8192'),
    free: () => limit('unlimited'),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** The postmaster whose data is in the folder, and its children. */
function processesOf(dir: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map<number, number>();
  let postmaster = 0;
  for (const pid of pids) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir)) postmaster = Number(pid);
      parents.set(Number(pid), Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }
  return [...parents].filter(([pid, parent]) => pid === postmaster || parent === postmaster).map(([pid]) => pid);
}
