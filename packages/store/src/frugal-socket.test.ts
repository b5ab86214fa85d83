import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import pg from 'pg';
import { expect, test } from 'vitest';
import { frugalSocket } from './frugal-socket.ts';

const digest = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64');
/** The driver's types leave out how a client uses it. */
type Connection = pg.Connection & { connect(port: number, host: string): void };
/** A CopyData message, whose content says which it is: https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(length: number, n: number): Buffer {
  const bytes = Buffer.alloc(5 + length, n + 1);
  bytes.write('d');
  bytes.writeUInt32BE(4 + length, 1);
  return bytes;
}

test('the driver gets each message as it was sent, whatever its length and wherever the stream is cut', async () => {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The buffer has 65,536 bytes, and a message five more than its content.
  const length = fc.oneof(
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 65_520, max: 65_550 }),
    fc.integer({ min: 0, max: 400_000 }),
  );
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(length, { minLength: 1, maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), async (lengths, cuts) => {
        const sent = Buffer.concat(lengths.map(message));
        const connection = new pg.Connection({ stream: frugalSocket }) as Connection;
        const got: string[] = [];
        const all = new Promise<void>((done) =>
          connection.on('copyData', ({ chunk }: { chunk: Buffer }) => {
            got.push(digest(chunk));
            if (got.length === lengths.length) done();
          }),
        );
        const arrival = once(server, 'connection');
        connection.connect((server.address() as AddressInfo).port, '127.0.0.1');
        const [peer] = (await arrival) as [Socket];
        const at = [...new Set([0, ...cuts.map((cut) => cut % sent.length), sent.length])].toSorted((a, b) => a - b);
        for (const [n, from] of at.slice(0, -1).entries()) {
          peer.write(sent.subarray(from, at[n + 1]));
          await setImmediate();
        }
        await all;
        connection.stream.destroy();
        expect(got).toEqual(lengths.map((l, n) => digest(message(l, n).subarray(5))));
      }),
      { numRuns: 150 },
    );
  } finally {
    server.close();
  }
});
