import { deliver, type DeliverOptions } from '@weir/engine';
import { auditRecord, ScriptedDestination, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

const AUDIT = 'microsoft.intune/AuditLogs';
const actor = { oid: '1', upn: 'avery.howard@contoso.example', name: 'Avery Howard', correlationId: 'trace' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let sql: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test', poolSize: 10 });
  await store.migrate();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
afterAll(async () => {
  await sql?.end();
  await store?.close();
  await database?.drop();
});

const options: DeliverOptions = {
  worker: { leaseMs: 60_000 },
  timeoutMs: 60_000,
  sliceMs: 1e9,
  now: () => new Date(),
  signal: new AbortController().signal,
};
/** The 10th of a month so many months ago, at noon. */
const monthsAgo = (n: number): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - n, 10, 12)).toISOString();
};
const month = (n: number): string => monthsAgo(n).slice(0, 7);
/** Two records of each of these months, in this order: the log does not go by time. */
const records = (months: readonly number[], category = AUDIT) =>
  months.flatMap((n, i) => [1, 2].map((k) => auditRecord(i * 2 + k, { time: monthsAgo(n), category })));
async function expire(): Promise<{ month: string; records: number }[]> {
  const done: { month: string; records: number }[] = [];
  for (let step = await store.removeExpired(); step; step = await store.removeExpired())
    done.push({ month: step.month, records: step.records });
  return done.toSorted((a, b) => (a.month < b.month ? -1 : 1));
}
const seqs = async (tenantId: string): Promise<number[]> =>
  (
    await sql.query<{ seq: string }>(
      `select b.seq from record_body b join category c on c.id = b.category where b.tenant_id = $1 and c.name = 'AuditLogs' order by 1`,
      [tenantId],
    )
  ).rows.map((r) => Number(r.seq));
