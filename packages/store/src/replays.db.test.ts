import { deliver, type DeliverOptions, type DeliveryLease, type DeliveryStore, type OpenDestination } from '@weir/engine';
import { auditRecords, gate, ScriptedDestination, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openStore, type ReplayLease, type Store } from './index.ts';

const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const fault = { code: 'test', message: 'made by the test', remedy: null };
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let sql: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test', poolSize: 20 });
  await store.migrate();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
afterEach(async () => {
  await sql.query(`update replay set ended_at = now(), result = 'cancelled' where ended_at is null`);
  await sql.query('update delivery set ended_at = now(), lease_token = null where ended_at is null');
});
afterAll(async () => {
  await sql?.end();
  await store?.close();
  await database?.drop();
});

const options: DeliverOptions = {
  worker: { leaseMs: 60_000 },
  timeoutMs: 60_000,
  sliceMs: 1e9,
  now: () => new Date(),
  signal: new AbortController().signal,
};
const all = (count: number, first = 1): number[] => Array.from({ length: count }, (_, i) => first + i);
const resource = (name: string) => `/subscriptions/s/resourceGroups/g/providers/${name}${crypto.randomUUID().slice(0, 8)}`;
const kinds = {
  storage: () => ({ storage: { storageAccountId: resource('Microsoft.Storage/storageAccounts/a') } }),
  logAnalytics: () => ({ logAnalytics: { workspaceId: resource('Microsoft.OperationalInsights/workspaces/w') } }),
};

/** A tenant with one delivery that has delivered `count` records to `destination`. */
async function delivered(count: number, destination: OpenDestination, kind: keyof typeof kinds = 'logAnalytics') {
  const tenantId = crypto.randomUUID();
  const tenant = store.forTenant(tenantId);
  await tenant.settings.create(
    intune,
    'Archive',
    { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: kinds[kind]() },
    actor,
  );
  await store.log.append(tenantId, auditRecords(count));
  await live(destination);
  const facts = async () => (await tenant.settings.list(intune))[0]!.deliveries[0]!.facts;
  const id = (await tenant.settings.list(intune))[0]!.deliveries[0]!.id;
  return { tenantId, id, actions: tenant.deliveries, facts };
}
async function live(destination: OpenDestination): Promise<string> {
  const [lease] = await store.deliveries.claim('live', 60_000, 10);
  return deliver(store.deliveries, lease!, destination, options);
}
const claim = () => store.replays.claim('replay', 60_000, 10);
async function move(destination: OpenDestination, lease?: ReplayLease): Promise<string> {
  const held = lease ?? (await claim())[0]!;
  return deliver(store.replays.of(held), held, destination, options);
}
const expire = () => sql.query(`update replay set lease_until = now() - interval '1 second' where ended_at is null`);
const newest = async (d: { id: string; actions: { get(id: string): Promise<{ replays: readonly unknown[] } | null> } }) =>
  (await d.actions.get(d.id))!.replays[0];
const beginning = { kind: 'beginning' } as const;

test('a replay sends what the delivery has passed, in order, and ends there; the checkpoint does not move', async () => {
  const d = await delivered(250, new ScriptedDestination());
  expect(await d.actions.replay(actor, d.id, { kind: 'sequence', sequence: 41 })).toMatchObject({ fromSeq: 41, toSeq: 250, position: 40 });
  await store.log.append(
    d.tenantId,
    auditRecords(10).map((r, i) => ({ ...r, id: `later-${i}` })),
  );
  const again = new ScriptedDestination();
  await move(again);
  expect(again.held).toEqual(all(210, 41));
  expect(await newest(d)).toMatchObject({ result: 'done', position: 250, delivered: 210 });
  expect(await d.facts()).toMatchObject({ checkpoint: 250, delivered: 250 });
  expect(await claim()).toEqual([]);
});

test.each(['writeBatch', 'send', 'accepted'] as const)(
  'a worker that dies at %s: the next one goes on, and storage holds each record once more',
  async (arrow) => {
    const destination = new ScriptedDestination();
    const d = await delivered(120, destination, 'storage');
    await d.actions.replay(actor, d.id, beginning);
    const [lease] = await claim();
    const port = store.replays.of(lease!);
    const died = new Promise<never>(() => {});
    const dying: DeliveryStore = { ...port };
    let reached = () => {};
    const there = new Promise<void>((done) => (reached = done));
    const stop = () => (reached(), died);
    if (arrow === 'writeBatch') dying.writeBatch = (l, b) => port.writeBatch(l, b).then(stop);
    if (arrow === 'send') destination.after = stop;
    if (arrow === 'accepted') dying.accepted = (l, b) => port.accepted(l, b).then(stop);
    void deliver(dying, lease!, destination, options);
    await there;
    destination.after = () => {};
    await expire();
    await move(destination);
    expect(destination.held).toEqual([...all(120), ...all(120)]);
    expect(await newest(d)).toMatchObject({ result: 'done', delivered: 120 });
  },
);

test('a replay whose lease was taken over writes nothing more', async () => {
  const destination = new ScriptedDestination();
  const d = await delivered(50, destination);
  await d.actions.replay(actor, d.id, beginning);
  const door = gate();
  destination.after = () => door.pass();
  const late = move(destination);
  await door.arrived;
  await expire();
  destination.after = () => {};
  await move(destination);
  door.open();
  expect(await late).toBe('lost');
  expect(await newest(d)).toMatchObject({ position: 50, delivered: 50, result: 'done' });
});

