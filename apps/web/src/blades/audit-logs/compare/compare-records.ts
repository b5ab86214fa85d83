import { visibleText, type AuditDetails } from '@weir/contract';

export interface ComparedValue {
  label: string;
  a: string | null;
  b: string | null;
  equal: boolean;
}
export interface ComparedGroup {
  title: string;
  rows: ComparedValue[];
}
type Target = AuditDetails['targets'][number];

const row = (label: string, a: string | null | undefined, b: string | null | undefined): ComparedValue => ({
  label,
  a: a ?? null,
  b: b ?? null,
  equal: (a ?? null) === (b ?? null),
});

/** Two records side by side, in the groups and words of the details. Targets meet by their id, then by their place. */
export function compareRecords(a: AuditDetails, b: AuditDetails): ComparedGroup[] {
  return [
    {
      title: 'Activity',
      rows: [
        row('Date', a.activity.date, b.activity.date),
        row('Name', a.activity.name, b.activity.name),
        row('CorrelationID', a.activity.correlationId, b.activity.correlationId),
        row('Category', a.activity.category, b.activity.category),
        row('Component', a.activity.component, b.activity.component),
      ],
    },
    {
      title: 'Activity Status',
      rows: [
        row('Status', a.status.status, b.status.status),
        row('Operation Type', a.status.operationType, b.status.operationType),
        row('Activity Type', a.status.activityType, b.status.activityType),
      ],
    },
    {
      title: 'Initiated By (Actor)',
      rows: [
        row('Type', a.actor.type, b.actor.type),
        row('Upn', a.actor.upn, b.actor.upn),
        row('Application', a.actor.application, b.actor.application),
        row('ApplicationID', a.actor.applicationId, b.actor.applicationId),
        row('ObjectID', a.actor.objectId, b.actor.objectId),
        row('Permissions', a.actor.permissions.join(', ') || null, b.actor.permissions.join(', ') || null),
      ],
    },
    ...pairs(a.targets, b.targets, (t) => t.objectId?.toLowerCase() ?? null).map(([x, y], index) => ({
      title: visibleText(`Target ${index + 1}: ${x?.name ?? y?.name ?? x?.objectId ?? y?.objectId ?? 'without a name'}`),
      rows: [row('Type', x?.type, y?.type), row('Name', x?.name, y?.name), row('ObjectID', x?.objectId, y?.objectId), ...properties(x, y)],
    })),
  ];
}

function properties(a: Target | undefined, b: Target | undefined): ComparedValue[] {
  return pairs(a?.modifiedProperties ?? [], b?.modifiedProperties ?? [], (p) => p.name).flatMap(([x, y]) => {
    const name = (x ?? y)!.name;
    return [row(`${name}: New Value`, x?.newValue, y?.newValue), row(`${name}: Old Value`, x?.oldValue, y?.oldValue)];
  });
}

/** Pairs items of the same key in their order; what has no key meets what has none, and what is left stands alone. */
export function pairs<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string | null): [T | undefined, T | undefined][] {
  const rest = [...b];
  const found = a.map((x): [T, T | undefined] => {
    const at = rest.findIndex((y) => keyOf(y) === keyOf(x));
    return [x, at < 0 ? undefined : rest.splice(at, 1)[0]];
  });
  return [...found, ...rest.map((y): [undefined, T] => [undefined, y])];
}

/** The id that somebody means who pastes an id, or a link to a record of this admin center. */
export function recordIdFrom(text: string): string {
  const given = text.trim();
  if (!/^https?:\/\//i.test(given)) return given;
  try {
    const url = new URL(given);
    return url.searchParams.get('selected') ?? decodeURIComponent(url.pathname.split('/').findLast((p) => p !== '') ?? '');
  } catch {
    return given;
  }
}
