import type { NewRecord } from '@weir/contract';

/** An audit record in the routed shape, with an id and a time that follow from its number. `bytes`: about how large its body is. */
export function auditRecord(n: number, more: Partial<NewRecord> & { bytes?: number } = {}): NewRecord {
  const { bytes = 400, ...rest } = more;
  const time = rest.time ?? new Date(Date.UTC(2026, 9, 1) + n * 1000).toISOString();
  const id = rest.id ?? `record-${n}`;
  const body = {
    time,
    tenantId: '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01',
    category: 'AuditLogs',
    operationName: `Patch Policy${n % 7}`,
    identity: `admin${n % 5}@contoso.example`,
    resultType: 'Success',
    resultDescription: 'None',
    correlationId: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
    properties: { AuditEventId: id, Category: n % 10, Note: 'n'.repeat(Math.max(0, bytes - 330)) },
  };
  return {
    category: 'microsoft.intune/AuditLogs',
    id,
    time,
    body: JSON.stringify(body),
    original: null,
    fields: {
      operation: `Patch Policy${n % 7}`,
      actor: `admin${n % 5}@contoso.example`,
      application: 'Portal',
      targets: [`Policy ${n}`],
      result: 'Success',
      auditCategory: `Category${n % 3}`,
      correlationId: null,
    },
    ...rest,
  };
}
export const auditRecords = (count: number, from = 0): NewRecord[] => Array.from({ length: count }, (_, i) => auditRecord(from + i));
