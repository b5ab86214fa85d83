import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { earliestEventPosition, EventHubConsumerClient, type ReceivedEventData } from '@azure/event-hubs';
import { ClientSecretCredential } from '@azure/identity';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { tableOf, type Destinations, type DestinationTargets, type DestinationType } from '@weir/contract';
import type { DestinationFactory, LogRecord } from '@weir/engine';
import { startCloud, type Cloud, type Described, type Misbehaviour, type Service } from '@weir/sandbox';
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
import { createDestinations, prepareDestinations, streamOf } from './index.ts';

// The suite over the real SDKs. Between them and the pretend cloud lie proxies, for what a cloud cannot be told to do: they get
// the traffic because the answers of ARM, from which every address comes, are rewritten on their way.
const tenantId = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const provider = 'microsoft.intune';
let dir: string;
let cloud: Cloud;
let at: Described;
let arm: HttpProxy;
const lines = {} as Record<DestinationType, HalfOpenProxy>;
let blobs: HttpProxy;
let logs: HttpProxy;
let credential: ClientSecretCredential;
const tokens = new Set<string>();

const account = () => at.storageAccounts.find((a) => a.name === 'contosologs')!;
const namespace = () => at.eventHubNamespaces.find((n) => n.name === 'contoso-siem')!;
const workspace = () => at.workspaces.find((w) => w.name === 'contoso-soc')!;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'weir-suite-'));
  chmodSync(dir, 0o711);
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 20, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  at = cloud.describe();
  const { ports } = cloud;
  const pem = (name: string) => readFileSync(join(dir, 'tls', name), 'utf8');
  const here = (port: number) => startHalfOpenProxy({ host: '127.0.0.1', port });
  blobs = await startHttpProxy({ upstream: `http://127.0.0.1:${ports.blob}` });
  logs = await startHttpProxy({ upstream: at.endpoints.logsIngestion, tls: { key: pem('key.pem'), cert: pem('cert.pem') } });
  lines.storage = await here(blobs.port);
  lines.eventHub = await here(ports.hubsContoso);
  lines.logAnalytics = await here(logs.port);
  const moved = [
    [ports.blob, lines.storage.port],
    [ports.hubsContoso, lines.eventHub.port],
    [ports.monitor, lines.logAnalytics.port],
  ];
  arm = await startHttpProxy({
    upstream: at.endpoints.arm,
    rewrite: (body) => moved.reduce((text, [from, to]) => text.replaceAll(`:${from}`, `:${to}`), body),
  });
  credential = new ClientSecretCredential(tenantId, at.clients.engineClientId, at.clients.engineClientSecret, {
    authorityHost: at.endpoints.authority,
    disableInstanceDiscovery: true,
  });
});
afterAll(async () => {
  for (const proxy of [...Object.values(lines), blobs, logs, arm]) await proxy?.close();
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
/** The wait that throttled callers are told, in seconds. */
const WAIT = 7;
/** A service that gives away what it was sent, and the key with it. */
const indiscreet = (xml: boolean) => (request: { headers: { authorization?: string | undefined } }) => {
  const message = `Odd. AccountKey=${account().keys[0]};SharedAccessKey=${keyOf(rootConnection())} ${request.headers.authorization}`;
  return {
    status: 500,
    headers: { 'content-type': xml ? 'application/xml' : 'application/json', 'x-ms-error-code': 'NeverHeardOf' },
    body: xml
      ? `<?xml version="1.0"?><Error><Code>NeverHeardOf</Code><Message>${message}</Message></Error>`
      : JSON.stringify({ error: { code: 'NeverHeardOf', message } }),
  };
};
const rootConnection = () => namespace().connectionStrings['RootManageSharedAccessKey']!;
const keyOf = (connection: string) => /SharedAccessKey=([^;]+)/.exec(connection)![1]!;

/** Tells the sandbox over its switchboard, as a curious person would: hubs listen to nothing else. */
async function control(method: 'PUT' | 'DELETE', path: string, body?: Misbehaviour): Promise<void> {
  const response = await fetch(`${at.control.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${at.control.token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
}

let made = 0;
/** A category of its own is a container, a hub, a table of its own. */
async function place<T extends DestinationType>(
  type: T,
  target: DestinationTargets[T],
  service: { name: Service; unknown(): Promise<void> | void },
): Promise<{ category: string } & Omit<DestinationHarness, 'readBack' | 'messages'>> {
  const category = `Suite${(made += 1)}`;
  const faults = await prepareDestinations({
    credential,
    armEndpoint: at.endpoints.arm,
    armScope: 'https://management.azure.com/.default',
    provider,
    input: { categories: [{ category, retentionDays: 0 }], destinations: { [type]: target } as Destinations },
  });
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  const factories = createDestinations({
    credential: {
      getToken: async (scopes, options) => {
        const token = await credential.getToken(scopes, options);
        tokens.add(token.token);
        return token;
      },
    },
    armEndpoint: `http://127.0.0.1:${arm.port}`,
    armScope: 'https://management.azure.com/.default',
    monitorScope: 'https://monitor.azure.com/.default',
    intervals: { storage: 0, eventHub: 0, logAnalytics: 0 },
  });
  return {
    category,
    line: lines[type],
    open: (signal) =>
      (factories[type] as unknown as DestinationFactory<T>).open(target, { deliveryId: 'd', tenantId, provider, category }, signal),
    async fault(kind, where) {
      if (where === 'open' && kind === 'unknown') return arm.answer(indiscreet(false));
      if (kind === 'unknown') return service.unknown();
      const name = where === 'open' ? 'arm' : service.name;
      await control('PUT', `/faults/${name}`, { kind: kinds[kind], retryAfter: WAIT });
    },
    async clearFaults() {
      await control('DELETE', '/faults');
      for (const proxy of [arm, blobs, logs]) proxy.answer(null);
      lines[type].pass();
    },
    secrets: () => [...account().keys, keyOf(rootConnection()), at.clients.engineClientSecret, ...tokens],
  };
}

const parsed = (body: string, more: { messageId?: string } = {}): DeliveredRecord => {
  const { id, seq } = JSON.parse(body) as { id: string; seq: number };
  return { id, seq, body, ...more };
};

describeDestination('storage', {
  guarantee: 'exactly once',
  messageBytes: 100 << 20,
  refusesLargeRecords: false,
  refusedAt: 'send',
  retryAfterMs: { open: WAIT * 1000, send: WAIT * 1000 },
  async start() {
    const base = await place(
      'storage',
      { storageAccountId: account().id },
      { name: 'blob', unknown: () => blobs.answer(indiscreet(true)) },
    );
    const name = `insights-logs-${base.category.toLowerCase()}`;
    const container = new BlobServiceClient(
      account().blobEndpoint,
      new StorageSharedKeyCredential(account().name, account().keys[0]!),
    ).getContainerClient(name);
    return {
      ...base,
      async readBack() {
        const found: DeliveredRecord[] = [];
        for await (const blob of container.listBlobsFlat()) {
          const text = (await container.getBlobClient(blob.name).downloadToBuffer()).toString();
          found.push(
            ...text
              .split('\r\n')
              .slice(0, -1)
              .map((line) => parsed(line)),
          );
        }
        return found;
      },
      messages: async () => blobs.requests.filter((r) => r.path.includes(`/${name}/`) && r.path.includes('comp=appendblock')),
    };
  },
});

describeDestination('event hub', {
  guarantee: 'at least once, same message id',
  messageBytes: 1_048_576,
  refusesLargeRecords: true,
  refusedAt: 'open',
  // The hub names no time; its own text says four seconds.
  retryAfterMs: { open: WAIT * 1000, send: 4_000 },
  // The SDK says goodbye on the line first, and waits a minute for an answer.
  gaps: ['close on a dead line'],
  async start() {
    const unknown = async () => {
      await control('PUT', '/faults/eventHub', { kind: 'throttle' });
      lines.eventHub.rewrite('com.microsoft:server-busy', 'com.microsoft:server-oops');
    };
    const target = { authorizationRuleId: `${namespace().id}/authorizationRules/RootManageSharedAccessKey` };
    const base = await place('eventHub', target, { name: 'eventHub', unknown });
    const recordsOf = (event: ReceivedEventData): DeliveredRecord[] => {
      const text = /^\{"records":\[(.*)\]\}$/s.exec((event.body as Buffer).toString())![1]!;
      // Each body begins with its number, which cannot stand inside a text without a backslash before its quotes.
      return text.split(/,(?=\{"seq":)/).map((body) => parsed(body, { messageId: String(event.messageId) }));
    };
    /** All messages in the order of the numbers that they carry: the hub deals them out over its partitions. */
    const messages = async (atLeast: number): Promise<ReceivedEventData[]> => {
      const events: ReceivedEventData[] = [];
      let last = Date.now();
      const client = new EventHubConsumerClient('$Default', rootConnection(), `insights-logs-${base.category.toLowerCase()}`);
      const subscription = client.subscribe(
        {
          processEvents: async (some) => void (some.length > 0 && (events.push(...some), (last = Date.now()))),
          processError: async () => {},
        },
        { startPosition: earliestEventPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 1, skipParsingBodyAsJson: true },
      );
      // A moment of quiet after the last one: doubles would come, too.
      for (let i = 0; i < 100; i += 1) {
        await new Promise((done) => setTimeout(done, 50));
        if (events.flatMap(recordsOf).length >= atLeast && Date.now() - last > 300) break;
      }
      await subscription.close();
      await client.close();
      const first = (e: ReceivedEventData) => Number(e.properties!['firstSequence']);
      return events.toSorted((a, b) => first(a) - first(b));
    };
    return {
      ...base,
      readBack: async (atLeast) => (await messages(atLeast)).flatMap(recordsOf),
      messages: async () => (await messages(1)).map((e) => ({ bytes: (e.body as Buffer).length })),
    };
  },
});

/** The columns of a record, made from its body here and not by what is tested. */
const row = (record: LogRecord): string => {
  const b = JSON.parse(record.body.toString()) as Record<string, string>;
  const texts = [b['operationName'], b['category'], b['identity'], b['resultType'], b['resultDescription'], b['correlationId']];
  return JSON.stringify([b['time'], ...texts, JSON.stringify(b['properties']), tenantId]);
};
describeDestination('Log Analytics', {
  guarantee: 'at least once',
  messageBytes: 1_048_576,
  refusesLargeRecords: true,
  refusedAt: 'send',
  retryAfterMs: { open: WAIT * 1000, send: WAIT * 1000 },
  expected: row,
  async start() {
    const base = await place(
      'logAnalytics',
      { workspaceId: workspace().id },
      { name: 'logs', unknown: () => logs.answer(indiscreet(false)) },
    );
    return {
      ...base,
      async readBack() {
        const token = await credential.getToken('https://api.loganalytics.io/.default', { tenantId });
        const response = await fetch(`${at.endpoints.logsQuery}/workspaces/${workspace().customerId}/query`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token.token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query: tableOf(provider, base.category) }),
        });
        if (!response.ok) throw new Error(await response.text());
        const [table] = ((await response.json()) as { tables: { columns: { name: string }[]; rows: unknown[][] }[] }).tables;
        const names = ['TimeGenerated', 'OperationName', 'Category', 'Identity', 'ResultType', 'ResultDescription', 'CorrelationId'];
        return table!.rows.map((values) => {
          const of = (name: string) => values[table!.columns.findIndex((c) => c.name === name)];
          const body = JSON.stringify([...names, 'Properties', 'SourceTenantId'].map(of));
          return { id: String(of('RecordId')), seq: Number(of('Sequence')), body };
        });
      },
      // Packed sizes; the unpacked ones are the service's to refuse.
      messages: async () => logs.requests.filter((r) => r.path.includes(`/streams/${streamOf(provider, base.category)}?`)),
    };
  },
});
