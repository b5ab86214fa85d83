import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditRecords, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openStore } from './index.ts';

const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };

test('a database from before: what replays put into archives comes into the ledger, in its shape, and stays apart from what the delivery did', async () => {
  const database = await testDatabase();
  const store = openStore({ url: database.url, applicationName: 'test' });
  const sql = new pg.Client({ connectionString: database.url });
  try {
    await store.migrate();
    await sql.connect();
    const tenant = store.forTenant(crypto.randomUUID());
    const input = {
      categories: [{ category: 'AuditLogs', retentionDays: 0 }],
      condition: 'activity:"Patch Policy2"',
      destinations: {
        storage: { storageAccountId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a' },
      },
    };
    await tenant.settings.create(intune, 'Archive', input, actor);
    const { id, tenant_id: tenantId } = (await sql.query('select id, tenant_id from delivery')).rows[0] as Record<string, string>;
    await store.log.append(tenantId!, auditRecords(9, 1));
    await sql.query('update delivery set checkpoint = 9');
    const replay = await tenant.deliveries.replay(actor, id!, { kind: 'beginning' });
    if (replay === null || typeof replay === 'string') throw new Error(String(replay));
    await sql.query(`insert into delivered_batch (delivery_id, first_seq, last_seq, tenant_id, records, bytes, place, duration_ms)
      select id, 1, 9, tenant_id, 2, 100, '{"container":"c","blob":"b","offset":0}', 1 from delivery`);
    // As it was before the migration.
    await sql.query(`drop index replay_range; alter table quarantine drop column replay_id; alter table delivered_batch drop column replay_id;
      alter table delivered_batch add primary key (delivery_id, first_seq)`);
    const shapes = await readFile(join(import.meta.dirname, '../migrations/0018_shapes.sql'), 'utf8');
    await sql.query(shapes.slice(shapes.indexOf('create table replayed_batch')));
    await sql.query(
      `insert into replayed_batch (replay_id, first_seq, last_seq, tenant_id, delivery_id, shape_id, bytes, place)
      select $1, x.first, x.last, d.tenant_id, d.id, case when x.shaped then s.shape_id end, 100, jsonb_build_object('container', 'c', 'blob', 'b', 'offset', x.first * 100)
      from delivery d join setting s on s.id = d.setting_id, (values (1, 4, true), (5, 9, false)) x(first, last, shaped)`,
      [replay.id],
    );
    await sql.query(await readFile(join(import.meta.dirname, '../migrations/0021_ledger_of_replays.sql'), 'utf8'));

    const { sink } = (await tenant.proof.targets())[0]!;
    const segments = await tenant.proof.segments(sink, 'c', 'b');
    expect(segments.map((s) => [s.firstSeq, s.lastSeq, s.replay?.by ?? null, s.replay?.id === replay.id, s.shapeId !== null])).toEqual([
      [1, 9, null, false, false],
      [1, 4, actor.upn, true, true],
      [5, 9, actor.upn, true, false],
    ]);
    expect((await tenant.proof.ledger(id!)).map((r) => [r.firstSeq, r.lastSeq, r.records])).toEqual([[1, 9, 2]]);
    expect(await tenant.proof.copyRange(id!, 1, 99)).toEqual({ firstSeq: 1, lastSeq: 9 });
    expect(await tenant.proof.ledgerGaps(id!, 1, 9)).toEqual([]);
    // How many of the filtered range went is asked of the condition: of 1 to 4 only record 2.
    const where = await (await tenant.audit()).whereabouts(['1', '2', '5']);
    expect(where.filter((w) => w.replay !== null).map((w) => w.seq)).toEqual([2, 5]);
    const { rows } = await sql.query(`select to_regclass('replayed_batch') as old`);
    expect(rows).toEqual([{ old: null }]);
  } finally {
    await sql.end();
    await store.close();
    await database.drop();
  }
});
