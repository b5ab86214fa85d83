import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecure, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface CannedAnswer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}
/** An HTTP proxy before a service: it keeps a note of each request and can answer in the service's place. */
export interface HttpProxy {
  readonly port: number;
  /** Requests that were passed on. `bytes`: of the body. */
  readonly requests: { method: string; path: string; bytes: number }[];
  /** From now on every request gets this answer and none is passed on; null: all is well again. */
  answer(make: ((request: IncomingMessage) => CannedAnswer) | null): void;
  close(): Promise<void>;
}

/** Starts a proxy on loopback before the service at `upstream`. `rewrite` changes the bodies of answers: addresses in them, say. */
export async function startHttpProxy(options: {
  upstream: string;
  tls?: { key: string; cert: string };
  rewrite?: (body: string) => string;
}): Promise<HttpProxy> {
  const requests: HttpProxy['requests'] = [];
  let canned: ((request: IncomingMessage) => CannedAnswer) | null = null;
  const send = options.upstream.startsWith('https:') ? httpsRequest : httpRequest;

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (canned) {
      const { status, headers, body } = canned(request);
      request.resume();
      return void response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    }
    const note = { method: request.method ?? '', path: request.url ?? '', bytes: 0 };
    requests.push(note);
    request.on('data', (chunk: Buffer) => void (note.bytes += chunk.length));
    // Not kept alive: a connection that the service cuts must take down the one request that it was for.
    const upstream = send(
      new URL(note.path, options.upstream),
      { method: note.method, headers: request.headers, agent: false },
      (answer) => {
        if (!options.rewrite) {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          return void answer.pipe(response);
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
        answer.on('end', () => {
          const body = options.rewrite!(Buffer.concat(chunks).toString());
          const { 'content-length': _length, 'transfer-encoding': _coding, ...headers } = answer.headers;
          response.writeHead(answer.statusCode ?? 502, headers).end(body);
        });
      },
    );
    upstream.on('error', () => request.socket.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  };

  const server = options.tls ? createSecure(options.tls, handle) : createServer(handle);
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    answer: (make) => void (canned = make),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
