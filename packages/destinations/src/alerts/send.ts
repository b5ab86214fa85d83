import type { AlertNotification, AlertTarget, AlertWebhook } from '@weir/contract';
import type { Secrets } from '@weir/engine';
import { createHttpClient, type NetworkPolicy } from '../http/client.ts';
import { connectionFailure, retryAfterOf, saying, secretMissing } from '../http/outcomes.ts';
import { refusedByReceiver } from '../webhook/hook.ts';
import { signatureHeaders } from '../webhook/sign.ts';
import { sendMail } from './mail.ts';
import { asTold, type Told } from './told.ts';

/** The longest that one attempt may take (ms); a lease on a notification must be longer. */
export const TELL_LIMIT_MS = 45_000;

/**
 * Sends one notification to one channel. The same notification is the same request each time, but for the time of the signature,
 * so that a receiver can tell a repetition by its id. Never throws.
 */
export async function sendNotification(
  target: AlertTarget,
  secrets: Secrets,
  notification: AlertNotification,
  options: { network: NetworkPolicy; signal: AbortSignal },
): Promise<Told> {
  const limited = { ...options, signal: AbortSignal.any([options.signal, AbortSignal.timeout(TELL_LIMIT_MS)]) };
  return target.type === 'webhook' ? post(target, secrets, notification, limited) : sendMail(target, secrets, notification, limited);
}

async function post(
  target: AlertWebhook,
  secrets: Secrets,
  notification: AlertNotification,
  { network, signal }: { network: NetworkPolicy; signal: AbortSignal },
): Promise<Told> {
  if (!secrets.current['secret']) return asTold(secretMissing('signing secret'));
  const body = Buffer.from(JSON.stringify(notification));
  const http = createHttpClient(network);
  try {
    const answer = await http.request({
      method: 'POST',
      url: target.url,
      headers: { 'content-type': 'application/json', ...signatureHeaders(secrets, notification.id, Math.floor(Date.now() / 1000), body) },
      body,
      signal,
    });
    if (answer.status >= 200 && answer.status < 300)
      return { kind: 'taken', answer: `${answer.status} ${saying(answer.text, secrets)}`.trim().slice(0, 300) };
    const retryAfterMs = retryAfterOf(answer);
    return asTold({ ...refusedByReceiver(answer, secrets), ...(retryAfterMs !== undefined && { retryAfterMs }) });
  } catch (error) {
    return asTold(connectionFailure(error));
  } finally {
    http.close();
  }
}
