import { ALL, parseQuery, type NewRecord, type Query } from '@weir/contract';
import { auditRecord, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../index.ts';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const OTHER = '1c0a9d6e-0d0a-4d54-8f3b-6a2f4b8f2b02';
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;

beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
}, 60_000);
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const query = (text: string): Query => {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.query;
};
const by = (n: number, actor: string): NewRecord => {
  const record = auditRecord(n);
  return { ...record, fields: { ...record.fields, actor } };
};
/** Reads on from a position until nothing is left; `limit` records are looked at in a step. */
async function readOn(text: string, after: number, limit: number): Promise<{ ids: string[]; lastSeq: number }> {
  const log = await store.forTenant(TENANT).audit();
  const ids: string[] = [];
  for (let lastSeq = after; ;) {
    const step = await log.tail(text === '' ? ALL : query(text), lastSeq, limit);
    ids.push(...step.rows.map((r) => r.id));
    if (step.lastSeq === lastSeq) return { ids, lastSeq };
    lastSeq = step.lastSeq;
  }
}

test('the tail is the log in its order behind a position, whatever the times of the records, and of one directory only', async () => {
  // Spread over a year and out of order, as an import brings them.
  const records = Array.from({ length: 300 }, (_, n) =>
    auditRecord(n, { time: new Date(Date.UTC(2026, (n * 5) % 12, 1 + ((n * 11) % 27), n % 24)).toISOString() }),
  );
  for (let at = 0; at < records.length; at += 50) {
    await store.log.append(TENANT, records.slice(at, at + 50));
    await store.log.append(OTHER, [auditRecord(at, { id: `theirs-${at}` })]);
  }
  const ids = records.map((r) => r.id);
  for (const limit of [1, 7, 1_000]) expect(await readOn('', 0, limit)).toEqual({ ids, lastSeq: 300 });
  expect(await readOn('', 290, 500)).toEqual({ ids: ids.slice(290), lastSeq: 300 });
  expect(await readOn('category:Category1 -actor:admin2*', 100, 33)).toEqual({
    ids: records.filter((_, n) => n >= 100 && n % 3 === 1 && n % 5 !== 2).map((r) => r.id),
    lastSeq: 300,
  });
  expect(await readOn('"policy 299" time>=2026-01-01', 0, 64)).toEqual({ ids: ['record-299'], lastSeq: 300 });
  // A position that the log has not reached stays where it is.
  expect(await readOn('', 10_000, 10)).toEqual({ ids: [], lastSeq: 10_000 });
});

test('a value that the log has never seen is found as soon as a record has it, also while it is being written', async () => {
  const start = await store.forTenant(TENANT).audit();
  const after = await start.head();
  expect(await readOn('actor:new*', after, 100)).toEqual({ ids: [], lastSeq: after });
  const writers = Array.from({ length: 4 }, async (_, w) => {
    for (let n = 0; n < 60; n += 1) {
      const id = 1_000 + w * 1_000 + n;
      await store.log.append(TENANT, [by(id, n % 2 === 0 ? `New.${id}@contoso.example` : 'old@contoso.example')]);
    }
  });
  let done = false;
  const writing = Promise.all(writers).then(() => (done = true));
  const found: string[] = [];
  for (let lastSeq = after; ;) {
    const last = done;
    const step = await readOn('actor:new*', lastSeq, 25);
    found.push(...step.ids);
    lastSeq = step.lastSeq;
    if (last) break;
  }
  await writing;
  expect(found.length).toBe(120);
  expect(new Set(found)).toEqual(
    new Set(
      Array.from({ length: 240 }, (_, i) => 1_000 + Math.floor(i / 60) * 1_000 + (i % 60)).flatMap((id) =>
        id % 2 === 0 ? [`record-${id}`] : [],
      ),
    ),
  );
});
