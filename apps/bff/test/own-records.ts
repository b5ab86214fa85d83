import { ADMIN_CENTER, ALL } from '@weir/contract';
import type { TestServer } from './server.ts';

/** A record that Weir wrote of what an admin did. */
export interface OwnRecord {
  operationName: string;
  identity: string;
  correlationId: string;
  properties: Record<string, unknown> & { Target: string; Actor: { ObjectId: string; UPN: string; Name: string } };
}

/** Everything that admins of a directory did, oldest first, as it is routed. */
export async function ownRecords(server: TestServer, tenantId: string): Promise<OwnRecord[]> {
  const log = await server.store.forTenant(tenantId).audit(ADMIN_CENTER);
  const { items, nextCursor } = await log.page({ from: '2020-01-01T00:00:00Z', to: undefined, query: ALL }, { limit: 500 });
  if (nextCursor !== null) throw new Error('More than 500 records: this helper reads one page.');
  const bodies = await Promise.all(items.toSorted((a, b) => a.seq - b.seq).map((r) => log.get(r.id)));
  return bodies.map((b) => JSON.parse(b!.body) as OwnRecord);
}
