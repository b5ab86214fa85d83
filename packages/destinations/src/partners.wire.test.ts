import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { ElasticTarget, SplunkTarget, WebhookTarget } from '@weir/contract';
import { noSecrets, Secret, type LogRecord, type OpenDestination, type Secrets } from '@weir/engine';
import { startCloud, type Cloud, type Described } from '@weir/sandbox';
import { startHttpProxy, type HttpProxy } from '@weir/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { elasticFactory } from './elastic/index.ts';
import { preparePartner } from './prepare-partner.ts';
import { splunkFactory } from './splunk/index.ts';
import { signatureHeaders } from './webhook/sign.ts';
import { webhookFactory } from './webhook/index.ts';

// What the suite does not ask of every destination: each service's own ways to say yes and no.
const tenantId = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const identity = { deliveryId: 'd', tenantId, provider: 'microsoft.intune', category: 'AuditLogs' };
const network = { privateAddresses: '127.0.0.0/8, ::1', allowHttp: false };
const options = { network, intervalMs: 0, acknowledgeMs: 1_000 };
let dir: string;
let cloud: Cloud;
let at: Described['partners'];
let proxy: HttpProxy;
const opened: OpenDestination[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'weir-partners-'));
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  at = cloud.describe().partners;
  const pem = (name: string) => readFileSync(join(dir, 'tls', name), 'utf8');
  proxy = await startHttpProxy({ upstream: at.elastic.url, tls: { key: pem('key.pem'), cert: pem('cert.pem') } });
});
afterEach(async () => {
  cloud.faults.clear();
  proxy.answer(null);
  await Promise.all(opened.splice(0).map((d) => d.close()));
});
afterAll(async () => {
  await proxy?.close();
  await cloud?.close();
  rmSync(dir, { recursive: true, force: true });
});

const record = (seq: number, properties: unknown = { n: seq }): LogRecord => ({
  seq,
  id: `id-${seq}`,
  time: '2026-11-21T08:00:00.000Z',
  body: Buffer.from(JSON.stringify({ time: '2026-11-21T08:00:00.000Z', seq, properties })),
});
const records = (from: number, count: number) => Array.from({ length: count }, (_, i) => record(from + i));
const having = (field: string, text: string): Secrets => ({ current: { [field]: new Secret(text) }, previous: {} });
const token = (name: string) => at.splunk.tokens.find((t) => t.name === name)!.token;
const apiKey = (name: string) => at.elastic.apiKeys.find((k) => k.name === name)!.encoded;
async function open(result: Promise<{ kind: string } | { kind: 'open'; destination: OpenDestination }>): Promise<OpenDestination> {
  const r = await result;
  if (!('destination' in r)) throw new Error(JSON.stringify(r));
  opened.push(r.destination);
  return r.destination;
}
async function send(destination: OpenDestination, batch: readonly LogRecord[]) {
  const made = await destination.prepare(batch, AbortSignal.timeout(20_000));
  if (made.kind !== 'prepared') throw new Error(JSON.stringify(made));
  return destination.send(batch, made.prepared, AbortSignal.timeout(20_000));
}
/** As the engine does it: what is refused for its content is halved down to the one record. */
async function halving(destination: OpenDestination, all: readonly LogRecord[]): Promise<number[]> {
  const quarantined: number[] = [];
  for (let rest = all; rest.length > 0;) {
    for (let batch = rest; ; batch = batch.slice(0, Math.ceil(batch.length / 2))) {
      const outcome = await send(destination, batch);
      if (outcome.kind !== 'accepted' && outcome.kind !== 'rejected' && outcome.kind !== 'too_large')
        throw new Error(JSON.stringify(outcome));
      if (outcome.kind !== 'accepted' && batch.length > 1) continue;
      if (outcome.kind !== 'accepted') quarantined.push(batch[0]!.seq);
      rest = rest.slice(batch.length);
      break;
    }
  }
  return quarantined;
}
const seqs = (partner: 'splunk' | 'elastic' | 'webhook', place: string): number[] =>
  cloud.partners.received.list(partner, place, 0, 100_000).map((r) => Number(/"seq":(\d+)/.exec(r.body)![1]));

