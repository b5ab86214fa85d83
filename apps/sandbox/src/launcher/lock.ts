import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Takes the data folder for this process. Throws a sentence when another one that lives has it. Returns what gives it back. */
export function lockData(data: string): () => void {
  try {
    mkdirSync(data, { recursive: true });
  } catch (error) {
    throw new Error(`The data folder ${data} cannot be made: ${(error as Error).message}. Set WEIR_DATA to another folder.`, {
      cause: error,
    });
  }
  const file = join(data, 'lock');
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOSPC')
        throw new Error(`There is no space left on the disk of ${data}. Free some, or set WEIR_DATA to another folder.`, { cause: error });
      if (code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid && pid !== process.pid && lives(pid))
      throw new Error(
        `Weir runs already on ${data} (process ${pid}). Stop it first, or set WEIR_DATA to another folder and WEIR_PORT to another port.`,
      );
    rmSync(file, { force: true });
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // The number may belong to somebody else by now.
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('main.ts');
  } catch {
    return false;
  }
}
