import { deliver, LeaseLost } from '@weir/engine';
import { auditRecords, ScriptedDestination, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const fault = { code: 'test', message: 'made by the test', remedy: null };
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let sql: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
afterAll(async () => {
  await sql?.end();
  await store?.close();
  await database?.drop();
});

const hour = () => new Date(Date.now() - 3_600_000);
const total = (spans: readonly { records: number; bytes: number; errors: number }[]) =>
  spans.reduce((sum, s) => ({ records: sum.records + s.records, bytes: sum.bytes + s.bytes, errors: sum.errors + s.errors }), {
    records: 0,
    bytes: 0,
    errors: 0,
  });

for (const type of ['storage', 'eventHub'] as const)
  test(`${type}: what arrives, fails and is refused stands in its minute; what a worker without the lease says does not`, async () => {
    const tenantId = crypto.randomUUID();
    const destinations =
      type === 'storage'
        ? { storage: { storageAccountId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a' } }
        : {
            eventHub: {
              authorizationRuleId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.EventHub/namespaces/n/authorizationRules/r',
            },
          };
    await store
      .forTenant(tenantId)
      .settings.create(intune, 'A', { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations }, actor);
    await store.log.append(tenantId, auditRecords(30));
    // They have waited for a while: that is the lag, not how long the sending took.
    await sql.query(`update record_body set appended_at = appended_at - interval '90 seconds' where tenant_id = $1`, [tenantId]);
    const [lease] = await store.deliveries.claim('w', 60_000, 1);
    await store.deliveries.failed(lease!, { kind: 'retry', fault, waitMs: 0, attempts: 1 });
    const destination = new ScriptedDestination();
    destination.before = (batch) => (batch.some((r) => r.seq === 7) ? { kind: 'rejected', fault } : null);
    const options = {
      worker: { leaseMs: 60_000 },
      timeoutMs: 60_000,
      sliceMs: 1e9,
      now: () => new Date(),
      signal: new AbortController().signal,
    };
    expect(await deliver(store.deliveries, lease!, destination, options)).toBe('drained');

    const { history } = store.forTenant(tenantId);
    const spans = await history([lease!.deliveryId], hour(), 1);
    expect(total(spans)).toMatchObject({ records: 29, errors: 2 });
    expect(total(spans).bytes).toBeGreaterThan(0);
    const lag = Math.max(...spans.map((s) => s.lagMs ?? 0));
    expect(lag).toBeGreaterThanOrEqual(90_000);
    expect(lag).toBeLessThan(150_000);

    const stale = { ...lease!, token: crypto.randomUUID() };
    const batch = { firstSeq: 31, lastSeq: 31, records: 1, filtered: 0, bytes: 1, place: {}, durationMs: 1 };
    await expect(store.deliveries.accepted(stale, [batch])).rejects.toBeInstanceOf(LeaseLost);
    await expect(store.deliveries.failed(stale, { kind: 'retry', fault, waitMs: 0, attempts: 1 })).rejects.toBeInstanceOf(LeaseLost);
    expect(total(await history([lease!.deliveryId], hour(), 1))).toEqual(total(spans));
    expect(await store.forTenant(crypto.randomUUID()).history([lease!.deliveryId], hour(), 1)).toEqual([]);
    await sql.query('update delivery set ended_at = now() where id = $1', [lease!.deliveryId]);
  });

test('longer steps sum up and keep the longest lag; minutes that are older than a day go', async () => {
  const { rows } = await sql.query('select id, tenant_id from delivery limit 1');
  const { id, tenant_id: tenantId } = rows[0] as { id: string; tenant_id: string };
  await sql.query('delete from delivery_minute');
  const put = (at: Date, records: number, lag: number | null) =>
    sql.query(
      'insert into delivery_minute (delivery_id, minute, tenant_id, records, bytes, errors, lag_ms) values ($1, $2, $3, $4, 10, 1, $5)',
      [id, at, tenantId, records, lag],
    );
  const base = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000);
  const minute = (n: number) => new Date(base.getTime() + n * 60_000);
  await put(minute(0), 1, 5);
  await put(minute(9), 2, 700);
  await put(minute(10), 4, null);
  await put(new Date(Date.now() - 26 * 3_600_000), 100, 1);
  const { history } = store.forTenant(tenantId);
  expect(await history([id], base, 10)).toEqual([
    { deliveryId: id, at: base, records: 3, bytes: 20, errors: 2, lagMs: 700 },
    { deliveryId: id, at: minute(10), records: 4, bytes: 10, errors: 1, lagMs: null },
  ]);
  expect(await store.pruneHistory()).toBe(1);
  expect(await store.pruneHistory()).toBe(0);
  expect(await history([id], base, 1)).toHaveLength(3);
});
