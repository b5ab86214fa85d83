import { setTimeout as sleep } from 'node:timers/promises';
import { SourceFault, type Source } from '@weir/engine';
import { openStore, type Store } from '@weir/store';
import { auditRecord, testDatabase } from '@weir/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sourceLoop } from '../src/loops/sources.ts';
import { createMetrics } from '../src/metrics.ts';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const OTHER = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a02';
const DAY = 86_400_000;
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

test('F18: a window that is throttled for an hour waits alone; every other one is read, and the metrics tell of both', async () => {
  const first = Date.now();
  let read = 0;
  const source: Source = {
    id: 'graph.auditEvents',
    category: 'AuditLogs',
    historyDays: 35,
    async *read(_tenant, from, to) {
      // The third week back, whoever asks for it.
      if (from.getTime() < first - 15 * DAY && to.getTime() > first - 20 * DAY) throw new SourceFault('Too many requests.', 3_600_000);
      yield [auditRecord((read += 1), { time: from.toISOString() })];
    },
  };
  const { metrics, stop } = start(source, TENANT);
  const coverage = async () => (await store.forTenant(TENANT).coverage())[0];
  try {
    // One live window and five weeks; the live ones go on meanwhile.
    for (const end = Date.now() + 20_000; ((await coverage())?.windowsDone ?? 0) < 5; await sleep(50))
      if (Date.now() > end) throw new Error(`Not in time: ${JSON.stringify(await coverage())}`);
    expect(await coverage()).toMatchObject({ windowsFailing: 1, lastError: 'Too many requests.' });
    const text = await metrics.text();
    const of = `tenant="${TENANT}",source="graph.auditEvents"`;
    expect(text).toContain(`weir_source_failures_total{${of}} 1\n`);
    expect(text).toContain(`weir_source_windows{${of},state="retry"} 1\n`);
    expect(Number(new RegExp(`weir_source_lag_seconds\\{${of}\\} (\\S+)`).exec(text)?.[1])).toBeLessThan(20);
  } finally {
    await stop();
  }
});

test('a source that cannot be reached is asked now and then, not for each of its windows; once it answers, all of them are read', async () => {
  let away = true;
  let asked = 0;
  let read = 0;
  const source: Source = {
    id: 'graph.directoryAudits',
    category: 'AuditLogs',
    historyDays: 210,
    async *read(_tenant, from) {
      asked += 1;
      if (away) throw new SourceFault('Microsoft Graph could not be reached.', undefined, 'source');
      yield [auditRecord((read += 1), { time: from.toISOString() })];
    },
  };
  const { stop } = start(source, OTHER);
  const coverage = async () => (await store.forTenant(OTHER).coverage())[0];
  try {
    for (const end = Date.now() + 20_000; ((await coverage())?.windowsFailing ?? 0) < 2; await sleep(50))
      if (Date.now() > end) throw new Error(`Not in time: ${JSON.stringify(await coverage())}`);
    await sleep(2_000);
    // Thirty weeks and a live window, each with a back-off of its own, would be ninety.
    expect(asked).toBeLessThan(25);
    expect((await coverage())!.windowsPending).toBeGreaterThan(10);
    away = false;
    for (const end = Date.now() + 20_000; ((await coverage())?.windowsDone ?? 0) < 31; await sleep(50))
      if (Date.now() > end) throw new Error(`Not in time: ${JSON.stringify(await coverage())}`);
  } finally {
    await stop();
  }
});

/** Reads a source until it is stopped. */
function start(source: Source, tenantId: string) {
  const metrics = createMetrics(store);
  const stopping = new AbortController();
  const loop = sourceLoop({
    store,
    sources: [source],
    tenants: [{ tenantId }],
    worker: 'w',
    pollMs: 50,
    slots: 2,
    log: pino({ level: 'silent' }),
    metrics,
    signal: stopping.signal,
  });
  return { metrics, stop: () => (stopping.abort(), loop) };
}
