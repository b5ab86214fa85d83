import type { Searchable } from '@weir/contract';
import { mapAuditEvent, type GraphAuditEvent } from '@weir/sources';
import fc from 'fast-check';

/** An audit event as a client sees it. */
export interface Event {
  id: string;
  activityDateTime: string;
  category?: string | null;
  activityType?: string | null;
  activityOperationType?: string | null;
  activityResult?: string | null;
  displayName?: string | null;
  componentName?: string | null;
  correlationId?: string | null;
  actor?: Record<string, string | string[] | null | undefined> | null;
  resources?: Resource[];
}
interface Resource {
  displayName?: string | null;
  auditResourceType?: string | null;
  resourceId?: string | null;
  modifiedProperties?: { displayName?: string | null; oldValue?: string | null; newValue?: string | null }[];
}
/** A filter's text, and the same said in JavaScript; null is "not known". */
type Truth = boolean | null;
interface Made<T> {
  text: string;
  truth(item: T): Truth;
}

const GUIDS = ['867a3c3f-b8c1-493b-8934-8c613c585cb9', 'adadadad-808e-44e2-905a-0b7873a8a531', '00000000-0000-0000-0000-000000000000'];
const names = [
  'Windows ring 3',
  'Ring 3  of two  blanks',
  "O'Brien",
  '<null>',
  'None',
  'café CRÈME',
  String.raw`50%_off\ `,
  'a*b?',
  `Policy ${GUIDS[0]}`,
  '5',
  ' ',
  '',
  'ring',
];
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 6, nil: null });
const of = (...values: string[]) => optional(fc.constantFrom(...values));
const resource = fc.record({
  displayName: of(...names),
  auditResourceType: of('ManagedDevice', 'MobileApp', 'DeviceCompliancePolicy'),
  resourceId: of(...GUIDS, `${GUIDS[0]}_${GUIDS[1]}`, 'T_1'),
  modifiedProperties: fc.array(
    fc.record({ displayName: of('Name', 'Version'), oldValue: of('1', ...names), newValue: of('2', ...names) }),
    { maxLength: 2 },
  ),
});
const start = Date.UTC(2026, 6, 20);
/** Times that collide, and that differ below a millisecond. */
const time = fc
  .tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom('', '0000', '1234', '9999'))
  .map(([day, ms, digits]) => new Date(start + day * 86_400_000 + ms).toISOString().replace('Z', `${digits}Z`));
const guid = fc.constantFrom(...GUIDS.slice(0, 2), 'E785A76A-b122-44d2-9438-32d87da0e217');

export const auditEvent: fc.Arbitrary<Event> = fc.record(
  {
    id: fc.uuid(),
    displayName: of('Create device configuration', ...names),
    componentName: of('DeviceConfiguration', 'ManagedDevice', 'ring'),
    activity: fc.constant(null),
    activityDateTime: time,
    activityType: of('wipe ManagedDevice', 'Patch MobileApp', 'Create DeviceCompliancePolicy', '<null>', ''),
    activityOperationType: of('Action', 'Patch', 'Create'),
    activityResult: of('Success', 'Failure'),
    correlationId: optional(guid),
    category: of('Device', 'device', 'Role', 'Compliance', 'CloudPC'),
    actor: optional(
      fc.record({
        auditActorType: of('ItPro', 'Application'),
        userPrincipalName: of('maya.chen@contoso.example', 'Jonas@contoso.example', '<null>'),
        servicePrincipalName: of('automation', 'maya.chen@contoso.example'),
        applicationDisplayName: of('Microsoft Intune portal extension', 'automation', ''),
        applicationId: optional(guid),
        userId: optional(guid),
        ipAddress: fc.constant(null),
        userPermissions: fc.constant(['*']),
      }),
    ),
    resources: fc.array(resource, { maxLength: 3 }),
  },
  { requiredKeys: ['id', 'activityDateTime', 'resources'] },
) as fc.Arbitrary<Event>;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const fold = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, ' ');
const and = (a: Truth, b: Truth): Truth => (a === false || b === false ? false : a === null || b === null ? null : true);
const negated = (a: Truth): Truth => (a === null ? null : !a);

