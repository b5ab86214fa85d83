import { createHash } from 'node:crypto';
import type { AppendBlobClient } from '@azure/storage-blob';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import { giveBack, type DeliveryIdentity, type Failure, type LogRecord, type OpenDestination, type Prepared } from '@weir/engine';
import { classify } from '../azure/faults.ts';
import { withoutQuery, type Watch } from '../watch.ts';

/** Azure ends an append blob at 50,000 blocks; a new one is begun a little before. https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const MAX_BLOCKS = 49_000;
/** One append. Far below the service's 100 MiB: a batch is held in memory and sent again whole after a failure. */
const MAX_BYTES = 4 << 20;
/** Azure's own diagnostic blobs end lines so. */
export const LINE_END = '\r\n';

interface Access {
  endpoint: string;
  name: string;
  key: string;
}
interface Place {
  container: string;
  blob: string;
  position: number;
  bytes: number;
  md5: string;
}

/** The container that a category is archived in, as Azure names it. */
export const containerOf = (category: string): string => `insights-logs-${category.toLowerCase()}`;
const connect = (a: Access, container: string): ContainerClient =>
  // The SDK's own retries would hide throttling from the engine, whose back-off is durable.
  new BlobServiceClient(a.endpoint, new StorageSharedKeyCredential(a.name, a.key), { retryOptions: { maxTries: 1 } }).getContainerClient(
    container,
  );
const END = Buffer.from(LINE_END);
/** The lines of an archive: each record with its line end. */
export function render(records: readonly LogRecord[]): Buffer<ArrayBuffer> {
  const lines = Buffer.allocUnsafeSlow(records.reduce((sum, r) => sum + r.body.length + END.length, 0));
  let at = 0;
  for (const { body } of records) {
    at += body.copy(lines, at);
    at += END.copy(lines, at);
  }
  return lines;
}
const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '');

const etagOf = ({ etag }: { etag?: string }): string => (etag ? `, ETag ${etag.replaceAll('"', '')}` : '');
const requestOf = ({ requestId }: { requestId?: string }): string => (requestId ? `, request ${requestId}` : '');

/** The hour's blob of a tenant, as Azure names it; `part` counts on when one is full. */
export const blobName = (tenantId: string, at: Date, part: number): string => {
  const two = (n: number) => String(n).padStart(2, '0');
  return `tenantId=${tenantId}/y=${at.getUTCFullYear()}/m=${two(at.getUTCMonth() + 1)}/d=${two(at.getUTCDate())}/h=${two(at.getUTCHours())}/m=00/PT1H${part === 0 ? '' : `_${part}`}.json`;
};

/** Test records stand beside the archive: no delivery writes there, no reader of the archive looks there. */
export const TEST_PREFIX = 'weir-test-records/';
/** The blob that records go to at a time. */
export const blobOf = (identity: Pick<DeliveryIdentity, 'tenantId' | 'testId'>, at: Date, part: number): string =>
  `${identity.testId === undefined ? '' : TEST_PREFIX}${blobName(identity.tenantId, at, part)}`;

