import { startOtlpReceiver, testDatabase } from '@weir/testkit';
import { startTracing } from '@weir/tracing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../test/server.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let collector: Awaited<ReturnType<typeof startOtlpReceiver>>;
let endTracing: () => Promise<void>;
let server: TestServer;
beforeAll(async () => {
  collector = await startOtlpReceiver();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.endpoint;
  endTracing = startTracing('weir-test');
  database = await testDatabase();
  server = await startServer(database.url);
});
afterAll(async () => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  await server?.close();
  await endTracing?.();
  await collector?.close();
  await database?.drop();
});

test('a problem names the trace of its request; a caller’s traceparent is taken up, a broken one is not', async () => {
  const caller = '4bf92f3577b34da6a3ce929d0e0e4736';
  const own = await server.call('/api/audit-logs/nothing?q=casey.lindqvist');
  const given = await server.call('/api/audit-logs/nothing', { headers: { traceparent: `00-${caller}-00f067aa0ba902b7-01` } });
  const broken = await server.call('/api/audit-logs/nothing', { headers: { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` } });
  const named = await server.call('/api/audit-logs/nothing', { headers: { 'x-request-id': 'of-the-caller-1' } });
  const ids = [own, given, broken, named].map((a) => a.json()['traceId']);
  expect(ids).toEqual([expect.stringMatching(/^[\da-f]{32}$/), caller, expect.stringMatching(/^(?!0+$)[\da-f]{32}$/), 'of-the-caller-1']);
  await endTracing();
  const span = (id: unknown) => collector.spans.find((s) => s.attributes['weir.request_id'] === id)!;
  expect(span(ids[0])).toMatchObject({
    service: 'weir-test',
    traceId: ids[0],
    parentSpanId: null,
    name: 'GET /api/audit-logs/:id',
    attributes: { 'http.route': '/api/audit-logs/:id', 'http.response.status_code': 404 },
  });
  expect(span(caller)).toMatchObject({ traceId: caller, parentSpanId: '00f067aa0ba902b7' });
  expect(span(ids[2])).toMatchObject({ traceId: ids[2], parentSpanId: null });
  expect(span('of-the-caller-1').traceId).toMatch(/^[\da-f]{32}$/);
  expect(collector.text()).not.toMatch(/lindqvist|\/nothing/);
});
