import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHalfOpenProxy, type HalfOpenProxy } from './half-open-proxy.ts';

// A service that says back what it hears; the tests see whether each end believes in a connection that is dead.
let echo: Server;
let proxy: HalfOpenProxy;
let heard = '';
const sockets: Socket[] = [];
beforeEach(async () => {
  heard = '';
  echo = createServer((s) => s.on('data', (d: Buffer) => ((heard += d.toString()), s.write(d))).on('error', () => {}));
  await new Promise<void>((done) => echo.listen(0, '127.0.0.1', done));
  proxy = await startHalfOpenProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});
afterEach(async () => {
  for (const s of sockets.splice(0)) s.destroy();
  await proxy.close();
  await new Promise((done) => echo.close(done));
});
async function client() {
  const socket = connect(proxy.port, '127.0.0.1');
  sockets.push(socket);
  const state = { socket, got: '', closed: false };
  socket.on('data', (d: Buffer) => void (state.got += d.toString()));
  socket.on('error', () => {});
  socket.on('close', () => void (state.closed = true));
  // A connection that is reset at once may never have been open.
  await once(socket, 'connect').catch(() => {});
  return state;
}

test('passes both ways, and rewrites answers of the same length', async () => {
  const c = await client();
  proxy.rewrite('busy', 'oops');
  c.socket.write('busy busy');
  await expect.poll(() => c.got).toBe('oops oops');
  expect(heard).toBe('busy busy');
  expect(() => proxy.rewrite('a', 'bc')).toThrow('same length');
});

test('swallows what comes after so many bytes; both ends stay connected, and the line stays dead while a new one works', async () => {
  const c = await client();
  proxy.swallow('from service', 3);
  c.socket.write('abcdef');
  await expect.poll(() => proxy.bytes('from service')).toBe(6);
  await sleep(50);
  expect([heard, c.got, c.closed, proxy.connections]).toEqual(['abcdef', 'abc', false, 1]);
  proxy.pass();
  c.socket.write('more');
  await expect.poll(() => heard).toBe('abcdefmore');
  await sleep(50);
  expect(c.got).toBe('abc');
  const fresh = await client();
  fresh.socket.write('hello');
  await expect.poll(() => fresh.got).toBe('hello');
});

test('swallows what goes out: the service hears nothing', async () => {
  const c = await client();
  proxy.swallow('to service');
  c.socket.write('abc');
  await expect.poll(() => proxy.bytes('to service')).toBe(3);
  expect([heard, c.closed]).toEqual(['', false]);
});

test('stalls without a loss, and resets', async () => {
  const c = await client();
  proxy.stall();
  c.socket.write('late');
  await sleep(50);
  expect([heard, c.got]).toEqual(['', '']);
  proxy.pass();
  await expect.poll(() => c.got).toBe('late');
  proxy.reset();
  await expect.poll(() => c.closed).toBe(true);
  const refused = await client();
  await expect.poll(() => refused.closed).toBe(true);
});
