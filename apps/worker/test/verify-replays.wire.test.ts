import { categoryId, type Destinations } from '@weir/contract';
import { deliver, type OpenDestination } from '@weir/engine';
import { auditRecord } from '@weir/testkit';
import { expect, test } from 'vitest';
import {
  account,
  actor,
  brief,
  container,
  linesOf,
  namespace,
  names,
  options,
  person,
  place,
  provider,
  replay,
  rewrite,
  shaped,
  sql,
  store,
  openPlaces,
  type Place,
} from './proof-places.ts';

openPlaces();

test('what a replay sent again is told as that, with who asked for it; it is checked like the rest, and a real double is still named', async () => {
  const p = await place({ storage: { storageAccountId: account().id } });
  for (let i = 0; i < 3; i += 1) await p.add(40);
  const { at } = await replay(p, 61).then((r) => ({ at: r.createdAt.toISOString() }));
  await p.replays();
  const [one, two] = (await names(p)) as [string, string];
  // The second blob holds 81 to 120 as they were delivered, and 61 to 120 again.
  const before = await linesOf(p, two);
  expect(before).toHaveLength(100);
  const replayed = [{ kind: 'replay', by: person.upn, at, records: 60 }];
  const holds = { result: 'holds', firstSeq: 1, lastSeq: 120, records: 120, parts: 2, faults: [], replayed };
  expect(await p.verify()).toMatchObject(holds);
  expect(await p.verify({ firstSeq: 101 })).toMatchObject({ result: 'holds', records: 20, replayed: [{ records: 20 }] });
  const cases: [string, (lines: string[]) => string[], unknown[]][] = [
    ['a copy changed', (l) => l.with(50, l[50]!.replace('Success', 'Succes5')), [['changed', 71, 71, 'record-71']]],
    ['a copy dropped', (l) => l.toSpliced(50, 1), [['missing', 71, 71, 'record-71']]],
    ['a third one', (l) => [...l, l[50]!], [['doubled', 71, 71, 'record-71']]],
    ['all copies gone', (l) => l.slice(0, 40), [['missing', 61, 120, undefined]]],
  ];
  for (const [what, change, faults] of cases) {
    await rewrite(p, two, change);
    const report = await p.verify();
    expect([what, brief(report.faults)]).toEqual([what, faults]);
    if (faults.flat().includes('missing')) expect(report.faults[0]!.note).toContain('copy that a replay sent');
    await rewrite(p, two, () => before);
  }
  // The log lost records of both copies: each is proved by the digest of its own batch.
  const gone = `category = (select id from category where name = $1) and seq between 101 and 110`;
  await sql.query(`create table kept as select * from record_body where ${gone.replace('$1', `'${p.category}'`)}`);
  await sql.query(`delete from record_body where ${gone}`, [p.category]);
  expect(await p.verify()).toMatchObject(holds);
  await rewrite(p, two, (l) => l.with(82, l[82]!.replace('Success', 'Succes5')));
  expect(await p.verify()).toMatchObject({ result: 'differs', records: 120 });
  await rewrite(p, two, () => before);
  await sql.query('insert into record_body select * from kept');
  await sql.query('drop table kept');
  await container(p).deleteBlob(one);
  expect(brief((await p.verify()).faults)).toEqual([['missing', 1, 80, undefined]]);
});

test('history that only a replay brought is verified; so is a batch that a cancelled one sent, and a resent record', async () => {
  const p = await place({ storage: { storageAccountId: account().id } });
  const { tenantId } = account();
  const actions = store.forTenant(tenantId).deliveries;
  await store.log.append(
    tenantId,
    Array.from({ length: 30 }, (_, i) => auditRecord(500 + i, { category: categoryId(provider, p.category) })),
  );
  const { deliveryId } = await p.target();
  await sql.query('update delivery set checkpoint = 30 where id = $1', [deliveryId]);
  expect(await p.verify()).toMatchObject({ result: 'holds', firstSeq: null });
  await replay(p, 1);
  await p.replays();
  expect(await p.verify()).toMatchObject({ result: 'holds', firstSeq: 1, lastSeq: 30, records: 0, replayed: [{ records: 30 }] });
  // It is sent, and cancelled before its answer was written down.
  const late = await replay(p, 11);
  const cancelling: OpenDestination = {
    ...p.destination,
    send: async (...batch) => {
      const outcome = await p.destination.send(...batch);
      await actions.cancel(person, deliveryId, late.id);
      return outcome;
    },
  };
  await p.replays(cancelling);
  expect(await p.verify()).toMatchObject({ result: 'holds', replayed: [{ records: 30 }, { records: 20 }] });
  const [first] = (await names(p)) as [string];
  await rewrite(p, first, (l) => [...l, l[4]!]);
  expect(brief((await p.verify()).faults)).toEqual([['doubled', 5, 5, 'record-504']]);
  await rewrite(p, first, (l) => l.slice(0, -1));
  // A record that is refused once, resent, and refused by a later replay: its places are told apart.
  await store.log.append(
    tenantId,
    Array.from({ length: 3 }, (_, i) => auditRecord(600 + i, { category: categoryId(provider, p.category) })),
  );
  const refusing: OpenDestination = {
    ...p.destination,
    refuse: (record) => (record.seq === 32 ? { code: 'test', message: 'refused', remedy: null } : null),
  };
  const [lease] = await store.deliveries.claim('test', 60_000, 1);
  await deliver(store.deliveries, lease!, refusing, options());
  expect(await actions.resend(person, deliveryId, null)).toBe(1);
  await p.replays();
  await replay(p, 31);
  await p.replays(refusing);
  const report = await p.verify();
  expect(report).toMatchObject({
    result: 'holds',
    records: 2,
    replayed: [{}, {}, { kind: 'resend', records: 1 }, { kind: 'replay', records: 2 }],
  });
  const audit = await store.forTenant(tenantId).audit(categoryId(provider, p.category));
  const where = await audit.whereabouts(['7', '32', '33']);
  expect(where.filter((w) => w.delivery === deliveryId).map((w) => [w.seq, w.state, w.replay?.kind ?? null, w.replay?.by ?? null])).toEqual(
    [
      [7, 'delivered', 'replay', person.upn],
      [32, 'quarantined', null, null],
      [32, 'delivered', 'resend', person.upn],
      [33, 'delivered', null, null],
      [33, 'delivered', 'replay', person.upn],
    ],
  );
});

