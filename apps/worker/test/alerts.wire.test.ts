import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { AlertNotification, SettingInput } from '@weir/contract';
import type { DeliveryLease } from '@weir/engine';
import { startCloud, type Cloud, type Described } from '@weir/sandbox';
import { openStore, type Store } from '@weir/store';
import { auditRecord, auditRecords, testDatabase } from '@weir/testkit';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { alertLoop } from '../src/loops/alert.ts';

// The real loop on the real store, a mail server and webhooks that can be told to fail. Times are short; nothing else differs.
const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const key = randomBytes(32).toString('base64');
const dir = mkdtempSync(join(tmpdir(), 'weir-worker-alerts-'));
const times = { holdMs: 300, clearMs: 400 };
let cloud: Cloud;
let at: Described['partners'];
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let log = '';

beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test', secretKeys: [key] });
  await store.migrate();
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  at = cloud.describe().partners;
});
afterEach(() => cloud.faults.clear());
afterAll(async () => {
  await cloud?.close();
  await store?.close();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs `workers` loops until the check holds, and then for `more` ms: what should not come would come in that time. */
async function watching(check: () => Promise<unknown>, { workers = 1, more = 0, groupMs = 300 } = {}): Promise<void> {
  const stopping = new AbortController();
  const loops = Array.from({ length: workers }, () =>
    alertLoop({
      store,
      tenants: [],
      network: { privateAddresses: '127.0.0.0/8, ::1', allowHttp: false },
      publicOrigin: 'https://weir.contoso.example',
      everyMs: 60,
      groupMs,
      times,
      log: pino({ level: 'trace' }, new Writable({ write: (chunk: Buffer, _e, done) => ((log += chunk.toString()), done()) })),
      signal: stopping.signal,
    }),
  );
  try {
    for (const end = Date.now() + 25_000; !(await check()); await sleep(50))
      if (Date.now() > end) throw new Error(`It did not happen in time. ${log.slice(-2000)}`);
    await sleep(more);
  } finally {
    stopping.abort();
    await Promise.all(loops);
  }
}

/** A directory of its own with settings whose deliveries wait, and a webhook and a mailbox for its alerts. */
async function directory(settings: string[] = ['Siem']) {
  const id = crypto.randomUUID();
  const tenant = store.forTenant(id);
  for (const name of settings) {
    const input: SettingInput = {
      categories: ['AuditLogs', 'OperationalLogs'].map((category) => ({ category, retentionDays: 0 })),
      destinations: { webhook: { url: `${at.webhook.url}-${name}-${id}`, secret: at.webhook.secret } },
    };
    await tenant.settings.create(intune, name, input, actor);
  }
  await store.log.append(id, [...auditRecords(3), ...auditRecords(3).map((r) => ({ ...r, category: 'microsoft.intune/OperationalLogs' }))]);
  const box = `ops-${id}@contoso.example`;
  const hook = await tenant.alertChannels.create(actor, {
    type: 'webhook',
    name: 'Hook',
    url: `${at.webhook.url}-${id}`,
    secret: at.webhook.secret,
  });
  const { host, port, user, password } = at.mail;
  const mail = await tenant.alertChannels.create(actor, {
    type: 'email',
    name: 'Mail',
    host,
    port,
    security: 'starttls',
    user,
    from: 'weir@contoso.example',
    to: [box],
    secret: password,
  });
  expect([hook.kind, mail.kind]).toEqual(['saved', 'saved']);

  const claimed = async (): Promise<DeliveryLease[]> => {
    const all = await store.deliveries.claim('test', 60_000, 1_000);
    for (const lease of all) if (lease.tenantId !== id) await store.deliveries.release(lease);
    return all.filter((l) => l.tenantId === id);
  };
  return {
    id,
    tenant,
    async fail(kind: 'misconfigured' | 'retry', attempts = 3) {
      const fault = { code: 'http-403', message: 'The receiver answered 403.', remedy: 'Check the secret.' };
      for (const lease of await claimed()) {
        await store.deliveries.failed(lease, { kind, fault, waitMs: 0, attempts });
        await store.deliveries.release(lease);
      }
    },
    async mend() {
      for (const lease of await claimed()) {
        await store.deliveries.writeBatch(lease, { firstSeq: 1, lastSeq: 3, prepared: null });
        await store.deliveries.accepted(lease, [{ firstSeq: 1, lastSeq: 3, records: 3, filtered: 0, bytes: 3, place: {}, durationMs: 1 }]);
        await store.deliveries.release(lease);
      }
    },
    async quarantineOne() {
      const lease = (await claimed())[0]!;
      const record = (await store.deliveries.read(lease, lease.checkpoint, { maxRecords: 1, maxBytes: 1e6, recordOverheadBytes: 0 }))
        .records[0]!;
      await store.deliveries.quarantine(lease, record, { code: 'http-422', message: 'A record is not liked.', remedy: null });
      await store.deliveries.release(lease);
      return lease.deliveryId;
    },
    posted: () =>
      cloud.partners.received.list('webhook', `/hooks/contoso-${id}`, 0, 100).map((r) => JSON.parse(r.body) as AlertNotification),
    mails: () => cloud.partners.received.list('mail', box, 0, 100),
    events: () =>
      cloud.partners.received
        .list('webhook', `/hooks/contoso-${id}`, 0, 100)
        .flatMap((r) => (JSON.parse(r.body) as AlertNotification).events.map((e) => `${e.event} ${e.alert.setting} ${e.alert.cause}`)),
    subjects: () => cloud.partners.received.list('mail', box, 0, 100).map((m) => /^Subject: (.*)\r$/m.exec(m.body)![1]!),
    open: async () => (await tenant.alerts.list(undefined, 50)).open,
    past: async () => (await tenant.alerts.list(undefined, 50)).past,
  };
}

test('three workers: one alert a setting and destination, all in one notification a channel, and one when it recovers', async () => {
  const d = await directory(['One', 'Two']);
  await d.fail('misconfigured');
  await watching(async () => d.mails().length > 0 && d.posted().length > 0, { workers: 3, more: 700 });
  expect((await d.open()).toSorted((a, b) => (a.setting! < b.setting! ? -1 : 1))).toMatchObject(
    ['One', 'Two'].map((setting) => ({
      cause: 'misconfigured',
      setting,
      categories: ['AuditLogs', 'OperationalLogs'],
      remedy: 'Check the secret.',
    })),
  );
  expect(d.events().toSorted()).toEqual(['opened One misconfigured', 'opened Two misconfigured']);
  expect([d.posted().length, d.subjects()]).toEqual([1, [expect.stringContaining('2 opened')]]);

  await d.mend();
  await watching(async () => d.mails().length > 1 && d.posted().length > 1, { workers: 3, more: 1_500 });
  expect(d.events().slice(2).toSorted()).toEqual(['recovered One misconfigured', 'recovered Two misconfigured']);
  expect([d.posted().length, d.mails().length, (await d.open()).length]).toEqual([2, 2, 0]);
  expect((await d.past()).map((a) => [a.setting, a.resolution])).toEqual(
    expect.arrayContaining([
      ['One', 'recovered'],
      ['Two', 'recovered'],
    ]),
  );
  expect(log).not.toContain(at.mail.password);
  expect(log).not.toContain(at.webhook.secret);
});

test('a mail server that is down for a while and loses an answer: nothing is lost, the order is kept, a repetition has the same id', async () => {
  const d = await directory();
  cloud.faults.set('mail', { kind: 'down' });
  await d.fail('misconfigured');
  await watching(
    async () => (await d.tenant.alertChannels.list()).find((c) => c.name === 'Mail')!.fault !== null && d.posted().length === 1,
  );
  const [, mail] = await d.tenant.alertChannels.list();
  expect(mail).toMatchObject({ name: 'Mail', waiting: 1, lastSentAt: null });
  await d.mend();
  await watching(async () => d.posted().length === 2);
  expect(d.mails()).toEqual([]);

  cloud.faults.clear();
  cloud.faults.set('mail', { kind: 'drop', count: 1 });
  await watching(async () => (await d.tenant.alertChannels.list()).every((c) => c.waiting === 0));
  const ids = d.mails().map((m) => m.messageId);
  // Taken, its answer lost, sent again; then the one that waited behind it.
  expect(d.subjects().map((s) => /Alert:|Recovered:/.exec(s)![0])).toEqual(['Alert:', 'Alert:', 'Recovered:']);
  expect([ids[0] === ids[1], ids[1] === ids[2]]).toEqual([true, false]);
  expect((await d.tenant.alertChannels.list()).map((c) => c.fault)).toEqual([null, null]);
}, 60_000);

test('what happens while a channel is down waits in one notification', async () => {
  const d = await directory();
  await store.log.append(d.id, auditRecords(1, 3));
  cloud.faults.set('webhook', { kind: 'throttle', retryAfter: 2 });
  await d.fail('misconfigured');
  await watching(async () => d.mails().length === 1);
  await d.mend();
  await watching(async () => (await d.past()).length === 1);
  await d.quarantineOne();
  await watching(async () => (await d.open()).length === 1);
  const hook = async () => (await d.tenant.alertChannels.list()).find((c) => c.name === 'Hook')!;
  expect((await hook()).waiting).toBe(2);
  cloud.faults.clear();
  await watching(async () => (await hook()).waiting === 0);
  expect(d.posted().map((p) => p.events.map((e) => e.event))).toEqual([['opened'], ['recovered', 'opened']]);
}, 60_000);

test('nothing is forgotten over a restart: what was mended meanwhile recovers, what was not stays open and is not told again', async () => {
  const d = await directory(['Mended', 'Broken']);
  await d.fail('misconfigured');
  await watching(async () => d.posted().length === 1);
  await store.forTenant(d.id).settings.delete(intune, 'Mended', actor);
  await watching(async () => d.posted().length === 2, { more: 800 });
  expect(d.events().slice(2)).toEqual(['recovered Mended misconfigured']);
  expect((await d.past())[0]).toMatchObject({ resolution: 'removed' });
  expect((await d.open()).map((a) => a.setting)).toEqual(['Broken']);
});

test('quarantined records are an alert until somebody skips them', async () => {
  const d = await directory();
  const delivery = await d.quarantineOne();
  await watching(async () => (await d.open()).length === 1);
  expect((await d.open())[0]).toMatchObject({ cause: 'quarantined', reason: 'One record was refused for good. A record is not liked.' });
  await d.tenant.deliveries.skip(actor, delivery, [1], 'Known.');
  await watching(async () => (await d.past()).length === 1);
  expect((await d.past())[0]).toMatchObject({ cause: 'quarantined', resolution: 'recovered' });
});

test('no records where these hours of earlier weeks had some; a night that is always quiet is none, nor what was only imported', async () => {
  const [busy, quiet] = [crypto.randomUUID(), crypto.randomUUID()];
  const HOUR = 3_600_000;
  const now = Date.now();
  const record = (n: number, hoursAgo: number) => auditRecord(n, { time: new Date(now - hoursAgo * HOUR).toISOString() });
  for (const id of [busy, quiet]) await store.log.append(id, [record(0, 8), record(1, 5 * 168)]);
  for (const week of [1, 2, 3, 4]) {
    await store.log.append(
      busy,
      Array.from({ length: 9 }, (_, n) => record(100 * week + n, week * 168 + 3 + n / 10)),
    );
    await store.log.append(
      quiet,
      Array.from({ length: 9 }, (_, n) => record(100 * week + n, week * 168 + 12 + n / 10)),
    );
  }
  const imported = crypto.randomUUID();
  await store.log.append(imported, [record(0, 8), record(1, 5 * 168)]);
  for (const week of [1, 2, 3, 4])
    await store.log.append(
      imported,
      Array.from({ length: 9 }, (_, n) => record(100 * week + n, week * 168 + 3 + n / 10)),
    );
  for (const id of [busy, quiet]) {
    const window = { from: new Date(now - HOUR), to: new Date(now), kind: 'live' as const, notBefore: new Date(0) };
    await store.ledger.plan(id, 'graph.auditEvents', 'microsoft.intune/AuditLogs', [window]);
    await store.ledger.windowDone((await store.ledger.claimWindow('w', 10_000, ['graph.auditEvents']))!, { records: 0, accepted: 0 });
  }
  const of = async (id: string) =>
    (await store.forTenant(id).alerts.list(undefined, 1)).open.map((a) => [a.cause, a.setting, a.categories]);
  await watching(async () => (await of(busy)).length === 1, { more: 500 });
  expect([await of(busy), await of(quiet), await of(imported)]).toEqual([[['no-records', null, ['AuditLogs']]], [], []]);
});

test('a notification is leased: nobody else gets it, nor what stands behind it, and one that was given up comes again', async () => {
  const d = await directory();
  await d.fail('misconfigured');
  cloud.faults.set('webhook', { kind: 'down' });
  cloud.faults.set('mail', { kind: 'down' });
  await watching(async () => (await d.tenant.alertChannels.list()).every((c) => c.waiting === 1));
  await sleep(1_500);
  const mine = (all: Awaited<ReturnType<Store['alerts']['claim']>>) => all.filter((n) => n.tenantId === d.id);
  const [first, second] = await Promise.all([store.alerts.claim(1_000, 50), store.alerts.claim(1_000, 50)]);
  expect(mine([...first, ...second])).toHaveLength(2);
  expect(new Set(mine([...first, ...second]).map((n) => n.channelId)).size).toBe(2);
  expect(mine(await store.alerts.claim(1_000, 50))).toEqual([]);
  await sleep(1_100);
  const again = mine(await store.alerts.claim(1_000, 50));
  expect(again.map((n) => n.id).toSorted()).toEqual(
    mine([...first, ...second])
      .map((n) => n.id)
      .toSorted(),
  );
  expect(
    again.every((n) => JSON.stringify(n.events) === JSON.stringify(mine([...first, ...second]).find((o) => o.id === n.id)!.events)),
  ).toBe(true);
  // Whose lease ran out has no say any more.
  for (const old of mine([...first, ...second])) await store.alerts.taken(old);
  expect((await d.tenant.alertChannels.list()).map((c) => [c.waiting, c.lastSentAt])).toEqual([
    [1, null],
    [1, null],
  ]);
});
