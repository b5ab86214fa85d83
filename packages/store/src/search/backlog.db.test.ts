import { auditRecords, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool, type Queryable } from '../database.ts';
import { openStore } from '../index.ts';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

test('records from before there was a search become searchable, and counted once', async () => {
  const store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  await store.log.append(TENANT, auditRecords(1_234));
  const pool = openPool(database.url, 'test', 2);
  const db = pool as unknown as Queryable;
  const state = async () => ({
    records: (
      await db.query(
        'select seq, target_text, search, (select array_agg(t order by t) from unnest(tokens) t) as tokens from record order by seq',
      )
    ).rows,
    values: (await db.query('select field, parent, value, folded, n from record_value order by 1, 2, 3')).rows,
    hours: (await db.query('select hour, audit_category, result, n from record_hour order by 1, 2, 3')).rows,
    words: (await db.query('select word from word order by 1')).rows,
  });
  const made = await state();
  await db.query("update record set target_text = '', search = '', tokens = '{}', target_types = '{}'");
  await db.query('truncate record_value, record_hour, word');
  await db.query('insert into search_backlog select tenant_id, category, 0, seq from head');
  await store.migrate();
  expect(await state()).toEqual(made);
  expect((await db.query('select * from search_backlog')).rows).toEqual([]);
  await pool.end();
  await store.close();
}, 60_000);