describe('splunk', () => {
  const factory = () => splunkFactory(options);
  const target = (index?: string): SplunkTarget => ({ url: at.splunk.url, ...(index && { index }) });
  const openAs = (name: string, index: string, from = factory()) =>
    open(from.open(target(index), identity, undefined!, having('token', token(name))));

  test.each([
    ['old', 'main', 'hec-1'],
    ['weir', 'nowhere', 'hec-7'],
  ])('token %s and index %s ask for a person (%s)', async (name, index, code) => {
    expect(await send(await openAs(name, index), records(1, 2))).toMatchObject({
      kind: 'misconfigured',
      fault: { code, remedy: expect.any(String) },
    });
  });

  test('a batch that is not acknowledged in time is a retry; the next attempt asks after it before it sends it again', async () => {
    const shared = factory();
    cloud.faults.set('splunk', { kind: 'partial', count: 1 });
    const batch = records(1, 5);
    expect(await send(await openAs('weir', 'suite-ack', shared), batch)).toMatchObject({
      kind: 'retry',
      fault: { code: 'NotAcknowledged' },
    });
    // Opened anew, as after every failure: what was sent is remembered, and asked after again.
    expect(await send(await openAs('weir', 'suite-ack', shared), batch)).toMatchObject({
      kind: 'retry',
      fault: { code: 'NotAcknowledged' },
    });
    expect(seqs('splunk', 'suite-ack')).toEqual([1, 2, 3, 4, 5]);
    // A process that knows nothing of it sends it again: at least once.
    expect(await send(await openAs('weir', 'suite-ack'), batch)).toMatchObject({
      kind: 'accepted',
      answer: expect.stringMatching(/^200, code 0, ack id \d+$/) as string,
    });
    expect(seqs('splunk', 'suite-ack')).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
  });

  test('F10: a record that the collector cannot read is found by halving; every other one arrives', async () => {
    const batch = records(1, 9);
    batch[4] = { ...batch[4]!, body: Buffer.from('{"seq":5,,}') };
    expect(await halving(await openAs('weir-without-ack', 'suite-poison'), batch)).toEqual([5]);
    expect(new Set(seqs('splunk', 'suite-poison'))).toEqual(new Set([1, 2, 3, 4, 6, 7, 8, 9]));
  });

  test('F9: what is over the collector’s limit is halved until it fits', async () => {
    const large = (seq: number) => record(seq, { text: 'n'.repeat(9 << 20) });
    const destination = await openAs('weir-without-ack', 'suite-large');
    expect((await send(destination, [large(1), large(2)])).kind).toBe('too_large');
    expect(await halving(destination, [large(1), large(2)])).toEqual([]);
    expect(seqs('splunk', 'suite-large')).toEqual([1, 2]);
  });

  test('before saving: the token and the index are tried, and nothing is left behind', async () => {
    const attempt = (name: string, more: object = {}, policy = network) =>
      preparePartner('splunk', { splunk: { ...target('main'), ...more } }, having('token', name), { network: policy, tenantId });
    const before = cloud.partners.received.list('splunk', undefined, 0, 100_000).length;
    expect(await attempt(token('weir'))).toEqual([]);
    expect(await attempt(token('weir-without-ack'))).toEqual([]);
    expect((await attempt(token('old'))).map((f) => f.path)).toEqual(['destinations.splunk.token']);
    expect((await attempt('nobody'))[0]).toMatchObject({
      path: 'destinations.splunk.token',
      message: expect.stringContaining('Invalid token'),
    });
    expect((await attempt(token('weir'), { index: 'nowhere' }))[0]).toMatchObject({ path: 'destinations.splunk.index' });
    expect((await attempt(token('weir'), { url: at.webhook.url }))[0]).toMatchObject({
      path: 'destinations.splunk.url',
      message: expect.stringContaining('no HTTP Event Collector'),
    });
    expect((await attempt(token('weir'), {}, { ...network, privateAddresses: '' }))[0]).toMatchObject({
      path: 'destinations.splunk.url',
      message: expect.stringContaining('private or special address'),
    });
    expect(cloud.partners.received.list('splunk', undefined, 0, 100_000).length).toBe(before);
  });
});