test('live records are sent while a replay hangs, and the replay goes on after them', async () => {
  const destination = new ScriptedDestination();
  const d = await delivered(10, destination);
  await d.actions.replay(actor, d.id, beginning);
  const hanging = new ScriptedDestination();
  const door = gate();
  hanging.before = () => door.pass().then(() => null);
  const replay = move(hanging);
  await door.arrived;
  await store.log.append(
    d.tenantId,
    auditRecords(5).map((r, i) => ({ ...r, id: `new-${i}` })),
  );
  expect(await live(destination)).toBe('drained');
  expect(destination.held).toEqual(all(15));
  door.open();
  await replay;
  expect(hanging.held).toEqual(all(10));
});

test('to one append blob live records go first: the replay gives way before its next batch', async () => {
  const destination = new ScriptedDestination();
  const d = await delivered(250, destination, 'storage');
  await d.actions.replay(actor, d.id, beginning);
  await store.log.append(
    d.tenantId,
    auditRecords(5).map((r, i) => ({ ...r, id: `new-${i}` })),
  );
  let busy: DeliveryLease | undefined;
  destination.after = async () => void (busy ??= (await store.deliveries.claim('live', 60_000, 1))[0]);
  expect(await move(destination)).toBe('lost');
  expect(destination.held).toEqual([...all(250), ...all(100)]);
  await expire();
  expect(await claim()).toEqual([]);
  expect(await deliver(store.deliveries, busy!, destination, options)).toBe('drained');
  await move(destination);
  expect(destination.held).toEqual([...all(250), ...all(100), ...all(5, 251), ...all(150, 101)]);
});

test('one replay of a delivery runs; cancelled, it writes nothing more and the next one begins', async () => {
  const d = await delivered(20, new ScriptedDestination());
  const first = await d.actions.replay(actor, d.id, beginning);
  await d.actions.replay(actor, d.id, { kind: 'sequence', sequence: 11 });
  const leases = await claim();
  expect(leases).toHaveLength(1);
  expect(await claim()).toEqual([]);
  expect(await d.actions.cancel(actor, d.id, (first as { id: string }).id)).toBe(true);
  const nothing = new ScriptedDestination();
  expect(await move(nothing, leases[0])).toBe('lost');
  expect(nothing.held).toEqual([]);
  await move(nothing);
  expect(nothing.held).toEqual(all(10, 11));
});

test('a pause keeps the position for weeks; the batch that travels is finished, and resume goes on after it', async () => {
  const destination = new ScriptedDestination();
  const d = await delivered(5, destination);
  await store.log.append(
    d.tenantId,
    auditRecords(250).map((r, i) => ({ ...r, id: `waits-${i}` })),
  );
  destination.after = async () => void (await d.actions.pause(actor, d.id, 'maintenance'));
  expect(await live(destination)).toBe('lost');
  expect(await d.facts()).toMatchObject({ paused: true, checkpoint: 105 });
  await sql.query(
    `update delivery set paused_at = now() - interval '40 days', last_attempt_at = now() - interval '40 days', next_attempt_at = now() - interval '40 days', lease_until = now() - interval '40 days' where id = $1`,
    [d.id],
  );
  await d.actions.replay(actor, d.id, beginning);
  expect([await store.deliveries.claim('live', 60_000, 10), await claim()]).toEqual([[], []]);
  expect((await d.actions.get(d.id))!.paused).toMatchObject({ by: actor.upn, reason: 'maintenance' });
  destination.after = () => {};
  await d.actions.resume(actor, d.id);
  await live(destination);
  expect(destination.held).toEqual(all(255));
  expect(await claim()).toHaveLength(1);
});

test('a poison record: refused again it stays with the new reason, mended and resent it leaves, another is skipped', async () => {
  const destination = new ScriptedDestination();
  const poison = new Set([3, 7]);
  destination.refuse = (record) => (poison.has(record.seq) ? fault : null);
  const d = await delivered(9, destination);
  expect((await d.actions.quarantine(d.id, 0, 10))!.map((q) => q.seq)).toEqual([3, 7]);
  expect(await d.actions.quarantined(d.id, 3)).toMatchObject({ fault, body: expect.stringContaining('{') });
  destination.refuse = (record) => (poison.has(record.seq) ? { ...fault, message: 'still too large' } : null);
  expect(await d.actions.resend(actor, d.id, [3])).toBe(1);
  expect(await d.actions.resend(actor, d.id, [3])).toBe(0);
  await move(destination);
  expect((await d.actions.quarantine(d.id, 0, 1))![0]).toMatchObject({ seq: 3, fault: { message: 'still too large' }, resending: false });
  expect((await d.facts()).quarantined).toBe(2);
  poison.delete(3);
  await d.actions.resend(actor, d.id, [3]);
  await move(destination);
  expect(destination.held).toEqual([1, 2, 4, 5, 6, 8, 9, 3]);
  expect(await d.actions.skip(actor, d.id, [3, 7], 'not needed')).toBe(1);
  expect([await d.actions.quarantine(d.id, 0, 10), (await d.facts()).quarantined]).toEqual([[], 0]);
});

test('another tenant finds nothing and changes nothing', async () => {
  const d = await delivered(5, new ScriptedDestination());
  const other = store.forTenant(crypto.randomUUID()).deliveries;
  expect(
    await Promise.all([
      other.get(d.id),
      other.pause(actor, d.id, null),
      other.replay(actor, d.id, beginning),
      other.resend(actor, d.id, null),
      other.quarantine(d.id, 0, 9),
    ]),
  ).toEqual([null, false, null, null, null]);
  expect((await d.facts()).paused).toBe(false);
});
