import { ALL } from '@weir/contract';
import { auditRecords, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_CENTER, type SettingInput } from '@weir/contract';
import { openStore, SettingChanged, SettingExists, SettingLimit, SinkInUse, type Store } from './index.ts';

const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
let store: Store;
let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test', poolSize: 20 });
  await store.migrate();
});
afterAll(async () => {
  await store.close();
  await database.drop();
});
const account = (name: string) => `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;
const toStorage = (name: string, ...categories: string[]): SettingInput => ({
  categories: categories.map((category) => ({ category, retentionDays: 0 })),
  destinations: { storage: { storageAccountId: account(name) } },
});
const newTenant = () => store.forTenant(crypto.randomUUID());

test('five settings at most, also when ten are made at once', async () => {
  const { settings } = newTenant();
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => settings.create(intune, `Setting ${i}`, toStorage(`account${i}`, 'AuditLogs'), actor)),
  );
  expect(results.filter((r) => r.status === 'fulfilled').length).toBe(5);
  expect(results.filter((r) => r.status === 'rejected').every((r) => r.reason instanceof SettingLimit)).toBe(true);
  expect((await settings.list(intune)).length).toBe(5);
});

test('a sink serves one category once, also when two ask at once; names differ whatever their case', async () => {
  const { settings } = newTenant();
  const results = await Promise.allSettled([
    settings.create(intune, 'A', toStorage('same', 'AuditLogs'), actor),
    settings.create(intune, 'B', toStorage('SAME', 'AuditLogs', 'Devices'), actor),
  ]);
  expect(results.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(results.find((r) => r.status === 'rejected')?.reason).toBeInstanceOf(SinkInUse);
  await settings.create(intune, 'C', toStorage('same', 'OperationalLogs'), actor);
  await expect(settings.create(intune, 'c', toStorage('else', 'Devices'), actor)).rejects.toBeInstanceOf(SettingExists);
});

test('a change needs the version that was read, and is a record that tells before and after', async () => {
  const tenant = newTenant();
  await tenant.settings.create(intune, 'Archive', toStorage('one', 'AuditLogs'), actor);
  await tenant.settings.update(intune, 'Archive', 1, toStorage('one', 'AuditLogs', 'Devices'), actor);
  await expect(tenant.settings.update(intune, 'Archive', 1, toStorage('two', 'AuditLogs'), actor)).rejects.toBeInstanceOf(SettingChanged);
  await tenant.settings.delete(intune, 'Archive', actor);
  const told: { operationName: string; identity: string; properties: { Before: unknown; After: unknown } }[] = [];
  const all = { from: '1990-01-01T00:00:00Z', to: undefined, query: ALL, untilSeq: Number.MAX_SAFE_INTEGER };
  for await (const { bodies } of (await tenant.audit(ADMIN_CENTER)).take(all, { after: null, fields: [], bodies: true }))
    told.push(...bodies!.map((b) => JSON.parse(b.body)));
  expect(told.map((r) => r.operationName)).toEqual(['Delete diagnosticSettings', 'Update diagnosticSettings', 'Create diagnosticSettings']);
  expect(told.every((r) => r.identity === actor.upn)).toBe(true);
  expect(told[1]!.properties.Before).toMatchObject({ categories: [{ category: 'AuditLogs' }] });
});

test('F20: when its record cannot be written, the change is not made', async () => {
  const tenant = newTenant();
  const unwritable = {
    ...actor,
    correlationId: {
      toJSON: () => {
        throw new Error('no record');
      },
    } as unknown as string,
  };
  await expect(tenant.settings.create(intune, 'Archive', toStorage('one', 'AuditLogs'), unwritable)).rejects.toThrow('no record');
  expect(await tenant.settings.list(intune)).toEqual([]);
});

test('a delivery begins with what comes next; a new place takes over what waits; F19: made again under its name it begins anew', async () => {
  const id = crypto.randomUUID();
  const { settings } = store.forTenant(id);
  const waiting = async () => (await settings.list(intune))[0]!.deliveries.map((d) => [d.category, d.facts.head - d.facts.checkpoint]);
  await store.log.append(id, auditRecords(10));
  await settings.create(intune, 'Archive', toStorage('one', 'AuditLogs'), actor);
  expect(await waiting()).toEqual([['AuditLogs', 0]]);
  await store.log.append(id, auditRecords(4, 100));
  const lease = (await store.deliveries.claim('w', 60_000, 100)).find((l) => l.tenantId === id)!;
  await settings.update(intune, 'Archive', 1, toStorage('two', 'AuditLogs', 'Devices'), actor);
  expect(await waiting()).toEqual([
    ['AuditLogs', 4],
    ['Devices', 0],
  ]);
  await expect(store.deliveries.writeBatch(lease, { firstSeq: 11, lastSeq: 12, prepared: {} })).rejects.toThrow(/lease/);
  await settings.delete(intune, 'Archive', actor);
  await settings.create(intune, 'Archive', toStorage('two', 'AuditLogs'), actor);
  expect(await waiting()).toEqual([['AuditLogs', 0]]);
});

test('a lease is one worker’s; when it ran out another takes it and the first can write nothing', async () => {
  const id = crypto.randomUUID();
  await store.forTenant(id).settings.create(intune, 'Archive', toStorage('lease', 'AuditLogs'), actor);
  await store.log.append(id, auditRecords(5));
  const mine = async (worker: string, ms: number) => (await store.deliveries.claim(worker, ms, 100)).find((l) => l.tenantId === id);
  const first = (await mine('a', 150))!;
  expect(await mine('b', 1000)).toBeUndefined();
  await new Promise((r) => setTimeout(r, 200));
  const second = (await mine('b', 60_000))!;
  const batch = { firstSeq: 1, lastSeq: 5, records: 5, filtered: 0, bytes: 10, place: {}, durationMs: 1 };
  await expect(store.deliveries.accepted(first, [batch])).rejects.toThrow();
  await store.deliveries.accepted(second, [batch]);
  await expect(store.deliveries.accepted(second, [batch])).rejects.toThrow();
  const [delivery] = (await store.forTenant(id).settings.list(intune))[0]!.deliveries;
  expect(delivery!.facts).toMatchObject({ checkpoint: 5, head: 5, delivered: 5 });
});
