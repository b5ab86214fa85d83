import type { DestinationTargets, DestinationType } from '@weir/contract';
import type { DeliveryLease, FailureKind, Fault, Prepared } from '@weir/engine';
import type { Row } from './database.ts';

/** What a delivery and a replay have alike: a lease, an open batch, a shape. Their tables have the same columns for it. */

/** Sets that no batch is open. */
export const noBatch = 'batch_first = null, batch_last = null, batch_prepared = null, batch_shape = null, batch_created_at = null';
/** Writes a batch down; of an update whose `$1` and `$2` are taken, with `batchValues`. */
export const setBatch =
  'batch_first = $3, batch_last = $4, batch_prepared = $5, batch_shape = $6, batch_created_at = coalesce(batch_created_at, now())';
export const batchValues = (
  lease: DeliveryLease,
  batch: { readonly firstSeq: number; readonly lastSeq: number; readonly prepared: Prepared | null },
): unknown[] => [batch.firstSeq, batch.lastSeq, batch.prepared === null ? null : JSON.stringify(batch.prepared), lease.shapeId];
/** Notes a failed attempt and when the next one is due; as `setBatch`, with `failureValues`. */
export const setFailure = `attempts = $3, next_attempt_at = now() + $4 * interval '1 millisecond', failure = $5`;
export const failureValues = (failure: { kind: FailureKind; fault: Fault; waitMs: number; attempts: number }): unknown[] => [
  failure.attempts,
  failure.waitMs,
  JSON.stringify({ kind: failure.kind, fault: failure.fault, at: new Date().toISOString() }),
];

/** Of a row with its batch, `shape_id` and `batching`. */
function shapeOf(r: Row): Pick<DeliveryLease, 'shapeId' | 'shapeIsOld' | 'batching'> {
  const newest = r['shape_id'] as string | null;
  const shapeId = r['batch_first'] === null ? newest : (r['batch_shape'] as string | null);
  return { shapeId, shapeIsOld: shapeId !== newest, batching: r['batching'] as DeliveryLease['batching'] };
}

/** The lease of a claimed row that was joined with its setting, category and destination. */
export function leaseOf(r: Row, own: Pick<DeliveryLease, 'deliveryId' | 'checkpoint' | 'sinceDeliveredMs'>): DeliveryLease {
  return {
    ...own,
    token: r['lease_token'] as string,
    tenantId: r['tenant_id'] as string,
    settingName: r['setting_name'] as string,
    provider: r['provider'] as string,
    category: r['category_name'] as string,
    type: r['type'] as DestinationType,
    target: r['target'] as DestinationTargets[DestinationType],
    destinationId: `${r['destination_id'] as string}/${r['revision'] as number}`,
    attempts: r['attempts'] as number,
    openBatch:
      r['batch_first'] === null
        ? null
        : {
            firstSeq: r['batch_first'] as number,
            lastSeq: r['batch_last'] as number,
            prepared: r['batch_prepared'] as Prepared | null,
            createdAt: r['batch_created_at'] as Date,
          },
    ...shapeOf(r),
  };
}
