import { parseCondition, type Mask, type SettingInput } from '@weir/contract';
import { deliver, type DeliverOptions, type DeliveryLease } from '@weir/engine';
import { auditRecords, ScriptedDestination, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

// Conditions, masks, batching and history of settings over the real store.
const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let sql: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test', secretKeys: [Buffer.alloc(32, 1).toString('base64')] });
  await store.migrate();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
afterEach(async () => void (await sql.query('update delivery set ended_at = now(), lease_token = null where ended_at is null')));
afterAll(async () => {
  await sql?.end();
  await store?.close();
  await database?.drop();
});

const input = (more: Partial<SettingInput> = {}): SettingInput => ({
  categories: [{ category: 'AuditLogs', retentionDays: 0 }],
  destinations: { storage: { storageAccountId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a${made}` } },
  ...more,
});
let made = 0;
async function tenant(more: Partial<SettingInput>, before = 0): Promise<string> {
  const id = crypto.randomUUID();
  made += 1;
  if (before > 0) await store.log.append(id, auditRecords(before, 10_000));
  await store.forTenant(id).settings.create(intune, 'Archive', input(more), actor);
  return id;
}
const settingOf = async (id: string) => (await store.forTenant(id).settings.list(intune))[0]!;
const change = async (id: string, more: Partial<SettingInput>) =>
  store.forTenant(id).settings.update(intune, 'Archive', (await settingOf(id)).version, input(more), actor);
async function claim(): Promise<DeliveryLease> {
  const leases = await store.deliveries.claim('w', 60_000, 10);
  expect(leases).toHaveLength(1);
  return leases[0]!;
}
const options = (more: Partial<DeliverOptions> = {}): DeliverOptions => ({
  worker: { leaseMs: 60_000 },
  timeoutMs: 60_000,
  sliceMs: 1e9,
  now: () => new Date(),
  signal: new AbortController().signal,
  ...more,
});
const run = async (destination: ScriptedDestination) => deliver(store.deliveries, await claim(), destination, options());
const ledger = async (id: string) =>
  (
    await sql.query(
      'select first_seq::int, last_seq::int, records, filtered::int, shape_id is not null as shaped from delivered_batch where tenant_id = $1 order by first_seq',
      [id],
    )
  ).rows.map((r: Record<string, unknown>) => Object.values(r));
/** Every body that was sent, in order. */
function listening(destination: ScriptedDestination): string[][] {
  const bodies: string[][] = [];
  destination.before = (batch) => {
    bodies.push(batch.map((r) => r.body.toString()));
    return null;
  };
  return bodies;
}
const masks: Mask[] = [
  { path: 'identity', how: 'hash' },
  { path: 'properties.note', how: 'redact' },
];

test('what the condition leaves out is passed and counted; nothing of it is sent, and ranges of which nothing goes are one row', async () => {
  const id = await tenant({ condition: 'id:(record-7 or record-1200) or correlation:nothing' });
  await store.log.append(id, auditRecords(3_000));
  const destination = new ScriptedDestination();
  expect(await run(destination)).toBe('drained');
  expect(destination.sent.map((s) => s.seqs)).toEqual([[8, 1_201]]);
  for (let n = 0; n < 3; n += 1) {
    await store.log.append(id, auditRecords(10, 5_000 + 10 * n));
    expect(await run(destination)).toBe('drained');
  }
  expect((await settingOf(id)).deliveries[0]!.facts).toMatchObject({ checkpoint: 3_030, head: 3_030, delivered: 2, filtered: 3_028 });
  expect(await ledger(id)).toEqual([
    [1, 3_000, 2, 2_998, true],
    [3_001, 3_030, 0, 30, true],
  ]);
  const { proof } = store.forTenant(id);
  const delivery = (await settingOf(id)).deliveries[0]!.id;
  expect(await proof.ledgerGaps(delivery, 1, 3_030)).toEqual([]);
  expect(await proof.leftOut(delivery, 6, 9)).toEqual([
    { firstSeq: 6, lastSeq: 7 },
    { firstSeq: 9, lastSeq: 9 },
  ]);
  const where = await (await store.forTenant(id).audit()).whereabouts(['7', '8', '3020']);
  expect(where.map((w) => w.state)).toEqual(['filtered', 'delivered', 'filtered']);
});

test('an edit between two attempts does not change a byte of the batch that was written down; what comes after it goes in the new shape', async () => {
  const id = await tenant({ masks, condition: '-id:record-3' });
  await store.log.append(id, auditRecords(10));
  const destination = new ScriptedDestination();
  const bodies: string[][] = [];
  destination.before = (batch) => {
    bodies.push(batch.map((r) => r.body.toString()));
    return bodies.length === 1 ? { kind: 'retry', fault: { code: 'test', message: 'lost', remedy: null } } : null;
  };
  expect(await run(destination)).toBe('failed');
  await change(id, { masks: [{ path: 'properties', how: 'drop' }] });
  await store.log.append(id, auditRecords(5, 100));
  await sql.query('update delivery set next_attempt_at = now() where tenant_id = $1', [id]);
  expect(await run(destination)).toBe('slice');
  expect(await run(destination)).toBe('drained');
  expect(bodies[1]).toEqual(bodies[0]);
  expect(bodies[1]).toHaveLength(9);
  expect(bodies[1]![0]).toMatch(/"identity":"[0-9a-f]{32}"/);
  expect(bodies[1]![0]).toContain('"Note":"***"');
  expect(bodies[2]).toHaveLength(5);
  expect(bodies[2]![0]).not.toContain('"properties"');
  // Taken out again: what comes now goes as it stands in the log.
  await change(id, {});
  await store.log.append(id, auditRecords(1, 200));
  expect(await run(destination)).toBe('drained');
  expect(bodies[3]).toEqual([auditRecords(1, 200)[0]!.body]);
  expect(await ledger(id)).toEqual([
    [1, 10, 9, 1, true],
    [11, 15, 5, 0, true],
    [16, 16, 1, 0, false],
  ]);
});

test('edited while a worker holds the lease: what it read under the old shape is not written down any more', async () => {
  const id = await tenant({});
  await store.log.append(id, auditRecords(4));
  const lease = await claim();
  await change(id, { masks: [{ path: 'identity', how: 'drop' }] });
  const destination = new ScriptedDestination();
  const bodies = listening(destination);
  expect(await deliver(store.deliveries, lease, destination, options())).toBe('lost');
  expect(bodies).toEqual([]);
  expect(await run(destination)).toBe('drained');
  expect(bodies[0]!.every((b) => !b.includes('"identity"'))).toBe(true);
});

test('paused while a worker holds the lease: nothing more is passed either', async () => {
  const id = await tenant({ condition: 'category:Nothing' });
  await store.log.append(id, auditRecords(5, 0));
  const lease = await claim();
  await sql.query('update delivery set paused = true where tenant_id = $1', [id]);
  await expect(store.deliveries.passed(lease, { firstSeq: 1, lastSeq: 5 })).rejects.toThrow(/lease|moved on/i);
  expect(await ledger(id)).toEqual([]);
});

test('equal values of a setting have one hash, another setting has another, and a version cannot be changed afterwards', async () => {
  const hashes: string[] = [];
  for (let n = 0; n < 2; n += 1) {
    const id = await tenant({ masks: [{ path: 'identity', how: 'hash' }] });
    await store.log.append(id, auditRecords(40));
    const destination = new ScriptedDestination();
    const bodies = listening(destination);
    await run(destination);
    const pairs = bodies
      .flat()
      .map((b, i) => [
        (JSON.parse(auditRecords(40)[i]!.body) as { identity: string }).identity,
        (JSON.parse(b) as { identity: string }).identity,
      ]);
    expect(new Set(pairs.map(String)).size).toBe(new Set(pairs.map(([from]) => from)).size);
    hashes.push(pairs[0]![1]!);
    await sql.query('update delivery set ended_at = now() where tenant_id = $1', [id]);
  }
  expect(hashes[0]).not.toBe(hashes[1]);
  await expect(sql.query(`update shape set masks = '[]'`)).rejects.toThrow(/never changed/);
  await expect(sql.query('delete from shape')).rejects.toThrow(/never changed/);
});

test('without a key nothing is hashed in the open: the setting is refused, naming the field', async () => {
  const bare = openStore({ url: database.url, applicationName: 'bare' });
  const at = bare.forTenant(crypto.randomUUID()).settings;
  await expect(
    at.create(
      intune,
      'A',
      input({
        masks: [
          { path: 'a', how: 'drop' },
          { path: 'identity', how: 'hash' },
        ],
      }),
      actor,
    ),
  ).rejects.toMatchObject({
    faults: [{ path: 'masks.1.how', message: expect.stringMatching(/WEIR_SECRET_KEY/) as string }],
  });
  await at.create(intune, 'A', input({ masks: [{ path: 'identity', how: 'redact' }] }), actor);
  await bare.close();
});

test('history is sent by a replay of each new delivery, from the date on and in the setting’s shape; an edit sends it for what is new only', async () => {
  const id = await tenant(
    { condition: '-id:record-10002', includeHistoryFrom: new Date(Date.parse(auditRecords(1, 10_001)[0]!.time)).toISOString() },
    6,
  );
  const state = async () => (await store.forTenant(id).deliveries.get((await settingOf(id)).deliveries[0]!.id))!;
  expect((await state()).replays).toMatchObject([{ fromSeq: expect.any(Number) as number, toSeq: 6, createdBy: actor.upn, endedAt: null }]);
  const [replay] = await store.replays.claim('w', 60_000, 10);
  const destination = new ScriptedDestination();
  await deliver(store.replays.of(replay!), replay!, destination, options());
  const first = (await state()).replays[0]!.fromSeq;
  expect(destination.held).toEqual([1, 2, 3, 4, 5, 6].filter((seq) => seq >= first && seq !== 3));
  expect((await state()).replays[0]).toMatchObject({ result: 'done', position: 6 });
  // Saved again, with a date: the delivery is not new. A category that is: gets its own.
  await change(id, { includeHistoryFrom: '2020-01-01T00:00:00.000Z' });
  expect((await state()).replays).toHaveLength(1);
  const { rows } = await sql.query(
    `select body from record_body b join category c on c.id = b.category where b.tenant_id = $1 and c.provider = 'weir' order by seq`,
    [id],
  );
  const told = rows.map((r: { body: string }) => JSON.parse(r.body) as { properties: Record<string, unknown> });
  expect(JSON.stringify(told[0])).toContain('includeHistoryFrom');
  expect(JSON.stringify(told[0])).toContain('Replays');
});

test('a setting says what it was told, keeps it over edits of other things, and its record tells the difference', async () => {
  const batching = { storage: { intervalSeconds: 300, maxKilobytes: 64 } };
  const id = await tenant({ condition: '  actor:maya* ', masks, batching });
  expect(await settingOf(id)).toMatchObject({ condition: 'actor:maya*', masks, batching });
  expect((await sql.query('select query from shape where tenant_id = $1', [id])).rows[0].query).toEqual(
    (parseCondition('actor:maya*') as { query: unknown }).query,
  );
  await change(id, { condition: 'actor:maya*', masks });
  expect(await settingOf(id)).toMatchObject({ condition: 'actor:maya*', masks, batching: {} });
  await change(id, { condition: ' ' });
  expect(await settingOf(id)).toMatchObject({ condition: null, masks: [] });
  expect((await sql.query('select count(*)::int as n from shape where tenant_id = $1', [id])).rows).toEqual([{ n: 1 }]);
  await store.log.append(id, auditRecords(1));
  expect(await claim()).toMatchObject({ shapeId: null, batching: null });
});
