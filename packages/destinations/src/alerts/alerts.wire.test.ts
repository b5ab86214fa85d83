import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { AlertEvent, AlertMail, AlertNotification, AlertTarget } from '@weir/contract';
import { noSecrets, Secret, type Secrets } from '@weir/engine';
import { startCloud, type Cloud, type Described } from '@weir/sandbox';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { mailText } from './message.ts';
import { sendNotification } from './send.ts';

const network = { privateAddresses: '127.0.0.0/8, ::1', allowHttp: false };
let dir: string;
let cloud: Cloud;
let at: Described['partners'];
let pem: { key: string; cert: string };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'weir-alerts-'));
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  at = cloud.describe().partners;
  pem = { key: readFileSync(join(dir, 'tls/key.pem'), 'utf8'), cert: readFileSync(join(dir, 'tls/cert.pem'), 'utf8') };
});
afterEach(() => cloud.faults.clear());
afterAll(async () => {
  await cloud?.close();
  rmSync(dir, { recursive: true, force: true });
});

const having = (text: string): Secrets => ({ current: { secret: new Secret(text) }, previous: {} });
const mailbox = (to: string, more: Partial<AlertMail> = {}): AlertMail => ({
  type: 'email',
  host: at.mail.host,
  port: at.mail.port,
  security: 'starttls',
  user: at.mail.user,
  from: 'weir@contoso.example',
  to: [to],
  ...more,
});
const event = (setting = 'Siem'): AlertEvent => ({
  event: 'opened',
  at: '2026-11-21T12:00:00.000Z',
  alert: {
    id: 'c0ffee00-0000-4000-8000-000000000001',
    cause: 'misconfigured',
    setting,
    destination: 'webhook',
    categories: ['AuditLogs'],
    reason: 'The receiver answered 403.',
    remedy: 'Check the secret.',
    since: '2026-11-21T11:58:00.000Z',
    openedAt: '2026-11-21T12:00:00.000Z',
    recoveredAt: null,
    resolution: null,
  },
});
let ids = 0;
const notification = (more: Partial<AlertNotification> = {}): AlertNotification => ({
  type: 'alerts.changed',
  id: `msg_${(ids += 1)}`,
  tenantId: '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01',
  directory: 'Contoso',
  createdAt: '2026-11-21T12:00:00.000Z',
  link: 'https://weir.contoso.example/reports/diagnostics-settings/alerts',
  events: [event()],
  ...more,
});
const send = (target: AlertTarget, secrets: Secrets, of = notification(), policy = network) =>
  sendNotification(target, secrets, of, { network: policy, signal: new AbortController().signal });
const mails = (to: string) => cloud.partners.received.list('mail', to, 0, 100);
const password = () => having(at.mail.password);

test('a mail arrives once, by STARTTLS, with cause, remedy and link in both parts', async () => {
  const told = await send(mailbox('one@contoso.example'), password());
  expect(told).toMatchObject({ kind: 'taken', answer: expect.stringMatching(/^250 /) });
  const [mail, ...more] = mails('one@contoso.example');
  expect(more).toEqual([]);
  expect(mail!.body).toMatch(/^From: Weir <weir@contoso\.example>\r$/m);
  expect(mail!.body).toMatch(/^Subject: \[Weir\] Alert: Siem to Webhook: Misconfigured\r$/m);
  expect(mail!.body).toContain('Content-Type: text/plain');
  expect(mail!.body).toContain('Content-Type: text/html');
  expect(mail!.body.match(/What to do/g)).toHaveLength(2);
  expect(mail!.body).toContain('Check the secret.');
});

test('TLS from the first byte', async () => {
  const port = await new Promise<number>((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });
  const server = await cloud.partners.startMail(port, pem, true);
  expect(await send(mailbox('tls@contoso.example', { port, security: 'tls' }), password())).toMatchObject({ kind: 'taken' });
  await server.close();
  expect(mails('tls@contoso.example')).toHaveLength(1);
});

test('what is sent again is the same: mail by its Message-ID, webhook by its id and body', async () => {
  const same = notification();
  const [box, hook] = [
    mailbox('again@contoso.example'),
    { type: 'webhook' as const, url: at.webhook.url.replace('contoso', 'alerts-again') },
  ];
  for (const fault of ['drop', 'drop', null] as const) {
    if (fault) for (const service of ['mail', 'webhook'] as const) cloud.faults.set(service, { kind: fault, count: 1 });
    const kinds = [(await send(box, password(), same)).kind, (await send(hook, having(at.webhook.secret), same)).kind];
    expect(kinds).toEqual(fault ? ['retry', 'retry'] : ['taken', 'taken']);
  }
  const kept = mails('again@contoso.example');
  expect(kept.map((m) => m.messageId)).toEqual(Array(3).fill(`${same.id}@contoso.example`));
  const posted = cloud.partners.received.list('webhook', '/hooks/alerts-again', 0, 10);
  expect(posted.map((p) => p.messageId)).toEqual([same.id, same.id, same.id]);
  expect(new Set(posted.map((p) => p.body)).size).toBe(1);
  expect(JSON.parse(posted[0]!.body)).toEqual(same);
});

