import { createHash } from 'node:crypto';
import type { SettingInput } from '@weir/contract';
import { auditRecord, testDatabase } from '@weir/testkit';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownRecords } from '../../../test/own-records.ts';
import { CONTOSO, FABRIKAM, startServer, type TestServer } from '../../../test/server.ts';

const path = '/api/audit-logs/evidence-pack';
const from = '2026-09-01T00:00:00.000Z';
const evil = '<script>alert(1)</script><img src=x onerror=alert(2)>\u202egpj.exe\u001b[2J"\'&';
const long = 'x'.repeat(70_000);
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;

const graph = (n: number) => ({
  id: `record-${n}`,
  displayName: evil,
  componentName: 'DeviceConfiguration',
  activityDateTime: '2026-10-01T00:00:00.1234567Z',
  activityType: `${evil} Patch`,
  activityResult: 'Success',
  category: 'Device',
  correlationId: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
  actor: { type: 'ItPro', userPrincipalName: evil, userPermissions: ['*', evil] },
  resources: [
    {
      displayName: evil,
      type: 'Policy',
      resourceId: 'r1',
      modifiedProperties: [
        { displayName: evil, oldValue: evil, newValue: long },
        { displayName: 'Second', oldValue: 'off', newValue: `on ${evil}` },
      ],
    },
    { displayName: 'Another', type: 'Policy', resourceId: 'r2', modifiedProperties: [] },
  ],
});
const setting = (account: string): SettingInput => ({
  categories: [{ category: 'AuditLogs', retentionDays: 0 }],
  destinations: {
    storage: {
      storageAccountId: `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/${account}`,
    },
  },
});
const actor = { oid: 'o', upn: 'maya@contoso.example', name: 'Maya', correlationId: 'c' };

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  const { log, forTenant, deliveries } = server.store;
  const some = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => auditRecord(first + i, { original: JSON.stringify(graph(first + i)) }));
  // 1 to 10 before any setting; 11 to 20 delivered, but 15 refused; 21 on still waiting.
  await log.append(CONTOSO, some(1, 10));
  await forTenant(CONTOSO).settings.create('microsoft.intune', 'Archive <b>', setting('one'), actor);
  await log.append(CONTOSO, some(11, 10));
  const [lease] = await deliveries.claim('test', 30_000, 10);
  const send = (firstSeq: number, lastSeq: number) =>
    deliveries.accepted(lease!, [
      {
        firstSeq,
        lastSeq,
        records: lastSeq - firstSeq + 1,
        filtered: 0,
        bytes: 1,
        place: { blob: 'PT1H.json', offset: firstSeq },
        durationMs: 1,
      },
    ]);
  await send(11, 14);
  await deliveries.quarantine({ ...lease!, checkpoint: 14 }, { seq: 15, id: 'record-15', time: from, body: Buffer.from('{}') }, {
    code: 'x',
    message: 'Refused.',
  } as never);
  await send(16, 20);
  await log.append(CONTOSO, [...some(21, 3), auditRecord(24)]);
  await log.append(FABRIKAM, [auditRecord(900)]);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

