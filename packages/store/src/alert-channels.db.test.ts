import { randomBytes } from 'node:crypto';
import { SecretUnreadable } from '@weir/engine';
import { testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

const actor = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
const [older, newer] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const secret = (n: number) => `whsec_${Buffer.alloc(24, n).toString('base64')}`;
const url = 'https://hooks.contoso.example/alerts';
let database: Awaited<ReturnType<typeof testDatabase>>;
const stores: Store[] = [];
const opened = (...secretKeys: string[]): Store => {
  const store = openStore({ url: database.url, applicationName: 'test', secretKeys });
  stores.push(store);
  return store;
};
beforeAll(async () => {
  database = await testDatabase();
  await opened(older).migrate();
});
afterAll(async () => {
  await Promise.all(stores.map((s) => s.close()));
  await database?.drop();
});
async function made(store: Store) {
  const tenantId = crypto.randomUUID();
  const channels = store.forTenant(tenantId).alertChannels;
  const outcome = await channels.create(actor, { type: 'webhook', name: 'Hook', url, secret: secret(1) });
  if (outcome.kind !== 'saved') throw new Error(JSON.stringify(outcome));
  return { tenantId, channels, id: outcome.channel.id };
}

test('a replaced signing secret signs beside the new one, but not for another address', async () => {
  const { channels, id } = await made(opened(older));
  await channels.update(actor, id, { type: 'webhook', name: 'Hook', url, secret: secret(2) });
  const both = (await channels.open(id))!.secrets;
  expect([both.current['secret']!.reveal(), both.previous['secret']!.reveal()]).toEqual([secret(2), secret(1)]);
  expect(both.previous['secret']!.until!.getTime()).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  await channels.update(actor, id, { type: 'webhook', name: 'Hook', url: `${url}/elsewhere`, secret: secret(3) });
  expect((await channels.open(id))!.secrets.previous).toEqual({});
});

test('after a change of keys everything is sealed anew, and the older key can go', async () => {
  const { tenantId, channels, id } = await made(opened(older));
  await channels.update(actor, id, { type: 'webhook', name: 'Hook', url, secret: secret(2) });
  await expect(opened(newer).forTenant(tenantId).alertChannels.open(id)).rejects.toThrow(SecretUnreadable);
  expect((await opened(newer, older).resealSecrets()).unreadable).toBe(0);
  const { secrets } = (await opened(newer).forTenant(tenantId).alertChannels.open(id))!;
  expect([secrets.current['secret']!.reveal(), secrets.previous['secret']!.reveal()]).toEqual([secret(2), secret(1)]);
});

test('what is stored holds no secret in the open, opens for no other channel or address, and needs a key', async () => {
  const store = opened(newer);
  const [one, two] = [await made(store), await made(store)];
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query('select * from alert_channel');
    expect(JSON.stringify(rows)).not.toContain(secret(1).slice(6));
    await client.query('update alert_channel set secret = (select secret from alert_channel where id = $1) where id = $2', [
      one.id,
      two.id,
    ]);
    await client.query(`update alert_channel set target = jsonb_set(target, '{url}', '"https://hooks.example.org/"') where id = $1`, [
      one.id,
    ]);
  } finally {
    await client.end();
  }
  await expect(two.channels.open(two.id)).rejects.toThrow(SecretUnreadable);
  await expect(one.channels.open(one.id)).rejects.toThrow(SecretUnreadable);
  const keyless = await opened()
    .forTenant(crypto.randomUUID())
    .alertChannels.create(actor, { type: 'webhook', name: 'Hook', url, secret: secret(1) });
  expect(keyless).toMatchObject({ kind: 'secrets', faults: [{ path: 'secret', message: expect.stringContaining('WEIR_SECRET_KEY') }] });
  expect(await store.forTenant(one.tenantId).alertChannels.list()).toHaveLength(1);
});
