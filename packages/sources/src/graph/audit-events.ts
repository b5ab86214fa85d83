import { INTUNE_AUDIT } from '@weir/contract';
import type { Source } from '@weir/engine';
import { mapAuditEvent, type GraphAuditEvent } from '../map/audit-event.ts';
import { graphPages, type GraphOptions } from './client.ts';

/** Graph keeps Intune's audit events for a year. https://learn.microsoft.com/intune/intune-service/fundamentals/monitor-audit-logs */
const HISTORY_DAYS = 365;
const PAGE = 500;

/** Intune audit events from `GET /deviceManagement/auditEvents`. */
export function auditEventsSource(options: GraphOptions): Source {
  return {
    id: 'graph.auditEvents',
    category: INTUNE_AUDIT,
    historyDays: HISTORY_DAYS,
    async *read(tenantId, from, to, signal) {
      const filter = `activityDateTime ge ${from.toISOString()} and activityDateTime lt ${to.toISOString()}`;
      const query = new URLSearchParams({ $filter: filter, $orderby: 'activityDateTime', $top: String(PAGE) });
      const pages = graphPages<GraphAuditEvent>(
        options,
        tenantId,
        `/v1.0/deviceManagement/auditEvents?${query}`,
        'DeviceManagementApps.Read.All',
        signal,
      );
      for await (const page of pages) {
        // The list's documentation promises no filter: what lies outside the window belongs to another one.
        yield page.filter((event) => inside(event.activityDateTime, from, to)).map((event) => mapAuditEvent(tenantId, event));
      }
    },
  };
}

const inside = (time: string, from: Date, to: Date): boolean => {
  const at = Date.parse(time);
  return at >= from.getTime() && at < to.getTime();
};
