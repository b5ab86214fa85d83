export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Fires it now. */
  abort(): void;
  /** Lets go of clock and parent: a timer or listener left behind would hold a whole batch in memory. */
  clear(): void;
}
/** A signal that fires with `parent` or after `ms`. */
export function timeLimit(parent: AbortSignal, ms: number): TimeLimit {
  const controller = new AbortController();
  const abort = () => controller.abort(parent.reason);
  const timer = setTimeout(() => controller.abort(new Error(`No answer within ${ms} ms.`)), ms);
  if (parent.aborted) abort();
  else parent.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    abort,
    clear() {
      clearTimeout(timer);
      parent.removeEventListener('abort', abort);
    },
  };
}

/** Gives up waiting when the signal fires, also for a promise that ignores it. */
export function bounded<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const abort = () => fail(new Error('The destination did not answer in time.'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(done, fail).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Waits `ms`, or until `signal` fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
