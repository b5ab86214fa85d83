import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type Store } from '@weir/store';
import { auditRecords, onlyDestinations, ScriptedDestination, testDatabase } from '@weir/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliverLoop } from '../src/loops/deliver.ts';
import { createMetrics } from '../src/metrics.ts';

const actor = { oid: 'o', upn: 'u@contoso.example', name: 'U', correlationId: 'c' };
const tenants = Array.from({ length: 25 }, () => crypto.randomUUID());
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  const storageAccountId = `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a`;
  const input = { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: { storage: { storageAccountId } } };
  for (const tenant of tenants) await store.forTenant(tenant).settings.create('microsoft.intune', 'Archive', input, actor);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

/** Runs the loop on the real store, and notes each call to the deliveries' port. */
async function running(pollMs: number, listens: boolean, during: (calls: string[], destination: ScriptedDestination) => Promise<void>) {
  const calls: string[] = [];
  const deliveries = new Proxy(store.deliveries, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        calls.push(String(name));
        return method.apply(target, args);
      };
    },
  });
  const destination = new ScriptedDestination();
  const stopping = new AbortController();
  const loop = deliverLoop({
    store: { ...store, deliveries, ...(listens ? {} : { onAppend: () => async () => {} }) },
    destinations: onlyDestinations({ storage: { type: 'storage', open: async () => ({ kind: 'open', destination }) } }),
    worker: 'w',
    slots: 8,
    pollMs,
    leaseMs: 10_000,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(store),
    signal: stopping.signal,
  });
  try {
    await sleep(1_000);
    await during(calls, destination);
  } finally {
    stopping.abort();
    await loop;
  }
}
const arrived = async (destination: ScriptedDestination, count: number) => {
  for (const end = Date.now() + 10_000; destination.held.length < count; await sleep(20))
    if (Date.now() > end) throw new Error(`${destination.held.length} of ${count} came.`);
};

test('idle deliveries cost no statement of their own, and an append wakes the worker long before it would look by itself', async () => {
  await running(3_600_000, true, async (calls, destination) => {
    expect(calls).toEqual(['claim']);
    await store.log.append(tenants[0]!, auditRecords(5));
    await arrived(destination, 5);
  });
});

test('without a wake-up, looking by itself is enough', async () => {
  await running(100, false, async (calls, destination) => {
    expect(new Set(calls)).toEqual(new Set(['claim']));
    await store.log.append(tenants[1]!, auditRecords(5));
    await arrived(destination, 5);
  });
});
