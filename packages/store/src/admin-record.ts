import { randomUUID } from 'node:crypto';
import { ADMIN_CENTER, type NewRecord } from '@weir/contract';

/** Who does something, as the records of category AdminCenterLogs name them. */
export interface AdminActor {
  oid: string;
  upn: string;
  name: string;
  /** The request's trace id. */
  correlationId: string;
}

/** Weir itself, in the records of what it deleted. */
export const weirItself = (): AdminActor => ({ oid: 'weir', upn: 'Weir', name: 'Weir', correlationId: randomUUID() });

/** What an admin did, as a record in Azure's format. `properties` must hold no secret. */
export function adminRecord(
  tenantId: string,
  actor: AdminActor,
  operation: string,
  target: string,
  properties: Record<string, unknown>,
): NewRecord {
  const id = randomUUID();
  const time = new Date().toISOString();
  const body = {
    time,
    tenantId,
    category: 'AdminCenterLogs',
    operationName: operation,
    identity: actor.upn,
    resultType: 'Success',
    resultDescription: 'None',
    correlationId: actor.correlationId,
    properties: { RecordId: id, Actor: { ObjectId: actor.oid, UPN: actor.upn, Name: actor.name }, Target: target, ...properties },
  };
  return {
    category: ADMIN_CENTER,
    id,
    time,
    body: JSON.stringify(body),
    original: null,
    fields: {
      operation,
      actor: actor.upn,
      application: 'Weir',
      targets: [target],
      result: 'Success',
      auditCategory: null,
      correlationId: actor.correlationId,
    },
  };
}
