import { randomBytes } from 'node:crypto';
import type { AlertNotification, AlertTarget } from '@weir/contract';
import type { Secrets } from '@weir/engine';
import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ownRecords } from '../../../test/own-records.ts';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../../test/server.ts';

const path = '/api/intune/alert-channels';
const whsec = () => `whsec_${randomBytes(32).toString('base64')}`;
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
const sent: { target: AlertTarget; secret: string | undefined; notification: AlertNotification }[] = [];
let taken = true;
beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(
    database.url,
    {
      notify: async (target: AlertTarget, secrets: Secrets, notification: AlertNotification) => {
        sent.push({ target, secret: secrets.current['secret']?.reveal(), notification });
        return taken
          ? { taken, answer: '250 kept', remedy: null }
          : { taken, answer: 'The mail server answered: 535 no', remedy: 'Check the password.' };
      },
    },
    { WEIR_SECRET_KEY: randomBytes(32).toString('base64') },
  );
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});
beforeEach(async () => {
  taken = true;
  sent.length = 0;
  for (const { id } of await list()) await server.call(`${path}/${id}`, { method: 'DELETE' });
});

interface Channel {
  id: string;
  name: string;
  target: AlertTarget;
  secretSetAt: string | null;
}
const list = async (tenantId = CONTOSO) => (await server.call(path, {}, { tenantId })).json<{ items: Channel[] }>().items;
const hook = (more: object = {}) => ({
  type: 'webhook',
  name: 'Operations',
  url: 'https://hooks.contoso.example/alerts',
  secret: whsec(),
  ...more,
});
const mail = (more: object = {}) => ({
  type: 'email',
  name: 'Mail',
  host: 'smtp.contoso.example',
  port: 587,
  security: 'starttls',
  user: 'weir',
  from: 'weir@contoso.example',
  to: ['ops@contoso.example'],
  secret: 'correct horse battery staple',
  ...more,
});
const post = (body: object, as: Parameters<TestServer['call']>[2] = {}) =>
  server.call(path, { method: 'POST', body: JSON.stringify(body) }, as);
const put = (id: string, body: object, as: Parameters<TestServer['call']>[2] = {}) =>
  server.call(`${path}/${id}`, { method: 'PUT', body: JSON.stringify(body) }, as);
const fields = (answer: { json<T>(): T }) => answer.json<{ errors: { path: string }[] }>().errors.map((e) => e.path.replace(/^body\./, ''));

