import { createHash } from 'node:crypto';
import type { VerifyReport } from '@weir/engine';
import { auditRecord, auditRecords, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type ChainProgress, type Store } from './index.ts';

const log = { provider: 'microsoft.intune', category: 'AuditLogs' };
const inLog = `category = (select id from category where provider = 'microsoft.intune' and name = 'AuditLogs')`;
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let second: Store;
let sql: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'first', poolSize: 20 });
  second = openStore({ url: database.url, applicationName: 'second', poolSize: 20 });
  await store.migrate();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
afterAll(async () => {
  await sql?.end();
  await Promise.all([store?.close(), second?.close()]);
  await database?.drop();
});

const verify = async (tenantId: string, more: Partial<Parameters<ReturnType<Store['forTenant']>['proof']['verifyLog']>[0]> = {}) =>
  (await store.forTenant(tenantId).proof.verifyLog({ ...log, ...more }))!;
const brief = (report: VerifyReport) =>
  report.faults.map(({ kind, firstSeq, lastSeq, id }) => [kind, firstSeq, lastSeq, id].slice(0, id ? 4 : 3));
/** A log of 60 records in 6 links. */
async function chained(): Promise<string> {
  const tenantId = crypto.randomUUID();
  for (let i = 0; i < 6; i += 1) await store.log.append(tenantId, auditRecords(10, i * 10));
  return tenantId;
}

test('eight appenders at once: one unbroken chain over what is stored, however the appends fell', { timeout: 60_000 }, async () => {
  const tenantId = crypto.randomUUID();
  await Promise.all(
    Array.from({ length: 8 }, async (_, w) => {
      for (let i = 0; i < 25; i += 1)
        await (w % 2 ? store : second).log.append(tenantId, auditRecords(1 + ((w + i) % 5), (w * 25 + i) * 5));
    }),
  );
  const [head] = await store.forTenant(tenantId).proof.heads();
  const report = await verify(tenantId);
  expect(report).toMatchObject({ result: 'holds', records: head!.seq, parts: 200, head: `${head!.seq}:${head!.digest}` });
  // Made once more from the bodies alone, as somebody could who has only the archive.
  const { rows } = await sql.query('select * from chain where tenant_id = $1 order by last_seq', [tenantId]);
  let previous = createHash('sha256').update(`weir chain 1 ${tenantId} microsoft.intune/AuditLogs`).digest();
  for (const link of rows as { first_seq: number; last_seq: number; digest: Buffer }[]) {
    const bodies = await sql.query('select body from record_body where tenant_id = $1 and seq between $2 and $3 order by seq', [
      tenantId,
      link.first_seq,
      link.last_seq,
    ]);
    const bounds = Buffer.alloc(16);
    bounds.writeBigInt64BE(BigInt(link.first_seq), 0);
    bounds.writeBigInt64BE(BigInt(link.last_seq), 8);
    const each = bodies.rows.map((r: { body: string }) => createHash('sha256').update(r.body).digest());
    previous = createHash('sha256')
      .update(Buffer.concat([previous, bounds, ...each]))
      .digest();
    expect(link.digest.equals(previous)).toBe(true);
  }
  expect(previous.toString('hex')).toBe(head!.digest);
});

test('an append of doubles only makes no link; odd bodies are chained as they are stored', async () => {
  const tenantId = await chained();
  await store.log.append(tenantId, auditRecords(10));
  await store.log.append(tenantId, [
    auditRecord(99, { body: JSON.stringify({ text: 'ümläut 😀 \u0000 \\ x' }) }),
    auditRecord(98, { body: '{"a":"\u0000\ud800"}' }),
  ]);
  expect(await verify(tenantId)).toMatchObject({ result: 'holds', records: 62, parts: 7 });
});

