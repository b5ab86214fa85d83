import {
  deliver,
  LeaseLost,
  type DeliverOptions,
  type DeliveryLease,
  type DeliveryStore,
  type LogRecord,
  type OpenDestination,
} from '@weir/engine';
import { auditRecords, gate, ScriptedDestination, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

// The engine's step over the real store: what a store in memory promises (packages/engine) must hold in PostgreSQL, too.
const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const fault = { code: 'test', message: 'made by the test', remedy: null };
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
/** Another process's store: its own pool, nothing remembered. */
let second: Store;
let sql: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'first', poolSize: 20 });
  second = openStore({ url: database.url, applicationName: 'second', poolSize: 20 });
  await store.migrate();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
// Every test claims whatever is due, so none may leave work to the next.
afterEach(async () => void (await sql.query('update delivery set ended_at = now(), lease_token = null where ended_at is null')));
afterAll(async () => {
  await sql?.end();
  await Promise.all([store?.close(), second?.close()]);
  await database?.drop();
});

const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const options = (more: Partial<DeliverOptions> = {}): DeliverOptions => ({
  worker: { leaseMs: 60_000 },
  timeoutMs: 60_000,
  sliceMs: 1e9,
  now: () => new Date(),
  signal: new AbortController().signal,
  ...more,
});
const account = (name: string) =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}${crypto.randomUUID().slice(0, 8)}`;
/** A tenant with `settings` settings, each with one delivery to a storage account, and `count` records waiting. */
async function tenant(count: number, settings = 1): Promise<string> {
  const id = crypto.randomUUID();
  for (let i = 0; i < settings; i += 1)
    await store
      .forTenant(id)
      .settings.create(
        intune,
        `Archive ${i}`,
        { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: { storage: { storageAccountId: account('a') } } },
        actor,
      );
  if (count > 0) await store.log.append(id, auditRecords(count));
  return id;
}
async function claim(from: Store = store): Promise<DeliveryLease> {
  const leases = await from.deliveries.claim('w', 60_000, 10);
  expect(leases).toHaveLength(1);
  return leases[0]!;
}
const facts = async (tenantId: string) => (await store.forTenant(tenantId).settings.list(intune))[0]!.deliveries[0]!.facts;
const batches = async (lease: DeliveryLease): Promise<[number, number][]> =>
  (
    await sql.query('select first_seq, last_seq from delivered_batch where delivery_id = $1 order by first_seq', [lease.deliveryId])
  ).rows.map((r: Record<string, unknown>) => [Number(r['first_seq']), Number(r['last_seq'])]);
/** As when a worker was stopped for longer than its lease: suspended, swapped out, cut off. */
const expire = (lease: DeliveryLease) =>
  sql.query(`update delivery set lease_until = now() - interval '1 second' where id = $1`, [lease.deliveryId]);

test('a lease taken over while its batch travels: the late worker is told so, and the checkpoint moves once', async () => {
  const id = await tenant(20);
  const destination = new ScriptedDestination();
  const held = gate();
  destination.after = () => held.pass();
  const lease = await claim();
  const late = deliver(store.deliveries, lease, destination, options());
  await held.arrived;
  await expire(lease);
  const takenOver = await claim(second);
  destination.after = () => {};
  expect(await deliver(second.deliveries, takenOver, destination, options())).toBe('drained');
  held.open();
  expect(await late).toBe('lost');
  expect(destination.held).toEqual(all(20));
  expect(await facts(id)).toMatchObject({ checkpoint: 20, delivered: 20, attempts: 0 });
  expect(await batches(lease)).toEqual([[1, 20]]);
  const late2 = { firstSeq: 21, lastSeq: 22, records: 2, filtered: 0, bytes: 1, place: {}, durationMs: 1 };
  await expect(store.deliveries.accepted(lease, [late2])).rejects.toBeInstanceOf(LeaseLost);
});

test('F10: halving comes down to the refused record, which is in quarantine with its reason; the checkpoint passes it', async () => {
  const id = await tenant(50);
  const destination = new ScriptedDestination();
  const reason = { code: 'InvalidJson', message: 'The service cannot read it.', remedy: 'None.' };
  destination.before = (batch) => (batch.some((r) => r.seq === 7) ? { kind: 'rejected', fault: reason } : null);
  const lease = await claim();
  expect(await deliver(store.deliveries, lease, destination, options())).toBe('drained');
  const { rows } = await sql.query('select seq, record_id, tenant_id, fault from quarantine where delivery_id = $1', [lease.deliveryId]);
  expect(rows.map((r: Record<string, unknown>) => ({ ...r, seq: Number(r['seq']) }))).toEqual([
    { seq: 7, record_id: 'record-6', tenant_id: id, fault: reason },
  ]);
  expect(destination.held).toEqual(all(50).filter((seq) => seq !== 7));
  expect(await facts(id)).toMatchObject({ checkpoint: 50, delivered: 49, quarantined: 1 });
});

for (const moment of ['before it was sent', 'after it arrived']) {
  test(`F4, F15: a worker that dies when its batch was written down, ${moment}: the next one takes the same records to the same place`, async () => {
    const id = await tenant(30);
    const destination = new ScriptedDestination();
    const dead = gate();
    if (moment === 'before it was sent') destination.before = () => dead.pass().then(() => Promise.reject(new LeaseLost()));
    else destination.after = () => dead.pass().then(() => Promise.reject(new LeaseLost()));
    const first = await claim();
    const dying = deliver(store.deliveries, first, destination, options());
    await dead.arrived;
    // More than was cut before: were the batch cut anew, it would be longer and doubles could not be told apart.
    await store.log.append(id, auditRecords(40, 1_000));
    await expire(first);
    const next = await claim(second);
    expect(next.openBatch).toMatchObject({ firstSeq: 1, lastSeq: 30, prepared: { position: 0 } });
    destination.before = () => null;
    destination.after = () => {};
    expect(await deliver(second.deliveries, next, destination, options())).toBe('drained');
    expect(destination.sent.slice(0, 2)).toEqual([
      { seqs: all(30), prepared: { position: 0 } },
      { seqs: all(30), prepared: { position: 0 } },
    ]);
    expect(destination.held).toEqual(all(70));
    expect(await facts(id)).toMatchObject({ checkpoint: 70, delivered: 70 });
    dead.open();
    expect(await dying).toBe('lost');
    expect(await facts(id)).toMatchObject({ checkpoint: 70, delivered: 70, attempts: 0, lastFailure: null });
  });
}

test('F7: of two destinations one fails; the other gets each record once, and the failed one catches up on its own', async () => {
  const id = await tenant(25, 2);
  const [good, bad] = [new ScriptedDestination(), new ScriptedDestination()];
  let broken = true;
  bad.before = () => (broken ? { kind: 'retry', fault } : null);
  const byName = (lease: DeliveryLease) => (lease.settingName === 'Archive 0' ? good : bad);
  for (let round = 0; round < 6; round += 1) {
    if (round === 4) broken = false;
    await sql.query('update delivery set next_attempt_at = now() where tenant_id = $1', [id]);
    for (const lease of await store.deliveries.claim('w', 60_000, 10)) await deliver(store.deliveries, lease, byName(lease), options());
    if (round < 3) await store.log.append(id, auditRecords(5, 100 + round * 5));
  }
  expect(good.sent.flatMap((s) => s.seqs)).toEqual(all(40));
  expect(bad.held).toEqual(all(40));
  expect(bad.sent.length).toBeGreaterThan(4);
});

test('a setting that is deleted while its batch travels ends the step; nothing is written for it any more', async () => {
  const id = await tenant(10);
  const destination = new ScriptedDestination();
  const held = gate();
  destination.after = () => held.pass();
  const lease = await claim();
  const running = deliver(store.deliveries, lease, destination, options());
  await held.arrived;
  await store.forTenant(id).settings.delete(intune, 'Archive 0', actor);
  held.open();
  expect(await running).toBe('lost');
  expect(await batches(lease)).toEqual([]);
  await store.log.append(id, auditRecords(3, 500));
  expect(await second.deliveries.claim('w', 60_000, 10)).toEqual([]);
});

test('paused: nothing is claimed and the position is kept; what travels at that moment is still acknowledged', async () => {
  const id = await tenant(10);
  const destination = new ScriptedDestination();
  const held = gate();
  destination.after = () => held.pass();
  const pausing = (paused: boolean) => sql.query('update delivery set paused = $2 where tenant_id = $1', [id, paused]);
  const running = deliver(store.deliveries, await claim(), destination, options());
  await held.arrived;
  await pausing(true);
  held.open();
  await running;
  expect((await facts(id)).checkpoint).toBe(10);
  await store.log.append(id, auditRecords(5, 100));
  expect(await store.deliveries.claim('w', 60_000, 10)).toEqual([]);
  expect(await facts(id)).toMatchObject({ paused: true, checkpoint: 10, head: 15 });
  await pausing(false);
  destination.after = () => {};
  await deliver(store.deliveries, await claim(), destination, options());
  expect(destination.held).toEqual(all(15));
});

test('a batch is written down with the end of the one before it, but not by a worker that must not begin one: paused, edited, without its lease', async () => {
  const id = await tenant(50);
  const lease = await claim();
  const open = async () => {
    const { rows } = await sql.query(
      'select checkpoint::int, batch_first::int as first, batch_last::int as last, batch_prepared as prepared, batch_created_at is not null as created from delivery where id = $1',
      [lease.deliveryId],
    );
    return rows[0] as Record<string, unknown>;
  };
  const none = { first: null, last: null, prepared: null, created: false };
  const end = (firstSeq: number, next: number | null) => {
    const sent = { firstSeq, lastSeq: firstSeq + 9, records: 10, filtered: 0, bytes: 10, place: {}, durationMs: 1 };
    return store.deliveries.accepted(
      lease,
      [sent],
      next === null ? undefined : { firstSeq: next, lastSeq: next + 9, prepared: { position: next } },
    );
  };
  await store.deliveries.writeBatch(lease, { firstSeq: 1, lastSeq: 10, prepared: { position: 1 } });
  expect(await end(1, 11)).toBe(true);
  expect(await open()).toEqual({ checkpoint: 10, first: 11, last: 20, prepared: { position: 11 }, created: true });
  await sql.query('update delivery set paused = true where tenant_id = $1', [id]);
  expect(await end(11, 21)).toBe(false);
  expect(await open()).toEqual({ checkpoint: 20, ...none });
  await sql.query('update delivery set paused = false where tenant_id = $1', [id]);
  const { settings } = store.forTenant(id);
  const { name, version, categories, destinations } = (await settings.list(intune))[0]!;
  await settings.update(intune, name, version, { categories, destinations, condition: 'activity:"Patch Policy1"' }, actor);
  expect(await end(21, 31)).toBe(false);
  expect(await open()).toEqual({ checkpoint: 30, ...none });
  await expire(lease);
  await claim(second);
  await expect(end(31, 41)).rejects.toBeInstanceOf(LeaseLost);
  expect(await open()).toEqual({ checkpoint: 30, ...none });
});

test('batches that arrived together are acknowledged in one commit: a row of the ledger for each, the counts of all', async () => {
  const id = await tenant(30);
  const lease = await claim();
  await store.deliveries.writeBatch(lease, { firstSeq: 1, lastSeq: 30, prepared: {} });
  const of = (firstSeq: number, records: number, digest?: Buffer) => ({
    firstSeq,
    lastSeq: firstSeq + 9,
    records,
    filtered: 10 - records,
    bytes: records * 7,
    place: { blob: `b${firstSeq}` },
    durationMs: 1.5,
    // Half a character at the end.
    ...(digest && { digest, answer: '201, request "1" \uD83D', attempts: 3 }),
  });
  const digest = Buffer.alloc(32, 0xab);
  expect(await store.deliveries.accepted(lease, [of(1, 10, digest), of(11, 4), of(21, 9)])).toBe(false);
  expect(await facts(id)).toMatchObject({ checkpoint: 30, delivered: 23, filtered: 7, attempts: 0 });
  const { rows } = await sql.query(
    `select first_seq::int, last_seq::int, records::int, filtered::int, bytes::int, place, duration_ms, digest, attempts, answer
    from delivered_batch where delivery_id = $1 order by first_seq`,
    [lease.deliveryId],
  );
  const row = (first: number, records: number) => ({
    first_seq: first,
    last_seq: first + 9,
    records,
    filtered: 10 - records,
    bytes: records * 7,
    place: { blob: `b${first}` },
    duration_ms: 2,
    digest: null,
    attempts: 1,
    answer: null,
  });
  expect(rows).toEqual([{ ...row(1, 10), digest, attempts: 3, answer: '201, request "1" \uFFFD' }, row(11, 4), row(21, 9)]);
});

test('batches that travel beside each other are written down as one; what travels stays so when none may be begun behind it', async () => {
  const id = await tenant(60);
  const lease = await claim();
  const written = (firstSeq: number, lastSeq: number) => ({ firstSeq, lastSeq, prepared: { from: firstSeq, to: lastSeq } });
  const open = async () => {
    const { rows } = await sql.query<{ at: number; prepared: unknown }>(
      'select checkpoint::int as at, batch_prepared as prepared from delivery where id = $1 and (batch_prepared is null or batch_last = (batch_prepared ->> $2)::int)',
      [lease.deliveryId, 'to'],
    );
    return [rows[0]!.at, rows[0]!.prepared];
  };
  const end = (firstSeq: number, next: ReturnType<typeof written> | null, travelling: ReturnType<typeof written> | null) =>
    store.deliveries.accepted(
      lease,
      [{ firstSeq, lastSeq: firstSeq + 9, records: 10, filtered: 0, bytes: 10, place: {}, durationMs: 1 }],
      next,
      travelling,
    );
  const extend = (lastSeq: number, firstSeq: number) => store.deliveries.extendBatch!(lease, written(firstSeq, lastSeq));
  await expect(extend(20, 1), 'behind nothing').rejects.toBeInstanceOf(LeaseLost);
  await store.deliveries.writeBatch(lease, written(1, 10));
  await extend(20, 1);
  expect(await open()).toEqual([0, { from: 1, to: 20 }]);
  expect(await end(1, written(11, 30), written(11, 20))).toBe(true);
  expect(await open()).toEqual([10, { from: 11, to: 30 }]);
  await sql.query('update delivery set paused = true where tenant_id = $1', [id]);
  await expect(extend(40, 11), 'paused').rejects.toBeInstanceOf(LeaseLost);
  expect(await end(11, written(21, 40), written(21, 30))).toBe(false);
  expect(await open()).toEqual([20, { from: 21, to: 30 }]);
  await sql.query('update delivery set paused = false where tenant_id = $1', [id]);
  const { settings } = store.forTenant(id);
  const { name, version, categories, destinations } = (await settings.list(intune))[0]!;
  await settings.update(intune, name, version, { categories, destinations, condition: 'activity:"Patch Policy1"' }, actor);
  await expect(extend(40, 21), 'edited').rejects.toBeInstanceOf(LeaseLost);
  expect(await end(21, null, null)).toBe(false);
  expect(await open()).toEqual([30, null]);
});

test('records are read as they were appended, however large and in whatever script, to the last and no further', async () => {
  const texts = ['"', 'ж🙂\u0000\\n', 'x'.repeat(300_000), '', 'ä'.repeat(40_000), "'; select 1 --"];
  const id = await tenant(0);
  const times = ['2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00.000Z', '1999-12-31T23:59:59.001Z'];
  const given = auditRecords(400).map((r, n) => ({
    ...r,
    time: times[n % 3]!,
    body: JSON.stringify({ ...(JSON.parse(r.body) as object), n, text: texts[n % texts.length] }),
  }));
  await store.log.append(id, given);
  const lease = await claim();
  const bounds = { maxRecords: 1_000, recordOverheadBytes: 1 };
  const read = async (after: number, maxBytes: number) => (await store.deliveries.read(lease, after, { ...bounds, maxBytes })).records;
  const got: LogRecord[] = [];
  for (let page = await read(0, 700_000); page.length > 0; page = await read(got.length, 700_000)) {
    expect(page.length === 1 || page.reduce((sum, r) => sum + r.body.length + 1, 0) <= 700_000).toBe(true);
    got.push(...page);
  }
  expect(got.map((r) => [r.seq, r.id, r.time, r.body.toString()])).toEqual(given.map((r, n) => [n + 1, r.id, r.time, r.body]));
  const { records, giveBack } = await store.deliveries.read(lease, 0, { ...bounds, maxBytes: 700_000 });
  giveBack!();
  expect(records.reduce((sum, r) => sum + r.body.length, 0)).toBe(0);
  expect(await read(400, 1_000)).toEqual([]);
  expect(await read(0, 1)).toHaveLength(1);
  // A name is data in a statement without parameters as well.
  const odd = await store.deliveries.read({ ...lease, category: "Audit'Logs" }, 0, { ...bounds, maxBytes: 1_000 });
  expect(odd.records).toEqual([]);
  await expect(store.deliveries.read({ ...lease, tenantId: 'no tenant' }, 0, { ...bounds, maxBytes: 1_000 })).rejects.toThrow(/uuid/);
});

test('two workers that race for 20 deliveries never both hold one, and all of them arrive', async () => {
  const tenants = await Promise.all(Array.from({ length: 4 }, () => tenant(60, 5)));
  const destinations = new Map<string, ScriptedDestination>();
  const held = new Set<string>();
  const clashes: string[] = [];
  const workers = new Map<string, Set<string>>();
  const work = async (from: Store, name: string): Promise<void> => {
    for (let idle = 0; idle < 5;) {
      const leases = await from.deliveries.claim(name, 60_000, 3);
      idle = leases.length === 0 ? idle + 1 : 0;
      await Promise.all(
        leases.map(async (lease) => {
          const { deliveryId } = lease;
          if (held.has(deliveryId)) clashes.push(deliveryId);
          held.add(deliveryId);
          workers.set(deliveryId, (workers.get(deliveryId) ?? new Set()).add(name));
          const destination = destinations.get(deliveryId) ?? new ScriptedDestination();
          destinations.set(deliveryId, destination);
          destination.limits = { ...destination.limits, maxRecords: 10 };
          // The mark goes before the lease does: whoever claims next must find it gone.
          const tracked: DeliveryStore = {
            ...from.deliveries,
            release: (l, waitMs) => (held.delete(deliveryId), from.deliveries.release(l, waitMs)),
          };
          // A slice of nothing: one batch, then the lease goes back, so that each delivery changes hands many times.
          expect(await deliver(tracked, lease, destination, options({ sliceMs: 0 }))).toMatch(/slice|drained/);
        }),
      );
    }
  };
  await Promise.all([work(store, 'a'), work(second, 'b'), work(store, 'c'), work(second, 'd')]);
  expect(clashes).toEqual([]);
  expect(destinations.size).toBe(20);
  for (const destination of destinations.values()) expect(destination.held).toEqual(all(60));
  expect([...workers.values()].some((names) => names.size > 1)).toBe(true);
  expect(tenants).toHaveLength(4);
});

test('F6: a delivery beside eight appenders skips no record of 5,000', { timeout: 60_000 }, async () => {
  const id = await tenant(0);
  const destination: OpenDestination & { held: number[] } = new ScriptedDestination();
  let appending = true;
  const reading = (async () => {
    for (;;) {
      const last = !appending;
      const leases = await second.deliveries.claim('w', 60_000, 10);
      for (const lease of leases) await deliver(second.deliveries, lease, destination, options({ sliceMs: 20 }));
      if (last && leases.length === 0) return;
    }
  })();
  await Promise.all(
    Array.from({ length: 8 }, async (_, w) => {
      for (let i = 0; i < 125; i += 1) await store.log.append(id, auditRecords(5, (w * 125 + i) * 5));
    }),
  );
  appending = false;
  await reading;
  expect(destination.held).toEqual(all(5_000));
  expect(await facts(id)).toMatchObject({ checkpoint: 5_000, head: 5_000, delivered: 5_000 });
});
