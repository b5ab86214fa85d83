import { auditCategories, type RecordFields } from '@weir/contract';

type Json = Record<string, unknown>;
const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const text = (...values: unknown[]): string | null => {
  for (const value of values) {
    if (typeof value === 'string' && value !== '' && value !== '<null>') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  }
  return null;
};
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.flatMap((v) => text(v) ?? []) : []);

/**
 * What lists and filters need, from a resource-log record of any category. Never throws: a shape that is not known gives
 * nulls, and the record is kept all the same.
 */
export function extractFields(body: unknown): RecordFields {
  const record = object(body);
  const properties = object(record['properties']);
  const actor = object(properties['Actor']);
  const initiator = object(object(properties['initiatedBy'])['user']);
  const app = object(object(properties['initiatedBy'])['app']);
  const identity = record['identity'];
  const number = properties['Category'];
  return {
    operation: text(record['operationName'], properties['activityDisplayName']),
    actor: text(
      typeof identity === 'object' ? object(identity)['UPN'] : null,
      actor['UPN'],
      initiator['userPrincipalName'],
      identity,
      properties['userPrincipalName'],
      properties['UPN'],
      properties['UserName'],
      app['displayName'],
    ),
    application: text(actor['ApplicationName'], properties['appDisplayName'], app['displayName'], properties['ApplicationName']),
    targets: targetsOf(properties),
    targetTypes: Array.isArray(properties['targetResources'])
      ? [...new Set(properties['targetResources'].flatMap((t) => text(object(t)['type']) ?? []))]
      : [],
    result: text(record['resultType'], properties['result']),
    auditCategory: typeof number === 'number' ? (auditCategories[number] ?? `Category ${number}`) : text(number, properties['category']),
    correlationId: text(record['correlationId'], properties['correlationId']),
  };
}

function targetsOf(properties: Json): string[] {
  const named = Array.isArray(properties['TargetDisplayNames'])
    ? texts(properties['TargetDisplayNames'])
    : Array.isArray(properties['Targets'])
      ? properties['Targets'].flatMap((t) => text(object(t)['Name']) ?? [])
      : [];
  if (named.length > 0) return named;
  if (Array.isArray(properties['targetResources']))
    return properties['targetResources'].flatMap(
      (t) => text(object(t)['displayName'], object(t)['userPrincipalName'], object(t)['id']) ?? [],
    );
  const device = text(properties['DeviceName'], properties['DeviceHostName'], properties['IntuneDeviceId']);
  return device ? [device] : [];
}