describe('elastic', () => {
  const openAs = (name: string, index: string, url = at.elastic.url) =>
    open(elasticFactory(options).open({ url, index } satisfies ElasticTarget, identity, undefined!, having('apiKey', apiKey(name))));

  test('a partial failure inside a 200 is a retry, and what was taken is not doubled', async () => {
    const destination = await openAs('weir', 'suite-part');
    cloud.faults.set('elastic', { kind: 'partial', count: 1 });
    expect(await send(destination, records(1, 6))).toMatchObject({ kind: 'retry', fault: { code: 'es_rejected_execution_exception' } });
    expect(seqs('elastic', 'suite-part')).toEqual([1, 3, 5]);
    expect((await send(destination, records(1, 6))).kind).toBe('accepted');
    expect(seqs('elastic', 'suite-part').toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('F10: a record that does not fit the mapping goes alone; the others are there once', async () => {
    const batch = records(1, 9);
    batch[6] = record(7, { n: { not: 'a number' } });
    expect(await halving(await openAs('weir', 'suite-mapping'), batch)).toEqual([7]);
    expect(seqs('elastic', 'suite-mapping')).toEqual([1, 2, 3, 4, 5, 6, 8, 9]);
  });

  test('a log that was begun anew is not taken for records that are there already', async () => {
    const destination = await openAs('weir', 'suite-anew');
    expect((await send(destination, [record(1)])).kind).toBe('accepted');
    expect((await send(destination, [{ ...record(1), id: 'another' }])).kind).toBe('accepted');
    expect(seqs('elastic', 'suite-anew')).toEqual([1, 1]);
  });

  test('too many fields and a key without the privilege ask for a person: nothing goes to quarantine for them', async () => {
    const wide = record(1, Object.fromEntries(Array.from({ length: 1_100 }, (_, i) => [`field${i}`, i])));
    expect(await send(await openAs('weir', 'suite-wide'), [wide])).toMatchObject({
      kind: 'misconfigured',
      fault: { remedy: expect.stringContaining('total_fields') },
    });
    expect(await send(await openAs('reader', 'suite-wide'), records(2, 2))).toMatchObject({
      kind: 'misconfigured',
      fault: { code: 'security_exception' },
    });
    expect(await send(await openAs('weir', 'not-allowed'), records(2, 2))).toMatchObject({ kind: 'misconfigured' });
  });

  test.each([
    ['nothing', '{}'],
    ['fewer documents', '{"errors":false,"items":[{"create":{"status":201}}]}'],
    ['another action', '{"errors":false,"items":[{"index":{"status":201}},{"index":{"status":201}}]}'],
    ['no JSON', '<html>ok</html>'],
  ])('an answer that tells of %s acknowledges nothing', async (_what, body) => {
    const destination = await openAs('weir', 'suite-answer', `https://localhost:${proxy.port}`);
    proxy.answer(() => ({ status: 200, headers: { 'content-type': 'application/json' }, body }));
    expect((await send(destination, records(1, 2))).kind).toBe('retry');
  });

  test('before saving: the key, its privileges and the index are tried', async () => {
    const attempt = (key: string, index = 'logs-intune-default', url = at.elastic.url) =>
      preparePartner('elastic', { elastic: { url, index } }, having('apiKey', key), { network, tenantId });
    expect(await attempt(apiKey('weir'))).toEqual([]);
    expect((await attempt(apiKey('reader')))[0]).toMatchObject({
      path: 'destinations.elastic.apiKey',
      message: expect.stringContaining('create_doc'),
    });
    expect((await attempt('bm86Ym9keQ=='))[0]).toMatchObject({ path: 'destinations.elastic.apiKey' });
    expect((await attempt(apiKey('weir'), 'metrics-x'))[0]).toMatchObject({ path: 'destinations.elastic.apiKey' });
    expect((await attempt(apiKey('weir'), 'logs-x', at.webhook.url))[0]).toMatchObject({ path: 'destinations.elastic.url' });
    expect((await attempt(apiKey('weir'), 'logs-x', 'https://localhost:1'))[0]).toMatchObject({ path: 'destinations.elastic.url' });
  });
});

describe('webhook', () => {
  const openAt = (name: string, secrets = having('secret', at.webhook.secret), more: Partial<WebhookTarget> = {}) =>
    open(webhookFactory(options).open({ url: at.webhook.url.replace('contoso', name), ...more }, identity, undefined!, secrets));

  test('signs as the published test vector says', () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
    const secrets = having('secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(signatureHeaders(secrets, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, Buffer.from('{"test": 2432232314}'))).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('after a change of secrets a receiver that has the old one still takes requests, until its time is over', async () => {
    const fresh = new Secret(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    const changed = (until: Date): Secrets => ({
      current: { secret: fresh },
      previous: { secret: new Secret(at.webhook.secret, until) },
    });
    expect((await send(await openAt('rotated', changed(new Date(Date.now() + 60_000))), records(1, 2))).kind).toBe('accepted');
    expect(await send(await openAt('rotated', changed(new Date(Date.now() - 1_000))), records(3, 2))).toMatchObject({
      kind: 'misconfigured',
      fault: { code: 'http-401' },
    });
    expect(seqs('webhook', '/hooks/rotated')).toEqual([1, 2]);
  });

  test.each([
    ['gone', 'misconfigured', 'http-410'],
    ['moved', 'misconfigured', 'Redirected'],
    ['broken', 'retry', 'http-500'],
  ])('a receiver that is %s: %s (%s)', async (name, kind, code) => {
    expect(await send(await openAt(name), records(1, 2))).toMatchObject({ kind, fault: { code } });
  });

  test('F10: a record that the receiver refuses with 422 goes alone', async () => {
    const batch = records(1, 9);
    batch[2] = record(3, { name: 'Poison' });
    expect(await halving(await openAt('poison'), batch)).toEqual([3]);
    expect(seqs('webhook', '/hooks/poison')).toEqual([1, 2, 4, 5, 6, 7, 8, 9]);
  });

  test('F9: a request over the receiver’s limit is halved; one over our own is not made', async () => {
    const destination = await openAt('large', undefined, { maxKilobytes: 10_240 });
    const large = (seq: number) => record(seq, { text: 'n'.repeat(1 << 20) });
    expect((await send(destination, [large(1), large(2), large(3)])).kind).toBe('too_large');
    expect(await halving(destination, [large(1), large(2), large(3)])).toEqual([]);
    expect(seqs('webhook', '/hooks/large')).toEqual([1, 2, 3]);
    const small = await openAt('large', undefined, { maxKilobytes: 16 });
    expect(small.refuse(record(1, { text: 'n'.repeat(16_000) }))).toMatchObject({ code: 'RecordTooLarge' });
    expect(small.limits.maxBytes).toBeLessThan(16_384);
  });

  test('before saving: an empty signed request shows a wrong secret and a wrong address', async () => {
    const attempt = (name: string, secret = at.webhook.secret) =>
      preparePartner('webhook', { webhook: { url: at.webhook.url.replace('/hooks/contoso', name) } }, having('secret', secret), {
        network,
        tenantId,
      });
    expect(await attempt('/hooks/tried')).toEqual([]);
    expect(seqs('webhook', '/hooks/tried')).toEqual([]);
    expect((await attempt('/hooks/tried', `whsec_${'A'.repeat(44)}`))[0]).toMatchObject({ path: 'destinations.webhook.secret' });
    for (const name of ['/nowhere', '/hooks/gone', '/hooks/moved'])
      expect((await attempt(name))[0]).toMatchObject({ path: 'destinations.webhook.url' });
    expect(await attempt('/hooks/broken')).toEqual([]);
  });
});

test('without its secret nothing is opened, and the words say what to do', async () => {
  const splunk = splunkFactory(options).open({ url: at.splunk.url }, identity, undefined!, noSecrets);
  expect(await splunk).toMatchObject({ kind: 'misconfigured', fault: { code: 'SecretMissing' } });
});

test('a server whose certificate nobody vouches for asks for a person', async () => {
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates(trusted.filter((c) => c.trim() !== cloud.ca.trim()));
  try {
    const destination = await open(
      elasticFactory(options).open({ url: at.elastic.url, index: 'suite-tls' }, identity, undefined!, having('apiKey', apiKey('weir'))),
    );
    expect(await send(destination, records(1, 1))).toMatchObject({
      kind: 'misconfigured',
      fault: { remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS') },
    });
  } finally {
    tls.setDefaultCACertificates(trusted);
  }
});
