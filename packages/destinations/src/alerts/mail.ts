import { once } from 'node:events';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { AlertMail, AlertNotification } from '@weir/contract';
import type { Secrets } from '@weir/engine';
import { createTransport } from 'nodemailer';
import { addressRule } from '../http/addresses.ts';
import { HttpError, pinnedLookup, refused, type NetworkPolicy } from '../http/client.ts';
import { connectionFailure, misconfigured, saying } from '../http/outcomes.ts';
import { mailText } from './message.ts';
import { asTold, type Told } from './told.ts';

const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;
const ANSWER_BYTES = 64 * 1024;
const act = (...words: Parameters<typeof misconfigured>): Told => asTold(misconfigured(...words));

/**
 * Sends one mail by SMTP. Connects only to the address that the policy allowed, which is looked up once; TLS checks the server's
 * name. With STARTTLS nothing is sent before the connection is encrypted. Never throws.
 * https://www.rfc-editor.org/rfc/rfc5321, https://nodemailer.com/smtp
 */
export async function sendMail(
  target: AlertMail,
  secrets: Secrets,
  notification: AlertNotification,
  options: { network: NetworkPolicy; signal: AbortSignal },
): Promise<Told> {
  const { network, signal } = options;
  const { host, port, security, user, from, to } = target;
  if (security === 'none' && !network.allowHttp)
    return act(
      'HttpNotAllowed',
      'Without encryption everybody on the way reads along, which this installation does not allow.',
      'Choose STARTTLS or TLS, or let the installation allow connections in the open (WEIR_ALLOW_HTTP).',
    );
  const password = secrets.current['secret'];
  if (user !== undefined && !password) return act('SecretMissing', 'The channel has no password.', 'Edit it and enter the password.');
  let socket: Socket | undefined;
  const cut = () => socket?.destroy(new DOMException('No answer came in time.', 'TimeoutError'));
  signal.addEventListener('abort', cut, { once: true });
  try {
    signal.throwIfAborted();
    socket = await dial(host, port, network, signal);
    const transport = createTransport({
      connection: socket,
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      name: 'weir',
      tls: { rejectUnauthorized: true, ...(isIP(host) === 0 && { servername: host }) },
      ...(user !== undefined && password && { auth: { user, pass: password.reveal() } }),
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      maxResponseSize: ANSWER_BYTES,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const info = await transport.sendMail({
      from: { name: 'Weir', address: from },
      to: to.map((address) => ({ name: '', address })),
      messageId: `<${notification.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
      date: new Date(notification.createdAt),
      headers: { 'Auto-Submitted': 'auto-generated' },
      ...mailText(notification),
    });
    const left = info.rejected;
    const answer = `${info.response}${left.length > 0 ? ` Not taken for: ${left.join(', ')}.` : ''}`;
    return { kind: 'taken', answer: saying(answer, secrets).slice(0, 300) };
  } catch (error) {
    return failureOf(error, secrets);
  } finally {
    signal.removeEventListener('abort', cut);
    socket?.destroy();
  }
}

async function dial(host: string, port: number, network: NetworkPolicy, signal: AbortSignal): Promise<Socket> {
  const rule = addressRule(network.privateAddresses);
  // Node asks no resolver about an address, so nobody else would look at it.
  if (isIP(host) !== 0 && !rule.allows(host)) throw refused(host, host);
  const socket = connect({ host, port, lookup: pinnedLookup(rule) as LookupFunction });
  // A connection that is cut while nobody listens, between connecting and the greeting, must not end the process.
  socket.on('error', () => {});
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** What a failed attempt means. Answers of 500 and above, a refused password and a missing STARTTLS need a person; the rest is tried again. */
function failureOf(error: unknown, secrets: Secrets): Told {
  const {
    code = '',
    responseCode,
    response = '',
    message = '',
  } = error as { code?: string; responseCode?: number; response?: string; message?: string };
  if (error instanceof HttpError || responseCode === undefined) {
    if (code === 'ETLS' && !/certificate|altname/i.test(message))
      return act('ETLS', saying(message, secrets), 'The server offers no STARTTLS on this port. Try TLS on port 465, or ask who runs it.');
    // nodemailer has its own codes for what the socket said; the certificate's is in the cause or the text.
    const inner = (error as { cause?: unknown }).cause;
    return asTold(connectionFailure(inner instanceof Error && 'code' in inner ? inner : error));
  }
  const fault = {
    code: `smtp-${responseCode}`,
    message: `The mail server answered: ${saying(response || message, secrets).slice(0, 200)}`,
    remedy:
      code === 'EAUTH'
        ? 'Check user name and password, and that the account may send by SMTP.'
        : responseCode >= 500
          ? 'Check that this server sends mail from this address to these recipients.'
          : null,
  };
  return { kind: code === 'EAUTH' || responseCode >= 500 ? 'misconfigured' : 'retry', fault };
}
