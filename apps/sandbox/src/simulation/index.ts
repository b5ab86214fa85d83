import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { operations } from './catalogue.ts';
import { failedEnrollment, inventory, type EnrollmentEvent, type ManagedDevice } from './devices.ts';
import { graphTime, happening, history, type AuditEvent } from './events.ts';
import { createRandom, seedOf, type Random } from './random.ts';
import { createWorld, type World } from './world.ts';

export { generateAuditEvents, type AuditEvent } from './events.ts';
export type { EnrollmentEvent, ManagedDevice } from './devices.ts';

export interface SimulatedTenant {
  tenantId: string;
  name: string;
  domain: string;
  /** Audit events of the year before it was made. */
  events: number;
  users: number;
}
/** Which events: comparisons that must all hold. Times are Graph's, UTC with seven digits, so they compare as text. */
export interface EventQuery {
  conditions?: readonly { field: string; operator: 'ge' | 'gt' | 'le' | 'lt' | 'eq'; value: string }[] | undefined;
  order: 'asc' | 'desc';
  limit: number;
  /** The last event of the page before. */
  after?: { time: string; id: string } | undefined;
}
export interface Simulation {
  tenants: readonly SimulatedTenant[];
  auditEvents(tenantId: string, query: EventQuery): AuditEvent[];
  /** By id, after the one of the page before. */
  devices(tenantId: string, page?: { limit: number; after?: string | undefined }): ManagedDevice[];
  /** Enrollments that failed. */
  enrollmentEvents(tenantId: string, query: EventQuery): EnrollmentEvent[];
  categories(tenantId: string): string[];
  activityTypes(tenantId: string, category: string): string[];
  /** Lets admins go on working: an event every 3 to 8 seconds in each tenant. */
  start(): void;
  close(): void;
}

const DAY_MS = 86_400_000;
const operators = { ge: '>=', gt: '>', le: '<=', lt: '<', eq: '=' } as const;
/** Columns by the names that Graph filters with. */
const columns: Readonly<Record<string, string>> = { activityDateTime: 'time', eventDateTime: 'time', category: 'category', id: 'id' };

/**
 * Tenants whose admins work as real ones do. What they did is made once, for the year before `now`, and kept in
 * `<dir>/graph.db`; later starts go on from there.
 */
