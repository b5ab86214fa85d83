import { createHash, webcrypto } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { EventHubProducerClient, RetryMode } from '@azure/event-hubs';
import { giveBack, type DeliveryIdentity, type LogRecord, type OpenDestination, type Prepared } from '@weir/engine';
import { classify, refusal } from '../azure/faults.ts';
import type { Watch } from '../watch.ts';

/** Bytes of a message that are not its body: AMQP sections, annotations and the properties below. Measured at about 200. */
const ENVELOPE = 1024;
const HEAD = Buffer.from('{"records":[');
const TAIL = Buffer.from(']}');
const COMMA = Buffer.from(',');
/** Records of one message id. https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas: 256 KB (Basic) or 1 MB a message. */
const FALLBACK_LIMIT = 262_144;
/** The SDK's own defaults wait 30 s after a "server busy" and 60 s after a cut connection; the engine's back-off does that better. */
const retryOptions = { maxRetries: 1, retryDelayInMs: 500, maxRetryDelayInMs: 2_000, mode: RetryMode.Exponential, timeoutInMs: 15_000 };

let unhurried = true;
/** The SDK leaves Nagle's algorithm on, which holds back the last part of every large message by up to 40 ms. */
function sendAtOnce(): void {
  if (!unhurried) return;
  unhurried = false;
  diagnostics.subscribe('net.client.socket', (message) => (message as { socket: Socket }).socket.setNoDelay(true));
}

/** Cuts records into as few messages as fit. Deterministic: the bounds are written down and must come out again. */
export function pack(records: readonly LogRecord[], maxBytes: number): LogRecord[][] {
  const messages: LogRecord[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const more = record.body.length + COMMA.length;
    if (size + more > maxBytes) {
      messages.push([]);
      size = HEAD.length + TAIL.length;
    }
    messages.at(-1)!.push(record);
    size += more;
  }
  return messages;
}

/**
 * The id of a message follows from what is in it, so that a second one of the same records can be told. The same records in
 * another shape are another message: a consumer that leaves repetitions out must not lose it.
 */
export const messageIdOf = (
  identity: Pick<DeliveryIdentity, 'tenantId' | 'provider' | 'category' | 'shapeId' | 'testId'>,
  first: number,
  last: number,
): string =>
  createHash('sha256')
    .update(
      `${identity.tenantId}/${identity.provider}/${identity.category}/${first}-${last}${identity.shapeId ? `/${identity.shapeId}` : ''}${identity.testId ? `/test/${identity.testId}` : ''}`,
    )
    .digest('hex')
    .slice(0, 32);
/** The body of a message: `{"records":[…]}`, each record byte for byte. */
export const bodyOf = (records: readonly LogRecord[]): Buffer => bodiesOf([records]).bodies[0]!;
/**
 * The same buffer, of which `Buffer.from` makes a view and no copy: it asks an object for its value first. The SDK's encoder calls
 * it on every body, and would take another megabyte for the collector to find. Only for a buffer that has its bytes for itself.
 * https://nodejs.org/api/buffer.html#static-method-bufferfromobject-offsetorencoding-length
 */
