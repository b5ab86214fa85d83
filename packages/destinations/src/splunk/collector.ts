import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SplunkTarget } from '@weir/contract';
import type { DeliveryIdentity, DeliveryOutcome, Failure, LogRecord, OpenDestination, Secrets } from '@weir/engine';
import type { HttpAnswer, HttpClient } from '../http/client.ts';
import { connectionFailure, json, misconfigured, redirected, retry, saying } from '../http/outcomes.ts';

const pack = promisify(gzip);
/**
 * Splunk Cloud asks for at most 1 MB a request; Splunk Enterprise takes up to 800 MB (`max_content_length` in limits.conf).
 * https://help.splunk.com/en/splunk-cloud-platform/get-started/service-terms-and-policies/splunk-cloud-platform-service-details
 */
const MAX_BYTES = 1_000_000;
/** The envelope of an event: time, host, source, source type, index, record id. */
const EVENT_OVERHEAD = 700;
/** Below the engine's limit of one attempt, so that the wait ends in words and not in a broken-off call. */
const ACKNOWLEDGE_MS = 45_000;
/** A batch that is not acknowledged after five minutes is sent again, as Splunk advises. https://docs.splunk.com/Documentation/Splunk/latest/Data/AboutHECIDXAck */
const RESEND_AFTER_MS = 5 * 60_000;

/** Batches that the collector took and the indexers have not acknowledged yet. */
export type SentBatches = Map<string, { ackId: number; channel: string; cookie: string | undefined; at: number }>;
export interface Collector {
  target: SplunkTarget;
  identity: DeliveryIdentity;
  secrets: Secrets;
  http: HttpClient;
  sent: SentBatches;
}

export const eventUrl = (target: SplunkTarget): string => `${target.url}/services/collector/event`;
const token = 'Make a token that may write to the index (Settings > Data inputs > HTTP Event Collector) and enter it in the setting.';
const channel = 'Put the collector’s own address into the setting: something between changes the request.';
/**
 * The collector's codes that mean more than "try again", with what to do.
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 */
const act: Record<number, string> = {
  1: 'Enable the token, or enter another one in the setting.',
  2: token,
  3: token,
  4: token,
  7: 'Create the index, and allow the token to write to it; or name another index in the setting.',
  10: channel,
  11: channel,
  16: token,
  21: token,
  22: 'Enable the token, or enter another one in the setting.',
};
/** Invalid data format, event field missing or blank, indexed fields wrong. */
const content = new Set([6, 12, 13, 15]);
const ACK_IS_OFF = 14;

/** What an answer of the collector means that is not a success. */
export function refusedByCollector(answer: HttpAnswer, secrets: Secrets): Failure {
  const body = json(answer);
  const code = typeof body?.['code'] === 'number' ? body['code'] : null;
  const text = saying(typeof body?.['text'] === 'string' ? body['text'] : answer.text, secrets) || `HTTP ${answer.status}`;
  const number = body?.['invalid-event-number'];
  const fault = {
    code: code === null ? `http-${answer.status}` : `hec-${code}`,
    message: `Splunk answered: ${text}${typeof number === 'number' ? ` (event ${number})` : ''}.`,
    remedy: code === null ? null : (act[code] ?? null),
  };
  if (code !== null && act[code] !== undefined) return { kind: 'misconfigured', fault };
  if (code !== null && content.has(code)) return { kind: 'rejected', fault };
  const elsewhere = redirected(answer);
  if (elsewhere) return elsewhere;
  if (answer.status === 413) return { kind: 'too_large', fault };
  if (answer.status === 401 || answer.status === 403) return misconfigured(fault.code, fault.message, token);
  if (answer.status === 404)
    return misconfigured(
      fault.code,
      'There is no HTTP Event Collector at this address.',
      'Check host and port (8088 by default) and that the collector is enabled.',
    );
  return retry(answer, fault);
}

/** One event: its envelope, and the record byte for byte. */
export function eventOf(target: SplunkTarget, identity: DeliveryIdentity, record: LogRecord): Buffer[] {
  const shared = {
    host: identity.tenantId,
    source: `${identity.provider}/${identity.category}`,
    sourcetype: target.sourcetype ?? '_json',
    ...(target.index && { index: target.index }),
  };
  return [
    Buffer.from(
      `{"time":${(Date.parse(record.time) / 1000).toFixed(3)},${JSON.stringify(shared).slice(1, -1)},"fields":${JSON.stringify({
        record_id: record.id,
        sequence: String(record.seq),
      })},"event":`,
    ),
    record.body,
    Buffer.from('}'),
  ];
}

