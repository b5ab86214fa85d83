import { fork, type ChildProcess } from 'node:child_process';

export interface Child {
  /** Settles when it said that it is ready. Throws with the end of its output when it ends first. */
  ready: Promise<void>;
  stop(): Promise<void>;
}
const STOP_MS = 8_000;
/** A small nursery: what requests leave behind is short-lived, and by itself V8 lets it grow to a third more memory before it looks. */
const SMALL_NURSERY = ['--max-semi-space-size=4'];

/**
 * Runs a part of the product as a child that ends with us, also when we are killed: it watches the channel. One that dies
 * is started again, a little later each time.
 */
export function startChild(name: string, script: string, env: NodeJS.ProcessEnv, say: (line: string) => void, v8 = SMALL_NURSERY): Child {
  let child: ChildProcess;
  let stopping = false;
  let failures = 0;
  let settle: { done: () => void; fail: (error: Error) => void } | null = null;
  const ready = new Promise<void>((done, fail) => (settle = { done, fail }));
  const start = () => {
    let tail = '';
    const startedAt = Date.now();
    child = fork(script, [], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning', ...v8] });
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
