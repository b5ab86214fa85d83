import { createHmac } from 'node:crypto';
import type { Secrets } from '@weir/engine';

/**
 * The headers of Standard Webhooks. `seconds` is the time of this attempt (Unix time): receivers refuse old ones. While a
 * replaced secret is still valid, both sign.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(secrets: Secrets, id: string, seconds: number, body: Buffer): Record<string, string> {
  const { secret: current } = secrets.current;
  const { secret: previous } = secrets.previous;
  const valid = [current, previous].filter((s) => s && (s.until === null || s.until.getTime() > seconds * 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': valid.map((s) => sign(s!.reveal(), id, seconds, body)).join(' '),
  };
}

/** `v1,<base64 of HMAC-SHA256>` over id, time and body; the key is the base64 after `whsec_`. */
function sign(secret: string, id: string, seconds: number, body: Buffer): string {
  const hmac = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
  return `v1,${hmac.update(`${id}.${seconds}.`).update(body).digest('base64')}`;
}
