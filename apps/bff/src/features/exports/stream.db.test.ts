import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { auditRecord, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownRecords } from '../../../test/own-records.ts';
import { CONTOSO, startServer, type TestServer } from '../../../test/server.ts';

// An export that is larger than what may be held in memory.
const COUNT = 100_000;
const BYTES = 650;
const MB = 1_000_000;
const start = Date.UTC(2026, 9, 1);
const filter = { from: '2026-09-01T00:00:00Z' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  for (let at = 0; at < COUNT; at += 5_000) {
    const some = Array.from({ length: 5_000 }, (_, i) =>
      auditRecord(at + i, { bytes: BYTES, time: new Date(start + (at + i) * 20_000).toISOString() }),
    );
    await server.store.log.append(CONTOSO, some);
  }
}, 120_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** Bytes that are still needed: what garbage there is says only how lazy the collector was. */
function live(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Begins an export and hands over its answer before anything of it is read. */
async function open(format: 'csv' | 'json'): Promise<IncomingMessage> {
  const call = request(`${server.origin}/api/audit-logs/export`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token()}`, 'content-type': 'application/json' },
  });
  call.end(JSON.stringify({ format, filter }));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return answer;
}
const exports = async () => (await ownRecords(server, CONTOSO)).filter((r) => r.operationName === 'Export auditLogs');

test('a large file streams: memory stays flat, for a client that reads and for one that waits', async () => {
  const before = live();
  const answer = await open('json');
  // Nobody reads for a while. A server that does not wait for its client would now read all records into memory.
  await sleep(3_000);
  let most = live();
  let received = 0;
  let lines = 0;
  let last = '';
  let next = 5 * MB;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    received += chunk.length;
    for (const byte of chunk) if (byte === 0x0a) lines += 1;
    last = (last + chunk.toString('latin1')).slice(-4);
    if (received < next) continue;
    next += 5 * MB;
    most = Math.max(most, live());
  }
  expect(received).toBeGreaterThan(60 * MB);
  // One line for each record, one each for what stands before and after them.
  expect(lines).toBe(COUNT + 2);
  expect(last.endsWith('\n]\n')).toBe(true);
  expect(most - before).toBeLessThan(30 * MB);
  expect((await exports()).at(-1)!.properties).toMatchObject({ Rows: COUNT, Complete: true });
}, 60_000);

test.each(['csv', 'json'] as const)('a client that leaves midway ends the work: %s', async (format) => {
  const before = (await exports()).length;
  const answer = await open(format);
  await once(answer, 'readable');
  answer.destroy();
  // The record is written when the work ends, and says how far it came.
  await expect.poll(async () => (await exports()).length, { timeout: 10_000 }).toBe(before + 1);
  const { Rows, Complete, Format } = (await exports()).at(-1)!.properties;
  expect([Complete, Format]).toEqual([false, format]);
  expect(Rows).toBeLessThan(COUNT / 2);
  // Nothing of it is left running: looked at often, because between two chunks a connection is idle anyway. The server's own work
  // goes on meanwhile (jobs, retention, counts); what reads records is the export's.
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    for (let look = 0; look < 50; look += 1) {
      const { rows } = await client.query(
        `select query from pg_stat_activity
          where datname = current_database() and state <> 'idle' and application_name = 'test' and query ~ 'order by r.time desc, r.seq desc limit'`,
      );
      expect(rows).toEqual([]);
      await sleep(5);
    }
  } finally {
    await client.end();
  }
});

test('a server that stops while a file goes out still writes the record of it', async () => {
  const stopping = await startServer(database.url, { drainMs: 200 });
  const before = (await exports()).length;
  const call = request(`${stopping.origin}/api/audit-logs/export`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stopping.token()}`, 'content-type': 'application/json' },
  });
  call.on('error', () => {});
  call.end(JSON.stringify({ format: 'json', filter }));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  await once(answer, 'readable');
  await stopping.close();
  const record = (await exports())[before];
  expect(record?.properties).toMatchObject({ Complete: false });
});
