import type { QueryField } from '@weir/contract';
import type { Json } from './event.ts';

/** What a search can tell of a property. */
export type Indexed =
  /** The field holds exactly this property; `<null>` and empty texts are left out of it unless `raw`. */
  | { readonly by: 'field'; readonly field: QueryField; readonly exact: boolean; readonly raw?: boolean }
  /** The value stands among the texts of the record. */
  | { readonly by: 'text' }
  /** Nothing: records are looked at one by one. */
  | { readonly by: 'nothing' };
export type Property =
  | { readonly is: 'text'; readonly name: string; readonly indexed: Indexed; read(of: Json): string | null }
  | { readonly is: 'time'; readonly name: string; read(of: Json): string | null }
  | { readonly is: 'object'; readonly name: string; readonly of: Entity; read(of: Json): Json | null }
  | { readonly is: 'list'; readonly name: string; readonly of: Entity; read(of: Json): readonly Json[] }
  /** Answered, but not to be filtered by. */
  | { readonly is: 'other'; readonly name: string };
export interface Entity {
  readonly type: string;
  readonly properties: readonly Property[];
}

const asText = (value: unknown): string | null =>
  value === null || value === undefined
    ? null
    : typeof value === 'string'
      ? value
      : typeof value === 'object'
        ? null
        : String(value as number | boolean);
const asObject = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
/** `also` is what older documents and archives call it. */
const text = (name: string, indexed: Indexed, also?: string): Property => ({
  is: 'text',
  name,
  indexed,
  read: (of) => asText(of[name]) ?? (also === undefined ? null : asText(of[also])),
});
const list = (name: string, of: Entity): Property => ({
  is: 'list',
  name,
  of,
  read: (from) => {
    const items: readonly unknown[] = Array.isArray(from[name]) ? from[name] : [];
    return items.map(asObject).filter((i) => i !== null);
  },
});
const other = (name: string): Property => ({ is: 'other', name });
const field = (name: QueryField, more: { exact?: boolean; raw?: boolean } = {}): Indexed => ({
  by: 'field',
  field: name,
  exact: true,
  ...more,
});
const words: Indexed = { by: 'text' };
const nothing: Indexed = { by: 'nothing' };

const auditProperty: Entity = {
  type: 'microsoft.graph.auditProperty',
  properties: [text('displayName', words), text('oldValue', words), text('newValue', words)],
};
const auditResource: Entity = {
  type: 'microsoft.graph.auditResource',
  properties: [
    text('displayName', field('target')),
    text('auditResourceType', field('type', { raw: true }), 'type'),
    text('type', field('type', { raw: true }), 'auditResourceType'),
    text('resourceId', words),
    list('modifiedProperties', auditProperty),
  ],
};
const auditActor: Entity = {
  type: 'microsoft.graph.auditActor',
  properties: [
    text('applicationDisplayName', field('application')),
    text('applicationId', words),
    text('auditActorType', nothing, 'type'),
    text('type', nothing, 'auditActorType'),
    text('ipAddress', words),
    text('servicePrincipalName', words),
    text('userId', words),
    // The field names whoever acted: a person, a service principal or an application.
    text('userPrincipalName', field('actor', { exact: false })),
    text('remoteTenantId', words),
    text('remoteUserId', words),
    other('userPermissions'),
    other('userRoleScopeTags'),
  ],
};
/** https://learn.microsoft.com/graph/api/resources/intune-auditing-auditevent */
export const auditEvent: Entity = {
  type: 'microsoft.graph.auditEvent',
  properties: [
    text('id', field('id', { raw: true })),
    text('displayName', words),
    text('componentName', words),
    { is: 'object', name: 'actor', of: auditActor, read: (of) => asObject(of['actor']) },
    text('activity', words),
    { is: 'time', name: 'activityDateTime', read: (of) => asText(of['activityDateTime']) },
    text('activityType', field('activity')),
    text('activityOperationType', nothing),
    text('activityResult', field('status')),
    text('correlationId', field('correlation')),
    list('resources', auditResource),
    text('category', field('category', { raw: true })),
  ],
};
/** Finds a property, without regard to case as Graph does. */
export const propertyOf = (entity: Entity, name: string): Property | undefined =>
  entity.properties.find((p) => p.name.toLowerCase() === name.toLowerCase());
