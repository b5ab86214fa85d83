import { backOff, deliver, deriveStatus, MISCONFIGURED_CAP_MS, RETRY_CAP_MS, type DeliverResult } from '@weir/engine';
import { auditRecords, databaseClock, ScriptedDestination, testDatabase, type DatabaseClock } from '@weir/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

// The real store on a database whose clock the test sets, and a destination that fails for hours or days of that clock.
const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const HOUR = 3_600_000;
const actor = { oid: 'o', upn: 'u@contoso.example', name: 'U', correlationId: 'c' };
const fault = { code: 'Down', message: 'It is down.', remedy: 'Wait.' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let clock: DatabaseClock;
let store: Store;
let destination: ScriptedDestination;
/** What the process's own clock says, when that is not the database's. */
let processClock: (() => Date) | null;
beforeEach(async () => {
  database = await testDatabase();
  const first = openStore({ url: database.url, applicationName: 'test' });
  await first.migrate();
  await first.close();
  clock = await databaseClock(database.url);
  store = openStore({ url: database.url, applicationName: 'test' });
  destination = new ScriptedDestination();
  processClock = null;
  const storageAccountId =
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a';
  const input = { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: { storage: { storageAccountId } } };
  await store.forTenant(TENANT).settings.create('microsoft.intune', 'Archive', input, actor);
});
afterEach(async () => {
  await store.close();
  await clock.close();
  await database.drop();
});

const append = (count: number, from = 0) => store.log.append(TENANT, auditRecords(count, from));
const facts = async () => (await store.forTenant(TENANT).settings.list('microsoft.intune'))[0]!.deliveries[0]!.facts;
const status = async () => deriveStatus(await facts(), await clock.now()).status;
const all = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
/** One step, when the delivery is due by the database's clock; null when it is not. */
async function step(worker = 'one'): Promise<DeliverResult | null> {
  const [lease] = await store.deliveries.claim(worker, 10_000, 1);
  if (!lease) return null;
  const started = (await clock.now()).getTime() - performance.now();
  return deliver(store.deliveries, lease, destination, {
    worker: { leaseMs: 10_000 },
    timeoutMs: 60_000,
    sliceMs: 5_000,
    now: processClock ?? (() => new Date(started + performance.now())),
    // The longest waits that there are, and so the fewest steps.
    random: () => 1,
    signal: new AbortController().signal,
  });
}
/** Sets the clock to when the delivery is due. Returns how long that was, in ms. */
async function untilDue(): Promise<number> {
  const wait = (await facts()).nextAttemptAt!.getTime() - (await clock.now()).getTime();
  if (wait > 0) await clock.advance(wait + 5);
  return wait;
}

test('F3: down for 48 hours: tried at least every five minutes, said to be failing, records of all that time arrive once and in order', async () => {
  await append(50);
  const end = (await clock.now()).getTime() + 48 * HOUR;
  let over = false;
  destination.before = () => (over ? null : { kind: 'retry', fault });
  let longest = 0;
  let tried = 0;
  for (; !over; tried += 1) {
    expect(await step()).toBe('failed');
    if (tried > 1 && tried % 25 === 0) expect(await status()).toBe('Failing');
    if (tried % 100 === 0) await append(10, 50 + tried);
    longest = Math.max(longest, await untilDue());
    over = (await clock.now()).getTime() >= end;
  }
  expect(longest).toBeLessThanOrEqual(RETRY_CAP_MS + 1_000);
  expect(tried).toBeGreaterThanOrEqual((48 * HOUR) / RETRY_CAP_MS);
  for (let result: DeliverResult | null = 'slice'; result !== 'drained';) result = (await untilDue(), await step());
  const { head, checkpoint, quarantined } = await facts();
  expect([checkpoint, quarantined]).toEqual([head, 0]);
  expect(destination.held).toEqual(all(head));
  expect(await status()).toBe('Healthy');
});

test('F2: 403 for 30 minutes after a change of roles: said to be misconfigured, and it goes on by itself within half an hour more', async () => {
  await append(50);
  const begin = (await clock.now()).getTime();
  destination.before = async () => ((await clock.now()).getTime() < begin + HOUR / 2 ? { kind: 'misconfigured', fault } : null);
  while ((await step()) === 'failed') {
    expect(await status()).toBe('Misconfigured');
    expect(await untilDue()).toBeLessThanOrEqual(MISCONFIGURED_CAP_MS);
  }
  expect((await clock.now()).getTime() - begin).toBeLessThan(HOUR / 2 + MISCONFIGURED_CAP_MS);
  expect(destination.held).toEqual(all(50));
});

test('F13: throttled with Retry-After: not tried a moment earlier, and as soon as it is over', async () => {
  await append(50);
  let throttled = 3;
  destination.before = () => (--throttled >= 0 ? { kind: 'retry', fault, retryAfterMs: 2 * HOUR } : null);
  for (let i = 0; i < 3; i += 1) {
    expect(await step()).toBe('failed');
    await clock.advance(2 * HOUR - 5_000);
    expect(await step()).toBeNull();
    await clock.advance(5_100);
  }
  expect(await step()).toBe('drained');
  expect(destination.held).toEqual(all(50));
});

test('F4: the answer is lost after each write: the same batch goes to the same place, and each record is there once', async () => {
  await append(350);
  let lost = 0;
  destination.after = () => {
    if ((lost += 1) % 2 === 1) throw new Error('The connection was cut.');
  };
  for (let result: DeliverResult | null = null; result !== 'drained';) result = (await untilDue(), await step());
  expect(lost).toBeGreaterThan(7);
  expect(destination.held).toEqual(all(350));
  expect(destination.sent.length).toBe(8);
});

test.each([
  ['the process runs two hours ahead of the database', 2 * HOUR],
  ['the process runs two hours behind the database', -2 * HOUR],
])('F4: %s: waits are as long as they should be, and nothing is held back', async (_what, shift) => {
  destination.limits = { ...destination.limits, intervalMs: 5_000 };
  processClock = () => new Date(Date.now() + shift);
  await append(10);
  let fails = 1;
  destination.before = () => (--fails >= 0 ? { kind: 'retry', fault } : null);
  expect(await step()).toBe('failed');
  const wait = await untilDue();
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(backOff('retry', 1, 0, 1));
  expect(await step()).toBe('drained');
  await append(1, 10);
  expect(await step()).toBe('held');
  expect(await untilDue()).toBeLessThanOrEqual(5_000);
  await clock.advance(10);
  expect(await step()).toBe('drained');
  expect(destination.held).toEqual(all(11));
});

test('F4: the clock of the database jumps forward while a batch travels: another takes the delivery over, and nothing is doubled', async () => {
  await append(10);
  let second: DeliverResult | null = null;
  destination.after = async () => {
    destination.after = () => {};
    await clock.advance(2 * HOUR);
    second = await step('two');
  };
  expect(await step('one')).toBe('lost');
  expect(second).toBe('drained');
  expect(destination.held).toEqual(all(10));
  expect((await facts()).checkpoint).toBe(10);
});

test('F4, F8: the clock of the database jumps back two hours: what a dead worker held, and what waits, goes on at once', async () => {
  await append(10);
  destination.before = () => ({ kind: 'retry', fault, retryAfterMs: 60_000 });
  expect(await step()).toBe('failed');
  destination.before = () => null;
  await clock.advance(-2 * HOUR);
  // It would be due in two hours and a minute.
  expect(await step()).toBe('drained');
  await append(10, 10);
  expect(await store.deliveries.claim('dies', 10_000, 1)).toHaveLength(1);
  await store.workers.seen('dies');
  await clock.advance(-2 * HOUR);
  expect(await step('one')).toBe('drained');
  expect(await store.workers.alive()).toBe(0);
  expect(destination.held).toEqual(all(20));
});
