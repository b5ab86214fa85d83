import { activityTypes, type ChangedProperty, type ObjectChange } from '@weir/contract';
import type { ReadRecord } from '../../ports.ts';
import type { ObjectId } from './object-id.ts';

type Json = Readonly<Record<string, unknown>>;
const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** As the record has it: `<null>` and empty texts too, for they are not the same as nothing. */
const raw = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
const named = (...values: unknown[]): string | null => values.map(raw).find((v) => v !== null && v !== '' && v !== '<null>') ?? null;
const parse = (json: string | null): Json => {
  try {
    return object(JSON.parse(json ?? 'null'));
  } catch {
    return {};
  }
};

interface Target {
  readonly id: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly properties: readonly ChangedProperty[];
}
export interface ObjectRecord {
  readonly change: ObjectChange;
  /** Null: it names the object elsewhere, for example as its actor. */
  readonly relation: 'itself' | 'part' | 'mention' | null;
}

/** Targets of a record, from the Graph object where there is one, else from the resource-log record. */
export function targetsOf(record: Pick<ReadRecord, 'body' | 'original'>): Target[] {
  const graph = parse(record.original);
  if (Array.isArray(graph['resources'])) {
    return graph['resources'].map(object).map((r) => ({
      id: raw(r['resourceId']) ?? '',
      name: named(r['displayName']),
      type: named(r['auditResourceType'], r['type']),
      properties: items(r['modifiedProperties'])
        .map(object)
        .map((p) => ({ name: raw(p['displayName']) ?? '', oldValue: raw(p['oldValue']), newValue: raw(p['newValue']) })),
    }));
  }
  const properties = object(parse(record.body)['properties']);
  const [names, ids, targets] = [
    items(properties['TargetDisplayNames']),
    items(properties['TargetObjectIds']),
    items(properties['Targets']),
  ];
  return Array.from({ length: Math.max(names.length, ids.length, targets.length) }, (_, i) => ({
    id: raw(ids[i]) ?? '',
    name: named(object(targets[i])['Name'], names[i]),
    type: null,
    properties: items(object(targets[i])['ModifiedProperties'])
      .map(object)
      .map((p) => ({ name: raw(p['Name']) ?? '', oldValue: raw(p['Old']), newValue: raw(p['New']) })),
  }));
}

/** The time with all of its digits, when it is a time in UTC; else as the log has it. */
const exactTime = (value: unknown, fallback: string): string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) ? value : fallback;

/** What a record tells of an object. A record that only mentions it, in a property of another target, changes nothing of it. */
export function recordOf(record: ReadRecord, of: ObjectId): ObjectRecord {
  const graph = parse(record.original);
  const body = parse(record.body);
  const number = object(body['properties'])['ActivityType'];
  const targets = targetsOf(record);
  const subjects = targets.flatMap((t) => {
    const relation = of.relationOf(t.id);
    return relation
      ? [
          {
            part: relation === 'itself' ? '' : t.id.toLowerCase(),
            foreign: relation === 'foreign',
            name: t.name,
            type: t.type,
            properties: t.properties,
          },
        ]
      : [];
  });
  const mentions = targets.flatMap((t) => {
    const properties = t.properties.filter((p) => [p.oldValue, p.newValue].some((v) => v !== null && v.length < 10_000 && of.isIn(v)));
    return properties.length > 0 ? [{ part: t.id.toLowerCase(), name: t.name, type: t.type, properties }] : [];
  });
  // A record of an assignment lists the policy too, with nothing changed.
  const own = subjects.some((x) => x.part === '' && (x.properties.length > 0 || subjects.every((y) => y.part === '')));
  const relation = own ? 'itself' : subjects.length > 0 ? 'part' : mentions.length > 0 ? 'mention' : null;
  return {
    relation,
    change: {
      recordId: record.id,
      time: exactTime(graph['activityDateTime'] ?? body['time'], record.time),
      seq: record.seq,
      operation: named(graph['activityOperationType']) ?? (typeof number === 'number' ? (activityTypes[number] ?? null) : named(number)),
      activity: record.activity,
      result: record.result,
      targets: targets.length,
      subjects: relation === 'mention' ? mentions : subjects,
    },
  };
}
