import { activityTypes, actorTypes, auditCategories, type AuditDetails } from '@weir/contract';
import type { AuditRecord } from '../../ports.ts';

type Json = Readonly<Record<string, unknown>>;
const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** Text as it stands there; Intune writes the word `<null>` where a name or value is missing. */
const text = (value: unknown): string | null => {
  if (value === null || value === undefined || value === '' || value === '<null>') return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
};
/** A value as it is recorded: "no value" and "not recorded" are not the same. */
const asRecorded = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
const first = (...values: unknown[]): string | null => values.map(text).find((v) => v !== null) ?? null;
/** A number of an Intune enumeration as its word; an unknown number stays a number, an unknown word a word. */
const word = (names: readonly string[], value: unknown): string | null =>
  typeof value === 'number' ? (names[value] ?? String(value)) : text(value);
const strings = (value: unknown): string[] => items(value).flatMap((v) => text(v) ?? []);
const parse = (json: string | null): unknown => {
  if (json === null) return null;
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
};

/** The details pane of a record, from the Graph object where there is one, else from the resource-log record. */
export function auditDetailsOf(record: AuditRecord): AuditDetails {
  const body = parse(record.body);
  const original = parse(record.original);
  const envelope = object(body);
  const properties = object(envelope['properties']);
  const graph = object(original);
  const actor = object(graph['actor']);
  const logged = object(properties['Actor']);
  return {
    id: record.id,
    seq: record.seq,
    activity: {
      date: first(graph['activityDateTime'], envelope['time']) ?? '',
      name: first(graph['activityType'], envelope['operationName'], graph['displayName']),
      correlationId: first(graph['correlationId'], envelope['correlationId']),
      category: first(graph['category'], word(auditCategories, properties['Category'])),
      component: text(graph['componentName']),
    },
    status: {
      status: first(graph['activityResult'], envelope['resultType']),
      operationType: first(graph['activityOperationType'], word(activityTypes, properties['ActivityType'])),
      activityType: first(graph['activityType'], envelope['operationName']),
    },
    actor: {
      type: first(actor['auditActorType'], actor['type'], word(actorTypes, logged['ActorType'])),
      upn: first(actor['userPrincipalName'], logged['UPN'], actor['servicePrincipalName'], envelope['identity']),
      objectId: first(actor['userId'], logged['ObjectId']),
      application: first(actor['applicationDisplayName'], logged['ApplicationName']),
      applicationId: first(actor['applicationId'], logged['Application']),
      permissions: strings(actor['userPermissions'] ?? logged['UserPermissions']),
    },
    targets: Array.isArray(graph['resources']) ? graphTargets(graph['resources']) : loggedTargets(properties),
    body,
    original,
  };
}

function graphTargets(resources: readonly unknown[]): AuditDetails['targets'] {
  return resources.map(object).map((r) => ({
    type: first(r['auditResourceType'], r['type']),
    name: text(r['displayName']),
    objectId: text(r['resourceId']),
    modifiedProperties: items(r['modifiedProperties'])
      .map(object)
      .map((p) => ({ name: text(p['displayName']) ?? '', newValue: asRecorded(p['newValue']), oldValue: asRecorded(p['oldValue']) })),
  }));
}

function loggedTargets(properties: Json): AuditDetails['targets'] {
  const names = items(properties['TargetDisplayNames']);
  const ids = items(properties['TargetObjectIds']);
  const targets = items(properties['Targets']).map(object);
  return Array.from({ length: Math.max(names.length, ids.length, targets.length) }, (_, i) => ({
    type: null,
    name: first(targets[i]?.['Name'], names[i]),
    objectId: text(ids[i]),
    modifiedProperties: items(targets[i]?.['ModifiedProperties'])
      .map(object)
      .map((p) => ({ name: text(p['Name']) ?? '', newValue: asRecorded(p['New']), oldValue: asRecorded(p['Old']) })),
  }));
}
