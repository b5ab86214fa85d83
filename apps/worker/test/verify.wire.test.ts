import { createHash } from 'node:crypto';
import { categoryId, type Destinations } from '@weir/contract';
import { deliver, type Place as StoragePlace } from '@weir/engine';
import { verifyDelivery } from '@weir/destinations';
import { auditRecord } from '@weir/testkit';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { verifyLoop } from '../src/loops/verify.ts';
import { createMetrics } from '../src/metrics.ts';
import {
  account,
  actor,
  azure,
  brief,
  cloud,
  container,
  linesOf,
  namespace,
  names,
  options,
  place,
  provider,
  put,
  rewrite,
  shaped,
  sql,
  store,
  openPlaces,
  type Place,
} from './proof-places.ts';

openPlaces();

describe('storage', () => {
  /** 240 records in 6 batches in 3 blobs: 1-80, 81-160, 161-240. */
  async function archive(): Promise<Place> {
    const p = await place({ storage: { storageAccountId: account().id } });
    for (let i = 0; i < 6; i += 1) await p.add(40);
    expect(await names(p)).toHaveLength(3);
    return p;
  }

  test('an archive as it was delivered holds: all of it, and any part', async () => {
    const p = await archive();
    const first = await linesOf(p, (await names(p))[0]!);
    expect(first).toHaveLength(80);
    expect(await p.verify()).toMatchObject({
      kind: 'storage',
      result: 'holds',
      firstSeq: 1,
      lastSeq: 240,
      records: 240,
      parts: 3,
      faults: [],
      counts: {},
    });
    expect(await p.verify({ firstSeq: 90, lastSeq: 170 })).toMatchObject({ result: 'holds', records: 81, parts: 2 });
    expect(await p.verify({ firstSeq: 1_000 })).toMatchObject({ result: 'holds', records: 0, firstSeq: null });
  });

  test('each way to tamper is named with record, blob and offset, and undone it holds again', async () => {
    const p = await archive();
    const [one, two, three] = (await names(p)) as [string, string, string];
    const before = await linesOf(p, two);
    const offsetOf = (line: number) => before.slice(0, line).reduce((sum, l) => sum + Buffer.byteLength(l) + 2, 0);
    const foreign = JSON.stringify({ tenantId: account().tenantId, operationName: 'Never happened' });
    const cases: [string, (lines: string[]) => string[], unknown[], number | null][] = [
      ['a byte changed', (l) => l.with(19, l[19]!.replace('Success', 'Succes5')), [['changed', 100, 100, 'record-100']], offsetOf(19)],
      ['a line dropped', (l) => l.toSpliced(19, 1), [['missing', 100, 100, 'record-100']], null],
      ['a line doubled', (l) => l.toSpliced(19, 0, l[19]!), [['doubled', 100, 100, 'record-100']], offsetOf(20)],
      ['two lines swapped', (l) => l.with(19, l[20]!).with(20, l[19]!), [['misplaced', 100, 100, 'record-100']], null],
      ['a line moved to the end', (l) => [...l.toSpliced(19, 1), l[19]!], [['misplaced', 100, 100, 'record-100']], null],
      ['a foreign line at the end', (l) => [...l, foreign], [['foreign', null, null, undefined]], offsetOf(80)],
      ['a foreign line between', (l) => l.toSpliced(19, 0, foreign), [['foreign', null, null, undefined]], offsetOf(19)],
      ['an empty line between', (l) => l.toSpliced(19, 0, ''), [['foreign', null, null, undefined]], offsetOf(19)],
      ['a line of another blob', (l) => [...l, sample], [['doubled', 5, 5, 'record-5']], offsetOf(80)],
      ['the end cut off', (l) => l.slice(0, 70), [['missing', 151, 160, undefined]], null],
      ['everything gone but the blob', () => [], [['missing', 81, 160, undefined]], null],
    ];
    const sample = (await linesOf(p, one))[4]!;
    for (const [what, change, faults, offset] of cases) {
      await rewrite(p, two, change);
      const report = await p.verify();
      expect([what, report.result, brief(report.faults)]).toEqual([
        what,
        'differs',
        what.includes('swapped') ? [['misplaced', expect.toBeOneOf([100, 101]), expect.anything(), expect.anything()]] : faults,
      ]);
      expect(report.faults[0]!.at).toMatchObject({ kind: 'storage', blob: two, ...(offset !== null && { offset }) });
      await rewrite(p, two, () => before);
    }
    await put(p, two, before.map((l, i) => `${l}${i === 19 ? '\n' : '\r\n'}`).join(''));
    expect(brief((await p.verify()).faults)).toEqual([['changed', 100, 100, 'record-100']]);
    await rewrite(p, two, () => before);
    await container(p).deleteBlob(three);
    expect(await p.verify()).toMatchObject({ result: 'differs', records: 160, faults: [{ kind: 'missing', firstSeq: 161, lastSeq: 240 }] });
    await put(p, three, '');
    await put(p, two.replace(/h=\d\d/, 'h=99'), `${foreign}\r\n${foreign}\r\n`);
    await put(p, two.replace(/h=\d\d/, 'h=98'), `${before[3]}\r\n`);
    expect(brief((await p.verify()).faults)).toEqual([
      ['doubled', 84, 84, 'record-84'],
      ['missing', 161, 240, undefined],
      ['foreign', null, null, undefined],
    ]);
  });

  test('many faults at once are all named, each once', async () => {
    const p = await archive();
    const [one, two] = (await names(p)) as [string, string, string];
    const moved = (await linesOf(p, one))[9]!;
    await rewrite(p, one, (l) => l.toSpliced(9, 1).toSpliced(50, 1));
    await rewrite(p, two, (l) => [l[0]!.toUpperCase(), ...l.slice(1, 30), moved, ...l.slice(30), l[7]!]);
    const report = await p.verify();
    expect(brief(report.faults).map((f) => f.slice(0, 3))).toEqual([
      ['misplaced', 10, 10],
      ['missing', 52, 52],
      ['changed', 81, 81],
      ['doubled', 88, 88],
    ]);
    expect(report.counts).toEqual({ misplaced: 1, missing: 1, changed: 1, doubled: 1 });
  });

  test('when the log was altered after the delivery, the archive is proved by the ledger and the log is named', async () => {
    const p = await archive();
    const category = '(select id from category where name = $1)';
    await sql.query(`update record_body set body = replace(body, 'Success', 'Failure') where category = ${category} and seq = 100`, [
      p.category,
    ]);
    const altered = await p.verify();
    expect(altered.faults).toMatchObject([{ kind: 'not-as-sent', firstSeq: 100, lastSeq: 100, id: 'record-100' }]);
    await sql.query(`update record_body set body = replace(body, 'Failure', 'Success') where category = ${category} and seq = 100`, [
      p.category,
    ]);
    // Both sides alike: only the ledger's digest tells.
    const [, two] = (await names(p)) as [string, string];
    const before = await linesOf(p, two);
    await rewrite(p, two, (l) => l.with(19, l[19]!.replace('Success', 'Failure')));
    await sql.query(`update record_body set body = replace(body, 'Success', 'Failure') where category = ${category} and seq = 100`, [
      p.category,
    ]);
    expect(brief((await p.verify()).faults)).toEqual([['not-as-sent', 81, 120, undefined]]);
    await rewrite(p, two, () => before);
    // What the log no longer has (its time was up) is proved by the digest of its batch.
    await sql.query(`delete from record_body where category = ${category} and seq between 95 and 130`, [p.category]);
    expect(await p.verify()).toMatchObject({ result: 'holds', records: 240, faults: [] });
    await rewrite(p, two, (l) => l.with(30, l[30]!.replace('Success', 'Failure')));
    expect((await p.verify()).result).toBe('differs');
  });

  test('a ledger that lost a row, or has one too many, is named; records are looked for all the same', async () => {
    const p = await archive();
    const { deliveryId } = await p.target();
    const ledger = await store.forTenant(account().tenantId).proof.ledger(deliveryId, { fromSeq: 50, toSeq: 130 });
    expect(ledger.map((r) => [r.firstSeq, r.lastSeq, r.records, r.attempts])).toEqual([
      [41, 80, 40, 1],
      [81, 120, 40, 1],
      [121, 160, 40, 1],
    ]);
    const second = ledger[0]!.place as Extract<StoragePlace, { kind: 'storage' }>;
    expect(second).toMatchObject({ kind: 'storage', account: 'contosologs', container: container(p).containerName });
    const sent = await container(p).getBlobClient(second.blob).downloadToBuffer(second.offset, ledger[0]!.bytes);
    expect(createHash('sha256').update(sent).digest().equals(ledger[0]!.digest!)).toBe(true);
    for (const first of [1, 201]) {
      const gone = await sql.query('delete from delivered_batch where delivery_id = $1 and first_seq = $2 returning *', [
        deliveryId,
        first,
      ]);
      expect((await p.verify()).counts).toEqual({ unaccounted: 40 });
      await sql.query('insert into delivered_batch select * from json_populate_record(null::delivered_batch, $1)', [
        JSON.stringify({ ...gone.rows[0], digest: `\\x${(gone.rows[0] as { digest: Buffer }).digest.toString('hex')}` }),
      ]);
      expect((await p.verify()).result).toBe('holds');
    }
    const { rows } = await sql.query('delete from delivered_batch where delivery_id = $1 and first_seq = 41 returning *', [deliveryId]);
    const report = await p.verify();
    expect(report.counts).toEqual({ unaccounted: 40 });
    expect(report.faults[0]).toMatchObject({ kind: 'unaccounted', firstSeq: 41, id: 'record-41' });
    const row = rows[0] as Record<string, unknown>;
    await sql.query(
      `insert into delivered_batch (delivery_id, first_seq, last_seq, tenant_id, records, bytes, place, duration_ms, digest)
      values ($1, 41, 90, $2, 50, $3, $4, 1, $5)`,
      [deliveryId, row['tenant_id'], row['bytes'], JSON.stringify(row['place']), row['digest']],
    );
    expect((await p.verify()).faults).toContainEqual(expect.objectContaining({ kind: 'unaccounted', firstSeq: 81, lastSeq: 90 }));
  });

  test('a batch on its way, records that come meanwhile, and another delivery in the same blobs are no faults', async () => {
    const p = await archive();
    const { tenantId } = account();
    await store.log.append(
      tenantId,
      Array.from({ length: 30 }, (_, i) => auditRecord(1_000 + i, { category: categoryId(provider, p.category) })),
    );
    // Appended, and its acknowledgement not noted yet.
    const [lease] = await store.deliveries.claim('test', 60_000, 10);
    const { records } = await store.deliveries.read(lease!, 240, { maxRecords: 100, maxBytes: 1 << 20, recordOverheadBytes: 2 });
    const prepared = await p.destination.prepare(records, AbortSignal.timeout(9_000));
    if (prepared.kind !== 'prepared') throw new Error(JSON.stringify(prepared));
    const sent = await p.destination.send(records, prepared.prepared, AbortSignal.timeout(9_000));
    expect(await p.verify()).toMatchObject({ result: 'holds', lastSeq: 240, records: 240 });
    if (sent.kind !== 'accepted') throw new Error(sent.kind);
    await store.deliveries.accepted(lease!, [{ firstSeq: 241, lastSeq: 270, records: 30, filtered: 0, ...sent, durationMs: 1 }]);
    await store.deliveries.release(lease!);
    // The setting is made again: another delivery writes into the same blobs, and neither is the other's fault.
    await store.forTenant(tenantId).settings.delete(provider, (await p.target()).setting, actor);
    const input = {
      categories: [{ category: p.category, retentionDays: 0 }],
      destinations: { storage: { storageAccountId: account().id } },
    };
    await store.forTenant(tenantId).settings.create(provider, 'Again', input, actor);
    await store.log.append(
      tenantId,
      Array.from({ length: 20 }, (_, i) => auditRecord(2_000 + i, { category: categoryId(provider, p.category) })),
    );
    const [next] = await store.deliveries.claim('test', 60_000, 10);
    await deliver(store.deliveries, next!, p.destination, options());
    expect(await p.verify()).toMatchObject({ result: 'holds', firstSeq: 271, lastSeq: 290, records: 20 });
  });

  test('stopped after a blob it goes on from there in another process, and finds the same', async () => {
    const p = await archive();
    const [one, , three] = (await names(p)) as [string, string, string];
    await rewrite(p, one, (l) => l.toSpliced(3, 1));
    await rewrite(p, three, (l) => l.toSpliced(3, 1));
    const whole = await p.verify();
    const proof = store.forTenant(account().tenantId).proof;
    let resume: string | undefined;
    let steps = 0;
    for (;;) {
      const report = await verifyDelivery(await p.target(), {
        ...azure(),
        proof,
        resume: resume === undefined ? undefined : (JSON.parse(resume) as never),
        onStep: async (progress) => ((resume = JSON.stringify(progress)), (steps += 1) % 2 === 0),
        signal: AbortSignal.timeout(20_000),
      });
      if (!report) continue;
      expect({ ...report, startedAt: '', durationMs: 0 }).toEqual({ ...whole, startedAt: '', durationMs: 0 });
      break;
    }
    expect(whole.faults).toHaveLength(2);
  });

  test('an account that cannot be read is said to be so, and nothing about the records', async () => {
    const p = await archive();
    cloud.faults.set('blob', { kind: 'refuse', count: 100 });
    await expect(p.verify()).rejects.toMatchObject({ name: 'CannotVerify', message: expect.stringMatching(/network rules|role/) });
  });
});