/** Of 1 to 90, 13 records went; then all 90 were replayed without a condition, and before that the 13 as they are. */
async function shapes(destinations: Destinations): Promise<{ p: Place; deliveryId: string }> {
  const p = await place(destinations, 2, shaped);
  for (let i = 0; i < 3; i += 1) await p.add(30);
  await replay(p, 1);
  await p.replays();
  const { settings } = store.forTenant(account().tenantId);
  const { name, version } = (await settings.list(provider))[0]!;
  await settings.update(provider, name, version, { categories: [{ category: p.category, retentionDays: 0 }], destinations }, actor);
  await replay(p, 1);
  await p.replays(await p.open());
  return { p, deliveryId: (await p.target()).deliveryId };
}

test('a replay is held against the shape that it was sent in, and so may bring what the delivery left out', async () => {
  const { p, deliveryId } = await shapes({ storage: { storageAccountId: account().id } });
  const replayed = [{ records: 13 }, { records: 90 }];
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 13, firstSeq: 1, lastSeq: 90, replayed });
  expect(await p.verify({ firstSeq: 5, lastSeq: 40 })).toMatchObject({
    result: 'holds',
    records: 5,
    replayed: [{ records: 5 }, { records: 36 }],
  });
  const audit = await store.forTenant(account().tenantId).audit(categoryId(provider, p.category));
  const where = (await audit.whereabouts(['2', '3'])).filter((w) => w.delivery === deliveryId);
  expect(where.map((w) => [w.seq, w.state, w.replay?.kind ?? null])).toEqual([
    [2, 'delivered', null],
    [2, 'delivered', 'replay'],
    [2, 'delivered', 'replay'],
    [3, 'filtered', null],
    [3, 'delivered', 'replay'],
  ]);
  // One that is cancelled before its answer is written down leaves copies, too: of what the delivery left out as well.
  const late = await replay(p, 80);
  const open = await p.open();
  await p.replays({
    ...open,
    send: async (...batch) => {
      const outcome = await open.send(...batch);
      await store.forTenant(account().tenantId).deliveries.cancel(person, deliveryId, late.id);
      return outcome;
    },
  });
  expect(await p.verify()).toMatchObject({ result: 'holds', replayed: [...replayed, { records: 11 }] });
  // A masked copy that was unmasked, and a plain one that was taken out.
  const blobs = await names(p);
  const all = await Promise.all(blobs.map((n) => linesOf(p, n)));
  const masked = (line: string) => /"identity":"[0-9a-f]{32}"/.test(line);
  const found = all.flatMap((lines, blob) => lines.map((line, at) => ({ line, blob, at })));
  const copy = found.filter((f) => masked(f.line))[13 + 1]!;
  await rewrite(p, blobs[copy.blob]!, (l) =>
    l.with(copy.at, copy.line.replace(/"identity":"[^"]*"/, '"identity":"admin@contoso.example"')),
  );
  const changed = (await p.verify()).faults;
  expect(changed.map(({ kind, firstSeq, lastSeq }) => [kind, firstSeq, lastSeq])).toEqual([['changed', 9, 9]]);
  await rewrite(p, blobs[copy.blob]!, () => all[copy.blob]!);
  const plain = found.filter((f) => !masked(f.line))[2]!;
  await rewrite(p, blobs[plain.blob]!, (l) => l.toSpliced(plain.at, 1));
  expect((await p.verify()).faults).toMatchObject([
    { kind: 'missing', firstSeq: 3, lastSeq: 3, note: expect.stringContaining('copy that a replay sent') },
  ]);
  await Promise.all(blobs.map((name) => container(p).deleteBlob(name)));
  const gone = (await p.verify()).faults.filter((f) => !f.note!.includes('copy'));
  expect(gone.map((f) => f.firstSeq).toSorted((x, y) => x! - y!)).toEqual(Array.from({ length: 13 }, (_, i) => 2 + 7 * i));
});

test('an event hub: copies by the version that their messages name; a record that was refused and resent is a copy, and not missing', async () => {
  const rule = `${namespace().id}/authorizationRules/RootManageSharedAccessKey`;
  const { p, deliveryId } = await shapes({ eventHub: { authorizationRuleId: rule } });
  const replayed = [{ records: 13 }, { records: 90 }];
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 13, repetitions: 0, replayed });
  await store.log.append(
    account().tenantId,
    Array.from({ length: 3 }, (_, i) => auditRecord(600 + i, { category: categoryId(provider, p.category) })),
  );
  const open = await p.open();
  const refuse: OpenDestination['refuse'] = ({ seq }) => (seq === 92 ? { code: 'test', message: 'refused', remedy: null } : null);
  const [lease] = await store.deliveries.claim('test', 60_000, 1);
  await deliver(store.deliveries, lease!, { ...open, refuse }, options());
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 15 });
  expect(await store.forTenant(account().tenantId).deliveries.resend(person, deliveryId, null)).toBe(1);
  await p.replays(open);
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 15, replayed: [...replayed, { kind: 'resend', records: 1 }] });
});
