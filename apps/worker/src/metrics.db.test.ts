import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, type Store } from '@weir/store';
import { auditRecords, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const actor = { oid: 'o', upn: 'u@contoso.example', name: 'U', correlationId: 'c' };
const storageAccountId =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a';
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('every metric that the dashboard and the alert rules name is there', async () => {
  const text = await createMetrics(store).text();
  const there = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((m) => m[1]!));
  for (const file of ['grafana/dashboard.json', 'prometheus/alerts.yml']) {
    const shipped = readFileSync(join(import.meta.dirname, '../../../ops', file), 'utf8');
    const named = new Set([...shipped.matchAll(/\bweir_[a-z_]+/g)].map((m) => m[0].replace(/_(bucket|sum|count)$/, '')));
    expect(named.size).toBeGreaterThan(5);
    expect([...named].filter((name) => !there.has(name))).toEqual([]);
  }
});

test('a delivery, its source and its log are told as the store has them, and go when the delivery ends', async () => {
  const { settings } = store.forTenant(TENANT);
  const input = { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: { storage: { storageAccountId } } };
  await settings.create('microsoft.intune', 'Archive', input, actor);
  await store.log.append(TENANT, auditRecords(7));
  await store.workers.seen('one');
  await store.workers.seen('two');
  await store.workers.seen('two');
  const from = new Date(Date.now() - 600_000);
  await store.ledger.plan(TENANT, 'graph.auditEvents', 'microsoft.intune/AuditLogs', [
    { from, to: new Date(), kind: 'live', notBefore: from },
  ]);
  const [lease] = await store.deliveries.claim('one', 60_000, 1);
  const fault = { code: 'AuthorizationFailure', message: 'No.', remedy: null };
  await store.deliveries.failed(lease!, { kind: 'misconfigured', fault, waitMs: 0, attempts: 1 });

  const metrics = createMetrics(store);
  const of = `tenant="${TENANT}",setting="Archive",category="microsoft.intune/AuditLogs",type="storage"`;
  const text = await metrics.text();
  expect(text).toContain(`weir_delivery_waiting_records{${of}} 7\n`);
  expect(text).toContain(`weir_delivery_status{${of},status="Misconfigured"} 1\n`);
  expect(text).toMatch(new RegExp(`weir_delivery_oldest_waiting_seconds\\{${of}\\} \\d`));
  expect(text).toContain(`weir_source_windows{tenant="${TENANT}",source="graph.auditEvents",state="planned"} 1\n`);
  expect(text).toContain(`weir_log_records{tenant="${TENANT}",category="microsoft.intune/AuditLogs"} 7\n`);
  expect(text).toMatch(/^weir_workers 2$/m);
  expect(text).toMatch(/^weir_store_up 1$/m);
  expect(text).toMatch(/^weir_worker_event_loop_utilization (0\.\d+|1)$/m);
  expect(text).not.toContain('nodejs_eventloop_lag_mean');

  await settings.delete('microsoft.intune', 'Archive', actor);
  expect(await metrics.text()).not.toContain('weir_delivery_waiting_records{');
});

test('without the database the process tells its own figures, and that the database is gone', async () => {
  const gone = openStore({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'test' });
  const text = await createMetrics(gone).text();
  await gone.close();
  expect(text).toMatch(/^weir_store_up 0$/m);
  expect(text).not.toMatch(/^weir_workers \d/m);
  expect(text).toContain('process_cpu_seconds_total');
});