export function createSimulation(options: { dir: string; seed: number; tenants: readonly SimulatedTenant[]; now?: Date }): Simulation {
  mkdirSync(options.dir, { recursive: true });
  const db = new DatabaseSync(join(options.dir, 'graph.db'));
  db.exec(`pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -65536;
    create table if not exists tenant (id text primary key, made_at text not null);
    create table if not exists audit (tenant text not null, time text not null, id text not null, category text not null, visible_at integer not null, body text not null);
    create unique index if not exists audit_time on audit (tenant, time, id);
    create table if not exists device (tenant text not null, id text not null, body text not null, primary key (tenant, id)) without rowid;
    create table if not exists enrollment (tenant text not null, time text not null, id text not null, visible_at integer not null, body text not null, primary key (tenant, time, id)) without rowid;`);
  const insert = {
    audit: db.prepare('insert or ignore into audit (tenant, time, id, category, visible_at, body) values (?, ?, ?, ?, ?, ?)'),
    device: db.prepare('insert or replace into device (tenant, id, body) values (?, ?, ?)'),
    enrollment: db.prepare('insert or ignore into enrollment (tenant, time, id, visible_at, body) values (?, ?, ?, ?, ?)'),
  };
  const addAudit = (tenantId: string, event: AuditEvent, visibleAt: number) =>
    insert.audit.run(tenantId, event.activityDateTime, event.id, event.category, visibleAt, JSON.stringify(event));
  const worlds = new Map<string, World>();
  const timers = new Map<string, NodeJS.Timeout>();

  for (const tenant of options.tenants) {
    const random = createRandom(seedOf(options.seed, tenant.tenantId));
    const world = createWorld(random, tenant);
    worlds.set(tenant.tenantId, world);
    if (!db.prepare('select 1 from tenant where id = ?').get(tenant.tenantId)) make(tenant, world, random, options.now ?? new Date());
  }

  // After the history is in: keeping it up to date while random ids come in would double the time.
  db.exec('create index if not exists audit_id on audit (tenant, id)');

  function make(tenant: SimulatedTenant, world: World, random: Random, now: Date): void {
    const from = new Date(now);
    from.setUTCFullYear(from.getUTCFullYear() - 1);
    db.exec('begin');
    for (const event of history(random, world, { count: tenant.events, from, to: now })) addAudit(tenant.tenantId, event, 0);
    for (const device of inventory(random, world, now)) insert.device.run(tenant.tenantId, device.id, JSON.stringify(device));
    for (let i = Math.ceil(tenant.users / 10); i > 0; i -= 1) {
      const event = failedEnrollment(random, world, now.getTime() - random.int(60_000, 30 * DAY_MS));
      insert.enrollment.run(tenant.tenantId, event.eventDateTime, event.id, 0, JSON.stringify(event));
    }
    db.prepare('insert into tenant (id, made_at) values (?, ?)').run(tenant.tenantId, now.toISOString());
    db.exec('commit');
  }

  /** One moment of a running tenant. Now and then Intune shows an event only a while after it happened. */
  function tick(tenantId: string, world: World, random: Random): void {
    const now = Date.now();
    const visibleAt = random.chance(0.1) ? now + random.int(15_000, 90_000) : 0;
    // A group takes a few seconds; its last event is the one of now.
    const made = happening(random, world, now);
    const late = Math.max(0, Date.parse(made.at(-1)!.activityDateTime) - now);
    for (const event of made)
      addAudit(
        tenantId,
        { ...event, activityDateTime: graphTime(Date.parse(event.activityDateTime) - late, random.int(0, 9999)) },
        visibleAt,
      );
    if (random.chance(0.12)) {
      const event = failedEnrollment(random, world, now);
      insert.enrollment.run(tenantId, event.eventDateTime, event.id, 0, JSON.stringify(event));
    }
    const row = db.prepare('select body from device where tenant = ? and id = ?').get(tenantId, random.pick(world.devices).id) as
      | { body: string }
      | undefined;
    if (!row) return;
    const device = JSON.parse(row.body) as ManagedDevice;
    const complianceState = random.chance(0.9)
      ? device.complianceState
      : random.pick(['compliant', 'noncompliant', 'inGracePeriod'] as const);
    insert.device.run(
      tenantId,
      device.id,
      JSON.stringify({ ...device, lastSyncDateTime: graphTime(now, random.int(0, 9999)), complianceState }),
    );
  }

  function find(table: 'audit' | 'enrollment', tenantId: string, query: EventQuery): unknown[] {
    const where = ['tenant = ?', 'visible_at <= ?'];
    const values: (string | number)[] = [tenantId, Date.now()];
    for (const { field, operator, value } of query.conditions ?? []) {
      const column = columns[field];
      if (!column) throw new Error(`Events cannot be filtered by ${field}.`);
      where.push(`${column} ${operators[operator]} ?`);
      values.push(value);
    }
    if (query.after) {
      where.push(`(time, id) ${query.order === 'asc' ? '>' : '<'} (?, ?)`);
      values.push(query.after.time, query.after.id);
    }
    const rows = db
      .prepare(`select body from ${table} where ${where.join(' and ')} order by time ${query.order}, id ${query.order} limit ?`)
      .all(...values, query.limit);
    return rows.map((row) => JSON.parse(row['body'] as string));
  }

  return {
    tenants: options.tenants,
    auditEvents: (tenantId, query) => find('audit', tenantId, query) as AuditEvent[],
    devices: (tenantId, page = { limit: -1 }) =>
      db
        .prepare('select body from device where tenant = ? and id > ? order by id limit ?')
        .all(tenantId, page.after ?? '', page.limit)
        .map((row) => JSON.parse(row['body'] as string) as ManagedDevice),
    enrollmentEvents: (tenantId, query) => find('enrollment', tenantId, query) as EnrollmentEvent[],
    categories: () => [...new Set(operations.map((o) => o.category))].toSorted(),
    activityTypes: (_tenantId, category) =>
      [...new Set(operations.filter((o) => o.category === category).map((o) => o.activityType))].toSorted(),
    start() {
      for (const [tenantId, world] of worlds) {
        if (timers.has(tenantId)) continue;
        const random = createRandom(randomInt(2 ** 32));
        const next = () => {
          timers.set(
            tenantId,
            setTimeout(
              () => {
                tick(tenantId, world, random);
                next();
              },
              random.int(3_000, 8_000),
            ),
          );
        };
        next();
      }
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      db.close();
    },
  };
}
