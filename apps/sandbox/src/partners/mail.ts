import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import type { Faults, Misbehaviour } from '../faults/index.ts';
import type { Received } from './received.ts';

const MAX_MAIL = 1 << 20;
const REFUSED = 'nobody@';

export interface MailServer {
  close(): Promise<void>;
}

/**
 * A mail server on loopback: STARTTLS (or TLS from the start), user and password, and what it takes is kept. Mail to
 * nobody@anywhere is refused, as that of an unknown person is.
 */
export async function startMail(options: {
  port: number;
  tls: { key: string; cert: string };
  /** TLS from the first byte. */
  secure?: boolean;
  user: string;
  password: string;
  received: Received;
  faults: Faults;
}): Promise<MailServer> {
  const { received, faults } = options;
  /** The fault of each connection: one request of another service. */
  const taken = new Map<string, Misbehaviour>();
  const fail = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });
  const server = new SMTPServer({
    ...options.tls,
    secure: options.secure ?? false,
    size: MAX_MAIL,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    socketTimeout: 60_000,
    closeTimeout: 100,
    onConnect(session, done) {
      const fault = faults.take('mail');
      if (fault) taken.set(session.id, fault);
      // Nothing is answered, not even a greeting.
      if (fault?.kind === 'hang') return;
      if (fault?.kind === 'down') return cut(session.id);
      done();
    },
    onClose: (session) => void taken.delete(session.id),
    onAuth({ username = '', password }, _session, done) {
      const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
      if (!same(username, options.user) || !same(password ?? '', options.password))
        return done(fail(535, 'Authentication credentials invalid'));
      done(null, { user: username });
    },
    onMailFrom(_address, session, done) {
      const kind = taken.get(session.id)?.kind;
      if (kind === 'throttle') return done(fail(451, 'Requested action aborted: try again later'));
      if (kind === 'refuse') return done(fail(550, 'This sender may not send here'));
      done();
    },
    onRcptTo({ address }, _session, done) {
      done(address.startsWith(REFUSED) ? fail(550, 'No such user here') : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        const mail = Buffer.concat(chunks).toString();
        const messageId = /^message-id:\s*<([^>]+)>/im.exec(mail)?.[1] ?? '';
        received.together(() => {
          for (const { address } of session.envelope.rcptTo) received.add('mail', { place: address, key: null, messageId, body: mail });
        });
        // The mail is kept and the answer lost.
        if (taken.get(session.id)?.kind === 'drop') return cut(session.id);
        done(null, 'Message kept');
      });
    },
  });
  const cut = (id: string): void => {
    for (const connection of server.connections) if (connection.id === id) connection._socket.destroy();
  };
  // A client that goes away, or does not trust the certificate, is the client's affair.
  server.on('error', () => {});
  server.listen(options.port, '127.0.0.1');
  await once(server.server, 'listening');
  return { close: () => new Promise((done) => server.close(() => done())) };
}
