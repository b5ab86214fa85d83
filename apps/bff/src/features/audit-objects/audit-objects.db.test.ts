import { randomUUID } from 'node:crypto';
import { INTUNE_AUDIT, type endpoints, type ResponseOf } from '@weir/contract';
import { mapAuditEvent, type GraphAuditEvent } from '@weir/sources';
import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, startServer, type TestServer } from '../../../test/server.ts';

type Timeline = ResponseOf<typeof endpoints.timeline.objectTimeline>;
type State = ResponseOf<typeof endpoints.timeline.objectState>;
type Related = ResponseOf<typeof endpoints.timeline.relatedRecords>;

const HOUR = 3_600_000;
const start = Math.floor(Date.now() / HOUR) * HOUR - 20 * 24 * HOUR;
const at = (hours: number): string => new Date(start + hours * HOUR).toISOString();
const POLICY = '0f8b6b0e-0000-4000-8000-0123456789ab';
const GROUP = 'aaaa6b0e-1111-4000-8000-0123456789ab';
const ADMIN = 'bbbb6b0e-2222-4000-8000-0123456789ab';
const CORRELATION = 'cccc6b0e-3333-4000-8000-0123456789ab';

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;

type Property = [name: string, oldValue: string | null, newValue: string | null];
type Resource = NonNullable<GraphAuditEvent['resources']>[number];
const resource = (resourceId: string, type: string, displayName: string, ...properties: Property[]): Resource => ({
  resourceId,
  auditResourceType: type,
  displayName,
  modifiedProperties: properties.map(([name, oldValue, newValue]) => ({ displayName: name, oldValue, newValue })),
});
function event(
  id: string,
  hours: number,
  activityType: string,
  operation: string,
  resources: Resource[],
  more: Partial<GraphAuditEvent> = {},
) {
  return mapAuditEvent(CONTOSO, {
    id,
    activityDateTime: at(hours).replace('Z', '1234Z'),
    activityType,
    activityOperationType: operation,
    activityResult: 'Success',
    category: 'DeviceConfiguration',
    correlationId: randomUUID(),
    actor: { userId: ADMIN, userPrincipalName: 'maya@contoso.example', applicationDisplayName: 'Portal' },
    resources,
    ...more,
  });
}
const policy = (...properties: Property[]) => resource(POLICY, 'Policy', 'Ring 3', ...properties);

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  const { log, ledger } = server.store;
  await log.append(CONTOSO, [
    event('made', 10, 'Create Policy', 'Create', [policy(['Deferral', null, '7'], ['Scope', null, '<null>'])], {
      correlationId: CORRELATION,
    }),
    event(
      'assigned',
      10.1,
      'Create PolicyAssignment',
      'Create',
      [policy(), resource(`${POLICY}_${GROUP}`, 'PolicyAssignment', '<null>', ['Target.Type', null, 'Group'])],
      { correlationId: CORRELATION },
    ),
    event('refused', 11, 'Patch Policy', 'Patch', [policy(['Deferral', '7', '99'])], { activityResult: 'Failure' }),
    event('renamed', 20, 'Patch Policy', 'Patch', [
      resource(POLICY.toUpperCase(), 'Policy', 'Ring 3b', ['DisplayName', 'Ring 3', 'Ring 3b'], ['Late', 'before', 'after']),
    ]),
    event('patched', 60, 'Patch Policy', 'Patch', [
      resource(`${POLICY}_0_0`, 'Policy', 'Ring 3b', ['Deferral', '7', '14'], ['Script', null, 'x'.repeat(64_000)]),
    ]),
    event('deleted', 90, 'Delete Policy', 'Delete', [resource(POLICY, 'Policy', 'Ring 3b', ['Deferral', '14', null])]),
    event('mentioned', 91, 'Patch Filter', 'Patch', [resource(randomUUID(), 'Filter', 'F', ['Used by', null, POLICY])]),
    ...Array.from({ length: 40 }, (_, n) =>
      event(`noise-${n}`, 10.2 + n / 100, 'Patch Thing', 'Patch', [resource(randomUUID(), 'Thing', 'T')]),
    ),
    event('as-actor', 95, 'Patch Thing', 'Patch', [resource(randomUUID(), 'Thing', 'T')], { actor: { userId: GROUP } }),
  ]);
  const theirs = event('theirs', 10, 'Create Policy', 'Create', [resource('dddd6b0e-4444-4000-8000-0123456789ab', 'Policy', 'Theirs')]);
  await log.append(FABRIKAM, [theirs]);
  // Read up to hour 30, and from hour 50 until now.
  const windows = [
    { from: new Date(start), to: new Date(start + 30 * HOUR), kind: 'history' as const, notBefore: new Date(0) },
    { from: new Date(start + 50 * HOUR), to: new Date(), kind: 'live' as const, notBefore: new Date(0) },
    { from: new Date(start + 30 * HOUR), to: new Date(start + 50 * HOUR), kind: 'history' as const, notBefore: new Date(0) },
  ];
  await ledger.plan(CONTOSO, 'graph', INTUNE_AUDIT, windows);
  for (let n = 0; n < 3; n += 1) {
    const window = (await ledger.claimWindow('w', 60_000, ['graph']))!;
    const hole = window.from.getTime() === start + 30 * HOUR;
    await (hole ? ledger.windowFailed(window, 'Graph said no.', HOUR) : ledger.windowDone(window, { records: 0, accepted: 0 }));
  }
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