/** Conditions on one text. `values`: what to look for, mostly what is there. */
function onText<T>(path: string, read: (item: T) => string | null | undefined, values: fc.Arbitrary<string>): fc.Arbitrary<Made<T>> {
  const get = (item: T): string | null => read(item) ?? null;
  const equals = (item: T, value: string): boolean => get(item) !== null && fold(get(item)!) === fold(value);
  return fc.oneof(
    values.map((v): Made<T> => ({ text: `${path} eq ${quoted(v)}`, truth: (i) => equals(i, v) })),
    values.map((v): Made<T> => ({ text: `${quoted(v.toUpperCase())} ne ${path}`, truth: (i) => !equals(i, v.toUpperCase()) })),
    fc.constant<Made<T>>({ text: `${path} eq null`, truth: (i) => get(i) === null }),
    fc.constant<Made<T>>({ text: `${path} ne null`, truth: (i) => get(i) !== null }),
    fc.array(values, { minLength: 1, maxLength: 3 }).map((list): Made<T> => ({
      text: `${path} in (${list.map(quoted).join(', ')})`,
      truth: (i) => list.some((v) => equals(i, v)),
    })),
    fc
      .tuple(fc.constantFrom('startsWith', 'endsWith', 'includes'), values, fc.nat(), fc.nat(6))
      .map(([how, value, at, length]): Made<T> => {
        const from = how === 'startsWith' ? 0 : at % (value.length + 1);
        const piece = (how === 'endsWith' ? value.slice(from) : value.slice(from, from + length)).toWellFormed();
        const name = how === 'includes' ? 'contains' : how.toLowerCase();
        return {
          text: `${name}(${path},${quoted(piece)})`,
          truth: (i) => (get(i) === null ? null : fold(get(i)!)[how as 'includes'](fold(piece))),
        };
      }),
  );
}

const onTime = (values: fc.Arbitrary<string>): fc.Arbitrary<Made<Event>> => {
  const digits = (text: string): string => `${text.slice(0, 19)}.${text.slice(20, -1).padEnd(9, '0')}`;
  const holds = {
    eq: (a: string, b: string) => a === b,
    ne: (a: string, b: string) => a !== b,
    gt: (a: string, b: string) => a > b,
    ge: (a: string, b: string) => a >= b,
    lt: (a: string, b: string) => a < b,
    le: (a: string, b: string) => a <= b,
  };
  return fc.tuple(fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), values).map(([operator, at]) => ({
    text: `activityDateTime ${operator} ${at}`,
    truth: (e) => holds[operator](digits(e.activityDateTime), digits(at)),
  }));
};

function combined<T>(leaf: fc.Arbitrary<Made<T>>): fc.Arbitrary<Made<T>> {
  return fc.letrec<{ filter: Made<T> }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: leaf, weight: 3 },
      {
        arbitrary: fc
          .tuple(tie('filter'), tie('filter'))
          .map(([a, b]) => ({ text: `(${a.text}) and (${b.text})`, truth: (i: T) => and(a.truth(i), b.truth(i)) })),
        weight: 1,
      },
      {
        arbitrary: fc
          .tuple(tie('filter'), tie('filter'))
          .map(([a, b]) => ({ text: `(${a.text}) or ${b.text}`, truth: (i: T) => negated(and(negated(a.truth(i)), negated(b.truth(i)))) }))
          .map((m) => ({ ...m, text: `(${m.text})` })),
        weight: 1,
      },
      { arbitrary: tie('filter').map((a) => ({ text: `not (${a.text})`, truth: (i: T) => negated(a.truth(i)) })), weight: 1 },
    ),
  })).filter;
}

