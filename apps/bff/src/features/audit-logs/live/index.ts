import { endpoints, liveLimits } from '@weir/contract';
import type { Api } from '../../../http/bind.ts';
import { queryOf } from '../index.ts';
import type { LiveHub } from './hub.ts';
import { streamLive } from './stream.ts';

/** The live end of the Audit logs blade. */
export function bindLive(api: Api, hub: LiveHub): void {
  api.bind(endpoints.auditLogs.liveAuditLogs, async ({ caller: { principal }, query, response, signal: gone }) => {
    const search = queryOf({ q: query.q }, new Date());
    const leave = hub.enter(principal.tenantId, principal.oid);
    const signal = AbortSignal.any([gone, hub.stopping]);
    try {
      const watch = await hub.watch(principal.tenantId);
      try {
        response.status(200).set({
          'Content-Type': 'application/x-ndjson; charset=utf-8',
          'X-Content-Type-Options': 'nosniff',
          // Proxies that gather an answer before they pass it on would make it anything but live.
          'X-Accel-Buffering': 'no',
          // Nothing is asked on it any more when the stream ends: a server that stops need not wait for it.
          Connection: 'close',
        });
        const lifeMs = Math.min(liveLimits.lifeMs, principal.expiresAt * 1000 - Date.now());
        // A position beyond the log comes from another log: it begins at the end of this one.
        const after = Math.min(query.after ?? watch.head, watch.head);
        await streamLive(watch, { query: search.query, from: query.from, after }, response, signal, lifeMs);
      } finally {
        watch.stop();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      leave();
    }
    response.end();
  });
}
