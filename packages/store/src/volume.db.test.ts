import { auditRecords, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

let store: Store;
let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

test('records since a time by category, with the mean bytes of the newest; of one tenant and provider only', async () => {
  const tenantId = crypto.randomUUID();
  const records = auditRecords(300, 0);
  await store.log.append(tenantId, records);
  await store.log.append(crypto.randomUUID(), records.slice(0, 7));
  const times = records.map((r) => Date.parse(r.time)).toSorted((a, b) => a - b);
  const [volume, ...others] = await store.forTenant(tenantId).volume('microsoft.intune', new Date(times[0]! - 86_400_000));
  expect(others).toEqual([]);
  const newest = records.slice(-200).reduce((sum, r) => sum + Buffer.byteLength(r.body), 0) / 200;
  expect(volume).toMatchObject({ category: 'AuditLogs', records: 300 });
  expect(volume!.bytesPerRecord).toBeCloseTo(newest, 6);
  // Nothing is older than the first record, so the days before it do not count.
  expect(volume!.since.toISOString()).toBe(new Date(Math.floor(times[0]! / 3_600_000) * 3_600_000).toISOString());

  const late = new Date(times.at(-1)! + 3_600_000);
  expect(await store.forTenant(tenantId).volume('microsoft.intune', late)).toMatchObject([{ records: 0, since: late }]);
  expect(await store.forTenant(tenantId).volume('microsoft.aadiam', new Date(0))).toEqual([]);
  expect(await store.forTenant(crypto.randomUUID()).volume('microsoft.intune', new Date(0))).toEqual([]);
});