const timeline = async (id: string, query = '') => (await server.call(`/api/audit-objects/${id}/timeline${query}`)).json<Timeline>();
const state = async (point?: string) =>
  (await server.call(`/api/audit-objects/${POLICY}/state${point === undefined ? '' : `?at=${encodeURIComponent(point)}`}`)).json<State>();
const property = (s: State, name: string) => {
  const { value, present, mark, record } = s.properties.find((p) => p.name === name)!;
  return [present ? value : 'absent', mark, record?.id];
};

test('a timeline has every record of the object, whichever way its id is written, and its names over time', async () => {
  const { object, items, gaps } = await timeline(POLICY.toUpperCase());
  expect(items.map((i) => [i.id, i.relation])).toEqual([
    ['mentioned', 'mention'],
    ['deleted', 'itself'],
    ['patched', 'itself'],
    ['renamed', 'itself'],
    ['refused', 'itself'],
    ['assigned', 'part'],
    ['made', 'itself'],
  ]);
  expect(object).toMatchObject({ id: POLICY, types: ['Policy'], firstSeen: at(10), lastSeen: at(90), complete: true });
  expect(object!.names).toEqual([
    { name: 'Ring 3b', first: at(20), last: at(90) },
    { name: 'Ring 3', first: at(10), last: at(11) },
  ]);
  expect(gaps).toEqual([
    { from: at(30), to: at(50), reason: 'Reading this time failed: Graph said no.' },
    { from: null, to: at(0), reason: 'No source has read what lies before.' },
  ]);
  const patched = items.find((i) => i.id === 'patched')!;
  expect(patched.exactTime).toBe(at(60).replace('Z', '1234Z'));
  expect(patched.changes[0]!.properties.find((p) => p.name === 'Script')).toMatchObject({ cut: true });
  expect(JSON.stringify(items).length).toBeLessThan(10_000);
});

test('each GUID of a compound id finds the record; who only acted has no change of their own', async () => {
  expect((await timeline(GROUP)).items.map((i) => [i.id, i.relation])).toEqual([['assigned', 'part']]);
  expect((await timeline(`${POLICY}_${GROUP}`)).items.map((i) => [i.id, i.relation])).toEqual([['assigned', 'itself']]);
  expect((await timeline(ADMIN)).items).toEqual([]);
  expect((await timeline(`${POLICY}_0_0`)).object!.id).toBe(POLICY);
});

