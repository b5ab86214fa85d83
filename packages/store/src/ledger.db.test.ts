import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

const [ours, theirs] = [crypto.randomUUID(), crypto.randomUUID()];
const at = (day: number) => new Date(Date.UTC(2026, 4, day));
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const plan = (tenant: string, source: string, kind: 'live' | 'history' | 'reconcile', from: number, to: number) =>
  store.ledger.plan(tenant, source, 'microsoft.intune/AuditLogs', [{ kind, from: at(from), to: at(to), notBefore: at(0) }]);

test('what is known of windows: each tenant’s and source’s own, of the last days, and the last live one however old it is', async () => {
  // Off for long: its last live window is older than what is asked for.
  await plan(ours, 'a', 'live', 1, 2);
  await plan(ours, 'a', 'live', 2, 3);
  await plan(ours, 'a', 'history', 0, 20);
  // The last has two live ones, and a day that was read again; a window of theirs is read.
  await plan(ours, 'b', 'live', 18, 20);
  await plan(ours, 'b', 'live', 20, 21);
  await plan(ours, 'b', 'reconcile', 18, 19);
  await plan(ours, 'b', 'reconcile', 8, 9);
  await plan(theirs, 'b', 'live', 19, 22);
  for (let left = 5; left > 0; left -= 1) {
    const window = (await store.ledger.claimWindow('w', 10_000, ['b']))!;
    if (window.kind === 'reconcile' || window.tenantId === theirs) await store.ledger.windowDone(window, { records: 0, accepted: 0 });
  }

  const known = await store.ledger.known([ours, theirs], ['a', 'b'], at(15));
  const of = (tenantId: string, source: string) => known.find((k) => k.tenantId === tenantId && k.source === source)!.windows;
  expect(known).toHaveLength(4);
  expect(of(ours, 'a')).toEqual({ live: { from: at(2), to: at(3), open: true }, reconciled: [] });
  expect(of(ours, 'b')).toEqual({ live: { from: at(18), to: at(21), open: true }, reconciled: [at(18)] });
  expect(of(theirs, 'a')).toEqual({ live: null, reconciled: [] });
  expect(of(theirs, 'b')).toEqual({ live: { from: at(19), to: at(22), open: false }, reconciled: [] });
});

test('a source that is away holds back its other windows in that tenant, until one of them is read; what waits for itself goes on waiting', async () => {
  await plan(ours, 'c', 'live', 20, 21);
  for (const from of [15, 10, 5]) await plan(ours, 'c', 'history', from, from + 5);
  await plan(theirs, 'c', 'history', 0, 5);
  const claim = () => store.ledger.claimWindow('w', 10_000, ['c']);
  const [live, throttled] = [(await claim())!, (await claim())!];
  await store.ledger.windowFailed(throttled, 'Too many requests.', 3_600_000);
  await store.ledger.windowFailed(live, 'No answer.', 700, 'source');
  expect(await claim()).toMatchObject({ tenantId: theirs });
  expect(await claim()).toBeNull();
  await new Promise((done) => setTimeout(done, 800));

  const [again, tenth] = [(await claim())!, (await claim())!];
  expect([again, tenth]).toMatchObject([
    { id: live.id, attempts: 1 },
    { kind: 'history', from: at(10) },
  ]);
  await store.ledger.windowFailed(tenth, 'No answer.', 3_600_000, 'source');
  expect(await claim()).toBeNull();
  await store.ledger.windowDone(again, { records: 0, accepted: 0 });
  expect(await claim()).toMatchObject({ tenantId: ours, from: at(5), attempts: 0 });
  expect(await claim()).toBeNull();
});
