import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { shownHeaders, withoutQuery, type Watch } from '../watch.ts';
import { addressRule, type AddressRule } from './addresses.ts';

/** Where partner solutions may be called. */
export interface NetworkPolicy {
  /** Networks besides the public internet, as `addressRule` reads them. */
  privateAddresses: string;
  /** Whether http is allowed beside https. */
  allowHttp: boolean;
}
export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: Buffer;
  signal: AbortSignal;
  /** More of an answer than this is not read: it is a failure. In bytes. */
  maxAnswerBytes?: number;
}
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}
export type HttpErrorCode = 'AddressNotAllowed' | 'HttpNotAllowed' | 'AnswerTooLong';
/** Refused here, before or after the wire. Its message holds no secret. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;
  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
/** Calls one partner solution. Redirects are answers like any other: they are never followed. */
export interface HttpClient {
  /** Throws `HttpError`, the socket's or TLS's own error, or an AbortError. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}
export type Resolve = (host: string, options: LookupOptions, done: (error: Error | null, found: LookupAddress[]) => void) => void;

/** Standard Webhooks, too, recommends 15 to 30 seconds. The engine's own limit is longer: it covers what comes before and after. */
const TIME_LIMIT_MS = 30_000;
const ANSWER_LIMIT = 256 * 1024;

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
/** Looks a name up, and answers only addresses that the rule allows: for `lookup` of a socket, which connects to just that answer. */
export const pinnedLookup =
  (rule: AddressRule, resolve: Resolve = systemLookup as Resolve) =>
  (host: string, options: LookupOptions, done: Found): void =>
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const allowed = found.filter((a) => rule.allows(a.address));
      const [first] = allowed;
      if (!first) return done(refused(host, found.map((a) => a.address).join(', ')), []);
      if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });

/**
 * A client that connects only where the policy allows. A name is looked up once for each connection, and the connection goes to
 * the very address that was checked: a second look-up, which could say something else, never happens. Name checks of TLS and the
 * Host header keep the name. `resolve` is the system's resolver; `watch` is told of requests with a body.
 */
export function createHttpClient(policy: NetworkPolicy, resolve: Resolve = systemLookup as Resolve, watch?: Watch): HttpClient {
  const rule = addressRule(policy.privateAddresses);
  const lookup = pinnedLookup(rule, resolve);
  // A proxy from the environment would be connected to in place of the address that was checked, so none is used.
  const shared = { keepAlive: true, maxSockets: 4, maxFreeSockets: 1, scheduling: 'lifo' as const, lookup };
  const agents = { 'https:': new HttpsAgent(shared), 'http:': new HttpAgent(shared) };

  return {
    async request({ method, url: text, headers, body, signal, maxAnswerBytes = ANSWER_LIMIT }) {
      const url = new URL(text);
      if (url.protocol !== 'https:' && !(url.protocol === 'http:' && policy.allowHttp))
        throw new HttpError('HttpNotAllowed', 'The address must begin with https://: records and secrets do not travel in the open.');
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      // Node asks no resolver about an address, so nobody else would look at it.
      if (isIP(host) !== 0 && !rule.allows(host)) throw refused(host, host);
      const protocol = url.protocol as keyof typeof agents;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
      const send = protocol === 'https:' ? httpsRequest : httpRequest;
      const answered =
        body &&
        watch?.({
          method,
          address: withoutQuery(text),
          headers: shownHeaders(headers ?? {}),
          contentType: headers?.['content-type'] ?? '',
          encoding: headers?.['content-encoding'] === 'gzip' ? 'gzip' : null,
          body,
        });
      return new Promise<HttpAnswer>((done, fail) => {
        const request = send(
          url,
          {
            method,
            agent: agents[protocol],
            signal: limit,
            headers: { 'user-agent': 'Weir', ...headers, ...(body && { 'content-length': String(body.length) }) },
          },
          (response) => {
            const chunks: Buffer[] = [];
            let size = 0;
            response.on('data', (chunk: Buffer) => {
              size += chunk.length;
              if (size <= maxAnswerBytes) return void chunks.push(chunk);
              fail(new HttpError('AnswerTooLong', `${url.host} answered with more than ${maxAnswerBytes} bytes.`));
              response.destroy();
            });
            response.on('end', () => {
              const answer = { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() };
              answered?.({ status: [answer.status, response.statusMessage].filter(Boolean).join(' '), text: answer.text });
              done(answer);
            });
            response.on('error', fail);
          },
        );
        request.on('error', fail);
        request.end(body);
      });
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** A host whose address may not be called. */
export const refused = (host: string, found: string): HttpError =>
  new HttpError(
    'AddressNotAllowed',
    host === found
      ? `${host} is a private or special address, which may not be called.`
      : `${host} is at ${found || 'no address'}: a private or special address, which may not be called.`,
  );
