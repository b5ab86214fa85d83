import type { Source } from '@weir/engine';
import { auditEventsSource } from './graph/audit-events.ts';
import { inventorySources } from './graph/inventory.ts';
import type { GraphOptions } from './graph/client.ts';

export { mapAuditEvent, type GraphAuditEvent } from './map/audit-event.ts';
export { extractFields } from './map/extract.ts';
export { readImport, toRecord, type Refused } from './import/read.ts';
export type { GraphOptions } from './graph/client.ts';

/** Every source that the worker reads. A new one is one line here. */
export const createSources = (options: GraphOptions): Source[] => [auditEventsSource(options), ...inventorySources(options)];
