import type { NewRecord } from '@weir/contract';
import { auditRecord, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, startServer, type TestServer } from '../../../test/server.ts';

const COUNT = 2_345;
const DAY_MS = 86_400_000;
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
const now = Date.now();
const recent = (n: number): string => new Date(now - 20 * DAY_MS + n * 60_000).toISOString();

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  const records: NewRecord[] = Array.from({ length: COUNT }, (_, n) => auditRecord(n, { time: recent(n) }));
  const formula = auditRecord(9_999, { time: recent(9_999) });
  records.push({ ...formula, fields: { ...formula.fields, targets: ['=HYPERLINK("http://evil.example")', 'a, "b"\r\nc'], actor: '@sum' } });
  await server.store.log.append(CONTOSO, records);
  await server.store.log.append(FABRIKAM, [auditRecord(1, { id: 'theirs', time: recent(1) })]);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

const span = (from: number, to: number) => `from=${recent(from)}&to=${recent(to)}`;
interface Page {
  items: { id: string; time: string }[];
  nextCursor: string | null;
}
async function walk(query: string): Promise<Page['items']> {
  const all: Page['items'] = [];
  for (let cursor = ''; ;) {
    const page = (await server.call(`/api/audit-logs?limit=400&${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)).json<Page>();
    all.push(...page.items);
    if (page.nextCursor === null) return all;
    cursor = page.nextCursor;
  }
}
const exported = (format: 'csv' | 'json', filter: object) =>
  server.call('/api/audit-logs/export', { method: 'POST', body: JSON.stringify({ format, filter }) });
/** Cells of a CSV line, quotes and all that may stand in them. */
function csv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (quoted === undefined && plain === '' && end === '') continue;
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\r\n') rows.push([]);
  }
  return rows.filter((r) => r.length > 0);
}

test.each([
  ['', {}],
  ['q=category:category1', { q: 'category:category1' }],
  ['q=activity:%22Patch%20Policy3%22%20actor:ADMIN2*', { q: 'activity:"Patch Policy3" actor:ADMIN2*' }],
  ['q=%22policy%2012%22%20-policy', { q: '"policy 12" -policy' }],
  ['q=target:%22*%2012%22', { q: 'target:"* 12"' }],
  ['q=actor:nobody', { q: 'actor:nobody' }],
  [span(100, 1_300), { from: recent(100), to: recent(1_300) }],
  [
    `${span(0, 2_000)}&q=category:(Category0%20or%20Category2)`,
    { from: recent(0), to: recent(2_000), q: 'category:(Category0 or Category2)' },
  ],
])('the list by cursor, the JSON file and the CSV file hold the same records: %s', async (query, filter) => {
  const ids = (await walk(query)).map((r) => r.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await exported('json', filter)).json<{ properties: { AuditEventId: string } }[]>().map((r) => r.properties.AuditEventId)).toEqual(
    ids,
  );
  const [head, ...rows] = csv((await exported('csv', filter)).text);
  expect(rows.map((r) => r[head!.indexOf('Id')])).toEqual(ids);
  if (query === '') expect(ids).toHaveLength(COUNT + 1);
  // From its start, up to but not with its end.
  if (query === span(100, 1_300)) expect([ids.length, ids.at(-1), ids[0]]).toEqual([1_200, 'record-100', 'record-1299']);
});

test('a cell that a spreadsheet would run is text in the CSV file', async () => {
  const rows = csv((await exported('csv', { q: 'actor:@sum' })).text);
  expect(rows[1]).toContain(`'@sum`);
  expect(rows[1]!.some((c) => c.startsWith(`'=HYPERLINK`))).toBe(true);
  expect(rows.flat().filter((c) => /^[=+@-]/.test(c))).toEqual([]);
});

test('a record of another directory is as unknown as one that never was', async () => {
  const foreign = await server.call('/api/audit-logs/theirs');
  const unknown = await server.call('/api/audit-logs/nobodys');
  expect([foreign.status, unknown.status]).toEqual([404, 404]);
  expect({ ...foreign.json(), traceId: '' }).toEqual({ ...unknown.json(), traceId: '' });
  expect((await server.call('/api/audit-logs/theirs', {}, { tenantId: FABRIKAM })).status).toBe(200);
});

test('oldest first is the same list turned round, page by page, and its cursor is of no use the other way', async () => {
  const down = await walk('q=category:category1');
  const up = await walk('order=asc&q=category:category1');
  expect(up.map((r) => r.id)).toEqual(down.map((r) => r.id).toReversed());
  expect(up.length).toBeGreaterThan(0);
  const first = (await server.call('/api/audit-logs?order=asc&limit=5&q=category:category1')).json<Page>().nextCursor;
  const crossed = await server.call(`/api/audit-logs?q=category:category1&cursor=${encodeURIComponent(first!)}`);
  expect([crossed.status, crossed.json()['code']]).toEqual([400, 'cursor.invalid']);
  expect((await server.call('/api/audit-logs?order=actor')).status).toBe(400);
});

test('a cursor serves its own list of its own directory only', async () => {
  const { nextCursor } = (await server.call('/api/audit-logs?limit=10')).json<Page>();
  const after = (query: string, tenantId?: string) =>
    server.call(`/api/audit-logs?limit=10&cursor=${encodeURIComponent(nextCursor!)}${query}`, {}, tenantId ? { tenantId } : {});
  expect((await after('')).status).toBe(200);
  const tampered = `${nextCursor!.slice(0, -2)}${nextCursor!.endsWith('A') ? 'BB' : 'AA'}`;
  const wrong = [
    await after('&q=category:Category1'),
    await after('', FABRIKAM),
    await server.call(`/api/audit-logs?cursor=${encodeURIComponent(tampered)}`),
  ];
  for (const answer of wrong) expect([answer.status, answer.json()['code']]).toEqual([400, 'cursor.invalid']);
});

test('a client that leaves ends the export, and the record of it says that it is not whole', async () => {
  const big = Array.from({ length: 6_000 }, (_, n) => auditRecord(20_000 + n, { time: recent(n), bytes: 4_000 }));
  await server.store.log.append(CONTOSO, big);
  const stop = new AbortController();
  const response = await fetch(`${server.origin}/api/audit-logs/export`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ format: 'json', filter: {} }),
    signal: stop.signal,
  });
  await response.body!.getReader().read();
  stop.abort();
  const log = await server.store.forTenant(CONTOSO).audit('weir/AdminCenterLogs');
  await expect
    .poll(
      async () => {
        const { items } = await log.page(
          { from: '2020-01-01T00:00:00Z', to: undefined, query: { kind: 'field', field: 'activity', pattern: ['Export auditLogs'] } },
          { limit: 1 },
        );
        const { body } = (await log.get(items[0]!.id))!;
        return (JSON.parse(body) as { properties: { Complete: boolean } }).properties.Complete;
      },
      { timeout: 10_000 },
    )
    .toBe(false);
});

