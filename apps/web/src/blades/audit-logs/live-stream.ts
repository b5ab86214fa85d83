import { ApiProblem, liveLimits, liveLine, type LiveLine } from '@weir/contract';
import { SessionExpired, Unreachable, problemText } from '../../lib/problem.ts';

/** Without a line for so long the connection is dead, whatever the browser thinks of it. */
const SILENCE_MS = liveLimits.beatMs * 2.5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** A stream that ends sooner was refused in its own way: asking again at once would go round in circles. */
const SHORT_MS = 5_000;

export interface Follow {
  /** Opens the stream behind a position, or from now. */
  open: (after: number | undefined, signal: AbortSignal) => Promise<Response>;
  after: number | undefined;
  onOpen: () => void;
  onLines: (lines: readonly LiveLine[]) => void;
  /** It is tried again by itself. The reason is null when the line just broke. */
  onLost: (reason: string | null) => void;
  /** It is not tried again. */
  onFailed: (error: unknown) => void;
  signal: AbortSignal;
  /** Tells of `online` and `offline`: the window. */
  network: EventTarget;
}

/**
 * Follows the log until the signal fires: after a break it goes on behind the last line, so nothing is missed and nothing
 * comes twice. Waits before it tries again, at random up to a bound that doubles: many that were cut off together do not
 * come back together. Being online again ends the wait.
 */
export async function follow({ open, after, onOpen, onLines, onLost, onFailed, signal, network }: Follow): Promise<void> {
  let seq = after;
  for (let failures = 0; !signal.aborted;) {
    const line = new AbortController();
    const both = AbortSignal.any([signal, line.signal]);
    // The network went away. Browsers notice it on a connection that merely waits only after minutes.
    const cut = () => line.abort();
    network.addEventListener('offline', cut, { once: true });
    let opened = false;
    try {
      const response = await open(seq, both);
      const since = performance.now();
      opened = true;
      for await (const lines of linesOf(response, cut)) {
        if (signal.aborted) return;
        if (performance.now() - since > SHORT_MS) failures = 0;
        onOpen();
        onLines(lines);
        seq = lines.reduce((at, one) => Math.max(at, one.kind === 'record' ? one.record.seq : one.seq), seq ?? 0);
      }
      // Streams end in good order every few minutes.
      if (performance.now() - since > SHORT_MS) continue;
      onLost(null);
    } catch (error) {
      if (signal.aborted) return;
      const broken = opened || error instanceof Unreachable || line.signal.aborted;
      if (!broken && isFinal(error)) {
        onFailed(error);
        return;
      }
      onLost(broken ? null : problemText(error));
    } finally {
      network.removeEventListener('offline', cut);
    }
    failures += 1;
    await pause(Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)), signal, network);
  }
}
/** What the server decided, or the sign-in. All else, such as a token that cannot be had just now, may pass by itself. */
const isFinal = (error: unknown): boolean =>
  error instanceof SessionExpired || (error instanceof ApiProblem && error.problem.status !== 429 && error.problem.status < 500);

/** Lines as they come, those of a piece together. Calls `onSilence` when nothing came for too long. */
async function* linesOf(response: Response, onSilence: () => void): AsyncGenerator<LiveLine[]> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      timer = setTimeout(onSilence, SILENCE_MS);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) yield lines.map((line) => liveLine.parse(JSON.parse(line)));
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => {});
  }
}

function pause(ms: number, signal: AbortSignal, network: EventTarget): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      network.removeEventListener('online', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    network.addEventListener('online', end, { once: true });
    if (signal.aborted) end();
  });
}