async function pack(at: string, body: object): Promise<{ files: Record<string, string>; bytes: Buffer }> {
  const response = await fetch(`${server.origin}${at}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { bytes, files: Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, data]) => [name, strFromU8(data)])) };
}
const lines = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((l) => JSON.parse(l) as unknown);
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

test('a pack of chosen records holds both shapes, a report, where each went, and digests that are right', async () => {
  const ids = ['record-24', 'record-15', 'record-12', 'record-3', 'record-22'];
  const { files, bytes } = await pack(path, { ids });
  expect(Object.keys(files)).toEqual([
    'records.resource-log.ndjson',
    'records.graph.ndjson',
    'deliveries.json',
    'report.html',
    'manifest.json',
  ]);
  expect(lines(files['records.resource-log.ndjson']!)).toEqual([24, 22, 15, 12, 3].map((n) => JSON.parse(auditRecord(n).body)));
  // The newest did not come from Graph.
  expect(lines(files['records.graph.ndjson']!)).toEqual([22, 15, 12, 3].map(graph));

  const manifest = JSON.parse(files['manifest.json']!) as Record<string, unknown> & {
    files: { name: string; bytes: number; sha256: string }[];
  };
  expect(manifest).toMatchObject({
    records: 5,
    recordsWithGraphObject: 4,
    selection: { ids },
    madeBy: { upn: 'indra.rao@contoso.example' },
  });
  for (const { name, bytes: size, sha256: digest } of manifest.files)
    expect([name, Buffer.byteLength(files[name]!), sha256(files[name]!)]).toEqual([name, size, digest]);
  expect(manifest.files).toHaveLength(4);

  const { deliveries, records } = JSON.parse(files['deliveries.json']!) as {
    deliveries: { id: string; setting: string }[];
    records: { id: string; sha256: string; deliveries: { delivery: string; state: string; place: unknown }[] }[];
  };
  expect(deliveries.map((d) => d.setting)).toEqual(['Archive <b>']);
  expect(records.map((r) => [r.id, r.deliveries.map((d) => d.state)])).toEqual([
    ['record-24', ['waiting']],
    ['record-22', ['waiting']],
    ['record-15', ['quarantined']],
    ['record-12', ['delivered']],
    ['record-3', []],
  ]);
  expect(records[3]!.deliveries[0]!.place).toEqual({ blob: 'PT1H.json', offset: 11 });
  expect(records[3]!.sha256).toBe(sha256(auditRecord(12).body));

  const record = (await ownRecords(server, CONTOSO)).findLast((r) => r.operationName === 'Export auditLogs')!;
  expect(record.properties).toMatchObject({
    Format: 'pack',
    Rows: 5,
    Complete: true,
    Sha256: sha256(bytes),
    Bytes: bytes.length,
    Filter: { Ids: ids },
  });
});

test('whatever names hold, the report shows it as text, runs nothing and loads nothing', async () => {
  const several = (await pack(path, { ids: ['record-12', 'record-13'] })).files['report.html']!;
  expect([...several.matchAll(/\s(?:href|src)="([^"]*)"/g)].map((m) => m[1])).toEqual(['#r1', '#r2']);
  const report = (await pack(path, { ids: ['record-12'] })).files['report.html']!;
  const tags = new Set([...report.matchAll(/<\/?([a-z0-9!]+)/g)].map((m) => m[1]));
  const harmless = '!doctype article body code del div h1 h2 h3 head html ins main meta p span style table tbody td th thead title tr';
  expect(tags).toEqual(new Set(harmless.split(' ')));
  expect(report).not.toMatch(/\s(on\w+|src|href|style)=["']/);
  expect(report).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  // oxlint-disable-next-line no-control-regex -- they must not be in the report
  expect(report).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000e-\u001f]/);
  expect(report).toContain('<span class="hidden">U+202E</span>gpj.exe<span class="hidden">U+001B</span>');
  expect(report).toContain('68,800 more characters');
  const style = /<style>([\s\S]*?)<\/style>/.exec(report)![1]!;
  expect(report).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  expect(report).toContain("default-src 'none'");
});

test('a pack of a filter holds what the filter finds, streamed or as a job', async () => {
  const filter = { from, q: 'id:record-1* or id:record-24' };
  const streamed = await pack('/api/audit-logs/export', { format: 'pack', filter });
  expect(
    lines(streamed.files['records.resource-log.ndjson']!).map(
      (r) => (r as { properties: { AuditEventId: string } }).properties.AuditEventId,
    ),
  ).toEqual(['record-24', ...Array.from({ length: 10 }, (_, i) => `record-${19 - i}`), 'record-1']);
  const headers = { authorization: `Bearer ${server.token()}` };
  const call = (at: string, method = 'GET', body?: object) =>
    server.call(at, { method, headers, ...(body && { body: JSON.stringify(body) }) }, { role: null });
  const { id } = (await call('/api/audit-exports', 'POST', { format: 'pack', filter })).json<{ id: string }>();
  await expect.poll(async () => (await call(`/api/audit-exports/${id}`)).json()['state'], { timeout: 10_000 }).toBe('done');
  const job = (await call(`/api/audit-exports/${id}`)).json<{ sha256: string; rows: number }>();
  const file = Buffer.from(await (await fetch(`${server.origin}/api/audit-exports/${id}/file`, { headers })).arrayBuffer());
  expect([job.rows, job.sha256]).toEqual([12, sha256(file)]);
  expect(strFromU8(unzipSync(file)['records.graph.ndjson']!)).toBe(streamed.files['records.graph.ndjson']);
});

test('records that are not there, or are another directory’s, are the same 404; so are chosen ones too many a 400', async () => {
  const ask = (ids: unknown) => server.call(path, { method: 'POST', body: JSON.stringify({ ids }) });
  for (const id of ['record-900', 'record-12345', 'x']) {
    const answer = await ask(['record-1', id]);
    expect([answer.status, answer.json()['detail']]).toEqual([404, `There is no such audit record in this directory: ${id}.`]);
  }
  for (const ids of [[], Array.from({ length: 501 }, (_, i) => `record-${i}`), 'record-1', [''], undefined])
    expect((await ask(ids)).status).toBe(400);
  const { files } = await pack('/api/audit-logs/export', { format: 'pack', filter: { from, q: 'actor:nobody' } });
  expect([files['records.graph.ndjson'], JSON.parse(files['deliveries.json']!).records]).toEqual(['', []]);
});