test.each<[string, string, unknown[][]]>([
  [
    'a body altered',
    `update record_body set body = replace(body, 'Success', 'Failure') where ${inLog} and tenant_id = $1 and seq = 25`,
    [['altered', 25, 25, 'record-24']],
  ],
  [
    'a record removed',
    `delete from record_body where ${inLog} and tenant_id = $1 and seq in (25, 26, 40)`,
    [
      ['removed', 25, 26],
      ['removed', 40, 40],
    ],
  ],
  [
    'a record put in twice',
    `insert into record_body select tenant_id, category, seq, id || 'x', time, appended_at, body, original from record_body where ${inLog} and tenant_id = $1 and seq = 25`,
    [['inserted', 25, 25, expect.any(String)]],
  ],
  [
    'a record put behind the end',
    `insert into record_body select tenant_id, category, 1000, 'x', time, appended_at, body, original from record_body where ${inLog} and tenant_id = $1 and seq = 25`,
    [['inserted', 1000, 1000, 'x']],
  ],
  [
    'two bodies swapped',
    `update record_body a set body = b.body from record_body b where a.tenant_id = $1 and b.tenant_id = $1 and (a.seq, b.seq) in ((25, 26), (26, 25))`,
    [
      ['altered', 25, 25, 'record-24'],
      ['altered', 26, 26, 'record-25'],
    ],
  ],
  ['a link removed', 'delete from chain where tenant_id = $1 and first_seq = 21', [['broken-chain', 21, 30]]],
  ['the first link removed', 'delete from chain where tenant_id = $1 and first_seq = 1', [['broken-chain', 1, 10]]],
  [
    'the last link removed',
    'delete from chain where tenant_id = $1 and first_seq = 51',
    [
      ['broken-chain', 51, 60],
      ['broken-chain', 60, 60],
    ],
  ],
  [
    'a body altered, and its link with it',
    `with a as (update record_body set body = 'x' where ${inLog} and tenant_id = $1 and seq = 21 returning seq),
      d as (select overlay(digests placing sha256('x') from 1 for 32) as digests from chain where tenant_id = $1 and first_seq = 21)
    update chain set digests = d.digests, digest = sha256(previous || int8send(first_seq) || int8send(last_seq) || d.digests) from d, a where tenant_id = $1 and first_seq = 21`,
    [['broken-chain', 31, 40]],
  ],
  [
    'a digest altered',
    `update chain set digest = sha256('x') where tenant_id = $1 and first_seq = 21`,
    [
      ['broken-chain', 21, 30],
      ['broken-chain', 31, 40],
    ],
  ],
  ['the head altered', `update head set digest = sha256('x') where tenant_id = $1`, [['broken-chain', 60, 60]]],
])('%s is named', async (_what, tamper, faults) => {
  const tenantId = await chained();
  expect(await verify(tenantId)).toMatchObject({ result: 'holds', records: 60 });
  await sql.query(tamper, [tenantId]);
  const report = await verify(tenantId);
  expect([report.result, brief(report)]).toEqual(['differs', faults]);
});

test('a chain made anew over altered records holds by itself, and not against a head that was kept elsewhere', async () => {
  const tenantId = await chained();
  const { head } = await verify(tenantId);
  const [seq, digest] = head!.split(':') as [string, string];
  const expected = { seq: Number(seq), digest };
  await store.log.append(tenantId, auditRecords(5, 100));
  expect((await verify(tenantId, { expected })).result).toBe('holds');
  await sql.query(`update record_body set body = replace(body, 'Success', 'Failure') where tenant_id = $1 and seq = 25`, [tenantId]);
  await sql.query('delete from chain where tenant_id = $1', [tenantId]);
  await sql.query('update head set digest = null where tenant_id = $1', [tenantId]);
  await store.chainBacklog();
  expect((await verify(tenantId)).result).toBe('holds');
  expect(brief(await verify(tenantId, { expected }))).toEqual([['broken-chain', 1, 60]]);
});

