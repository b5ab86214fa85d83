import {
  backOff,
  failedSpan,
  LeaseLost,
  pause,
  planWindows,
  SourceFault,
  traced,
  type Source,
  type SourceWindow,
  type WindowPlan,
} from '@weir/engine';
import type { Store } from '@weir/store';
import type { Logger } from 'pino';
import type { Span } from '@opentelemetry/api';
import type { Metrics } from '../metrics.ts';

export interface SourceLoop {
  store: Store;
  sources: readonly Source[];
  tenants: readonly { tenantId: string }[];
  worker: string;
  pollMs: number;
  /** Windows that are read at a time. */
  slots: number;
  log: Logger;
  metrics: Metrics;
  signal: AbortSignal;
}
const LEASE_MS = 12_000;
const DAY = 86_400_000;
const MINUTE = 60_000;

/**
 * How a source is read. Graph's audit events may show up minutes late, so live windows overlap and closed days are read again. A
 * stride is a little shorter than the time between two plans, which may be a moment short: a window would wait for the plan after.
 */
const planOf = (source: Source, pollMs: number): WindowPlan =>
  source.historyDays > 0
    ? {
        strideMs: pollMs * 0.9,
        overlapMs: 15 * MINUTE,
        sliceMs: 7 * DAY,
        historyMs: source.historyDays * DAY,
        reconcileAfterMs: 3 * 60 * MINUTE,
      }
    : { strideMs: DAY, overlapMs: 0, sliceMs: DAY, historyMs: 0, reconcileAfterMs: 365 * DAY };

/** Plans windows and reads them. One that fails waits for its own next attempt and holds up no other, unless its whole source is away. */
export async function sourceLoop(loop: SourceLoop): Promise<void> {
  const { signal, log } = loop;
  const running = new Set<Promise<void>>();
  let planAt = 0;
  while (!signal.aborted) {
    try {
      // A window that was read makes another one due, but calls for no new plan.
      if (performance.now() >= planAt) {
        planAt = performance.now() + loop.pollMs;
        await plan(loop);
      }
      while (running.size < loop.slots) {
        const window = await loop.store.ledger.claimWindow(
          loop.worker,
          LEASE_MS,
          loop.sources.map((s) => s.id),
        );
        if (!window) break;
        const work = readWindow(loop, window).finally(() => running.delete(work));
        running.add(work);
      }
    } catch (error) {
      log.error({ err: error }, 'source windows could not be planned');
    }
    // With a slot to fill, what was just finished may have made the next window due.
    const waitMs = running.size > 0 ? loop.pollMs / 5 : Math.max(1, planAt - performance.now());
    await Promise.race([pause(waitMs, signal), ...(running.size >= loop.slots ? running : [])]);
  }
  await Promise.allSettled(running);
}

async function plan(loop: SourceLoop): Promise<void> {
  const { store, sources, tenants, pollMs } = loop;
  const now = new Date();
  const known = await store.ledger.known(
    tenants.map((t) => t.tenantId),
    sources.map((s) => s.id),
    new Date(now.getTime() - 4 * DAY),
  );
  for (const { tenantId, source: id, windows } of known) {
    const source = sources.find((s) => s.id === id)!;
    const planned = planWindows(windows, now, planOf(source, pollMs));
    if (planned.length > 0) await store.ledger.plan(tenantId, id, source.category, planned);
  }
}

const readWindow = (loop: SourceLoop, window: SourceWindow): Promise<void> =>
  traced(
    'source.window',
    {
      'weir.tenant': window.tenantId,
      'weir.source': window.source,
      'weir.kind': window.kind,
      'weir.from': window.from.toISOString(),
      'weir.to': window.to.toISOString(),
      'weir.attempt': window.attempts + 1,
    },
    (span) => readTraced(loop, window, span),
  );

async function readTraced(loop: SourceLoop, window: SourceWindow, span: Span): Promise<void> {
  const { store, log, metrics, signal } = loop;
  const source = loop.sources.find((s) => s.id === window.source)!;
  const about = { tenant: window.tenantId, source: window.source, kind: window.kind, from: window.from, to: window.to };
  const labels = { tenant: window.tenantId, source: source.id };
  let records = 0;
  let accepted = 0;
  // A page of a slow service may take longer than a lease; once it went to another worker, that one reads.
  const lost = new AbortController();
  const renewal = setInterval(
    () =>
      void store.ledger.renewWindow(window, LEASE_MS).catch((error: unknown) => {
        if (error instanceof LeaseLost) lost.abort(error);
      }),
    LEASE_MS / 4,
  );
  try {
    for await (const page of source.read(window.tenantId, window.from, window.to, AbortSignal.any([signal, lost.signal]))) {
      const result = await store.log.append(window.tenantId, page);
      records += page.length;
      accepted += result.accepted;
      metrics.read.inc({ ...labels, state: 'accepted' }, result.accepted);
      metrics.read.inc({ ...labels, state: 'duplicate' }, result.duplicates);
      await store.ledger.renewWindow(window, LEASE_MS);
    }
    await store.ledger.windowDone(window, { records, accepted });
    span.setAttributes({ 'weir.records': records, 'weir.accepted': accepted });
    log.debug({ ...about, records, accepted }, 'window read');
  } catch (error) {
    if (error instanceof LeaseLost || lost.signal.aborted || signal.aborted) return;
    metrics.sourceFailures.inc(labels);
    failedSpan(span, error instanceof Error ? error.name : 'unknown');
    const message = error instanceof Error ? error.message : String(error);
    const fault = error instanceof SourceFault ? error : undefined;
    const delay = backOff('retry', window.attempts + 1, fault?.retryAfterMs);
    log.warn({ ...about, attempts: window.attempts + 1, delay, reason: message }, 'window not read; it is tried again');
    await store.ledger
      .windowFailed(window, message, delay, fault?.of)
      .catch((e: unknown) => log.error({ err: e }, 'the window could not be noted'));
  } finally {
    clearInterval(renewal);
  }
}