const setting = (tenantId: string) =>
  store.forTenant(tenantId).settings.create(
    'microsoft.intune',
    'SIEM',
    {
      categories: [{ category: 'AuditLogs', retentionDays: 0 }],
      destinations: {
        logAnalytics: { workspaceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w' },
      },
    },
    actor,
  );

test('whole months that are past their years go; everything else stays, the figures fit, and the chain holds', async () => {
  const [tenantId, other] = [crypto.randomUUID(), crypto.randomUUID()];
  const { logRetention, proof, audit } = store.forTenant(tenantId);
  await store.log.append(tenantId, records([13, 30, 12, 25, 0]));
  await store.log.append(tenantId, records([30], 'microsoft.intune/OperationalLogs'));
  await store.log.append(other, records([30]));
  expect(await logRetention.list()).toMatchObject([
    { category: AUDIT, years: null, oldest: monthsAgo(30), removed: null, waits: [] },
    { category: 'microsoft.intune/OperationalLogs', years: null },
  ]);
  expect(await expire()).toEqual([]);
  expect(await logRetention.set(actor, AUDIT, 2)).toBe(true);
  expect(await logRetention.set(actor, 'weir/AdminCenterLogs', 2)).toBe(false);
  expect(await logRetention.set(actor, 'microsoft.intune/Nothing', 2)).toBe(false);
  expect(await expire()).toEqual([
    { month: month(30), records: 2 },
    { month: month(25), records: 2 },
  ]);
  expect(await seqs(tenantId)).toEqual([1, 2, 5, 6, 9, 10]);
  expect(await seqs(other)).toEqual([1, 2]);
  // The month of a year ago is not over by a year: it goes when its last day is.
  await logRetention.set(actor, AUDIT, 1);
  expect(await expire()).toEqual([{ month: month(13), records: 2 }]);
  const [log] = await logRetention.list();
  expect(log).toMatchObject({ years: 1, setBy: actor.upn, oldest: monthsAgo(12), removed: { records: 6 }, waits: [] });

  const search = await audit();
  expect(await search.get('record-1')).toBeNull();
  expect(await logRetention.removed(AUDIT, 'record-1')).toMatchObject({ month: `${month(13)}-01`, years: 1 });
  expect(await logRetention.removed(AUDIT, 'record-5')).toBeNull();
  expect(await store.forTenant(other).logRetention.removed(AUDIT, 'record-1')).toBeNull();
  const { rows } = await sql.query(
    `select (select sum(n)::int from record_hour h join category c on c.id = h.category where h.tenant_id = $1 and c.name = 'AuditLogs') as hours,
      (select sum(n)::int from record_value v join category c on c.id = v.category where v.tenant_id = $1 and c.name = 'AuditLogs' and field = 'status') as status`,
    [tenantId],
  );
  expect(rows).toEqual([{ hours: 4, status: 4 }]);

  const verified = await proof.verifyLog({ provider: 'microsoft.intune', category: 'AuditLogs' });
  expect(verified).toMatchObject({
    result: 'holds',
    firstSeq: 1,
    lastSeq: 10,
    records: 4,
    note: expect.stringContaining('removed 6 more'),
  });
  await sql.query(
    `delete from record_body where tenant_id = $1 and seq = 9 and category = (select id from category where name = 'AuditLogs')`,
    [tenantId],
  );
  expect((await proof.verifyLog({ provider: 'microsoft.intune', category: 'AuditLogs' }))!.faults).toMatchObject([
    { kind: 'removed', firstSeq: 9, lastSeq: 9 },
  ]);

  const own = (await proof.read({ provider: 'weir', category: 'AdminCenterLogs' }, 0, 99, 1 << 20)).records.map(
    (r) => JSON.parse(r.body.toString()) as { operationName: string; identity: string; properties: Record<string, unknown> },
  );
  expect(own.map((o) => [o.operationName, o.identity])).toEqual([
    ['Update logRetention', actor.upn],
    ['Delete expiredRecords', 'Weir'],
    ['Delete expiredRecords', 'Weir'],
    ['Update logRetention', actor.upn],
    ['Delete expiredRecords', 'Weir'],
  ]);
  expect(own[0]!.properties).toMatchObject({ Category: AUDIT, OldYears: 'Forever', NewYears: 2 });
  expect(own[4]!.properties).toMatchObject({ Category: AUDIT, Month: month(13), Years: 1, Records: 2, FirstSequence: 1, LastSequence: 2 });
  // Room is given back when no directory has a record of the month any more.
  const room = async (n: number) =>
    (await sql.query<{ n: number }>('select pg_relation_size($1::regclass)::int as n', [`record_body_${month(n).replace('-', '_')}`]))
      .rows[0]!.n;
  expect([await room(25), await room(30)]).toEqual([0, 8192]);
});

test('nothing goes that a delivery, a replay, the quarantine, a legal hold or an export still needs', async () => {
  const tenantId = crypto.randomUUID();
  const { logRetention, deliveries, settings } = store.forTenant(tenantId);
  await setting(tenantId);
  await store.log.append(tenantId, records([40, 39, 0]));
  await logRetention.set(actor, AUDIT, 1);
  const waits = async () => (await logRetention.list())[0]!.waits;
  expect([await expire(), await waits()]).toEqual([[], ['delivery']]);

  const destination = new ScriptedDestination();
  destination.refuse = ({ seq }) => (seq === 2 ? { code: 'test', message: 'made by the test', remedy: null } : null);
  const [lease] = await store.deliveries.claim('w', 60_000, 1);
  await deliver(store.deliveries, lease!, destination, options);
  const id = lease!.deliveryId;
  await deliveries.replay(actor, id, { kind: 'sequence', sequence: 3 });
  await settings.hold('microsoft.intune', 'SIEM', 'Case 4711', actor);
  expect([await expire(), await waits()]).toEqual([[], ['legal-hold', 'replay', 'quarantine']]);
  await settings.release('microsoft.intune', 'SIEM', actor);
  await sql.query(
    `insert into export_job (tenant_id, category, owner, actor, request, selection, until_seq, file_name, expected)
    select $1, id, '1', '{}', '{}', '{}', 6, 'f', 6 from category where name = 'AuditLogs'`,
    [tenantId],
  );
  expect(await expire()).toEqual([]);
  await sql.query(`update export_job set state = 'failed' where tenant_id = $1`, [tenantId]);
  // One record of the month is in quarantine, the next month is being replayed.
  expect(await expire()).toEqual([{ month: month(40), records: 1 }]);
  expect(await seqs(tenantId)).toEqual([2, 3, 4, 5, 6]);
  await deliveries.skip(actor, id, [2], 'not needed');
  const [replay] = await store.replays.claim('w', 60_000, 1);
  await deliver(store.replays.of(replay!), replay!, destination, options);
  expect(await expire()).toEqual([
    { month: month(40), records: 1 },
    { month: month(39), records: 2 },
  ]);
  expect(await waits()).toEqual([]);
});

test('a replay passes over what was removed, sends what is there, and ends with the last one that is', async () => {
  const tenantId = crypto.randomUUID();
  const { logRetention, deliveries } = store.forTenant(tenantId);
  await setting(tenantId);
  await store.log.append(tenantId, records([0, 30, 1, 31, 2, 30]));
  const destination = new ScriptedDestination();
  const [lease] = await store.deliveries.claim('w', 60_000, 1);
  await deliver(store.deliveries, lease!, destination, options);
  await logRetention.set(actor, AUDIT, 2);
  expect(await expire()).toHaveLength(2);
  expect(await deliveries.replay(actor, lease!.deliveryId, { kind: 'beginning' })).toMatchObject({ fromSeq: 1, toSeq: 10 });
  const again = new ScriptedDestination();
  again.limits = { ...again.limits, maxRecords: 1 };
  const [replay] = await store.replays.claim('w', 60_000, 1);
  await deliver(store.replays.of(replay!), replay!, again, options);
  expect(again.held).toEqual([1, 2, 5, 6, 9, 10]);
  expect((await deliveries.get(lease!.deliveryId))!.replays[0]).toMatchObject({ result: 'done', delivered: 6, position: 10 });
});
