/**
 * The bare loop that `deliver.ts` compares with: the same bytes over the same SDK, in a process of its own as the worker is,
 * without a log, a checkpoint or a lease. Its clock too starts when a tenth was acknowledged. Answers its figures by message.
 */
import { createHash } from 'node:crypto';
import { EventHubProducerClient } from '@azure/event-hubs';
import { LogsIngestionClient } from '@azure/monitor-ingestion';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { apiVersions, ArmClient, engineCredential, inTenant, ruleIdOf, streamOf, toRow, type DataCollectionRule } from '@weir/destinations';
import { auditRecord } from '@weir/testkit';

export type BareType = 'storage' | 'eventHub' | 'logAnalytics';
/** Records/s of each destination, and the processor time in ms that a thousand records took. */
export interface BareRun {
  rates: Partial<Record<BareType, number>>;
  cpuMs: number;
}
/** What the loop is told. Sizes of batches are those that the engine's destinations use. */
export interface BareOrder {
  types: readonly BareType[];
  records: number;
  tenantId: string;
  authority: string;
  arm: string;
  storage: { endpoint: string; name: string; key: string };
  eventHub: { connectionString: string; hub: string };
  logAnalytics: { workspaceId: string };
}
const LINE_END = Buffer.from('\r\n');
const COMMA = Buffer.from(',');

function chunks(bodies: readonly Buffer[], maxBytes: number, overhead: number): Buffer[][] {
  const all: Buffer[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const body of bodies) {
    if (size + body.length + overhead > maxBytes) {
      all.push([]);
      size = 0;
    }
    all.at(-1)!.push(body);
    size += body.length + overhead;
  }
  return all;
}

/** Opens the destination and gives the batches with the function that sends one. */
async function open(
  type: BareType,
  order: BareOrder,
  bodies: readonly Buffer[],
): Promise<{ batches: Buffer[][]; send(batch: Buffer[]): Promise<unknown> }> {
  if (type === 'storage') {
    const { endpoint, name, key } = order.storage;
    const container = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(name, key)).getContainerClient('bare');
    await container.createIfNotExists();
    const blob = container.getAppendBlobClient('bare.json');
    await blob.create();
    return {
      batches: chunks(bodies, 2 << 20, 2),
      send: (batch) => {
        const payload = Buffer.concat(batch.flatMap((b) => [b, LINE_END]));
        // With the checksum that an archive should have: without it, the same loop is about a tenth faster.
        return blob.appendBlock(payload, payload.length, { transactionalContentMD5: createHash('md5').update(payload).digest() });
      },
    };
  }
  if (type === 'eventHub') {
    const client = new EventHubProducerClient(order.eventHub.connectionString, order.eventHub.hub);
    await client.createBatch();
    return {
      batches: chunks(bodies, 1_047_536, 1),
      send: (batch) =>
        client.sendBatch([
          {
            body: Buffer.concat([Buffer.from('{"records":['), ...batch.flatMap((b, i) => (i === 0 ? [b] : [COMMA, b])), Buffer.from(']}')]),
          },
        ]),
    };
  }
  const credential = inTenant(engineCredential({ authorityHost: order.authority }), order.tenantId);
  const arm = new ArmClient({ credential, endpoint: order.arm, scope: 'https://management.azure.com/.default' });
  const { properties } = await arm.get<DataCollectionRule>(ruleIdOf(order.logAnalytics), apiVersions.insights);
  const client = new LogsIngestionClient(properties.endpoints!.logsIngestion!, credential, { audience: 'https://monitor.azure.com' });
  const stream = streamOf('microsoft.intune', 'AuditLogs');
  const time = new Date().toISOString();
  let seq = 0;
  return {
    batches: chunks(bodies, 782_608, 300),
    send: (batch) => {
      const rows = batch.map((body) => toRow({ seq: (seq += 1), id: String(seq), time, body }, order.tenantId));
      return client.upload(properties.immutableId!, stream, rows, { maxConcurrency: 1 });
    },
  };
}

const warm = (batches: readonly unknown[]): number => Math.ceil(batches.length / 10);
async function run(order: BareOrder): Promise<void> {
  const bodies = Array.from({ length: order.records }, (_, n) => Buffer.from(auditRecord(n, { bytes: 2_000 }).body));
  const loops = await Promise.all(order.types.map(async (type) => ({ type, ...(await open(type, order, bodies)) })));
  // Until a tenth has gone it warms up, as the worker's clock does.
  for (const { batches, send } of loops) for (const batch of batches.slice(0, warm(batches))) await send(batch);
  const rates: BareRun['rates'] = {};
  const used = process.cpuUsage();
  let sent = 0;
  await Promise.all(
    loops.map(async ({ type, batches, send }) => {
      const since = performance.now();
      for (const batch of batches.slice(warm(batches))) await send(batch);
      const count = order.records - batches.slice(0, warm(batches)).flat().length;
      sent += count;
      rates[type] = Math.round(count / ((performance.now() - since) / 1000));
    }),
  );
  const { user, system } = process.cpuUsage(used);
  process.send!({ rates, cpuMs: Number(((user + system) / sent).toFixed(1)) } satisfies BareRun, () => process.exit(0));
}
process.once('message', (order: BareOrder) => void run(order));
