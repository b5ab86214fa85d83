/**
 * How long a record takes from the call that appends it to the line at the client of a live stream: 20 appends a second, one by
 * one, with one stream, with 50 that ask the same and with 50 that all ask something else. Beside it what PostgreSQL alone takes
 * until a listener hears of the append. `--records N` (100,000) are in the log before; `--seconds N` (15) a run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveLine } from '@weir/contract';
import pg from 'pg';
import { records } from './maker.ts';
import { startServer, TENANT } from './server.ts';

const option = (name: string, otherwise: number) => Number(process.argv[process.argv.indexOf(name) + 1]) || otherwise;
const total = option('--records', 100_000);
const seconds = option('--seconds', 15);
const PER_SECOND = 20;
const server = await startServer();
const to = new Date();
let batch: Parameters<typeof server.store.log.append>[1][number][] = [];
for (const record of records({ tenantId: TENANT, seed: 7, count: total, from: new Date(to.getTime() - 30 * 86_400_000), to })) {
  if (batch.push(record) < 1_000) continue;
  await server.store.log.append(TENANT, batch);
  batch = [];
}

const some = [...records({ tenantId: TENANT, seed: 8, count: 500, from: new Date(to.getTime() - 86_400_000), to })];
const sentAt = new Map<string, number>();
let next = 0;
/** Appends at a steady pace; the time of each call stands in `sentAt`. */
async function append(): Promise<void> {
  const started = performance.now();
  for (let n = 0; n < PER_SECOND * seconds; n += 1) {
    await sleep(Math.max(0, started + (n * 1_000) / PER_SECOND - performance.now()));
    const id = `live-${(next += 1)}`;
    sentAt.set(id, performance.now());
    await server.store.log.append(TENANT, [{ ...some[next % some.length]!, id, time: new Date().toISOString() }]);
  }
  await sleep(1_000);
}
function tell(name: string, times: number[], wanted: number): void {
  times.sort((a, b) => a - b);
  const percentile = (p: number) => (times[Math.ceil(times.length * p) - 1] ?? Number.NaN).toFixed(1).padStart(6);
  const missing = wanted === times.length ? '' : `   ${times.length} of ${wanted} came`;
  console.log(`${name.padEnd(36)} p50 ${percentile(0.5)} ms   p95 ${percentile(0.95)} ms   worst ${percentile(1)} ms${missing}`);
}

async function streams(name: string, queries: readonly string[]): Promise<void> {
  const stop = new AbortController();
  const times: number[] = [];
  const open = await Promise.all(
    queries.map(async (q) => {
      const response = await fetch(`${server.origin}/api/audit-log-live?${new URLSearchParams({ q })}`, {
        headers: { authorization: `Bearer ${server.token()}` },
        signal: stop.signal,
      });
      if (!response.ok) throw new Error(await response.text());
      return response.body!.pipeThrough(new TextDecoderStream());
    }),
  );
  const reading = open.map(async (body) => {
    let rest = '';
    for await (const text of body) {
      const now = performance.now();
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines.map((l) => JSON.parse(l) as LiveLine)) {
        const sent = line.kind === 'record' ? sentAt.get(line.record.id) : undefined;
        if (sent !== undefined) times.push(now - sent);
      }
    }
  });
  const usage = process.cpuUsage();
  await append();
  const { user, system } = process.cpuUsage(usage);
  stop.abort();
  await Promise.allSettled(reading);
  tell(name, times, queries.length * PER_SECOND * seconds);
  console.log(
    `${' '.repeat(36)} server, clients and appends together: ${((user + system) / 10_000 / (seconds + 1)).toFixed(0)} % of a core`,
  );
}

const listener = new pg.Client({ connectionString: server.databaseUrl });
await listener.connect();
const heard: number[] = [];
listener.on('notification', () => heard.push(performance.now() - sentAt.get(`live-${next}`)!));
await listener.query('listen weir_append');
await append();
tell('PostgreSQL alone: append to NOTIFY', heard, PER_SECOND * seconds);
await listener.end();

await streams('1 stream', ['']);
await streams(
  '50 streams, the same search',
  Array.from({ length: 50 }, () => ''),
);
await streams(
  '50 streams, 50 searches',
  Array.from({ length: 50 }, (_, n) => `actor:* -"nobody ${n}"`),
);
await server.close();
