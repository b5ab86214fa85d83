import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { DestinationTargets, PartnerType } from '@weir/contract';
import { Secret, type DestinationFactory } from '@weir/engine';
import { startCloud, type Cloud, type Described, type Misbehaviour } from '@weir/sandbox';
import {
  describeDestination,
  startHalfOpenProxy,
  startHttpProxy,
  type DeliveredRecord,
  type DestinationHarness,
  type FaultKind,
  type HalfOpenProxy,
  type HttpProxy,
} from '@weir/testkit';
import { afterAll, beforeAll } from 'vitest';
import { elasticFactory } from './elastic/index.ts';
import { splunkFactory } from './splunk/index.ts';
import { webhookFactory } from './webhook/index.ts';

// The suite over partner solutions, whose addresses are entered by people: proxies stand where the address points to.
const tenantId = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
/** The wait that throttled callers are told, in seconds. */
const WAIT = 7;
let dir: string;
let cloud: Cloud;
let at: Described;
const lines = {} as Record<PartnerType, HalfOpenProxy>;
const proxies = {} as Record<PartnerType, HttpProxy>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'weir-partners-'));
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  at = cloud.describe();
  const pem = (name: string) => readFileSync(join(dir, 'tls', name), 'utf8');
  for (const type of ['splunk', 'elastic', 'webhook'] as const) {
    const upstream = `https://localhost:${cloud.ports[type]}`;
    proxies[type] = await startHttpProxy({ upstream, tls: { key: pem('key.pem'), cert: pem('cert.pem') } });
    lines[type] = await startHalfOpenProxy({ host: '127.0.0.1', port: proxies[type].port });
  }
});
afterAll(async () => {
  for (const proxy of [...Object.values(lines), ...Object.values(proxies)]) await proxy.close();
  await cloud?.close();
  rmSync(dir, { recursive: true, force: true });
});

const kinds: Record<Exclude<FaultKind, 'unknown'>, Misbehaviour['kind']> = {
  throttle: 'throttle',
  refuse: 'refuse',
  hang: 'hang',
  'lose answer': 'drop',
  cut: 'down',
};
const options = { network: { privateAddresses: '127.0.0.0/8, ::1', allowHttp: false }, intervalMs: 0 };

let made = 0;
/** An index or an address of its own. */
function place<T extends PartnerType>(
  type: T,
  factory: DestinationFactory<T>,
  named: (name: string, url: string) => { target: DestinationTargets[T]; received: string; field: string; secret: string },
): Omit<DestinationHarness, 'readBack'> & { received: () => { body: string; messageId: string | null }[] } {
  const { target, received, field, secret } = named(`suite${(made += 1)}`, `https://localhost:${lines[type].port}`);
  const from = proxies[type].requests.length;
  return {
    line: lines[type],
    open: (signal) =>
      factory.open(target, { deliveryId: `d${made}`, tenantId, provider: 'microsoft.intune', category: 'AuditLogs' }, signal, {
        current: { [field]: new Secret(secret) },
        previous: {},
      }),
    received: () => cloud.partners.received.list(type, received, 0, 100_000),
    messages: async () => proxies[type].requests.slice(from).filter((r) => !r.path.includes('/ack')),
    async fault(kind) {
      if (kind !== 'unknown') return cloud.faults.set(type, { kind: kinds[kind], retryAfter: WAIT });
      // One that gives away what it was sent.
      proxies[type].answer(({ headers }) => ({
        status: 500,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ error: { type: 'never_heard_of', reason: `Odd: ${headers.authorization} ${secret}` }, text: secret }),
      }));
    },
    async clearFaults() {
      cloud.faults.clear();
      proxies[type].answer(null);
      lines[type].pass();
    },
    secrets: () => [secret],
  };
}
const record = (body: string): DeliveredRecord => {
  const { id, seq } = JSON.parse(body) as { id: string; seq: number };
  return { id, seq, body };
};
const traits = { places: ['send'], refusedAt: 'send', retryAfterMs: { open: 0, send: WAIT * 1000 } } as const;

for (const name of ['weir', 'weir-without-ack'])
  describeDestination(`splunk, token ${name}`, {
    ...traits,
    guarantee: 'at least once',
    messageBytes: 1_000_000,
    refusesLargeRecords: false,
    async start() {
      const base = place('splunk', splunkFactory(options), (index, url) => ({
        target: { url, index },
        received: index,
        field: 'token',
        secret: at.partners.splunk.tokens.find((t) => t.name === name)!.token,
      }));
      return { ...base, readBack: async () => base.received().map((r) => record(r.body)) };
    },
  });

describeDestination('elastic', {
  ...traits,
  guarantee: 'exactly once',
  messageBytes: 5 << 20,
  refusesLargeRecords: false,
  async start() {
    const base = place('elastic', elasticFactory(options), (index, url) => ({
      target: { url, index },
      received: index,
      field: 'apiKey',
      secret: at.partners.elastic.apiKeys.find((k) => k.name === 'weir')!.encoded,
    }));
    // A document ends with its record, as it was.
    const bodyOf = (document: string) => document.slice(document.indexOf(',"record":') + ',"record":'.length, -1);
    return { ...base, readBack: async () => base.received().map((r) => record(bodyOf(r.body))) };
  },
});

describeDestination('webhook', {
  ...traits,
  guarantee: 'at least once, same message id',
  messageBytes: 1_048_576,
  refusesLargeRecords: true,
  async start() {
    const base = place('webhook', webhookFactory(options), (name, url) => ({
      target: { url: `${url}/hooks/${name}` },
      received: `/hooks/${name}`,
      field: 'secret',
      secret: at.partners.webhook.secret,
    }));
    return { ...base, readBack: async () => base.received().map((r) => ({ ...record(r.body), messageId: r.messageId! })) };
  },
});
