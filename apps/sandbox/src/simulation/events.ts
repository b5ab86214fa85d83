import { operations, type Operation } from './catalogue.ts';
import { daysOf, timeOfDay } from './calendar.ts';
import { assignment, propertiesOf, type AuditProperty } from './properties.ts';
import { createRandom, type Random } from './random.ts';
import { createWorld, type Actor, type Thing, type World } from './world.ts';

/** Graph's `auditEvent`, complete and in the order of the wire. https://learn.microsoft.com/graph/api/resources/intune-auditing-auditevent */
export interface AuditEvent {
  id: string;
  displayName: string;
  componentName: string;
  activity: null;
  activityDateTime: string;
  activityType: string;
  activityOperationType: string;
  activityResult: string;
  correlationId: string;
  category: string;
  actor: {
    auditActorType: string;
    userPermissions: string[];
    applicationId: string;
    applicationDisplayName: string;
    userPrincipalName: string | null;
    servicePrincipalName: string | null;
    ipAddress: null;
    userId: string | null;
  };
  resources: { displayName: string | null; auditResourceType: string; resourceId: string; modifiedProperties: AuditProperty[] }[];
}

/** UTC with seven digits, as Graph writes it. `ticks` are the last four. */
export const graphTime = (ms: number, ticks: number): string =>
  `${new Date(ms).toISOString().slice(0, -1)}${String(ticks).padStart(4, '0')}Z`;

/**
 * What one admin does at one moment: mostly one event; several with one correlation id when a policy is made and assigned,
 * or when one action goes to many devices. Times are milliseconds since 1970, rising.
 */
export function happening(random: Random, world: World, at: number): AuditEvent[] {
  const operation = random.weighted(operations);
  const actor = random.weighted(world.actors);
  const correlationId = random.guid();
  let clock = at;
  const event = (o: Operation, resources: AuditEvent['resources']): AuditEvent => ({
    id: random.guid(),
    displayName: o.displayName,
    componentName: componentOf(o),
    activity: null,
    activityDateTime: graphTime(clock, random.int(0, 9999)),
    activityType: o.activityType,
    activityOperationType: o.operationType,
    activityResult: random.chance(0.018) ? 'Failure' : 'Success',
    correlationId,
    category: o.category,
    actor: actorOf(actor),
    resources,
  });
  if (operation.kind === 'device') {
    const count = operation.activityType === 'syncDevice ManagedDevice' && random.chance(0.1) ? random.int(3, 12) : 1;
    return Array.from({ length: count }, () => {
      const device = random.pick(world.devices);
      const made = event(operation, [
        resource(
          operation.entity,
          device,
          propertiesOf(random, operation, {
            id: device.id,
            name: operation.activityType.startsWith('assignUser') ? device.user.upn : device.name,
            version: random.int(2, 40),
          }),
        ),
      ]);
      clock += random.int(40, 900);
      return made;
    });
  }
  const thing = change(random, world, operation);
  const own = resource(operation.entity, thing, propertiesOf(random, operation, thing));
  if (operation.effect === 'assign') {
    const { id, properties } = assignment(random, world, thing);
    return [
      event(operation, [
        resource(operation.entity, thing, []),
        { displayName: '<null>', auditResourceType: `${operation.entity}Assignment`, resourceId: id, modifiedProperties: properties },
      ]),
    ];
  }
  const events = [event(operation, [own])];
  if (operation.effect !== 'create' || !/ConfigurationPolicy|CompliancePolicy|MobileApp$/.test(operation.entity)) return events;
  const assign: Operation = {
    ...operation,
    activityType: `Create ${operation.entity}Assignment`,
    displayName: operation.displayName.replace(/( 2\.0 \(beta\))?$/, ' assignment$1'),
  };
  for (let i = random.int(0, 3); i > 0; i -= 1) {
    clock += random.int(200, 2500);
    const { id, properties } = assignment(random, world, thing);
    events.push(
      event(assign, [
        resource(operation.entity, thing, []),
        { displayName: '<null>', auditResourceType: `${operation.entity}Assignment`, resourceId: id, modifiedProperties: properties },
      ]),
    );
  }
  return events;
}

/** Carries the operation out in the world. */
function change(random: Random, world: World, operation: Operation): Thing {
  const things = world.things(operation.kind);
  if (operation.effect === 'create') {
    const thing = { id: random.guid(), name: world.newName(operation.kind), version: 1 };
    if (things.length < 400) things.push(thing);
    return thing;
  }
  if (operation.effect === 'delete' && things.length > 12) return things.splice(random.int(0, things.length - 1), 1)[0]!;
  const thing = random.pick(things);
  if (operation.effect === 'patch') thing.version += 1;
  return thing;
}

const resource = (
  type: string,
  thing: { id: string; name: string },
  modifiedProperties: AuditProperty[],
): AuditEvent['resources'][number] => ({ displayName: thing.name, auditResourceType: type, resourceId: thing.id, modifiedProperties });
const componentOf = (o: Operation): string =>
  o.category === 'Application' ? 'MobileApp' : o.category === 'Device' ? 'ManagedDevice' : o.category;
const actorOf = (a: Actor): AuditEvent['actor'] => ({
  auditActorType: a.type,
  userPermissions: a.permissions,
  applicationId: a.applicationId,
  applicationDisplayName: a.application,
  userPrincipalName: a.upn,
  servicePrincipalName: a.servicePrincipal,
  ipAddress: null,
  userId: a.userId,
});

/** Exactly `count` events from `from` to `to`, oldest first, with the memory of one day. The same input gives the same bytes. */
export function* history(random: Random, world: World, options: { count: number; from: Date; to: Date }): Generator<AuditEvent> {
  for (const { start, end, count } of daysOf(options.from, options.to, options.count)) {
    const midnight = Math.floor(start / 86_400_000) * 86_400_000;
    const day: AuditEvent[] = [];
    while (day.length < count) {
      const drawn = midnight + timeOfDay(random);
      const at = drawn >= start && drawn < end ? drawn : start + Math.floor(random.next() * (end - start));
      // What runs over midnight, or over the count, is left out.
      for (const event of happening(random, world, at)) if (day.length < count && Date.parse(event.activityDateTime) < end) day.push(event);
    }
    yield* day.toSorted((a, b) => (a.activityDateTime < b.activityDateTime ? -1 : 1));
  }
}

/**
 * Audit events for measurements and tests, without a database. Oldest first; the same options give the same events. `world`
 * is the seed of people, devices and names: spans that are made apart with one world are of one tenant.
 */
export function generateAuditEvents(options: {
  seed: number;
  world?: number;
  count: number;
  from: Date;
  to: Date;
  users?: number;
  tenantId?: string;
  domain?: string;
}): Generator<AuditEvent> {
  const random = createRandom(options.seed);
  const world = createWorld(options.world === undefined ? random : createRandom(options.world), {
    tenantId: options.tenantId ?? '',
    domain: options.domain ?? 'contoso.example',
    users: options.users ?? 1_000,
  });
  return history(random, world, options);
}
