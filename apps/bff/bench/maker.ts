import type { NewRecord } from '@weir/contract';
import { generateAuditEvents } from '@weir/sandbox';
import { mapAuditEvent } from '@weir/sources';

/** Audit records as the sandbox's admins make them: few actors do most, some categories are common, most properties repeat. */
export function* records(options: { tenantId: string; seed: number; count: number; from: Date; to: Date }): Generator<NewRecord> {
  for (const event of generateAuditEvents({ ...options, world: 1, users: 50_000 })) yield mapAuditEvent(options.tenantId, event);
}
