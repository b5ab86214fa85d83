import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExportRequest } from '@weir/contract';
import { ExportSpace, LeaseGone } from '@weir/store';
import type { Logger } from 'pino';
import { problemFrom } from '../../http/problem.ts';
import type { ClaimedExport, ExportPiece, Store } from '../../ports.ts';
import { make, selectionOf } from './make.ts';

export interface RunnerOptions {
  /** Jobs that this process works on at a time. */
  readonly atOnce?: number;
  /** For so long a file is kept. */
  readonly keptMs: number;
  /** The files of one directory take so many bytes at most, as they are stored. */
  readonly tenantBytes: number;
  readonly leaseMs?: number;
  readonly pollMs?: number;
}
export interface ExportRunner {
  /** Looks for work now: a job was made. */
  wake(): void;
  /** Stops at the next piece and gives the jobs back. Another process goes on where this one stopped. */
  stop(): Promise<void>;
}

const PIECE_BYTES = 1_000_000;
/** A job that so many processes did not survive is not tried again. */
const MAX_ATTEMPTS = 5;
const SWEEP_MS = 60_000;

/** Works off export jobs in this process, a few at a time; the newest state is always in the database. */
export function startExportRunner(store: Store, logger: Logger, options: RunnerOptions): ExportRunner {
  const { atOnce = 2, leaseMs = 30_000, pollMs = 2_000 } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let wake = () => {};
  let swept = 0;

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      try {
        if (Date.now() - swept > SWEEP_MS) {
          swept = Date.now();
          await store.exportQueue.sweep();
        }
        while (running.size < atOnce && !stopping.signal.aborted) {
          const job = await store.exportQueue.claim(leaseMs);
          if (!job) break;
          const work = run(job).finally(() => {
            running.delete(work);
            wake();
          });
          running.add(work);
        }
      } catch (error) {
        logger.warn({ err: error }, 'export jobs could not be looked for');
      }
      const waited = new AbortController();
      await Promise.race([
        woken,
        sleep(pollMs, undefined, { ref: false, signal: AbortSignal.any([waited.signal, stopping.signal]) }),
      ]).catch(() => {});
      waited.abort();
    }
  }

  async function run(job: ClaimedExport): Promise<void> {
    const lost = new AbortController();
    const signal = AbortSignal.any([lost.signal, stopping.signal]);
    const renewing = setInterval(() => {
      store.exportQueue.renew(job, leaseMs).catch((error: unknown) => {
        if (error instanceof LeaseGone) lost.abort(error);
      });
    }, leaseMs / 3);
    try {
      if (job.attempts > MAX_ATTEMPTS)
        await store.exportQueue.failed(
          job,
          'The file could not be made: the server stopped at it again and again. Narrow the filter, and run it again.',
        );
      else await write(job, signal);
    } catch (error) {
      await settle(job, error, lost.signal).catch((failure: unknown) =>
        logger.warn({ err: failure, job: job.id }, 'export job left to its lease'),
      );
    } finally {
      clearInterval(renewing);
    }
  }

  async function write(job: ClaimedExport, signal: AbortSignal): Promise<void> {
    const { exportQueue } = store;
    const { tenantBytes, keptMs } = options;
    const hash = createHash('sha256');
    const goesOn = job.pieces > 0 && job.position !== null;
    if (goesOn) for await (const piece of exportQueue.written(job)) hash.update(piece);
    else if (job.pieces > 0) await exportQueue.restart(job);
    const order = {
      store: store.forDirectory(job.tenantId),
      request: job.request as ExportRequest,
      selection: selectionOf(job),
      asked: job.selection,
      by: job.actor,
      at: job.createdAt,
    };
    let parts: Buffer[] = [];
    let next: ExportPiece = { data: Buffer.alloc(0), rows: 0, position: null };
    let bytes = 0;
    const gathered = (): ExportPiece => {
      const piece = { ...next, data: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
      hash.update(piece.data);
      parts = [];
      bytes = 0;
      next = { data: Buffer.alloc(0), rows: 0, position: null };
      return piece;
    };
    // The last piece but one is written while the next is gathered.
    let writing: Promise<void> = Promise.resolve();
    for await (const piece of make(order, signal, goesOn ? { after: job.position!, rows: job.rows } : null)) {
      if (piece.data.length > 0) parts.push(piece.data);
      bytes += piece.data.length;
      next = { data: next.data, rows: next.rows + piece.rows, position: piece.position ?? next.position };
      if (bytes < PIECE_BYTES) continue;
      const ready = gathered();
      await writing;
      writing = exportQueue.append(job, ready, { leaseMs, tenantBytes });
      // An error is for the next await; until then it must not count as unhandled.
      writing.catch(() => {});
    }
    await writing;
    const last = gathered();
    await exportQueue.done(job, last, hash.digest('hex'), { keptMs, tenantBytes });
  }

  async function settle(job: ClaimedExport, error: unknown, lost: AbortSignal): Promise<void> {
    if (error instanceof LeaseGone || lost.aborted) return;
    if (stopping.signal.aborted) return store.exportQueue.release(job, true);
    if (error instanceof ExportSpace)
      return store.exportQueue.failed(
        job,
        `The files of this directory's exports take ${Math.round(error.limit / 1e9)} GB, which is the limit. Delete some under My exports, or wait until they expire, and run it again.`,
      );
    const problem = problemFrom(error);
    if (problem.code === 'internal') logger.error({ err: error, job: job.id }, 'export job failed');
    // What may pass by itself is tried again from where it stopped.
    if (problem.code === 'store.unavailable' && job.attempts < MAX_ATTEMPTS) return store.exportQueue.release(job, false);
    return store.exportQueue.failed(
      job,
      problem.code === 'internal'
        ? `Something went wrong here. Run it again; if it fails again, tell your administrator the id ${job.id}.`
        : problem.message,
    );
  }

  const looping = loop();
  return {
    wake: () => wake(),
    async stop() {
      stopping.abort();
      wake();
      await looping;
      await Promise.allSettled(running);
    },
  };
}
