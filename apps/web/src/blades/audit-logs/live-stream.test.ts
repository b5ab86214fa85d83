import { ApiProblem, type LiveLine } from '@weir/contract';
import { afterEach, expect, test, vi } from 'vitest';
import { Unreachable } from '../../lib/problem.ts';
import { follow, type Follow } from './live-stream.ts';

afterEach(() => void vi.useRealTimers());

const record = (seq: number): LiveLine => ({
  kind: 'record',
  record: {
    id: `record-${seq}`,
    seq,
    time: '2026-11-21T00:00:00.000Z',
    actor: null,
    application: null,
    activity: null,
    targets: ['Größe'],
    category: null,
    result: null,
    targetTypes: [],
    correlationId: null,
  },
});
const text = (lines: readonly LiveLine[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
/** An answer of these bytes, in pieces of `size`; then it ends, breaks, or stays silent. */
function answer(content: string, size: number, then: 'end' | 'break' | 'silence', signal: AbortSignal): Response {
  const bytes = new TextEncoder().encode(content);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, (at += size)));
      else if (then === 'end') controller.close();
      else if (then === 'break') controller.error(new TypeError('network error'));
      else return new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
    },
  });
  return new Response(body);
}
function start(open: Follow['open']) {
  const stop = new AbortController();
  const network = new EventTarget();
  const seen = { lines: [] as LiveLine[], lost: [] as (string | null)[], failed: [] as unknown[] };
  const done = follow({
    open,
    after: undefined,
    onOpen: () => {},
    onLines: (lines) => seen.lines.push(...lines),
    onLost: (reason) => seen.lost.push(reason),
    onFailed: (error) => seen.failed.push(error),
    signal: stop.signal,
    network,
  });
  const seqs = () => seen.lines.flatMap((l) => (l.kind === 'record' ? [l.record.seq] : []));
  return { seen, seqs, done, network, stop: () => stop.abort() };
}
const problem = (status: number) => new ApiProblem({ type: '', title: '', status, code: 'x', detail: `Why ${status}.`, traceId: '' });

test('goes on behind the last whole line, however the connection breaks, and wherever', async () => {
  vi.useFakeTimers();
  const total = 200;
  const all = Array.from({ length: total }, (_, n) => record(n + 1));
  const asked: (number | undefined)[] = [];
  let n = 0;
  const run = start(async (after, signal) => {
    asked.push(after);
    n += 1;
    if (n % 5 === 0) throw new Unreachable(new TypeError('fetch failed'));
    if (n % 7 === 0) throw problem(503);
    const rest = text([{ kind: 'beat', seq: after ?? 0 }, ...all.slice(after ?? 0)]);
    // Cut within a line, or within a letter.
    return answer(
      rest.slice(0, 300 + ((n * 997) % 4_000)),
      1 + ((n * 31) % 90),
      n % 3 === 0 ? 'silence' : n % 3 === 1 ? 'break' : 'end',
      signal,
    );
  });
  for (let s = 0; s < 3_600 && run.seqs().at(-1) !== total; s += 1) await vi.advanceTimersByTimeAsync(1_000);
  run.stop();
  await run.done;
  expect(run.seqs()).toEqual(all.map((_, i) => i + 1));
  expect(asked[0]).toBeUndefined();
  expect(asked.length).toBeGreaterThan(20);
  expect(run.seen.failed).toEqual([]);
  expect(run.seen.lost).toContain('Why 503.');
});

test('what will not pass by itself ends it, in words; a person who may not read is not asked again and again', async () => {
  const asked: number[] = [];
  const run = start(async () => {
    asked.push(1);
    throw problem(403);
  });
  await run.done;
  expect(asked.length).toBe(1);
  expect(run.seen.failed).toEqual([problem(403)]);
  expect(run.seen.lost).toEqual([]);
});

test('waits longer and longer, and never all at the same time', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const at: number[] = [];
  const run = start(async () => {
    at.push(Date.now());
    throw new Unreachable(new TypeError('fetch failed'));
  });
  await vi.advanceTimersByTimeAsync(150_000);
  run.stop();
  await run.done;
  expect(at.slice(1, 9).map((t, i) => (t - at[i]!) / 1000)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
});

test('a network that goes away ends the line at once, and one that comes back ends the wait', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const asked: (number | undefined)[] = [];
  const run = start(async (after, signal) => {
    asked.push(after);
    return answer(text([{ kind: 'beat', seq: 7 }]), 1_000, 'silence', signal);
  });
  await vi.advanceTimersByTimeAsync(10);
  run.network.dispatchEvent(new Event('offline'));
  await vi.advanceTimersByTimeAsync(10);
  expect([asked, run.seen.lost]).toEqual([[undefined], [null]]);
  run.network.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toEqual([undefined, 7]);
  run.stop();
  await run.done;
});
