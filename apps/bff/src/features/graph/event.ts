import { activityTypes, actorTypes, auditCategories } from '@weir/contract';

export type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const object = (value: unknown): Json => (isObject(value) ? value : {});
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
/** The first that names something; Intune writes `<null>` where a name is missing. */
const named = (...values: unknown[]): string | null =>
  values
    .filter((v) => typeof v !== 'object')
    .map(text)
    .find((v) => v !== null && v !== '' && v !== '<null>') ?? null;
const word = (names: readonly string[], value: unknown, unknown: (n: number) => string): string | null =>
  typeof value === 'number' ? (names[value] ?? unknown(value)) : text(value);
const parsed = (json: string | null): unknown => {
  if (json === null) return null;
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
};

/** A Graph `auditEvent`: the text as it is answered, and what is in it. */
export interface AuditEvent {
  readonly json: string;
  readonly value: Json;
}

/** The `auditEvent` of a record: what Graph sent, byte for byte, or else made from the resource-log record. */
export function auditEventOf(record: {
  readonly id: string;
  readonly time: string;
  readonly body: string;
  readonly original: string | null;
}): AuditEvent {
  const original = parsed(record.original);
  if (isObject(original)) return { json: record.original!, value: original };
  const value = fromResourceLog(record.id, record.time, object(parsed(record.body)));
  return { json: JSON.stringify(value), value };
}

/**
 * A resource-log record as the `auditEvent` that it was made from, as far as it tells. `displayName`, `componentName`,
 * `activity`, `ipAddress` and the resources' types are not in it: null. docs/graph.md has the rule of each field.
 */
function fromResourceLog(id: string, time: string, body: Json): Json {
  const properties = object(body['properties']);
  const actor = object(properties['Actor']);
  const identity = body['identity'];
  const application = named(actor['ApplicationName'], properties['appDisplayName'], properties['ApplicationName']);
  const upn = named(object(identity)['UPN'], actor['UPN']);
  const names = properties['TargetDisplayNames'];
  const ids = items(properties['TargetObjectIds']);
  const targets = items(properties['Targets']).map(object);
  const count = Math.max(items(names).length, ids.length, targets.length);
  const partner = text(actor['PartnerTenantId']);
  return {
    id,
    displayName: null,
    componentName: null,
    activity: null,
    activityDateTime: text(body['time']) ?? time,
    activityType: named(body['operationName'], properties['activityDisplayName']),
    activityOperationType: word(activityTypes, properties['ActivityType'], String),
    activityResult: named(body['resultType'], properties['result']),
    correlationId: named(body['correlationId'], properties['correlationId']),
    category:
      typeof properties['Category'] === 'number'
        ? word(auditCategories, properties['Category'], (n) => `Category ${n}`)
        : named(properties['Category'], properties['category']),
    actor: {
      auditActorType: word(actorTypes, actor['ActorType'], String),
      userPermissions: items(actor['UserPermissions']).flatMap((p) => text(p) ?? []),
      applicationId: text(actor['Application']),
      applicationDisplayName: application,
      userPrincipalName: upn,
      // Who acts is named once: a name that is neither the person's nor the application's is the service principal's.
      servicePrincipalName: upn === null && typeof identity === 'string' && identity !== application ? identity : null,
      ipAddress: null,
      userId: text(actor['ObjectId']),
      ...(actor['IsDelegatedAdmin'] === true && { remoteTenantId: partner }),
    },
    resources: Array.from({ length: count }, (_, n) => ({
      displayName: text(Array.isArray(names) ? names[n] : targets[n]?.['Name']),
      auditResourceType: null,
      resourceId: text(ids[n]),
      modifiedProperties: items(targets[n]?.['ModifiedProperties'])
        .map(object)
        .map((p) => ({ displayName: text(p['Name']), oldValue: text(p['Old']), newValue: text(p['New']) })),
    })),
  };
}