describe('filtered and masked', () => {
  /** Of 1 to 90, three batches: 13 records go (2, 9 … 86), each masked. */
  async function some(destinations: Destinations): Promise<Place> {
    const p = await place(destinations, 2, shaped);
    for (let i = 0; i < 3; i += 1) await p.add(30);
    return p;
  }

  test('an archive holds what the condition let through, as it was masked: nothing is missing, nothing is changed', async () => {
    const p = await some({ storage: { storageAccountId: account().id } });
    expect(await p.verify()).toMatchObject({ result: 'holds', records: 13, firstSeq: 1, lastSeq: 90 });
    expect(await p.verify({ firstSeq: 5, lastSeq: 40 })).toMatchObject({ result: 'holds', records: 5 });
    const lines = (
      await Promise.all((await names(p)).map(async (n) => (await container(p).getBlobClient(n).downloadToBuffer()).toString()))
    ).join('');
    expect(lines.trim().split('\r\n')).toHaveLength(13);
    expect(lines).toMatch(/"identity":"[0-9a-f]{32}"/);
    expect(lines).not.toMatch(/admin\d@|"Note"/);
    // Another shape from now on: each batch is held against its own.
    const { settings } = store.forTenant(account().tenantId);
    const { name, version } = (await settings.list(provider))[0]!;
    const input = {
      categories: [{ category: p.category, retentionDays: 0 }],
      destinations: { storage: { storageAccountId: account().id } },
    };
    await settings.update(provider, name, version, input, actor);
    await p.add(10);
    expect(await p.verify()).toMatchObject({ result: 'holds', records: 23 });
  });

  test('whoever takes a line out, copies one, moves or unmasks one is found; a blob that is gone misses only what was in it', async () => {
    const p = await some({ storage: { storageAccountId: account().id } });
    const [name] = await names(p);
    const blob = container(p).getAppendBlobClient(name!);
    const before = (await blob.downloadToBuffer()).toString().trim().split('\r\n');
    const write = async (lines: string[]) => {
      await blob.create();
      const bytes = Buffer.from(lines.map((l) => `${l}\r\n`).join(''));
      await blob.appendBlock(bytes, bytes.length);
    };
    const found = async () => (await p.verify()).faults.map(({ kind, firstSeq, lastSeq }) => [kind, firstSeq, lastSeq]);
    await write(before.toSpliced(1, 1));
    expect(await found()).toEqual([['missing', 9, 9]]);
    await write([...before, before[2]!]);
    expect(await found()).toEqual([['doubled', 16, 16]]);
    await write(before.with(1, before[1]!.replace(/"identity":"[^"]*"/, '"identity":"admin2@contoso.example"')));
    expect(await found()).toEqual([['changed', 9, 9]]);
    await write([...before, auditRecord(3, { category: categoryId(provider, p.category) }).body]);
    expect(await found()).toEqual([['unaccounted', 3, 3]]);
    await blob.delete();
    const report = await p.verify();
    expect(report.counts).toEqual({ missing: before.length });
    expect(report.faults.slice(0, 2).map((f) => [f.firstSeq, f.lastSeq])).toEqual([
      [2, 2],
      [9, 9],
    ]);
  });

  test('an event hub: the same, by the versions that messages name', async () => {
    const p = await some({ eventHub: { authorizationRuleId: `${namespace().id}/authorizationRules/RootManageSharedAccessKey` } });
    expect(await p.verify()).toMatchObject({ result: 'holds', records: 13, repetitions: 0 });
    // Acknowledged by the ledger, never sent.
    await store.log.append(
      account().tenantId,
      Array.from({ length: 10 }, (_, n) => auditRecord(91 + n, { category: categoryId(provider, p.category) })),
    );
    const [claimed] = await store.deliveries.claim('test', 60_000, 10);
    const place = { kind: 'eventHub', namespace: '', hub: '', partition: 'any', messages: [] } as const;
    await store.deliveries.accepted(claimed!, [{ firstSeq: 91, lastSeq: 100, records: 2, filtered: 8, bytes: 1, place, durationMs: 1 }]);
    expect((await p.verify()).faults.map(({ kind, firstSeq, lastSeq }) => [kind, firstSeq, lastSeq])).toEqual([
      ['missing', 93, 93],
      ['missing', 100, 100],
    ]);
  });
});

describe('in the background', () => {
  const registry = createMetrics(store);
  const run = (signal: AbortSignal, more: { restMs?: number; intervalMs?: number } = {}) =>
    verifyLoop({
      store,
      azure: azure(),
      intervalMs: 86_400_000,
      restMs: 0,
      startAfterMs: 0,
      log: pino({ level: 'silent' }),
      metrics: registry,
      signal,
      ...more,
    });
  const latest = async (p: Place) => (await store.forTenant(account().tenantId).proof.latest([(await p.target()).deliveryId]))[0];
  /** Lets it run until `done` says so. */
  async function until(done: () => Promise<boolean>, more?: Parameters<typeof run>[1]): Promise<void> {
    const stopping = new AbortController();
    const running = run(stopping.signal, more);
    while (!(await done())) await new Promise((go) => setTimeout(go, 20));
    stopping.abort();
    await running;
  }
  const state = async (p: Place) =>
    (await sql.query('select * from verification where delivery_id = $1 order by started_at', [(await p.target()).deliveryId])).rows as {
      result: string | null;
      first_seq: number;
      last_seq: number;
      progress: { done: number } | null;
      lease_until: Date | null;
    }[];

  test('archives and logs are verified by themselves; then only what came since; what is found is kept', async () => {
    const p = await place({ storage: { storageAccountId: account().id } });
    for (let i = 0; i < 6; i += 1) await p.add(10);
    await until(async () => (await latest(p)) !== undefined);
    expect(await latest(p)).toMatchObject({ result: 'holds', origin: 'background', firstSeq: 1, lastSeq: 60, report: { records: 60 } });
    const logs = await store.forTenant(account().tenantId).proof.latest(null);
    await until(async () => (await store.forTenant(account().tenantId).proof.latest(null)).some((v) => v.category === p.category), {
      intervalMs: 1_000,
    });
    expect(logs.every((v) => v.result === 'holds' && v.deliveryId === null)).toBe(true);
    await p.add(10);
    await until(async () => (await latest(p))!.lastSeq === 70, { intervalMs: 50 });
    expect(await latest(p)).toMatchObject({ result: 'holds', firstSeq: 61, report: { records: 10 } });
    await p.add(10);
    await container(p).deleteBlob((await names(p)).at(-1)!);
    await until(async () => (await latest(p))!.result === 'differs', { intervalMs: 50 });
    expect((await latest(p))!.report!.faults).toMatchObject([{ kind: 'missing', firstSeq: 71, lastSeq: 80 }]);
    // What differs is looked at again, from where it last held, until it holds.
    const before = (await latest(p))!.id;
    await until(async () => (await latest(p))!.id !== before, { intervalMs: 50 });
    expect(await latest(p)).toMatchObject({ result: 'differs', firstSeq: 71 });
  });

  test('a worker that stops leaves its verification to the next one, which goes on behind the last blob', async () => {
    const p = await place({ storage: { storageAccountId: account().id } });
    for (let i = 0; i < 8; i += 1) await p.add(10);
    // What the test before left unfinished would be taken up first, and the logs had their turn.
    await sql.query('delete from verification where result is null');
    await sql.query(`insert into verification (tenant_id, category, origin, first_seq, last_seq, result, report, finished_at)
      select tenant_id, category, 'background', 1, seq, 'holds', '{}', now() from head`);
    await until(async () => (await state(p))[0]?.progress?.done === 1, { restMs: 60_000 });
    expect(await state(p)).toMatchObject([{ result: null, progress: { done: 1 }, lease_until: null }]);
    // Were the first blob read again, this would be seen.
    await container(p).deleteBlob((await names(p))[0]!);
    await until(async () => (await latest(p)) !== undefined);
    expect(await latest(p)).toMatchObject({ result: 'holds', report: { records: 80 } });
    expect(await state(p)).toHaveLength(1);
  });

  test('what cannot be read is unknown, with the reason, and not a fault', async () => {
    const p = await place({ storage: { storageAccountId: account().id } });
    await p.add(10);
    cloud.faults.set('blob', { kind: 'refuse', count: 1_000 });
    await until(async () => (await latest(p)) !== undefined);
    expect(await latest(p)).toMatchObject({ result: 'unknown', report: null, reason: expect.stringMatching(/network rules|role/) });
  });
});
