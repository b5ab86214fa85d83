import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { liveLimits, type AuditRow, type LiveLine, type Query } from '@weir/contract';
import type { Watch } from './hub.ts';
import { Pace } from './pace.ts';

/** A client that takes nothing for so long is gone. */
const STUCK_MS = 30_000;
/** Records that wait for their turn are sent together, so often. */
const TURN_MS = 100;

export interface LiveSearch {
  readonly query: Query;
  /** Records whose own time is before this are left out, UTC; undefined: none. */
  readonly from: string | undefined;
  /** Begins behind this sequence number. */
  readonly after: number;
}

/**
 * Streams the log behind a position as JSON lines until the signal fires or `lifeMs` are over. The log itself is the queue: what
 * is not sent yet stands there, and as much is read ahead as `backlog` and one read hold. A client that reads slowly is waited
 * for.
 */
export async function streamLive(watch: Watch, search: LiveSearch, out: Writable, signal: AbortSignal, lifeMs: number): Promise<void> {
  const { perSecond, backlog, beatMs } = liveLimits;
  const now = () => performance.now();
  const end = now() + lifeMs;
  const since = search.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(search.from);
  const pace = new Pace(perSecond);
  const waiting: AuditRow[] = [];
  /** Read up to here, told up to there: between them is what waits. */
  let read = search.after;
  let told = search.after;
  let toldAt = 0;

  const write = async (lines: readonly LiveLine[]) => {
    toldAt = now();
    if (out.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))) return;
    try {
      await once(out, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(STUCK_MS)]) });
    } catch (error) {
      if (!signal.aborted) out.destroy();
      throw error;
    }
  };

  await write([{ kind: 'beat', seq: told }]);
  while (!signal.aborted && now() < end) {
    if (read < watch.head) {
      const step = await watch.read(search.query, read);
      read = step.lastSeq;
      waiting.push(...step.rows.filter((row) => Date.parse(row.time) >= since));
      if (waiting.length > backlog) {
        const left = waiting.splice(0, waiting.length - perSecond);
        told = left.at(-1)!.seq;
        await write([{ kind: 'skipped', count: left.length, seq: told }]);
      }
    }
    const turn = waiting.splice(0, pace.take(waiting.length, now()));
    if (turn.length > 0) {
      told = turn.at(-1)!.seq;
      await write(turn.map((record) => ({ kind: 'record', record })));
    }
    if (waiting.length === 0) told = read;
    if (now() - toldAt >= beatMs - TURN_MS) await write([{ kind: 'beat', seq: told }]);
    if (read < watch.head && waiting.length < backlog) continue;
    const beat = Math.max(0, beatMs - TURN_MS - (now() - toldAt));
    const turnAt = waiting.length > 0 ? Math.max(pace.wait(now()), TURN_MS) : Number.POSITIVE_INFINITY;
    await watch.grown(read, Math.min(beat, turnAt, Math.max(0, end - now())), signal);
  }
}