/** Filters over what these events hold. */
export function filterOf(events: readonly Event[]): fc.Arbitrary<{ text: string; test: (event: Event) => boolean }> {
  const event = fc.constantFrom(...events);
  const known = (read: (e: Event) => string | null | undefined, ...more: string[]) =>
    fc.oneof(
      event.map((e) => read(e) ?? 'nothing'),
      fc.constantFrom('nothing', '', ...more),
    );
  const one = (path: string, read: (e: Event) => string | null | undefined) => onText(path, read, known(read));
  const actor = (name: string) => one(`actor/${name}`, (e) => e.actor?.[name] as string | null);
  const items: Resource[] = [{}, ...events.flatMap((e) => e.resources ?? [])];
  const item = (name: 'displayName' | 'auditResourceType' | 'resourceId', path = `r/${name}`) =>
    onText<Resource>(
      path,
      (r) => r[name],
      fc.oneof(
        fc.constantFrom(...items).map((r) => r[name] ?? 'nothing'),
        fc.constantFrom('nothing', '<null>', GUIDS[0]!),
      ),
    );
  const property = (name: 'displayName' | 'oldValue' | 'newValue') =>
    onText<NonNullable<Resource['modifiedProperties']>[number]>(
      `p/${name}`,
      (p) => p[name],
      fc.constantFrom('Name', '1', 'NONE', ...names),
    );
  const inProperty = combined(fc.oneof(property('displayName'), property('oldValue'), property('newValue'))).map(
    (inner): Made<Resource> => ({
      text: `r/modifiedProperties/any(p:${inner.text})`,
      truth: (r) => (r.modifiedProperties ?? []).some((p) => inner.truth(p) === true),
    }),
  );
  const inResource = combined(
    fc.oneof(item('displayName'), item('auditResourceType'), item('auditResourceType', 'r/type'), item('resourceId'), inProperty),
  );
  const leaf: fc.Arbitrary<Made<Event>> = fc.oneof(
    one('id', (e) => e.id),
    one('category', (e) => e.category),
    one('displayName', (e) => e.displayName),
    one('ComponentName', (e) => e.componentName),
    one('activityType', (e) => e.activityType),
    one('activityOperationType', (e) => e.activityOperationType),
    one('activityResult', (e) => e.activityResult),
    one('correlationId', (e) => e.correlationId),
    actor('userPrincipalName'),
    actor('servicePrincipalName'),
    actor('applicationDisplayName'),
    actor('applicationId'),
    actor('auditActorType'),
    actor('userId'),
    onTime(event.map((e) => e.activityDateTime)),
    onTime(fc.constantFrom('2026-08-01T00:00:00Z', '2026-08-31T23:59:59.9999999Z')),
    inResource.map((inner): Made<Event> => ({
      text: `resources/any(r:${inner.text})`,
      truth: (e) => (e.resources ?? []).some((r) => inner.truth(r) === true),
    })),
    fc.constant<Made<Event>>({ text: 'resources/any()', truth: (e) => (e.resources ?? []).length > 0 }),
  );
  return combined(leaf).map(({ text, truth }) => ({ text, test: (e) => truth(e) === true }));
}

/** Every text that says something. */
const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? ['', '<null>', 'None'].includes(value)
      ? []
      : [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];
const one = (value: string | null): string[] => (value === null ? [] : [value]);
/** An event that Graph sent, as a query sees it. */
export function searchable(e: Event): Searchable {
  const { fields, id, time, original } = mapAuditEvent('t', e as unknown as GraphAuditEvent);
  return {
    time,
    text: textsIn(JSON.parse(original!)),
    fields: {
      category: one(fields.auditCategory),
      activity: one(fields.operation),
      actor: one(fields.actor),
      application: one(fields.application),
      target: fields.targets,
      type: fields.targetTypes!,
      status: one(fields.result),
      correlation: one(fields.correlationId),
      id: [id],
    },
  };
}