const uncopied = (body: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> => Object.defineProperty(body, 'valueOf', { value: () => body.buffer });
/** The bodies of messages, and all of them one after another: they share their bytes. Most batches are one message. */
function bodiesOf(messages: readonly (readonly LogRecord[])[]): { bodies: Buffer[]; all: Buffer<ArrayBuffer> } {
  const sizes = messages.map((records) => records.reduce((sum, r) => sum + r.body.length + COMMA.length, HEAD.length + TAIL.length - 1));
  const all = Buffer.allocUnsafeSlow(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  const add = (bytes: Buffer) => void (at += bytes.copy(all, at));
  const bodies = messages.map((records, n) => {
    add(HEAD);
    for (const [i, record] of records.entries()) {
      if (i > 0) add(COMMA);
      add(record.body);
    }
    add(TAIL);
    return messages.length === 1 ? uncopied(all) : all.subarray(at - sizes[n]!, at);
  });
  return { bodies, all };
}

/** What stands beside a message's body; a test record names itself there, too, since verification asks it. */
export const propertiesOf = (
  identity: Pick<DeliveryIdentity, 'category' | 'testId'>,
  first: number,
  last: number,
): Record<string, string | number> => ({
  category: identity.category,
  firstSequence: first,
  lastSequence: last,
  ...(identity.testId !== undefined && { testRecord: identity.testId }),
});

/** The records of a message's bounds; both are in order. */
function within(records: readonly LogRecord[], [first, last]: readonly [number, number]): readonly LogRecord[] {
  const from = records.findIndex((r) => r.seq >= first);
  const to = records.findIndex((r) => r.seq > last);
  return from === -1 ? [] : records.slice(from, to === -1 ? records.length : to);
}

/** Opens a producer for one category. Asks the hub once for its properties, so that a wrong key or name shows at once. */
export async function openHub(
  connectionString: string,
  refresh: (signal?: AbortSignal) => Promise<string>,
  hub: string,
  identity: DeliveryIdentity,
  options: { intervalMs: number; watch?: Watch },
  signal: AbortSignal,
): Promise<OpenDestination> {
  sendAtOnce();
  const connect = async (text: string): Promise<{ client: EventHubProducerClient; limit: number }> => {
    const client = new EventHubProducerClient(text, hub, { retryOptions });
    try {
      const batch = await client.createBatch({ abortSignal: signal });
      return { client, limit: batch.maxSizeInBytes || FALLBACK_LIMIT };
    } catch (error) {
      await client.close().catch(() => {});
      throw error;
    }
  };
  let { client, limit } = await connect(connectionString);
  const room = () => limit - ENVELOPE;
  const namespace = /Endpoint=sb:\/\/([^/;:]+)/i.exec(connectionString)?.[1] ?? '';

  return {
    limits: { maxBytes: 4 << 20, maxRecords: 10_000, recordOverheadBytes: COMMA.length, intervalMs: options.intervalMs },
    refuse(record) {
      const size = record.body.length + HEAD.length + TAIL.length;
      return size > room()
        ? refusal('MessageTooLarge', `The record has ${record.body.length} bytes; a message to this event hub holds ${room()}.`)
        : null;
    },
    fill(records) {
      const messages = pack(records, room());
      return messages.length > 1 ? records.length - messages.at(-1)!.length : records.length;
    },
    async prepare(records) {
      return { kind: 'prepared', prepared: { hub, messages: pack(records, room()).map((m) => [m[0]!.seq, m.at(-1)!.seq]) } as Prepared };
    },
    async send(records, prepared, abort) {
      const bounds = (prepared as { messages: [number, number][] }).messages;
      const { bodies, all } = bodiesOf(bounds.map((bound) => within(records, bound)));
      // On a thread of its own, while the messages travel.
      const digest = webcrypto.subtle.digest('SHA-256', all);
      const messages: { id: string; first: number; last: number }[] = [];
      try {
        let before: Promise<void> | null = null;
        for (const [n, [first, last]] of bounds.entries()) {
          const body = bodies[n]!;
          const id = messageIdOf(identity, first, last);
          messages.push({ id, first, last });
          const properties = propertiesOf(identity, first, last);
          const message = { body, contentType: 'application/json', messageId: id, properties };
          const answered = options.watch?.({
            method: 'AMQP',
            address: `sb://${namespace}/${hub}`,
            headers: { 'message-id': id, ...Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, String(v)])) },
            contentType: message.contentType,
            encoding: null,
            body,
          });
          const sending = client.sendBatch([message], { abortSignal: abort }).then(() => answered?.({ status: 'accepted', text: '' }));
          // Awaited below; what fails before must not count as unhandled.
          sending.catch(() => {});
          // Done while the message travels: it is on its way after this.
          await setImmediate();
          // Two travel at a time: one is made while the service takes the other. More would only be more to send again after a failure.
          await before;
          before = sending;
        }
        await before;
        // AMQP answers each message with a disposition and no id of its own; the SDK throws on any other than this one.
        const answer = `accepted, ${messages.length} ${messages.length === 1 ? 'message' : 'messages'}`;
        const place = { kind: 'eventHub' as const, namespace, hub, partition: 'any', messages };
        const accepted = { kind: 'accepted' as const, bytes: all.length, place, digest: Buffer.from(await digest), answer };
        if (!options.watch) giveBack(all);
        return accepted;
      } catch (error) {
        const failure = classify(error);
        if (failure.kind === 'misconfigured') {
          // The key may have been rotated: the next attempt connects with what ARM says by then.
          const old = client;
          await refresh(abort)
            .then(connect)
            .then(async (fresh) => {
              ({ client, limit } = fresh);
              await old.close();
            })
            .catch(() => {});
        }
        return failure;
      }
    },
    join: (batches) => ({ hub, messages: batches.flatMap((b) => (b as { messages: [number, number][] }).messages) }),
    close: () => client.close().catch(() => {}),
  };
}
