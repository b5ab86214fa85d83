import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createSimulation, generateAuditEvents, type AuditEvent } from './index.ts';

const dir = mkdtempSync(join(tmpdir(), 'weir-simulation-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const range = { from: new Date('2025-06-02T10:30:00Z'), to: new Date('2026-06-02T10:30:00Z') };
const tenant = { tenantId: '11111111-2222-4333-8444-555555555555', name: 'T', domain: 't.example', events: 600, users: 40 };
const make = (name: string, seed = 7) => createSimulation({ dir: join(dir, name), seed, tenants: [tenant], now: range.to });
const all = (s: ReturnType<typeof make>) => s.auditEvents(tenant.tenantId, { order: 'asc', limit: 100_000 });
const events = [...generateAuditEvents({ seed: 1, count: 5_000, ...range, users: 100 })];
const share = (test: (e: AuditEvent) => boolean) => events.filter(test).length / events.length;

it('makes exactly the events asked for, oldest first, within the time, each with its own id', () => {
  expect(events).toHaveLength(5_000);
  const times = events.map((e) => e.activityDateTime);
  expect(times).toEqual(times.toSorted());
  expect(times.every((t) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}Z$/.test(t))).toBe(true);
  expect([Date.parse(times[0]!) >= range.from.getTime(), Date.parse(times.at(-1)!) < range.to.getTime()]).toEqual([true, true]);
  expect(new Set(events.map((e) => e.id)).size).toBe(5_000);
});
it('makes the same for the same seed, and something else for another', () => {
  const of = (seed: number) => JSON.stringify([...generateAuditEvents({ seed, count: 200, ...range })]);
  expect(of(5)).toBe(of(5));
  expect(of(5)).not.toBe(of(6));
});
it('looks like work: weekdays, office hours, few failures, all kinds', () => {
  expect(share((e) => [0, 6].includes(new Date(e.activityDateTime).getUTCDay()))).toBeLessThan(0.06);
  expect(
    share((e) => {
      const hour = new Date(e.activityDateTime).getUTCHours();
      return hour >= 6 && hour < 18;
    }),
  ).toBeGreaterThan(0.85);
  const failures = share((e) => e.activityResult !== 'Success');
  expect([failures > 0, failures < 0.05]).toEqual([true, true]);
  expect(new Set(events.map((e) => e.category)).size).toBeGreaterThanOrEqual(16);
  expect(events.every((e) => e.resources.length > 0)).toBe(true);
  const values = events.flatMap((e) => e.resources).flatMap((r) => r.modifiedProperties);
  expect([
    values.some((p) => p.newValue === '<null>'),
    values.some((p) => p.oldValue === null),
    values.some((p) => p.displayName === '$Collection.RoleScopeTagIds[0]'),
  ]).toEqual([true, true, true]);
});
it('ties what one action caused together, and names an assignment by policy and group', () => {
  const byCorrelation = Map.groupBy(events, (e) => e.correlationId);
  expect([...byCorrelation.values()].filter((g) => g.length > 1).length).toBeGreaterThan(50);
  const assignments = events.flatMap((e) => (e.resources.length === 2 ? [e.resources] : []));
  expect(assignments.length).toBeGreaterThan(50);
  for (const [policy, assignment] of assignments) expect(assignment!.resourceId.split('_')[0]).toBe(policy!.resourceId);
});

it('keeps its past between starts, and makes the same one in another folder', () => {
  const first = make('one');
  const before = { events: all(first), devices: first.devices(tenant.tenantId) };
  first.close();
  expect(before.events).toHaveLength(600);
  const again = createSimulation({ dir: join(dir, 'one'), seed: 7, tenants: [tenant], now: new Date('2027-01-01') });
  expect({ events: all(again), devices: again.devices(tenant.tenantId) }).toEqual(before);
  again.close();
  const other = make('two');
  expect(all(other)).toEqual(before.events);
  other.close();
});
it('pages without a gap or a repeat, in both directions', () => {
  const simulation = make('pages');
  for (const order of ['asc', 'desc'] as const) {
    const ids: string[] = [];
    for (let after: { time: string; id: string } | undefined; ;) {
      const page = simulation.auditEvents(tenant.tenantId, { order, limit: 70, after });
      ids.push(...page.map((e) => e.id));
      const last = page.at(-1);
      if (!last) break;
      after = { time: last.activityDateTime, id: last.id };
    }
    const expected = all(simulation).map((e) => e.id);
    expect(ids).toEqual(order === 'asc' ? expected : expected.toReversed());
  }
  simulation.close();
});
