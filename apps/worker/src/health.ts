import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Store } from '@weir/store';
import type { Metrics } from './metrics.ts';

/** Serves /healthz, /readyz and /metrics on loopback. */
export async function startHealth(port: number, store: Store, metrics: Metrics): Promise<{ port: number; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
    if (request.method !== 'GET') return void answer(405, 'GET only');
    if (request.url === '/healthz') return void answer(200, 'ok');
    if (request.url === '/readyz')
      return void store.ping().then(
        () => answer(200, 'ok'),
        () => answer(503, 'the database does not answer'),
      );
    if (request.url === '/metrics')
      return void metrics.text().then(
        (text) => answer(200, text, metrics.contentType),
        () => answer(500, 'no metrics'),
      );
    return void answer(404, 'not found');
  });
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'EADDRINUSE' ? new Error(`Port ${port} is taken by another program. Set WEIR_WORKER_PORT to another.`) : error),
    );
    server.listen(port, '127.0.0.1', done);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((done) => (server.closeAllConnections(), server.close(() => done()))),
  };
}
