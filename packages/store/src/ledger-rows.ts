import type { DeliveryLease } from '@weir/engine';
import type { Queryable } from './database.ts';

/** A range of which nothing went, in the ledger. Ranges that follow each other are one row: a strict filter must not fill it. */
export async function notePassed(
  tx: Queryable,
  lease: Pick<DeliveryLease, 'deliveryId' | 'tenantId' | 'shapeId'>,
  range: { firstSeq: number; lastSeq: number },
): Promise<void> {
  const values = [lease.deliveryId, lease.tenantId, range.firstSeq, range.lastSeq, lease.shapeId];
  const { rowCount } = await tx.query(
    `update delivered_batch set last_seq = $4, filtered = filtered + $4::bigint - $3::bigint + 1
    where delivery_id = $1 and tenant_id = $2 and replay_id is null and records = 0 and shape_id is not distinct from $5::uuid and last_seq = $3::bigint - 1
      and first_seq = (select max(first_seq) from delivered_batch where delivery_id = $1 and replay_id is null and first_seq < $3)`,
    values,
  );
  if (rowCount !== 0) return;
  await tx.query(
    `insert into delivered_batch (delivery_id, tenant_id, first_seq, last_seq, shape_id, records, filtered, bytes, place, duration_ms)
    values ($1, $2, $3, $4, $5, 0, $4::bigint - $3::bigint + 1, 0, '{}', 0)`,
    values,
  );
}