test('a search that nobody waits for is stopped in the database', async () => {
  const [locker, watcher] = [new pg.Client({ connectionString: database.url }), new pg.Client({ connectionString: database.url })];
  await Promise.all([locker.connect(), watcher.connect()]);
  try {
    // Somebody's lock makes the search wait for as long as it takes.
    await locker.query('begin');
    await locker.query('lock table record in access exclusive mode');
    const running = async () =>
      (
        await watcher.query<{ n: number }>(
          `select count(*)::int as n from pg_stat_activity
          where datname = current_database() and application_name = 'test' and query like '%from record r%' and state = 'active'`,
        )
      ).rows[0]!.n;
    const stop = new AbortController();
    const asked = fetch(`${server.origin}/api/audit-logs?q=wipe`, {
      headers: { authorization: `Bearer ${server.token()}` },
      signal: stop.signal,
    }).catch(() => 'gone');
    await expect.poll(running, { timeout: 5_000 }).toBeGreaterThan(0);
    stop.abort();
    expect(await asked).toBe('gone');
    await expect.poll(running, { timeout: 5_000 }).toBe(0);
  } finally {
    await locker.end();
    await watcher.end();
  }
  expect((await server.call('/api/audit-logs?q=wipe')).status).toBe(200);
});

test.each([
  ['actor:(x', 6, /not closed/],
  ['colour:red', 0, /no field "colour"/],
  ["'; drop table record; -- (", 23, /After "-" a condition is missing/],
])('a query that cannot be read is refused where it is wrong: %s', async (q, position, message) => {
  const answer = await server.call(`/api/audit-logs?${new URLSearchParams({ q })}`);
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({
    code: 'request.invalid',
    errors: [{ path: 'q', position, message: expect.stringMatching(message) }],
  });
});

test('counts, histogram and values agree with the list', async () => {
  const all = await walk('q=category:category1');
  const summary = (await server.call('/api/audit-log-summary?q=category:category1')).json<{
    total: number;
    exact: boolean;
    buckets: { count: number }[];
    facets: { field: string; values: { value: string; count: number }[] }[];
  }>();
  expect([summary.total, summary.exact]).toEqual([all.length, true]);
  expect(summary.buckets.reduce((sum, b) => sum + b.count, 0)).toBe(all.length);
  expect(summary.facets.find((f) => f.field === 'category')!.values).toEqual([{ value: 'Category1', count: all.length }]);
  const values = (await server.call('/api/audit-log-values?field=actor&contains=ADMIN3')).json<{ values: { value: string }[] }>();
  expect(values.values.map((v) => v.value)).toEqual(['admin3@contoso.example']);
});