test(
  'records from before the chain are worked off in steps by several processes, and appends go on meanwhile',
  { timeout: 60_000 },
  async () => {
    const tenantId = crypto.randomUUID();
    await sql.query('alter table head disable trigger head_chain');
    for (let i = 0; i < 18; i += 1) await store.log.append(tenantId, auditRecords(500, i * 500));
    await sql.query('alter table head enable trigger head_chain');
    expect(await verify(tenantId)).toMatchObject({ records: 0, note: 'Records after 0 are not chained yet.' });
    // Stopped after some links: what is done stays, and the next one goes on behind it.
    const stopping = new AbortController();
    const first = store.chainBacklog(stopping.signal);
    while ((await sql.query('select 1 from chain where tenant_id = $1', [tenantId])).rowCount! < 2)
      await new Promise((done) => setTimeout(done, 2));
    stopping.abort();
    const done = await first;
    expect(await verify(tenantId)).toMatchObject({ result: 'holds', records: done * 2_000 });
    const appending = (async () => {
      for (let i = 0; i < 20; i += 1) await second.log.append(tenantId, auditRecords(7, 20_000 + i * 7));
    })();
    await Promise.all([store.chainBacklog(), second.chainBacklog(), appending]);
    await store.chainBacklog();
    await store.log.append(tenantId, auditRecords(3, 30_000));
    expect(await verify(tenantId)).toMatchObject({ result: 'holds', records: 9_000 + 140 + 3, firstSeq: 1, lastSeq: 9_143 });
  },
);

test('a step of the backlog that dies leaves nothing behind', async () => {
  const tenantId = crypto.randomUUID();
  await sql.query('alter table head disable trigger head_chain');
  for (let i = 0; i < 6; i += 1) await store.log.append(tenantId, auditRecords(500, i * 500));
  await sql.query('alter table head enable trigger head_chain');
  // Its connection is cut in the middle of the second link, as when the process or the server dies.
  await sql.query(
    'create function cut() returns trigger language plpgsql as $$ begin if new.first_seq > 1 then perform pg_sleep(20); end if; return new; end $$',
  );
  await sql.query('create trigger cut before insert on chain for each row execute function cut()');
  const dying = store.chainBacklog();
  dying.catch(() => {});
  const asleep = `select pid from pg_stat_activity where datname = current_database() and query like '%chain_link%' and wait_event = 'PgSleep'`;
  let pid: number | undefined;
  while (pid === undefined) pid = (await sql.query(asleep)).rows[0]?.pid as number | undefined;
  await sql.query('select pg_terminate_backend($1)', [pid]);
  await expect(dying).rejects.toThrow();
  await sql.query('drop trigger cut on chain');
  await sql.query('drop function cut');
  expect(await verify(tenantId)).toMatchObject({ result: 'holds', records: 2_000 });
  await second.chainBacklog();
  expect(await verify(tenantId)).toMatchObject({ result: 'holds', records: 3_000 });
});

test('a verification that is stopped goes on where it was, and a part of a log can be verified by itself', async () => {
  const tenantId = crypto.randomUUID();
  for (let i = 0; i < 12; i += 1) await store.log.append(tenantId, auditRecords(500, i * 500));
  await sql.query(`update record_body set body = 'x' where tenant_id = $1 and seq in (1200, 5900)`, [tenantId]);
  const whole = await verify(tenantId);
  let resume: ChainProgress | undefined;
  let report: VerifyReport | null = null;
  for (let runs = 0; report === null; runs += 1) {
    expect(runs).toBeLessThan(5);
    report = await store.forTenant(tenantId).proof.verifyLog({
      ...log,
      resume: resume && (JSON.parse(JSON.stringify(resume)) as ChainProgress),
      onStep: async (progress) => ((resume = progress), runs > 2),
    });
  }
  expect({ ...report, startedAt: '', durationMs: 0 }).toEqual({ ...whole, startedAt: '', durationMs: 0 });
  expect(brief(whole)).toEqual([
    ['altered', 1200, 1200, 'record-1199'],
    ['altered', 5900, 5900, 'record-5899'],
  ]);
  expect(brief(await verify(tenantId, { range: { firstSeq: 1_600, lastSeq: 5_000 } }))).toEqual([]);
  expect(await verify(tenantId, { range: { firstSeq: 5_600 } })).toMatchObject({ result: 'differs', records: 499 });
});
