import { activityTypes, actorTypes, auditCategories, INTUNE_AUDIT, type NewRecord } from '@weir/contract';
import { extractFields } from './extract.ts';

/** A Graph `auditEvent`, as far as it is used. Everything may be missing or null on the wire. */
export interface GraphAuditEvent {
  id: string;
  activityDateTime: string;
  activityType?: string | null;
  activityOperationType?: string | null;
  activityResult?: string | null;
  category?: string | null;
  correlationId?: string | null;
  actor?: {
    auditActorType?: string | null;
    type?: string | null;
    userPermissions?: string[] | null;
    applicationId?: string | null;
    applicationDisplayName?: string | null;
    userPrincipalName?: string | null;
    servicePrincipalName?: string | null;
    userId?: string | null;
    remoteTenantId?: string | null;
  } | null;
  resources?:
    | {
        displayName?: string | null;
        resourceId?: string | null;
        auditResourceType?: string | null;
        type?: string | null;
        modifiedProperties?: { displayName?: string | null; oldValue?: string | null; newValue?: string | null }[] | null;
      }[]
    | null;
}

const NO_TENANT = '00000000-0000-0000-0000-000000000000';
/** The number of an enumeration's value; unknown ones count as 0, as Azure's "Other" and "Unknown" do. */
const indexOf = (list: readonly string[], value: string | null | undefined): number =>
  Math.max(
    0,
    list.findIndex((v) => v.toLowerCase() === value?.toLowerCase()),
  );

/** `M/d/yyyy h:mm:ss AM/PM`, UTC: the same instant as `time`, as Intune writes it beside. */
export function activityDate(time: string): string {
  const date = new Date(time);
  const hours = date.getUTCHours();
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hours < 12 ? 'AM' : 'PM'}`;
}

/**
 * A Graph audit event as the resource-log record that Azure would route, keys in a fixed order so that the bytes are stable.
 * `RelationId` and `AdditionalDetails` have no counterpart in Graph.
 */
export function mapAuditEvent(tenantId: string, event: GraphAuditEvent): NewRecord {
  const actor = event.actor ?? {};
  const resources = event.resources ?? [];
  const identity = actor.userPrincipalName ?? actor.servicePrincipalName ?? actor.applicationDisplayName ?? null;
  const body = {
    time: event.activityDateTime,
    tenantId,
    category: 'AuditLogs',
    operationName: event.activityType ?? null,
    properties: {
      ActivityDate: activityDate(event.activityDateTime),
      ActivityResultStatus: event.activityResult?.toLowerCase() === 'success' ? 1 : 0,
      ActivityType: indexOf(activityTypes, event.activityOperationType),
      Actor: {
        ActorType: indexOf(actorTypes, actor.auditActorType ?? actor.type),
        Application: actor.applicationId ?? null,
        ApplicationName: actor.applicationDisplayName ?? null,
        IsDelegatedAdmin: actor.remoteTenantId != null && actor.remoteTenantId !== NO_TENANT,
        Name: null,
        ObjectId: actor.userId ?? null,
        PartnerTenantId: actor.remoteTenantId ?? NO_TENANT,
        UserPermissions: actor.userPermissions ?? [],
        UPN: actor.userPrincipalName ?? null,
      },
      AdditionalDetails: '',
      AuditEventId: event.id,
      Category: indexOf(auditCategories, event.category),
      RelationId: null,
      TargetDisplayNames: resources.map((r) => r.displayName ?? null),
      TargetObjectIds: resources.map((r) => r.resourceId ?? null),
      Targets: resources.map((r) => ({
        ModifiedProperties: (r.modifiedProperties ?? []).map((p) => ({
          Name: p.displayName ?? null,
          Old: p.oldValue ?? null,
          New: p.newValue ?? null,
        })),
        Name: r.displayName ?? null,
      })),
    },
    resultType: event.activityResult ?? null,
    resultDescription: 'None',
    correlationId: event.correlationId ?? null,
    identity,
  };
  return {
    category: INTUNE_AUDIT,
    id: event.id,
    time: event.activityDateTime,
    body: JSON.stringify(body),
    original: JSON.stringify(event),
    // Graph names the audit category, also one whose number is not known yet.
    fields: {
      ...extractFields(body),
      auditCategory: event.category ?? null,
      targetTypes: [...new Set(resources.flatMap((r) => r.auditResourceType ?? r.type ?? []))],
    },
  };
}
