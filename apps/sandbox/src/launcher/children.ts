import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Child {
  /** Settles when it said that it is ready. Throws with the end of its output when it ends first. */
  ready: Promise<void>;
  stop(): Promise<void>;
}
const STOP_MS = 8_000;
const root = join(import.meta.dirname, '../../../..');
/** Node's options of an app, such as `worker`, as its own `pnpm start` has them: how small V8 keeps its heap. */
export function nodeOptionsOf(app: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'apps', app, 'package.json'), 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((part) => part.startsWith('--'));
}

/**
 * Runs a part of the product as a child that ends with us, also when we are killed: it watches the channel. One that dies
 * is started again, a little later each time.
 */
export function startChild(name: string, app: string, env: NodeJS.ProcessEnv, say: (line: string) => void): Child {
  const script = join(root, 'apps', app, 'src/main.ts');
  let child: ChildProcess;
  let stopping = false;
  let failures = 0;
  let settle: { done: () => void; fail: (error: Error) => void } | null = null;
  const ready = new Promise<void>((done, fail) => (settle = { done, fail }));
  const start = () => {
    let tail = '';
    const startedAt = Date.now();
    child = fork(script, [], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', ...nodeOptionsOf(app)],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        tail = (tail + chunk.toString()).slice(-4000);
        if (!settle) process.stdout.write(chunk);
      });
    }
    child.once('message', () => {
      settle?.done();
      settle = null;
    });
    child.once('exit', (code, signal) => {
      if (stopping) return;
      if (settle) return settle.fail(new Error(`The ${name} did not start: ${lastSentence(tail)}`));
      failures = Date.now() - startedAt > 60_000 ? 0 : failures + 1;
      const wait = Math.min(10_000, 250 * 2 ** failures);
      say(`The ${name} ended (${signal ?? code}); it is started again.`);
      setTimeout(() => (stopping ? undefined : start()), wait);
    });
  };
  start();
  return {
    ready,
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((done) => child.once('exit', () => done()));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** The line of a crash that says what happened, without the stack. */
const lastSentence = (output: string): string =>
  /^(?:\w*Error[^:\n]*: )(.+)$/m.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? 'no reason given';
