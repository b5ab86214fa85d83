import { auditRecord, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const actor = { oid: 'o', upn: 'u@contoso.example', name: 'U', correlationId: 'c' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  const id = (n: number) =>
    `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a${n}`;
  for (const n of [1, 2, 3, 4, 5])
    await store
      .forTenant(TENANT)
      .settings.create(
        'microsoft.intune',
        `s${n}`,
        { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: { storage: { storageAccountId: id(n) } } },
        actor,
      );
  await store.log.append(TENANT, [auditRecord(1)]);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('F8: deliveries that failed last time take no more than their share of the slots', async () => {
  const first = await store.deliveries.claim('w', 60_000, 100);
  expect(first).toHaveLength(5);
  for (const lease of first) {
    if (lease.settingName !== 's5')
      await store.deliveries.failed(lease, {
        kind: 'retry',
        fault: { code: 'c', message: 'm', remedy: null },
        waitMs: -1000,
        attempts: 1,
      });
    await store.deliveries.release(lease);
  }
  const names = async (limit: number, failing: number) => {
    const leases = await store.deliveries.claim('w', 60_000, limit, failing);
    for (const lease of leases) await store.deliveries.release(lease);
    return leases.map((l) => l.settingName).toSorted();
  };
  expect(await names(4, 0)).toEqual(['s5']);
  expect(await names(4, 2)).toHaveLength(3);
  expect(await names(4, 2)).toContain('s5');
  expect(await names(100, 100)).toEqual(['s1', 's2', 's3', 's4', 's5']);
});

test('F8: workers that are alive share evenly; one that ended or was not seen for a while leaves its share to the others', async () => {
  const taken = async (worker: string, limit = 100) => {
    const leases = await store.deliveries.claim(worker, 60_000, limit);
    return { leases, count: leases.length };
  };
  await store.workers.seen('a');
  await store.workers.seen('b');
  const [a, b] = [await taken('a'), await taken('b')];
  expect([a.count, b.count]).toEqual([3, 2]);
  // Nothing is left, and whoever has its share gets no more of what comes free.
  await store.deliveries.release(b.leases[0]!);
  expect((await taken('a')).count).toBe(0);
  await store.workers.gone('b');
  const more = await taken('a');
  expect(more.count).toBe(1);
  for (const lease of [...a.leases, ...b.leases, ...more.leases]) await store.deliveries.release(lease);
  await store.workers.gone('a');
});