/** Opens a collector for one category. Nothing is sent before the first batch. */
export function openCollector(collector: Collector, options: { intervalMs: number; acknowledgeMs?: number }): OpenDestination {
  const { target, identity, secrets, http, sent } = collector;
  const own = randomUUID();
  const headers = (id: string, cookie?: string) => ({
    authorization: `Splunk ${secrets.current['token']!.reveal()}`,
    'x-splunk-request-channel': id,
    'content-type': 'application/json',
    ...(cookie && { cookie }),
  });

  /** Asks until the indexers say that they have it. Null: they have. */
  async function acknowledged(batch: string, signal: AbortSignal): Promise<Failure | null> {
    const { ackId, channel: id, cookie } = sent.get(batch)!;
    const end = Date.now() + (options.acknowledgeMs ?? ACKNOWLEDGE_MS);
    for (let wait = 100; ; wait = Math.min(wait * 2, 3_000)) {
      const answer = await http.request({
        method: 'POST',
        url: `${target.url}/services/collector/ack?channel=${id}`,
        headers: headers(id, cookie),
        body: Buffer.from(JSON.stringify({ acks: [ackId] })),
        signal,
      });
      const body = json(answer);
      if (answer.status === 200 && (body?.['acks'] as Record<string, unknown> | undefined)?.[String(ackId)] === true) return null;
      // Acknowledgement was switched off since: then the collector's own word is all there is.
      if (body?.['code'] === ACK_IS_OFF) return null;
      if (answer.status !== 200) return refusedByCollector(answer, secrets);
      if (Date.now() + wait > end) {
        const message = 'Splunk took the batch, and its indexers have not acknowledged it yet.';
        return { kind: 'retry', fault: { code: 'NotAcknowledged', message, remedy: null } };
      }
      await sleep(wait, undefined, { signal });
    }
  }

  /** Waits for the indexers; what they said, when they have it. */
  async function settled(batch: string, signal: AbortSignal): Promise<Failure | string> {
    const { ackId } = sent.get(batch)!;
    const waits = await acknowledged(batch, signal);
    // Whatever else is wrong with asking, the batch is there: it is sent again when its time is over.
    if (waits) return waits;
    sent.delete(batch);
    return `200, code 0, ack id ${ackId}`;
  }

  async function post(records: readonly LogRecord[], batch: string, signal: AbortSignal): Promise<Failure | string> {
    const body = await pack(Buffer.concat(records.flatMap((r) => eventOf(target, identity, r))), { level: 1 });
    const answer = await http.request({
      method: 'POST',
      url: eventUrl(target),
      headers: { ...headers(own), 'content-encoding': 'gzip' },
      body,
      signal,
    });
    const said = json(answer);
    if (answer.status !== 200 || said?.['code'] !== 0) return refusedByCollector(answer, secrets);
    if (typeof said['ackId'] !== 'number') return '200, code 0, without acknowledgement';
    // Behind a load balancer only the node that took the batch knows of it: its cookie leads there again.
    const cookie = answer.headers['set-cookie']?.map((c) => c.split(';')[0]!).join('; ');
    sent.set(batch, { ackId: said['ackId'], channel: own, cookie, at: Date.now() });
    return settled(batch, signal);
  }

  return {
    limits: { maxBytes: MAX_BYTES, maxRecords: 5_000, recordOverheadBytes: EVENT_OVERHEAD, intervalMs: options.intervalMs },
    // A larger record goes alone; a collector that does not take it says so with 413.
    refuse: () => null,
    prepare: async () => ({ kind: 'prepared', prepared: { index: target.index ?? null } }),
    async send(records, _prepared, signal): Promise<DeliveryOutcome> {
      const bytes = records.reduce((sum, r) => sum + r.body.length, 0);
      const accepted = { kind: 'accepted' as const, bytes, place: { url: target.url, index: target.index ?? '' } };
      if (records.length === 0) return accepted;
      const batch = `${identity.deliveryId}/${target.url}/${identity.category}/${records[0]!.seq}-${records.at(-1)!.seq}`;
      for (const [key, { at }] of sent) if (Date.now() - at > RESEND_AFTER_MS) sent.delete(key);
      try {
        const said = sent.has(batch) ? await settled(batch, signal) : await post(records, batch, signal);
        return typeof said === 'string' ? { ...accepted, answer: said } : said;
      } catch (error) {
        return connectionFailure(error);
      }
    },
    close: async () => http.close(),
  };
}
