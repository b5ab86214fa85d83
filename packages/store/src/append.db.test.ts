import { auditRecord, auditRecords, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeliveryLease } from '@weir/engine';
import { ALL, parseQuery } from '@weir/contract';
import { openStore, type Search, type Store } from './index.ts';

const tenant = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const other = 'b1c2f4de-6f0a-4c53-8d7e-5a2b9e8c7f02';
let store: Store;
let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test', poolSize: 24 });
  await Promise.all([store.migrate(), store.migrate(), store.migrate()]);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});
const everything: Search = { from: '1990-01-01T00:00:00Z', to: undefined, query: ALL };
/** The log as a delivery reads it. */
const reader = (tenantId: string): DeliveryLease => ({ tenantId, provider: 'microsoft.intune', category: 'AuditLogs' }) as DeliveryLease;
const read = (tenantId: string, after: number) =>
  store.deliveries
    .read(reader(tenantId), after, { maxBytes: 1 << 30, maxRecords: 5000, recordOverheadBytes: 0 })
    .then((cut) => [...cut.records]);

test('F6: a reader that polls beside 12 writers passes no record, and the sequence has no gap', async () => {
  const writers = 12;
  const each = 60;
  let writing = true;
  const seen: string[] = [];
  const reading = (async () => {
    for (let at = 0; ;) {
      const done = !writing;
      const records = await read(tenant, at);
      for (const r of records) seen.push(r.id);
      at = records.at(-1)?.seq ?? at;
      if (done && records.length === 0) return;
    }
  })();
  await Promise.all(
    Array.from({ length: writers }, async (_, w) => {
      for (let i = 0; i < each; i += 1) await store.log.append(tenant, auditRecords(3, (w * each + i) * 3));
    }),
  );
  writing = false;
  await reading;
  expect(seen.length).toBe(writers * each * 3);
  expect(new Set(seen).size).toBe(seen.length);
  expect((await read(tenant, 0)).map((r) => r.seq)).toEqual(Array.from({ length: seen.length }, (_, i) => i + 1));
});

