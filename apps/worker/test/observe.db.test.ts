import { fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationFactory, Source } from '@weir/engine';
import { openStore, type Store } from '@weir/store';
import { auditRecord, onlyDestinations, ScriptedDestination, startOtlpReceiver, testDatabase } from '@weir/testkit';
import { startTracing } from '@weir/tracing';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliverLoop } from '../src/loops/deliver.ts';
import { replayLoop } from '../src/loops/replay.ts';
import { sourceLoop } from '../src/loops/sources.ts';
import { createMetrics } from '../src/metrics.ts';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const fault = (code: string) => ({ code, message: 'of indra.rao@contoso.example', remedy: null });
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

test('each delivery log names tenant, setting, delivery and batch; each step and window is a trace without bodies or people', async () => {
  const collector = await startOtlpReceiver();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.endpoint;
  const endTracing = startTracing('weir-test');
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const { settings, deliveries } = store.forTenant(TENANT);
  const workspaceId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w';
  await settings.create(
    'microsoft.intune',
    'SIEM',
    { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: { logAnalytics: { workspaceId } } },
    actor,
  );
  // It cannot be opened, then does not answer, then refuses one record and takes the others.
  const destination = new ScriptedDestination();
  let opened = 0;
  let sends = 0;
  destination.before = () => ((sends += 1) === 1 ? { kind: 'retry', fault: fault('busy') } : null);
  destination.refuse = (record) => (record.seq === 3 ? fault('too-large') : null);
  const factory: DestinationFactory<'logAnalytics'> = {
    type: 'logAnalytics',
    open: async () => ((opened += 1) === 1 ? { kind: 'retry', fault: fault('away') } : { kind: 'open', destination }),
  };
  const source: Source = {
    id: 'graph.auditEvents',
    category: 'AuditLogs',
    historyDays: 1,
    async *read() {
      yield [1, 2, 3, 4, 5].map((n) => auditRecord(n, { time: '2026-11-20T08:00:00.000Z' }));
    },
  };
  const stopping = new AbortController();
  const shared = { store, worker: 'w', log, metrics: createMetrics(store), signal: stopping.signal };
  const moving = {
    ...shared,
    destinations: onlyDestinations({ logAnalytics: factory }),
    slots: 4,
    pollMs: 20,
    leaseMs: 10_000,
  };
  const loops = [
    deliverLoop(moving),
    replayLoop(moving),
    sourceLoop({ ...shared, sources: [source], tenants: [{ tenantId: TENANT }], pollMs: 200, slots: 1 }),
  ];
  const until = async (done: () => Promise<boolean>) => {
    for (const end = Date.now() + 25_000; !(await done()); await sleep(20))
      if (Date.now() > end) throw new Error(`Not in time: ${JSON.stringify(lines.slice(-9))}`);
  };
  try {
    const { id } = (await settings.list('microsoft.intune'))[0]!.deliveries[0]!;
    await until(async () => (await deliveries.get(id))!.checkpoint === 5);
    await deliveries.replay(actor, id, { kind: 'sequence', sequence: 4 });
    await until(async () => (await deliveries.get(id))!.replays[0]?.result === 'done');
    stopping.abort();
    await Promise.all(loops);
    const about = lines.filter((l) => 'delivery' in l);
    for (const line of about)
      expect(line).toMatchObject({ tenant: TENANT, setting: 'SIEM', delivery: id, type: 'logAnalytics', category: 'AuditLogs' });
    expect(about.map((l) => [l['msg'], l['batch']])).toEqual([
      ['the destination could not be opened', null],
      ['not delivered; it is tried again', '1-2'],
      ['delivered', '1-2'],
      ['a record went to quarantine', '3-3'],
      ['delivered', '4-5'],
      ['replayed', '4-5'],
    ]);
    expect(about.at(-1)).toMatchObject({ replay: expect.any(String) });

    await endTracing();
    const named = (name: string) => collector.spans.filter((s) => s.name === name);
    const [, , sent] = named('delivery.send');
    const step = collector.spans.find((s) => s.spanId === sent!.parentSpanId)!;
    expect(step).toMatchObject({
      service: 'weir-test',
      name: 'delivery.step',
      parentSpanId: null,
      attributes: {
        'weir.tenant': TENANT,
        'weir.setting': 'SIEM',
        'weir.delivery': id,
        'weir.destination': 'logAnalytics',
        'weir.result': 'drained',
      },
    });
    expect(named('delivery.send').map((s) => [s.attributes['weir.outcome'], s.attributes['weir.attempt'], s.status])).toEqual([
      ['retry', 2, 2],
      ['accepted', 3, 0],
      ['accepted', 1, 0],
      ['accepted', 1, 0],
    ]);
    expect(named('delivery.send')[0]!.attributes['error.type']).toBe('busy');
    const children = (s: string) => collector.spans.filter((c) => c.parentSpanId === s).map((c) => c.name);
    expect(new Set(children(step.spanId))).toEqual(new Set(['delivery.cut', 'delivery.prepare', 'delivery.send', 'delivery.acknowledge']));
    expect(named('delivery.step').some((s) => 'weir.replay' in s.attributes)).toBe(true);
    expect(named('source.window')[0]).toMatchObject({
      attributes: { 'weir.source': 'graph.auditEvents', 'weir.tenant': TENANT, 'weir.records': 5, 'weir.accepted': 5 },
    });
    expect(collector.text()).not.toMatch(/contoso\.example|operationName|record-\d/);
  } finally {
    stopping.abort();
    await Promise.all(loops);
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    await endTracing();
    await collector.close();
  }
});

/** Packages of OpenTelemetry that a worker process has loaded when it is ready. */
async function loadedBy(env: Record<string, string>): Promise<Set<string>> {
  const tell = `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  const found = /@opentelemetry\\/([\\w-]+)\\/(?!.*node_modules)/.exec(url);
  if (found) process.send({ kind: 'loaded', name: found[1] });
  return next(url, context);
} });`;
  const child = fork(join(import.meta.dirname, '../src/main.ts'), {
    execArgv: ['--disable-warning=ExperimentalWarning', '--import', `data:text/javascript,${encodeURIComponent(tell)}`],
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      WEIR_DIRECTORIES: JSON.stringify([{ tenantId: TENANT, name: 'Contoso' }]),
      WEIR_WORKER_PORT: '0',
      WEIR_LOG_LEVEL: 'silent',
      WEIR_GRAPH_ENDPOINT: 'http://127.0.0.1:9',
      AZURE_AUTHORITY_HOST: 'http://127.0.0.1:9',
      WEIR_ARM_ENDPOINT: 'http://127.0.0.1:9',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const loaded = new Set<string>();
  await new Promise<void>((ready, fail) => {
    child.on('message', (message: { kind: string; name: string }) => (message.kind === 'ready' ? ready() : loaded.add(message.name)));
    child.once('exit', (code) => fail(new Error(`The worker ended with ${code}.`)));
  });
  child.removeAllListeners('exit');
  child.kill('SIGKILL');
  return loaded;
}

test('without an endpoint a worker loads the API and no more; with one it loads the exporter', async () => {
  expect(await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toEqual(new Set(['api']));
  expect(await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).toContain('exporter-trace-otlp-http');
});
