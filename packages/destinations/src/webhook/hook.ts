import { createHash } from 'node:crypto';
import { WEBHOOK_KILOBYTES, type WebhookTarget } from '@weir/contract';
import type { DeliveryIdentity, DeliveryOutcome, Failure, LogRecord, OpenDestination, Secrets } from '@weir/engine';
import type { HttpAnswer, HttpClient } from '../http/client.ts';
import { connectionFailure, redirected, retry, saying } from '../http/outcomes.ts';
import { signatureHeaders } from './sign.ts';

const COMMA = Buffer.from(',');
const TAIL = Buffer.from(']}');
/** What stands before the records: type, tenant, category, sequence numbers. */
const HEAD_ROOM = 512;

const access = 'Let the receiver take requests with this signature; check that it has the same signing secret.';
/** The statuses that mean more than "try again". https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#delivery-success-and-failure */
const act: Record<number, string> = {
  401: access,
  403: access,
  404: 'Nothing listens at this address. Check it in the setting.',
  405: 'The receiver takes no POST at this address. Check it in the setting.',
  410: 'The receiver wants no more requests (410 Gone). Delete the destination, or enter another address.',
};

/** What an answer means that is no success. */
export function refusedByReceiver(answer: HttpAnswer, secrets: Secrets): Failure {
  const elsewhere = redirected(answer);
  if (elsewhere) return elsewhere;
  const { status } = answer;
  const words = saying(answer.text, secrets).slice(0, 200);
  const fault = {
    code: `http-${status}`,
    message: `The receiver answered ${status}${words ? `: ${words}` : '.'}`,
    remedy: act[status] ?? null,
  };
  if (act[status]) return { kind: 'misconfigured', fault };
  if (status === 413) return { kind: 'too_large', fault };
  // A receiver's way to say that the content is at fault; 400 often means a wrong signature, so it does not say that.
  if (status === 422) return { kind: 'rejected', fault };
  return retry(answer, fault);
}

export interface Webhook {
  target: WebhookTarget;
  identity: DeliveryIdentity;
  secrets: Secrets;
  http: HttpClient;
}

/** Follows from the batch alone: the same over every attempt, in any process. */
export const idOf = ({ tenantId, provider, category, testId }: DeliveryIdentity, first: number, last: number): string =>
  `msg_${createHash('sha256')
    .update(`${tenantId}/${provider}/${category}/${first}-${last}${testId ? `/test/${testId}` : ''}`)
    .digest('hex')
    .slice(0, 32)}`;
/** The body of a request; each record is in it byte for byte. */
export function bodyOf({ tenantId, provider, category }: DeliveryIdentity, records: readonly LogRecord[]): Buffer {
  const about = {
    type: 'records.created',
    tenantId,
    provider,
    category,
    firstSequence: records[0]!.seq,
    lastSequence: records.at(-1)!.seq,
  };
  const head = `${JSON.stringify(about).slice(0, -1)},"records":[`;
  return Buffer.concat([Buffer.from(head), ...records.flatMap((r, i) => (i === 0 ? [r.body] : [COMMA, r.body])), TAIL]);
}

/** Opens a webhook for one category. Nothing is sent before the first batch. */
export function openWebhook({ target, identity, secrets, http }: Webhook, options: { intervalMs: number }): OpenDestination {
  const limit = (target.maxKilobytes ?? WEBHOOK_KILOBYTES) * 1024;
  const room = limit - HEAD_ROOM - TAIL.length;
  // Without the query: places are shown and kept, and some receivers put a key there.
  const url = target.url.split('?')[0]!;

  return {
    limits: { maxBytes: room, maxRecords: 5_000, recordOverheadBytes: COMMA.length, intervalMs: options.intervalMs },
    refuse: (record) =>
      record.body.length + COMMA.length > room
        ? {
            code: 'RecordTooLarge',
            message: `The record has ${record.body.length} bytes; a request to this webhook holds ${room}.`,
            remedy: 'The record is kept in quarantine; the others go on. Raise the largest request in the setting to send it.',
          }
        : null,
    prepare: async (records) => ({
      kind: 'prepared',
      prepared: records.length === 0 ? {} : { id: idOf(identity, records[0]!.seq, records.at(-1)!.seq) },
    }),
    async send(records, prepared, signal): Promise<DeliveryOutcome> {
      if (records.length === 0) return { kind: 'accepted', bytes: 0, place: { url } };
      const body = bodyOf(identity, records);
      const id = (prepared as { id: string }).id;
      try {
        const answer = await http.request({
          method: 'POST',
          url: target.url,
          headers: { 'content-type': 'application/json', ...signatureHeaders(secrets, id, Math.floor(Date.now() / 1000), body) },
          body,
          signal,
        });
        if (answer.status < 200 || answer.status >= 300) return refusedByReceiver(answer, secrets);
        const request = answer.headers['x-request-id'];
        const said = `${answer.status}${typeof request === 'string' ? `, request ${saying(request, secrets)}` : ''}`;
        return { kind: 'accepted', bytes: body.length, place: { url, messageId: id }, answer: said };
      } catch (error) {
        return connectionFailure(error);
      }
    },
    close: async () => http.close(),
  };
}