/** Opens the archive of one category. `refresh` fetches the key again, once, when it was refused. */
export function openArchive(
  access: Access,
  refresh: (signal?: AbortSignal) => Promise<Access>,
  identity: DeliveryIdentity,
  options: { intervalMs: number; maxBlocks?: number; now?: () => Date; watch?: Watch },
): OpenDestination {
  const containerName = containerOf(identity.category);
  const maxBlocks = options.maxBlocks ?? MAX_BLOCKS;
  let container = connect(access, containerName);

  /** Runs with the key at hand; a refused key may have been rotated, so it is fetched and tried once more. */
  async function withKey<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== 'AuthenticationFailed') throw error;
      container = connect(await refresh(signal), containerName);
      return work();
    }
  }

  /** Where the last append ended. Saves asking (a billed call) before each append: the condition on the position finds out if it is wrong. */
  let end: { blob: string; position: number; blocks: number } | null = null;
  /** Batches as bytes: the one that travels, and the one that is to come. */
  const rendered = new WeakMap<readonly LogRecord[], { payload: Buffer<ArrayBuffer>; md5: Buffer }>();
  function payloadOf(records: readonly LogRecord[]): { payload: Buffer<ArrayBuffer>; md5: Buffer } {
    let bytes = rendered.get(records);
    if (!bytes) {
      const payload = render(records);
      bytes = { payload, md5: createHash('md5').update(payload).digest() };
      rendered.set(records, bytes);
    }
    return bytes;
  }

  async function nextPlace(signal: AbortSignal): Promise<{ blob: string; position: number }> {
    const now = options.now?.() ?? new Date();
    const hour = blobOf(identity, now, 0).replace(/\.json$/, '');
    if (end?.blob.startsWith(hour) && end.blocks < maxBlocks) return { blob: end.blob, position: end.position };
    for (let part = 0; ; part += 1) {
      const blob = blobOf(identity, now, part);
      const client = container.getAppendBlobClient(blob);
      try {
        const { contentLength, blobCommittedBlockCount } = await client.getProperties({ abortSignal: signal });
        const [blocks, position] = [blobCommittedBlockCount ?? 0, contentLength ?? 0];
        if (blocks >= maxBlocks) continue;
        end = { blob, position, blocks };
        return { blob, position };
      } catch (error) {
        if (
          !['BlobNotFound', 'ContainerNotFound', 'RestError'].includes(codeOf(error)) &&
          (error as { statusCode?: number }).statusCode !== 404
        )
          throw error;
        await create(client, signal);
        end = { blob, position: 0, blocks: 0 };
        return { blob, position: 0 };
      }
    }
  }

  async function create(client: AppendBlobClient, signal: AbortSignal): Promise<void> {
    try {
      await client.create({
        abortSignal: signal,
        conditions: { ifNoneMatch: '*' },
        blobHTTPHeaders: { blobContentType: 'application/json' },
      });
    } catch (error) {
      if (codeOf(error) === 'BlobAlreadyExists') return;
      if (codeOf(error) !== 'ContainerNotFound') throw error;
      await container.createIfNotExists({ abortSignal: signal });
      await client.create({
        abortSignal: signal,
        conditions: { ifNoneMatch: '*' },
        blobHTTPHeaders: { blobContentType: 'application/json' },
      });
    }
  }

  /** After a failed condition: are the bytes at the position ours (the answer was lost), or somebody else's? */
  async function resolve(client: AppendBlobClient, place: Place, payload: Buffer, signal: AbortSignal): Promise<'ours' | Failure> {
    const { contentLength = 0 } = await client.getProperties({ abortSignal: signal });
    if (contentLength >= place.position + payload.length) {
      const there = await client.downloadToBuffer(place.position, payload.length, { abortSignal: signal });
      if (there.equals(payload)) return 'ours';
    }
    return {
      kind: 'stale',
      fault: {
        code: 'AppendPositionConditionNotMet',
        message: `The blob ${place.blob} was changed by another writer, or lost data. Nothing of this batch is in it.`,
        remedy: null,
      },
    };
  }

  return {
    limits: { maxBytes: MAX_BYTES, maxRecords: 10_000, recordOverheadBytes: LINE_END.length, intervalMs: options.intervalMs },
    refuse: () => null,
    expect: (records) => void payloadOf(records),
    async prepare(records, signal) {
      try {
        return await withKey(signal, async () => {
          const { payload, md5 } = payloadOf(records);
          const place: Place = {
            container: containerName,
            ...(await nextPlace(signal)),
            bytes: payload.length,
            md5: md5.toString('base64'),
          };
          return { kind: 'prepared' as const, prepared: place as unknown as Prepared };
        });
      } catch (error) {
        return classify(error);
      }
    },
    async send(records, prepared, signal) {
      const place = prepared as unknown as Place;
      const { payload, md5 } = payloadOf(records);
      // Only an acknowledged append tells where the blob ends.
      const before = end;
      end = null;
      rendered.delete(records);
      if (md5.toString('base64') !== place.md5)
        return { kind: 'stale', fault: { code: 'changed', message: 'The batch is not the one that was prepared.', remedy: null } };
      const accepted = {
        kind: 'accepted' as const,
        bytes: payload.length,
        place: { kind: 'storage' as const, account: access.name, container: place.container, blob: place.blob, offset: place.position },
      };
      // Made on another thread while the append travels.
      const sha256 = crypto.subtle.digest('SHA-256', payload);
      try {
        return await withKey(signal, async () => {
          const client = container.getAppendBlobClient(place.blob);
          const answered = options.watch?.({
            method: 'PUT',
            address: withoutQuery(client.url),
            headers: { 'x-ms-blob-condition-appendpos': String(place.position) },
            contentType: 'application/octet-stream',
            encoding: null,
            body: payload,
          });
          try {
            const answer = await client.appendBlock(payload, payload.length, {
              abortSignal: signal,
              conditions: { appendPosition: place.position },
              transactionalContentMD5: md5,
            });
            answered?.({ status: String(answer._response.status), text: `etag: ${answer.etag ?? ''}` });
            if (before?.blob === place.blob && before.position === place.position)
              end = { blob: place.blob, position: place.position + payload.length, blocks: before.blocks + 1 };
            const digest = Buffer.from(await sha256);
            // Not to be found empty by whoever sends them again.
            rendered.delete(records);
            if (!options.watch) giveBack(payload);
            return { ...accepted, digest, answer: `201${etagOf(answer)}${requestOf(answer)}` };
          } catch (error) {
            const code = codeOf(error);
            const { statusCode } = error as { statusCode?: number };
            if (statusCode !== undefined) answered?.({ status: String(statusCode), text: code });
            if (code === 'BlockCountExceedsLimit' || code === 'BlobNotFound' || code === 'ContainerNotFound') {
              return { kind: 'stale', fault: { code, message: `The blob ${place.blob} is full or gone; another is begun.`, remedy: null } };
            }
            if (code !== 'AppendPositionConditionNotMet') throw error;
            const outcome = await resolve(client, place, payload, signal);
            if (outcome !== 'ours') return outcome;
            return { ...accepted, digest: Buffer.from(await sha256), answer: '412 to a repetition: its bytes are in the blob already' };
          }
        });
      } catch (error) {
        return classify(error);
      }
    },
    close: async () => {},
  };
}