test.each([
  ['throttle', 'retry', 'smtp-451', null],
  ['refuse', 'misconfigured', 'smtp-550', 'Check that this server sends mail'],
  ['down', 'retry', null, null],
  ['hang', 'retry', null, null],
] as const)(
  'a mail server told to %s: %s',
  async (kind, outcome, code, remedy) => {
    cloud.faults.set('mail', { kind, count: 1 });
    const told = await send(mailbox('fault@contoso.example'), password());
    expect(told.kind).toBe(outcome);
    if (told.kind === 'taken') throw new Error('It was taken.');
    if (code) expect(told.fault.code).toBe(code);
    if (remedy) expect(told.fault.remedy).toContain(remedy);
    expect(JSON.stringify(told)).not.toContain(at.mail.password);
  },
  30_000,
);

test.each([
  ['throttle', 'retry'],
  ['refuse', 'misconfigured'],
  ['down', 'retry'],
] as const)('a webhook told to %s: %s', async (kind, outcome) => {
  cloud.faults.set('webhook', { kind, count: 1, retryAfter: 7 });
  const told = await send({ type: 'webhook', url: at.webhook.url }, having(at.webhook.secret));
  expect(told.kind).toBe(outcome);
  if (kind === 'throttle') expect(told).toMatchObject({ retryAfterMs: 7_000 });
});

test('a wrong password, an unknown recipient and a missing password need a person', async () => {
  expect(await send(mailbox('x@contoso.example'), having('of-no-use'))).toMatchObject({
    kind: 'misconfigured',
    fault: { code: 'smtp-535', remedy: expect.stringContaining('password') },
  });
  expect(await send(mailbox('nobody@contoso.example'), password())).toMatchObject({ kind: 'misconfigured', fault: { code: 'smtp-550' } });
  // One of two is refused: the other has it, and a repetition would double it.
  expect(await send(mailbox('half@contoso.example', { to: ['nobody@contoso.example', 'half@contoso.example'] }), password())).toMatchObject(
    {
      kind: 'taken',
      answer: expect.stringContaining('Not taken for: nobody@contoso.example'),
    },
  );
  expect(await send(mailbox('x@contoso.example'), noSecrets)).toMatchObject({ kind: 'misconfigured', fault: { code: 'SecretMissing' } });
});

test('private addresses and connections in the open are refused, and nothing is connected to', async () => {
  let connections = 0;
  const bait = createServer(() => (connections += 1)).listen(0, '127.0.0.1');
  await new Promise((done) => bait.once('listening', done));
  const { port } = bait.address() as AddressInfo;
  const strict = { privateAddresses: '', allowHttp: false };
  for (const host of ['127.0.0.1', 'localhost', '169.254.169.254', '::1'])
    expect(await send(mailbox('x@contoso.example', { host, port }), password(), notification(), strict)).toMatchObject({
      kind: 'misconfigured',
      fault: { code: 'AddressNotAllowed' },
    });
  const { user: _user, ...open } = mailbox('x@contoso.example', { port, security: 'none' });
  expect(await send(open, noSecrets)).toMatchObject({ kind: 'misconfigured', fault: { code: 'HttpNotAllowed' } });
  expect(connections).toBe(0);
  await new Promise((done) => bait.close(done));
});

test('no password travels before the connection is encrypted: a server without STARTTLS is refused', async () => {
  const heard: string[] = [];
  const plain = createServer((socket) => {
    socket.write('220 plain\r\n');
    socket.on('data', (data) => {
      heard.push(data.toString());
      socket.write(data.toString().startsWith('EHLO') ? '250-plain\r\n250 AUTH PLAIN LOGIN\r\n' : '502 no\r\n');
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await new Promise((done) => plain.once('listening', done));
  const told = await send(mailbox('x@contoso.example', { port: (plain.address() as AddressInfo).port }), password());
  expect(told).toMatchObject({ kind: 'misconfigured' });
  expect(heard.join('')).not.toMatch(/AUTH|MAIL/);
  await new Promise((done) => plain.close(done));
});

test('a name that holds line ends begins no header, and markup in it stays text', async () => {
  const nasty = 'Siem\r\nBcc: thief@example.org\u2028<img src=x onerror=alert(1)>';
  const { subject, html } = mailText(notification({ events: [event(nasty)] }));
  expect(subject).not.toMatch(/[\r\n\u2028]/);
  expect(html).not.toContain('<img');
  expect(await send(mailbox('nasty@contoso.example'), password(), notification({ events: [event(nasty)] }))).toMatchObject({
    kind: 'taken',
  });
  const [headers] = mails('nasty@contoso.example')[0]!.body.split('\r\n\r\n');
  expect(headers).not.toMatch(/^bcc:/im);
  expect(mails('thief@example.org')).toEqual([]);
});
