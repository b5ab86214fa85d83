import { randomBytes } from 'node:crypto';
import { ADMIN_CENTER, ALL, type SettingInput } from '@weir/contract';
import { SecretUnreadable } from '@weir/engine';
import { auditRecords, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openStore, SecretsRefused, type Store } from './index.ts';

const intune = 'microsoft.intune';
const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const key = () => randomBytes(32).toString('base64');
const [first, second] = [key(), key()];
const TOKEN = 'f00dfeed-0000-4000-8000-c0ffeec0ffee';
const OTHER = 'beefbeef-0000-4000-8000-deadbeefdead';
const WHSEC = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const WHSEC2 = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
let database: Awaited<ReturnType<typeof testDatabase>>;
const stores: Store[] = [];
const withKeys = (...secretKeys: string[]): Store => {
  const store = openStore({ url: database.url, applicationName: 'test', poolSize: 4, secretKeys });
  stores.push(store);
  return store;
};
beforeAll(async () => {
  database = await testDatabase();
  await withKeys().migrate();
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((s) => s.close()));
});
afterAll(() => database.drop());

const splunk = (more: { url?: string; index?: string; token?: string } = {}): SettingInput => ({
  categories: [{ category: 'AuditLogs', retentionDays: 0 }],
  destinations: { splunk: { url: 'https://splunk.example:8088', ...more } },
});
const webhook = (secret?: string): SettingInput => ({
  categories: [{ category: 'AuditLogs', retentionDays: 0 }],
  destinations: { webhook: { url: 'https://hooks.example/a', ...(secret && { secret }) } },
});
/** Every row of every table, as a dump would show it. */
async function dump(): Promise<string> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    );
    const texts: string[] = [];
    for (const { name } of rows) {
      const table = await client.query<{ t: string }>(`select t::text as t from ${name} t`);
      for (const { t } of table.rows)
        texts.push(
          t,
          t.replaceAll(/\\\\x([0-9a-f]+)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1')),
        );
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}
const leaseOf = async (store: Store, tenantId: string) =>
  (await store.deliveries.claim('w', 60_000, 1_000)).find((l) => l.tenantId === tenantId)!;
const fieldsOf = async (work: Promise<unknown>): Promise<string[]> => {
  const error: unknown = await work.catch((e: unknown) => e);
  if (!(error instanceof SecretsRefused)) throw new Error('It was not refused.', { cause: error });
  return error.faults.map((f) => f.path);
};

test('a secret is kept sealed: no row of any table shows it, nor does a list, nor the record of the change', async () => {
  const store = withKeys(first);
  const id = crypto.randomUUID();
  const tenant = store.forTenant(id);
  await tenant.settings.create(intune, 'Siem', splunk({ token: TOKEN }), actor);
  await tenant.settings.update(intune, 'Siem', 1, splunk({ token: OTHER }), actor);
  await store.log.append(id, auditRecords(2));
  expect((await store.secretsOf(await leaseOf(store, id))).current['token']!.reveal()).toBe(OTHER);
  const all = await dump();
  for (const secret of [TOKEN, OTHER, first])
    for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')])
      expect(all.includes(form)).toBe(false);
  expect(all).toContain('https://splunk.example:8088');
  const [setting] = await tenant.settings.list(intune);
  expect(setting!.secrets).toEqual([{ path: 'destinations.splunk.token', setAt: expect.any(Date) }]);
  expect(setting!.destinations).toEqual({ splunk: { url: 'https://splunk.example:8088' } });
  const audit = await tenant.audit(ADMIN_CENTER);
  const { items } = await audit.page({ from: '1990-01-01T00:00:00Z', to: undefined, query: ALL }, { limit: 10 });
  const told = await Promise.all(items.map(async (r) => (await audit.get(r.id))!.body));
  expect(told).toHaveLength(2);
  for (const body of told) expect(JSON.parse(body)).toMatchObject({ properties: { SecretsEntered: ['splunk.token'] } });
});

test('a secret that is left out is kept, also for another index; for another address it is refused and stays where it was', async () => {
  const store = withKeys(first);
  const id = crypto.randomUUID();
  const { settings } = store.forTenant(id);
  expect(await fieldsOf(settings.create(intune, 'Siem', splunk(), actor))).toEqual(['destinations.splunk.token']);
  await settings.create(intune, 'Siem', splunk({ token: TOKEN }), actor);
  await settings.update(intune, 'Siem', 1, splunk({ index: 'intune' }), actor);
  await store.log.append(id, auditRecords(2));
  expect((await store.secretsOf(await leaseOf(store, id))).current['token']!.reveal()).toBe(TOKEN);
  for (const url of [
    'https://elsewhere.example:8088',
    'https://splunk.example:8089',
    'http://splunk.example:8088',
    'https://splunk.example:8088/other',
  ]) {
    expect(await fieldsOf(settings.update(intune, 'Siem', 2, splunk({ url }), actor))).toEqual(['destinations.splunk.token']);
    const asked = await settings.secretsFor(intune, 'Siem', splunk({ url }));
    expect(asked.faults[0]!.message).toContain('The address changed');
    expect(asked.secrets.splunk!.current).toEqual({});
  }
  expect((await settings.get(intune, 'Siem'))!.version).toBe(2);
  // Over another partner solution and back, nothing is left to keep.
  await settings.update(intune, 'Siem', 2, webhook(WHSEC), actor);
  expect(await fieldsOf(settings.update(intune, 'Siem', 3, splunk(), actor))).toEqual(['destinations.splunk.token']);
});

test('a new secret opens the destination anew, tries again at once, and starts no delivery over', async () => {
  const store = withKeys(first);
  const id = crypto.randomUUID();
  const { settings } = store.forTenant(id);
  await settings.create(intune, 'Siem', splunk({ token: TOKEN }), actor);
  await store.log.append(id, auditRecords(3));
  const lease = await leaseOf(store, id);
  const fault = { code: 'hec-4', message: 'Invalid token', remedy: 'Enter another.' };
  await store.deliveries.failed(lease, { kind: 'misconfigured', fault, waitMs: 1_800_000, attempts: 9 });
  await store.deliveries.release(lease);
  expect(await leaseOf(store, id)).toBeUndefined();
  await settings.update(intune, 'Siem', 1, splunk({ token: OTHER }), actor);
  const again = await leaseOf(store, id);
  expect(again.deliveryId).toBe(lease.deliveryId);
  expect(again.destinationId).not.toBe(lease.destinationId);
  expect((await store.secretsOf(again)).current['token']!.reveal()).toBe(OTHER);
});

test('a replaced signing secret signs on for a day beside the new one; a replaced token does not', async () => {
  const store = withKeys(first);
  const id = crypto.randomUUID();
  const { settings } = store.forTenant(id);
  await settings.create(intune, 'Hook', webhook(WHSEC), actor);
  const tried = (await settings.secretsFor(intune, 'Hook', webhook(WHSEC2))).secrets.webhook!;
  expect([tried.current['secret']!.reveal(), tried.previous['secret']!.reveal()]).toEqual([WHSEC2, WHSEC]);
  await settings.update(intune, 'Hook', 1, webhook(WHSEC2), actor);
  await store.log.append(id, auditRecords(1));
  const { current, previous } = await store.secretsOf(await leaseOf(store, id));
  expect([current['secret']!.reveal(), previous['secret']!.reveal()]).toEqual([WHSEC2, WHSEC]);
  const hours = (previous['secret']!.until!.getTime() - Date.now()) / 3_600_000;
  expect(Math.round(hours)).toBe(24);
  const other = crypto.randomUUID();
  await store.forTenant(other).settings.create(intune, 'Siem', splunk({ token: TOKEN }), actor);
  await store.forTenant(other).settings.update(intune, 'Siem', 1, splunk({ token: OTHER }), actor);
  await store.log.append(other, auditRecords(1));
  expect((await store.secretsOf(await leaseOf(store, other))).previous).toEqual({});
});

test('with a lost key a secret is unreadable, and entering it anew mends that; with the older key it is sealed anew', async () => {
  const id = crypto.randomUUID();
  const before = withKeys(first);
  await before.forTenant(id).settings.create(intune, 'Siem', splunk({ token: TOKEN }), actor);
  await before.log.append(id, auditRecords(1));
  const lease = await leaseOf(before, id);
  const lost = withKeys(second);
  await expect(lost.secretsOf(lease)).rejects.toBeInstanceOf(SecretUnreadable);
  const { settings } = lost.forTenant(id);
  expect((await settings.list(intune)).map((s) => s.name)).toEqual(['Siem']);
  expect((await settings.secretsFor(intune, 'Siem', splunk())).faults[0]!.message).toContain('cannot be read');
  expect(await fieldsOf(settings.update(intune, 'Siem', 1, splunk(), actor))).toEqual(['destinations.splunk.token']);

  await withKeys(second, first).resealSecrets();
  expect((await lost.secretsOf(lease)).current['token']!.reveal()).toBe(TOKEN);
  await expect(before.secretsOf(lease)).rejects.toBeInstanceOf(SecretUnreadable);
  await settings.update(intune, 'Siem', 1, splunk({ token: OTHER }), actor);
  expect((await lost.secretsOf(lease)).current['token']!.reveal()).toBe(OTHER);
});

test('without a key no secret is taken, and the field says what to configure', async () => {
  const { settings } = withKeys().forTenant(crypto.randomUUID());
  expect(await fieldsOf(settings.create(intune, 'Siem', splunk({ token: TOKEN }), actor))).toEqual(['destinations.splunk.token']);
  expect((await settings.secretsFor(intune, 'Siem', splunk({ token: TOKEN }))).faults[0]!.message).toContain('WEIR_SECRET_KEY');
});

test('deleting a setting forgets its secrets; another tenant’s delivery never opens them', async () => {
  const store = withKeys(first);
  const [id, other] = [crypto.randomUUID(), crypto.randomUUID()];
  await store.forTenant(id).settings.create(intune, 'Siem', splunk({ token: TOKEN }), actor);
  await store.forTenant(other).settings.create(intune, 'Siem', splunk({ token: OTHER }), actor);
  await store.log.append(other, auditRecords(1));
  const lease = await leaseOf(store, other);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    // Someone with the database's password moves a sealed secret to a place of their own.
    await client.query(
      'update destination_secret set sealed = (select sealed from destination_secret where tenant_id = $1) where tenant_id = $2',
      [id, other],
    );
    await expect(store.secretsOf(lease)).rejects.toBeInstanceOf(SecretUnreadable);
    await store.forTenant(id).settings.delete(intune, 'Siem', actor);
    expect((await client.query('select 1 from destination_secret where tenant_id = $1', [id])).rowCount).toBe(0);
  } finally {
    await client.end();
  }
});
