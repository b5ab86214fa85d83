import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createWorld, DAY, makeEvent, makeTimes, type Device, type GraphEvent, type World } from './events.ts';
import { Random } from './prng.ts';

export { ALL_DEVICES, ALL_USERS, generateAuditEvents, type Device, type GraphEvent } from './events.ts';

export interface SimulatedTenant {
  tenantId: string;
  name: string;
  domain: string;
  /** Audit events of the year before the first start. */
  events: number;
  users: number;
}
export interface EventQuery {
  /** ISO 8601, compared as text: all are UTC with seven digits. */
  conditions: { field: 'activityDateTime' | 'category' | 'id'; operator: 'ge' | 'gt' | 'le' | 'lt' | 'eq'; value: string }[];
  descending: boolean;
  limit: number;
  offset: number;
}
export interface Simulation {
  auditEvents(tenantId: string, query: EventQuery): GraphEvent[];
  categories(tenantId: string): string[];
  activityTypes(tenantId: string, category: string): string[];
  devices(tenantId: string): readonly Device[];
  enrollmentEvents(tenantId: string, from: string, to: string): GraphEvent[];
  /** Lets new events happen. */
  start(): void;
  close(): void;
}
const columns = { activityDateTime: 'time', category: 'category', id: 'id' } as const;
const operators = { ge: '>=', gt: '>', le: '<=', lt: '<', eq: '=' } as const;
const failures = [['AccountValidation', 'The user is not licensed for Intune.'], ['DeviceNotSupported', 'The device’s version is too old.'], ['UserValidation', 'The user has reached the device limit.']] as const;

/** The history and the present of the pretend tenants, kept in SQLite so that the past never changes. */
export function createSimulation(options: { dir: string; seed: number; tenants: readonly SimulatedTenant[] }): Simulation {
  mkdirSync(options.dir, { recursive: true });
  const db = new DatabaseSync(join(options.dir, 'graph.db'));
  db.exec(`pragma journal_mode = wal; pragma synchronous = normal;
    create table if not exists event (tenant text not null, id text not null, time text not null, category text not null, activity text not null, visible_at integer not null, body text not null);
    create index if not exists event_time on event (tenant, time);
    create index if not exists event_id on event (tenant, id);
    create table if not exists enrollment (tenant text not null, time text not null, body text not null);
    create index if not exists enrollment_time on enrollment (tenant, time);`);
  const insert = db.prepare('insert into event (tenant, id, time, category, activity, visible_at, body) values (?, ?, ?, ?, ?, ?, ?)');
  const enroll = db.prepare('insert into enrollment (tenant, time, body) values (?, ?, ?)');
  const add = (tenantId: string, event: GraphEvent, visibleAt = 0) => void insert.run(tenantId, event.id, event.activityDateTime, String(event['category']), String(event['activityType']), visibleAt, JSON.stringify(event));
  const worlds = new Map<string, World>();
  for (const [i, tenant] of options.tenants.entries()) {
    const world = createWorld(options.seed + i, tenant.users, tenant.domain);
    worlds.set(tenant.tenantId, world);
    if (db.prepare('select 1 from event where tenant = ? limit 1').get(tenant.tenantId)) continue;
    const random = new Random(options.seed + 100 + i);
    const now = Date.now();
    db.exec('begin');
    for (const at of makeTimes(random, tenant.events, now - 364 * DAY, now)) add(tenant.tenantId, makeEvent(random, world, at));
    for (const at of makeTimes(random, Math.ceil(tenant.users / 10), now - 30 * DAY, now)) addEnrollment(tenant.tenantId, random, world, at);
    db.exec('commit');
  }

  function addEnrollment(tenantId: string, random: Random, world: World, at: number): void {
    const device = random.pick(world.devices);
    const [failureCategory, failureReason] = random.pick(failures);
    const time = new Date(at).toISOString();
    enroll.run(tenantId, time, JSON.stringify({
      '@odata.type': '#microsoft.graph.enrollmentTroubleshootingEvent', id: random.guid(), eventDateTime: time, correlationId: random.guid(), managedDeviceIdentifier: device.id, operatingSystem: device.os,
      osVersion: device.osVersion, userId: device.user.id, deviceId: device.id, enrollmentType: 'windowsAutoEnrollment', failureCategory: failureCategory[0]!.toLowerCase() + failureCategory.slice(1), failureReason,
    }));
  }

  const timers: NodeJS.Timeout[] = [];
  function live(tenant: SimulatedTenant): void {
    const random = new Random(Date.now());
    const world = worlds.get(tenant.tenantId)!;
    const tick = () => {
      const now = Date.now();
      // Now and then Graph shows an event minutes after it happened.
      const late = random.chance(0.05);
      add(tenant.tenantId, makeEvent(random, world, now), late ? now + 60_000 + random.below(300_000) : 0);
      if (random.chance(0.1)) addEnrollment(tenant.tenantId, random, world, now);
      timers.push(setTimeout(tick, 3_000 + random.below(5_000)).unref());
      timers.splice(0, timers.length - 10);
    };
    tick();
  }

  const rows = (sql: string, ...values: (string | number)[]) => db.prepare(sql).all(...values) as Record<string, string>[];
  return {
    auditEvents(tenantId, query) {
      const where = query.conditions.map((c) => `${columns[c.field]} ${operators[c.operator]} ?`);
      const sql = `select body from event where tenant = ? and visible_at <= ? ${where.map((w) => `and ${w}`).join(' ')} order by time ${query.descending ? 'desc' : 'asc'}, id limit ? offset ?`;
      return rows(sql, tenantId, Date.now(), ...query.conditions.map((c) => c.value), query.limit, query.offset).map((r) => JSON.parse(r['body']!) as GraphEvent);
    },
    categories: (tenantId) => rows('select distinct category from event where tenant = ? order by 1', tenantId).map((r) => r['category']!),
    activityTypes: (tenantId, category) => rows('select distinct activity from event where tenant = ? and category = ? order by 1', tenantId, category).map((r) => r['activity']!),
    devices: (tenantId) => worlds.get(tenantId)?.devices ?? [],
    enrollmentEvents: (tenantId, from, to) => rows('select body from enrollment where tenant = ? and time >= ? and time < ? order by time', tenantId, from, to).map((r) => JSON.parse(r['body']!) as GraphEvent),
    start: () => options.tenants.forEach(live),
    close: () => {
      timers.forEach(clearTimeout);
      db.close();
    },
  };
}
