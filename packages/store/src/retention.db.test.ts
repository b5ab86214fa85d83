import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditRecords, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openStore } from './index.ts';

const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const input = (name: string, retentionDays: number, category = 'AuditLogs') => ({
  categories: [{ category, retentionDays }],
  destinations: {
    storage: { storageAccountId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}` },
  },
});

test('a database from before: days that never changed hold from the beginning, others only for what is collected from now on', async () => {
  const database = await testDatabase();
  const store = openStore({ url: database.url, applicationName: 'test' });
  const sql = new pg.Client({ connectionString: database.url });
  try {
    await store.migrate();
    await sql.connect();
    const { settings } = store.forTenant(crypto.randomUUID());
    await settings.create(intune, 'Never changed', input('a', 30), actor);
    await settings.create(intune, 'Changed', input('b', 30), actor);
    await settings.update(intune, 'Changed', 1, input('b', 7), actor);
    await settings.create(intune, 'Changed, nothing collected', input('c', 30, 'Devices'), actor);
    await settings.update(intune, 'Changed, nothing collected', 1, input('c', 9, 'Devices'), actor);
    const tenant = (await sql.query('select tenant_id from setting limit 1')).rows[0].tenant_id as string;
    await store.log.append(tenant, auditRecords(5));
    await sql.query(`insert into delivered_batch (delivery_id, first_seq, last_seq, tenant_id, records, bytes, place, duration_ms)
      select id, 1, 5, tenant_id, 5, 100, '{"container":"c","blob":"b","offset":0}', 1 from delivery where category = (select id from category where name = 'AuditLogs' and provider = '${intune}')`);
    await sql.query('drop table retained_part, retained_blob, retention_policy, legal_hold, retention_backlog');
    await sql.query(await readFile(join(import.meta.dirname, '../migrations/0014_retention.sql'), 'utf8'));
    const policies = await sql.query(
      'select s.name, p.after_seq::int as after, p.days from retention_policy p join setting s on s.id = p.setting_id order by 1, 2',
    );
    expect(policies.rows.map((r) => [r.name, r.after, r.days])).toEqual([
      ['Changed', 0, 0],
      ['Changed', 5, 7],
      ['Changed, nothing collected', 0, 9],
      ['Never changed', 0, 30],
    ]);
    while (await store.retainEarlier());
    const blobs = await sql.query('select account, keep_until is null as forever, length::int from retained_blob order by account');
    expect(blobs.rows.map((r) => [r.account.at(-1), r.forever, r.length])).toEqual([
      ['a', false, 100],
      ['b', true, 100],
    ]);
  } finally {
    await sql.end();
    await store.close();
    await database.drop();
  }
});