test('appending the same records again, or twice in one batch, or from two sides at once, changes nothing', async () => {
  const records = auditRecords(300, 50_000);
  const results = await Promise.all([
    store.log.append(other, [...records, ...records.slice(0, 50)]),
    store.log.append(other, records),
    store.log.append(other, records.toReversed()),
  ]);
  expect(results.reduce((sum, r) => sum + r.accepted, 0)).toBe(300);
  expect((await read(other, 0)).map((r) => r.seq)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  const between = [auditRecord(60_000), records[7]!, auditRecord(60_001)];
  expect(await store.log.append(other, between)).toEqual({ accepted: 2, duplicates: 1 });
  expect((await read(other, 300)).map((r) => [r.seq, r.id])).toEqual([
    [301, between[0]!.id],
    [302, between[2]!.id],
  ]);
  const finer = { ...records[0]!, time: records[0]!.time.replace('.000Z', '.0009999Z') };
  expect(await store.log.append(other, [finer])).toEqual({ accepted: 0, duplicates: 1 });
});

test('a body comes back byte for byte, whatever is in it', async () => {
  const body = JSON.stringify({ text: 'ümläut 😀 \u0000 \ud800 "quoted" \\ back', n: 1.5 });
  const record = auditRecord(90_000, { id: 'odd\u0000id', body });
  record.fields.targets = ['a\u0000b', '\ud800', '{"x"}', 'new\nline'];
  await store.log.append(other, [record]);
  const [last] = (await read(other, 302)).slice(-1);
  expect(last!.body.toString()).toBe(body);
});

test('pages by cursor are the whole list, in order, for every filter; tenants never see each other', async () => {
  const audit = await store.forTenant(tenant).audit();
  const all: { seq: number; time: string; actor: string | null; category: string | null; activity: string | null }[] = [];
  const fields = ['actor', 'category', 'activity'] as const;
  for await (const { rows } of audit.take({ ...everything, untilSeq: await audit.head() }, { after: null, fields, bodies: false }))
    for (const [time, seq, actor, category, activity] of rows)
      all.push({ time: time!, seq: Number(seq), actor: actor!, category: category!, activity: activity! });
  expect(all.map((r) => `${r.time}/${String(r.seq).padStart(9, '0')}`)).toEqual(
    all
      .map((r) => `${r.time}/${String(r.seq).padStart(9, '0')}`)
      .toSorted()
      .toReversed(),
  );
  const filters: [Partial<Search> & { q?: string }, (r: (typeof all)[number]) => boolean][] = [
    [{}, () => true],
    [{ q: 'actor:ADMIN3*' }, (r) => r.actor!.startsWith('admin3')],
    [{ q: 'category:category1' }, (r) => r.category === 'Category1'],
    [{ q: 'activity:("patch policy2" or "Patch Policy5")' }, (r) => ['Patch Policy2', 'Patch Policy5'].includes(r.activity!)],
    [
      { q: 'actor:*admin* category:(Category0 or Category2) activity:"Patch Policy1"' },
      (r) => r.category !== 'Category1' && r.activity === 'Patch Policy1',
    ],
    [{ from: '2026-10-01T00:05:00Z', to: '2026-10-01T00:15:00Z' }, (r) => r.time >= '2026-10-01T00:05' && r.time < '2026-10-01T00:15'],
    [{ q: 'actor:nobody' }, () => false],
  ];
  for (const [{ q = '', ...part }, fits] of filters) {
    const parsed = parseQuery(q);
    const search = { ...everything, ...part, query: parsed.ok ? parsed.query : ALL };
    const paged: number[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await audit.page(search, { cursor, limit: 97 });
      paged.push(...page.items.map((i) => i.seq));
      if (!page.nextCursor) break;
      cursor = page.nextCursor;
    }
    expect(paged, q).toEqual(all.filter(fits).map((r) => r.seq));
  }
  expect(await (await store.forTenant(other).audit()).get('record-1')).toBeNull();
  expect(await audit.get('record-1')).not.toBeNull();
});

test('a cursor that was changed, or made for another filter or tenant, is refused', async () => {
  const audit = await store.forTenant(tenant).audit();
  const { nextCursor } = await audit.page(everything, { limit: 5 });
  await expect(audit.page(everything, { limit: 5, cursor: nextCursor! })).resolves.toBeDefined();
  await expect(audit.page({ ...everything, query: { kind: 'text', pattern: ['x'] } }, { limit: 5, cursor: nextCursor! })).rejects.toThrow(
    /cursor/,
  );
  for (const bad of ['', 'x', nextCursor!.replace(/^\d/, '9'), `${nextCursor}A`, "1.2.'; drop table record; --"])
    await expect(audit.page(everything, { limit: 5, cursor: bad })).rejects.toThrow(/cursor/i);
  await expect((await store.forTenant(other).audit()).page(everything, { limit: 5, cursor: nextCursor! })).rejects.toThrow(/cursor/);
});

test('looking at a log takes no number of a category: there are few of them', async () => {
  await store.log.append(other, [auditRecord(95_000)]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`select setval(pg_get_serial_sequence('category', 'id'), 32767)`);
  await client.end();
  // Another process, which has appended nothing yet.
  const reading = openStore({ url: database.url, applicationName: 'test' });
  for (const id of [tenant, other]) await (await reading.forTenant(id).audit()).head();
  expect(await reading.log.append(other, [auditRecord(95_001)])).toMatchObject({ accepted: 1 });
  await reading.close();
});

test('a database of a newer Weir is refused', async () => {
  const fresh = await testDatabase();
  const newer = openStore({ url: fresh.url, applicationName: 'test' });
  await newer.migrate();
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  await client.query(`insert into migration (number, name) values (9999, '9999_future.sql')`);
  await client.end();
  await expect(newer.migrate()).rejects.toThrow('9999_future.sql');
  await newer.close();
  await fresh.drop();
});
