import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { createFaults } from '../faults/index.ts';
import type { Claims } from '../identity/jwt.ts';
import { AUDIT_READER_GROUP } from '../people.ts';
import { createSimulation, type AuditEvent, type Simulation } from '../simulation/index.ts';
import { createGraph } from './index.ts';

const dir = mkdtempSync(join(tmpdir(), 'weir-graph-'));
const [tid, other] = ['11111111-2222-4333-8444-555555555555', '99999999-2222-4333-8444-555555555555'];
const faults = createFaults();
const tokens: Record<string, Partial<Claims>> = {
  app: { idtyp: 'app', roles: ['DeviceManagementApps.Read.All', 'DeviceManagementManagedDevices.Read.All'] },
  weakApp: { idtyp: 'app', roles: [] },
  admin: { scp: 'x', wids: ['62e90394-69f5-4237-9190-012177145e10'] },
  auditor: { scp: 'x', wids: [], groups: [AUDIT_READER_GROUP] },
  nobody: { scp: 'x', wids: ['b79fbf4d-3ef9-4689-8143-76b194e85509'] },
  elsewhere: { idtyp: 'app', roles: ['DeviceManagementApps.Read.All'], tid: other },
  foreign: { idtyp: 'app', aud: 'https://management.azure.com' },
};
let simulation: Simulation;
let base: string;
const server = createServer();
beforeAll(async () => {
  const tenant = (tenantId: string, events: number) => ({ tenantId, name: 'T', domain: 't.example', events, users: 30 });
  simulation = createSimulation({ dir, seed: 3, tenants: [tenant(tid, 400), tenant(other, 30)], now: new Date('2026-06-01T00:00:00Z') });
  const verify = async (token: string) => {
    if (!tokens[token]) throw new Error('unknown');
    return { tid, oid: 'o', aud: 'https://graph.microsoft.com', exp: 0, ...tokens[token] } as Claims;
  };
  const app = express();
  app.use(createGraph({ simulation, verify, faults }));
  server.on('request', app);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  simulation.close();
  rmSync(dir, { recursive: true, force: true });
});
interface Answer {
  status: number;
  body: { value: AuditEvent[]; '@odata.nextLink'?: string; error?: { code: string; message: string } };
  headers: Headers;
}
const get = async (path: string, token = 'app', query: Record<string, string> = {}): Promise<Answer> => {
  const url = path.startsWith('http')
    ? path
    : `${base}/v1.0/deviceManagement/${path}${Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : ''}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as Answer['body'], headers: response.headers };
};
const readAll = async (query: Record<string, string>): Promise<AuditEvent[]> => {
  const found: AuditEvent[] = [];
  for (let answer = await get('auditEvents', 'app', query); ; answer = await get(answer.body['@odata.nextLink']!)) {
    expect(answer.status).toBe(200);
    found.push(...answer.body.value);
    if (!answer.body['@odata.nextLink']) return found;
  }
};

it('hands out every event once over its pages, newest first unless asked otherwise', async () => {
  const newest = await readAll({ $top: '90' });
  expect(newest).toHaveLength(400);
  expect(newest.map((e) => e.activityDateTime)).toEqual(
    newest
      .map((e) => e.activityDateTime)
      .toSorted()
      .toReversed(),
  );
  expect(await readAll({ $orderby: 'activityDateTime', $top: '150' })).toEqual(newest.toReversed());
});
it('filters by time to the tenth of a microsecond, by category and by id, and keeps the filter over its pages', async () => {
  const events = await readAll({ $orderby: 'activityDateTime' });
  const [from, to] = [events[50]!.activityDateTime, events[250]!.activityDateTime];
  expect(
    await readAll({ $filter: `activityDateTime ge ${from} and activityDateTime lt ${to}`, $orderby: 'activityDateTime asc', $top: '33' }),
  ).toEqual(events.slice(50, 250));
  expect(
    await readAll({ $filter: `activityDateTime gt ${from} and activityDateTime le ${to}`, $orderby: 'activityDateTime', $top: '33' }),
  ).toEqual(events.slice(51, 251));
  expect(await readAll({ $filter: "category eq 'Role'", $orderby: 'activityDateTime' })).toEqual(
    events.filter((e) => e.category === 'Role'),
  );
  expect(await readAll({ $filter: `id eq '${events[7]!.id}'` })).toEqual([events[7]]);
  expect((await get(`auditEvents/${events[7]!.id}`)).body).toMatchObject({ ...events[7] });
});
test.each([
  [{ $filter: "actor/userId eq 'x'" }],
  [{ $filter: "activityDateTime ge 'x'" }],
  [{ $filter: 'activityDateTime ge now' }],
  [{ $filter: "id eq 'a' or id eq 'b'" }],
  [{ $top: '1001' }],
  [{ $top: '0' }],
  [{ $orderby: 'category' }],
  [{ $skiptoken: '17' }],
])('refuses %j with 400', async (query) => {
  const { status, body } = await get('auditEvents', 'app', query as Record<string, string>);
  expect([status, body.error?.code]).toEqual([400, 'BadRequest']);
});

test.each([
  ['app', 200],
  ['admin', 200],
  ['auditor', 200],
  ['nobody', 403],
  ['weakApp', 403],
  ['foreign', 401],
  ['unknown', 401],
])('lets %s read audit events with %i', async (token, status) => {
  expect((await get('auditEvents', token, { $top: '1' })).status).toBe(status);
});
it('shows each directory its own events only', async () => {
  const { body } = await get('auditEvents', 'elsewhere');
  expect(body.value).toHaveLength(30);
  const own = await get('auditEvents', 'app', { $top: '1' });
  expect((await get(`auditEvents/${own.body.value[0]!.id}`, 'elsewhere')).status).toBe(404);
});
test.each<[string, (actions: string[]) => boolean]>([
  ['admin', (a) => a.length > 20 && a.includes('Microsoft.Intune_Audit_Read')],
  ['auditor', (a) => a.join() === 'Microsoft.Intune_Audit_Read'],
  ['nobody', (a) => a.length === 0],
])('tells what %s may do', async (token, expected) => {
  const { body } = await get("getEffectivePermissions(scope='*')", token);
  const actions = (body.value as unknown as { resourceActions: { allowedResourceActions: string[] }[] }[]).flatMap((p) =>
    p.resourceActions.flatMap((r) => r.allowedResourceActions),
  );
  expect(expected(actions)).toBe(true);
});
it('lists categories, activities, devices and failed enrollments', async () => {
  expect((await get('auditEvents/getAuditCategories')).body.value).toContain('Compliance');
  expect((await get("auditEvents/getAuditActivityTypes(category='Device')")).body.value).toContain('wipe ManagedDevice');
  const devices = await get('managedDevices', 'app', { $top: '10' });
  expect([devices.body.value.length, (await get(devices.body['@odata.nextLink']!)).body.value[0]!.id > devices.body.value[9]!.id]).toEqual([
    10,
    true,
  ]);
  const window = { $filter: 'eventDateTime ge 2026-05-01T00:00:00.000Z and eventDateTime lt 2026-06-01T00:00:00.000Z', $top: '500' };
  expect((await get('troubleshootingEvents', 'app', window)).body.value).toHaveLength(3);
});
it('throttles when told to, as often as told', async () => {
  faults.set('graph', { kind: 'throttle', retryAfter: 3, count: 1 });
  const throttled = await get('auditEvents');
  expect([throttled.status, throttled.headers.get('retry-after'), throttled.body.error?.code]).toEqual([429, '3', 'TooManyRequests']);
  expect((await get('auditEvents', 'app', { $top: '1' })).status).toBe(200);
});