test('pages join without a gap, and a cursor serves its own object only', async () => {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Timeline = await timeline(POLICY, `?limit=2${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    ids.push(...page.items.map((i) => i.id));
    expect(page.object === null).toBe(cursor !== null);
    cursor = page.nextCursor;
    expect(page.lookedBackTo === null).toBe(cursor === null);
  } while (cursor !== null);
  expect(ids).toEqual(['mentioned', 'deleted', 'patched', 'renamed', 'refused', 'assigned', 'made']);
  const own = (await timeline(POLICY, '?limit=2')).nextCursor!;
  const other = await server.call(`/api/audit-objects/${ADMIN}/timeline?cursor=${encodeURIComponent(own)}`);
  expect([other.status, other.json()['code']]).toEqual([400, 'cursor.invalid']);
});

test('the properties at a point: exact, approximate and unavailable, each with the record that it is from', async () => {
  const early = await state(at(12));
  expect(property(early, 'Deferral')).toEqual(['7', 'exact', 'made']);
  expect(property(early, 'Scope')).toEqual([null, 'approximate', 'made']);
  expect(property(early, 'Late')).toEqual(['before', 'approximate', 'renamed']);
  expect(property(early, 'Script')).toEqual([null, 'unavailable', 'patched']);
  expect(property(early, 'Target.Type')).toEqual(['Group', 'exact', 'assigned']);
  // A gap lies between the record that sets it and the point.
  expect(property(await state(at(40)), 'Deferral')).toEqual(['7', 'approximate', 'made']);
  const late = await state('patched');
  expect(late.at).toEqual({ time: at(60).replace('Z', '1234Z'), recordId: 'patched' });
  expect(property(late, 'Deferral')).toEqual(['14', 'exact', 'patched']);
  expect(property(late, 'Script')[0]).toHaveLength(64_000);
  expect(late.properties.find((p) => p.name === 'DisplayName')).toMatchObject({ mark: 'approximate', gap: { from: at(30), to: at(50) } });
  const before = await state(at(5));
  expect([property(before, 'Deferral'), before.parts[0]!.reason]).toEqual([['absent', 'exact', 'made'], 'A later record creates it.']);
  const now = await state();
  expect([property(now, 'Deferral'), property(now, 'Target.Type')]).toEqual([
    ['absent', 'exact', 'deleted'],
    ['absent', 'exact', 'deleted'],
  ]);
  expect([now.records, now.complete]).toEqual([7, true]);
});

test('related records are counted without the record itself, and their search finds them', async () => {
  const { groups } = (await server.call('/api/audit-logs/made/related')).json<Related>();
  expect(groups.map((g) => [g.kind, g.count, g.more, g.name])).toEqual([
    ['correlation', 1, false, null],
    ['target', 6, false, 'Ring 3'],
    // The hour before and after: the assignment, the noise, and what was refused an hour later to the moment does not count.
    ['actor', 41, false, null],
  ]);
  for (const group of groups) {
    const query = new URLSearchParams({ q: group.q, from: group.from, to: group.to, limit: '500' });
    const list = (await server.call(`/api/audit-logs?${query}`)).json<{ items: { id: string }[] }>();
    expect(list.items).toHaveLength(group.count + 1);
    expect(list.items.filter((r) => r.id !== 'made').slice(0, 5)).toEqual(group.items);
  }
  const both = (await server.call('/api/audit-logs/assigned/related')).json<Related>();
  expect(both.groups.filter((g) => g.kind === 'target').map((g) => [g.value, g.previousId])).toEqual([
    [POLICY, 'made'],
    [GROUP, null],
  ]);
});

test.each([
  '/api/audit-objects/dddd6b0e-4444-4000-8000-0123456789ab/timeline',
  '/api/audit-objects/dddd6b0e-4444-4000-8000-0123456789ab/state',
  `/api/audit-objects/${POLICY}/state?at=theirs`,
  `/api/audit-objects/${POLICY}/state?at=noise-1`,
  '/api/audit-logs/theirs/related',
])('what is of another directory is as unknown as what never was: %s', async (path) => {
  const unknown = path.replace('dddd6b0e', 'eeee6b0e').replace('theirs', 'nobodys').replace('noise-1', 'nobodys');
  const [foreign, never] = [await server.call(path), await server.call(unknown)];
  expect([foreign.status, never.status]).toEqual([404, 404]);
  expect({ ...foreign.json(), traceId: '' }).toEqual({ ...never.json(), traceId: '' });
  expect((await server.call(path, {}, { role: null })).status).toBe(401);
});

test('a directory whose log is empty knows no object; an impossible time is refused', async () => {
  expect((await server.call(`/api/audit-objects/${POLICY}/state?at=2026-99-01T00:00:00Z`)).status).toBe(400);
  const theirs = await server.call('/api/audit-objects/dddd6b0e-4444-4000-8000-0123456789ab/timeline', {}, { tenantId: FABRIKAM });
  // Nothing but an import: whatever is missing, Weir does not know.
  expect(theirs.json<Timeline>().gaps).toMatchObject([{ from: null, to: null }]);
});
