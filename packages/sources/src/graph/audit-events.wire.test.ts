import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { auditEventsSource } from './audit-events.ts';

let server: Server | undefined;
afterEach(() => server?.close());
const source = async (listener: RequestListener) => {
  const started = (server = createServer(listener));
  await new Promise<void>((done) => started.listen(0, '127.0.0.1', done));
  const graphEndpoint = `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  const credential = { getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 60_000 }) };
  return auditEventsSource({ credential, graphEndpoint, graphScope: 's' });
};
const event = (id: string, activityDateTime: string) => ({ id, activityDateTime, activityResult: 'Success', category: 'Role' });
const read = async (from: Awaited<ReturnType<typeof source>>) => {
  const records = [];
  const window = [new Date('2026-01-01T12:00:00Z'), new Date('2026-01-01T13:00:00Z')] as const;
  for await (const page of from.read('tenant', ...window, AbortSignal.timeout(5000))) records.push(...page);
  return records;
};

it('follows pages and leaves out what an ignored $filter let through', async () => {
  const page = (path: string) =>
    path.includes('skiptoken')
      ? { value: [event('b', '2026-01-01T12:59:59.9999999Z'), event('c', '2026-01-01T13:00:00.0000000Z')] }
      : { value: [event('a', '2026-01-01T12:00:00.0000000Z')], '@odata.nextLink': '/v1.0/deviceManagement/auditEvents?$skiptoken=2' };
  const records = await read(await source((request, response) => response.end(JSON.stringify(page(request.url ?? '')))));
  expect(records.map((r) => r.id)).toEqual(['a', 'b']);
  expect(JSON.parse(records[0]?.body ?? '')).toMatchObject({
    time: '2026-01-01T12:00:00.0000000Z',
    properties: { ActivityDate: '1/1/2026 12:00:00 PM', Category: 9, ActivityResultStatus: 1, RelationId: null },
  });
});

it('hands on Retry-After', async () => {
  const throttled = await source((_, response) => response.writeHead(429, { 'retry-after': '7' }).end());
  await expect(read(throttled)).rejects.toMatchObject({ name: 'SourceFault', retryAfterMs: 7000 });
});

it('stops at a next page that does not move, and never leaves its origin', async () => {
  const loop = await source((request, response) => response.end(JSON.stringify({ value: [], '@odata.nextLink': request.url })));
  await expect(read(loop)).rejects.toThrow('read already');
  server?.close();
  const away = await source((_, response) => response.end(JSON.stringify({ value: [], '@odata.nextLink': 'https://other.example/x' })));
  await expect(read(away)).rejects.toThrow('another origin');
});
