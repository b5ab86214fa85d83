import { fork, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Faults } from '../faults/index.ts';
import { listen } from '../identity/index.ts';

export interface BlobOptions {
  dir: string;
  /** Port that clients use. */
  port: number;
  /** Port of the server behind it. */
  innerPort: number;
  accounts: readonly { name: string; keys: readonly [string, string] }[];
  faults: Faults;
}
export interface Blobs {
  accountUrl(name: string): string;
  /** Kills the server without a word, as a power cut would. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Blob storage: Azurite in a child process behind a small proxy that can misbehave. */
export async function startBlobs(options: BlobOptions): Promise<Blobs> {
  await mkdir(join(options.dir, 'blobs'), { recursive: true });
  let child = await startChild(options);
  const server = await listen(
    createServer((request, response) => proxy(options, request, response)),
    options.port,
  );
  server.keepAliveTimeout = 60_000;
  const gone = (c: ChildProcess) =>
    new Promise<void>((done) => (c.exitCode !== null || c.signalCode !== null ? done() : c.once('exit', () => done())));
  return {
    accountUrl: (name) => `http://127.0.0.1:${options.port}/${name}`,
    kill: async () => {
      child.kill('SIGKILL');
      await gone(child);
    },
    restart: async () => {
      child = await startChild(options);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      if (child.connected) child.send('stop');
      await Promise.race([gone(child), new Promise((done) => setTimeout(done, 3_000))]);
      child.kill('SIGKILL');
    },
  };
}

function startChild(options: BlobOptions): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'azurite-child.cjs'), [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=DEP0005', '--max-semi-space-size=4'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
  const accounts = options.accounts.map((a) => `${a.name}:${a.keys.join(':')}`).join(';');
  return new Promise((done, fail) => {
    child.once('message', () => done(child));
    child.once('exit', (code) => fail(new Error(`The blob server ended with code ${code}: ${errors.trim().split('\n').at(-1) ?? ''}`)));
    child.send({ port: options.innerPort, dir: options.dir, accounts });
  });
}

const errorBody = (code: string, message: string) =>
  `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

function proxy(options: BlobOptions, request: IncomingMessage, response: ServerResponse): void {
  const fault = options.faults.take('blob', `/${request.url?.split(/[/?]/)[1] ?? ''}`);
  const refuse = (status: number, code: string, message: string, headers: Record<string, string> = {}) => {
    request.resume();
    response
      .writeHead(status, { 'content-type': 'application/xml', 'x-ms-error-code': code, ...headers })
      .end(request.method === 'HEAD' ? undefined : errorBody(code, message));
  };
  if (fault?.kind === 'throttle') return refuse(503, 'ServerBusy', 'The server is busy.', { 'retry-after': String(fault.retryAfter ?? 1) });
  if (fault?.kind === 'refuse') return refuse(403, 'AuthorizationFailure', 'This request is not authorized to perform this operation.');
  if (fault?.kind === 'down') return void request.socket.destroy();
  if (fault?.kind === 'hang') return void request.resume();
  const upstream = httpRequest(
    { host: '127.0.0.1', port: options.innerPort, method: request.method, path: request.url, headers: request.headers },
    (answer) => {
      if (fault?.kind === 'drop') {
        answer.resume();
        answer.once('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.once('error', () => (response.headersSent ? response.destroy() : request.socket.destroy()));
  response.once('close', () => upstream.destroy());
  request.pipe(upstream);
}