test('channels are made, changed and deleted; each change is a record; a secret is never given back', async () => {
  const before = (await ownRecords(server, CONTOSO)).length;
  const made = await post(mail());
  expect([made.status, made.json()]).toEqual([201, expect.objectContaining({ name: 'Mail', waiting: 0, lastSentAt: null, fault: null })]);
  const { id } = made.json<Channel>();
  const { secret: _secret, ...kept } = mail({ to: ['ops@contoso.example', 'second@contoso.example'] });
  expect((await put(id, kept)).status).toBe(200);
  expect((await server.call(`${path}/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await server.call(`${path}/${id}`, { method: 'DELETE' })).status).toBe(404);
  const records = (await ownRecords(server, CONTOSO)).slice(before);
  expect(records.map((r) => [r.operationName, r.properties.Target])).toEqual([
    ['Create alertChannel', 'Mail'],
    ['Update alertChannel', 'Mail'],
    ['Delete alertChannel', 'Mail'],
  ]);
  expect(records[0]!.properties['SecretsEntered']).toEqual(['secret']);
  for (const text of [made.text, JSON.stringify(await list()), JSON.stringify(records)]) expect(text).not.toContain('correct horse');
});

test('a stored secret goes to no other address or user, and leaves with the user', async () => {
  const { id } = (await post(mail())).json<Channel>();
  const { secret: _s, ...kept } = mail();
  for (const elsewhere of [{ host: 'smtp.example.org' }, { port: 465 }, { security: 'tls' }, { user: 'other' }]) {
    const answer = await put(id, { ...kept, ...elsewhere });
    expect([answer.status, fields(answer)]).toEqual([400, ['secret']]);
  }
  const { secret: _h, ...bare } = hook({ name: 'Mail' });
  expect(fields(await put(id, bare))).toEqual(['secret']);
  const { user: _u, ...without } = kept;
  expect((await put(id, without)).json<Channel>().secretSetAt).toBeNull();
  expect(fields(await put(id, kept))).toEqual(['secret']);
});

test('a test goes out with the stored secret, answers what the server said, and is a record', async () => {
  const { id } = (await post(mail())).json<Channel>();
  const send = async () => (await server.call(`${path}/${id}/test`, { method: 'POST', body: '{}' })).json();
  expect(await send()).toEqual({ taken: true, answer: '250 kept', remedy: null });
  expect(sent[0]).toMatchObject({
    secret: 'correct horse battery staple',
    notification: { type: 'alerts.test', directory: 'Contoso', tenantId: CONTOSO },
  });
  taken = false;
  expect(await send()).toEqual({ taken: false, answer: 'The mail server answered: 535 no', remedy: 'Check the password.' });
  expect((await ownRecords(server, CONTOSO)).slice(-2).map((r) => [r.operationName, r.properties['Taken']])).toEqual([
    ['Test alertChannel', true],
    ['Test alertChannel', false],
  ]);
});

test('readers see and change nothing; another directory sees none of it', async () => {
  const { id } = (await post(hook())).json<Channel>();
  const security = { role: roles.security };
  const answers = [
    await server.call(path, {}, security),
    await server.call('/api/intune/alerts', {}, security),
    await post(hook({ name: 'Second' }), security),
    await put(id, hook(), security),
    await server.call(`${path}/${id}`, { method: 'DELETE' }, security),
    await server.call(`${path}/${id}/test`, { method: 'POST', body: '{}' }, security),
  ];
  expect(answers.map((a) => a.status)).toEqual([403, 403, 403, 403, 403, 403]);
  const abroad = { tenantId: FABRIKAM };
  expect([
    (await put(id, hook(), abroad)).status,
    (await server.call(`${path}/${id}/test`, { method: 'POST', body: '{}' }, abroad)).status,
  ]).toEqual([404, 404]);
  expect([await list(FABRIKAM), (await list()).length, sent]).toEqual([[], 1, []]);
});

test.each([
  ['a header in a sender', mail({ from: 'weir@contoso.example\r\nBcc: x@example.org' }), 'from'],
  ['a second recipient in one', mail({ to: ['a@contoso.example, b@example.org'] }), 'to.0'],
  ['a display name', mail({ from: 'Weir <weir@contoso.example>' }), 'from'],
  ['no recipient', mail({ to: [] }), 'to'],
  ['an address in place of a server', mail({ host: 'https://smtp.contoso.example/' }), 'host'],
  ['a line end in a user', mail({ user: 'a\r\nMAIL FROM:<x@example.org>' }), 'user'],
  ['a password in the open', mail({ security: 'none' }), 'user'],
  ['a port out of range', mail({ port: 70_000 }), 'port'],
  ['a weak signing secret', hook({ secret: 'whsec_YWJj' }), 'secret'],
  ['no signing secret', hook({ secret: undefined }), 'secret'],
  ['an address of another scheme', hook({ url: 'ftp://hooks.contoso.example' }), 'url'],
])('%s is refused at its field', async (_, body, field) => {
  const answer = await post(body);
  expect(answer.status).toBe(400);
  expect(fields(answer)).toContain(field);
  expect(await list()).toEqual([]);
});

test('a name is taken once, and there are ten at most', async () => {
  for (let n = 0; n < 10; n += 1) expect((await post(hook({ name: `Hook ${n}` }))).status).toBe(201);
  expect((await post(hook({ name: 'HOOK 3' }))).json()['code']).toBe('channel.exists');
  expect((await post(hook({ name: 'One more' }))).json()['code']).toBe('channel.limit');
});
