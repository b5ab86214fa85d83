import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHalfOpenProxy, startHttpProxy, type HalfOpenProxy, type HttpProxy } from '@weir/testkit';
import { afterAll, afterEach, beforeAll, test } from 'vitest';
import { Fleet } from './fleet.ts';

// A real worker, killed at each arrow of the delivery step. What holds it there is the service, the line or a lock in
// PostgreSQL; that it is there is seen in the database and in the archive.
const CATEGORY = 'AuditLogs';
const RANDOM_KILLS = Number(process.env['WEIR_KILLS'] ?? 10);
const LONG = { timeout: 60_000 };
let fleet: Fleet;
let line: HalfOpenProxy;
let arm: HttpProxy;
let child: ChildProcess | undefined;
beforeAll(async () => {
  fleet = await Fleet.start();
  await fleet.route([CATEGORY], { storage: true, eventHub: true });
  line = await startHalfOpenProxy({ host: '127.0.0.1', port: fleet.cloud.ports.blob });
  arm = await startHttpProxy({
    upstream: fleet.cloud.describe().endpoints.arm,
    rewrite: (body) => body.replaceAll(`:${fleet.cloud.ports.blob}`, `:${line.port}`),
  });
}, 90_000);
afterEach(async () => {
  fleet.cloud.faults.clear();
  line.reset();
  line.pass();
  if (child) await Fleet.kill(child);
});
afterAll(async () => {
  await arm?.close();
  await line?.close();
  await fleet?.close();
});
const start = async () =>
  (child = await fleet.worker('short', { WEIR_ARM_ENDPOINT: `http://127.0.0.1:${arm.port}`, WEIR_POLL_INTERVAL_MS: '50' }));
/** After the kill: the next worker finishes, and both destinations hold what they must. */
async function recover(): Promise<void> {
  await Fleet.kill(child!);
  fleet.cloud.faults.clear();
  line.reset();
  line.pass();
  await start();
  await fleet.drained();
  await fleet.expectArchived(CATEGORY);
  await fleet.expectStreamed(CATEGORY);
}
/** A worker that has delivered and knows where the blob ends: its next call to the storage account is the append. */
async function settled(): Promise<void> {
  await start();
  await fleet.append(CATEGORY, 10);
  await fleet.drained();
}

test('F4: killed after the claim, before a batch is cut', LONG, async () => {
  fleet.cloud.faults.set('arm', { kind: 'hang' });
  await fleet.append(CATEGORY, 10);
  await start();
  await fleet.until('both are claimed', (seen) => seen.every((d) => d.held && d.batchFirst === null));
  await recover();
});

test('F4: killed while the batch is prepared, before it is written down', LONG, async () => {
  fleet.cloud.faults.set('blob', { kind: 'hang' });
  await fleet.append(CATEGORY, 10);
  await start();
  await fleet.until('one is held without a batch', (seen) => seen.some((d) => d.held && d.batchFirst === null && d.checkpoint < d.head));
  await sleep(500);
  await recover();
});

test('F4: killed when the batch was written down and nothing has reached the storage account', LONG, async () => {
  await settled();
  fleet.cloud.faults.set('blob', { kind: 'hang' });
  await fleet.append(CATEGORY, 10);
  await fleet.until('a batch is written down and stays', async (seen) => {
    await sleep(100);
    return seen.some((d) => d.batchFirst !== null) && (await fleet.deliveries()).some((d) => d.batchFirst !== null);
  });
  await recover();
});

test('F4: killed when the storage account has the batch and its answer is still on the way', LONG, async () => {
  await settled();
  const before = await fleet.blobBytes(CATEGORY);
  line.swallow('from service');
  await fleet.append(CATEGORY, 10);
  await fleet.until(
    'the bytes are there, unacknowledged',
    async (seen) => seen.some((d) => d.batchFirst !== null) && (await fleet.blobBytes(CATEGORY)) > before,
  );
  await recover();
});

test('F4: killed inside the transaction that moves the checkpoint', LONG, async () => {
  await settled();
  await fleet.sql.query('begin');
  await fleet.sql.query('lock table delivered_batch in share mode');
  await fleet.append(CATEGORY, 10);
  for (let waiting = 0; waiting === 0;) {
    await sleep(20);
    await fleet.sql.query('select pg_stat_clear_snapshot()');
    const { rows } = await fleet.sql.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%update delivery set checkpoint%' and pid <> pg_backend_pid()`,
    );
    waiting = rows.length;
  }
  await Fleet.kill(child!);
  await fleet.sql.query('commit');
  await recover();
});

test('F4: killed right after a batch was acknowledged, with more waiting', LONG, async () => {
  await settled();
  const before = Math.max(...(await fleet.deliveries()).map((d) => d.checkpoint));
  for (let i = 0; i < 20; i += 1) await fleet.append(CATEGORY, 200, 4_000);
  await fleet.until('some is acknowledged', (seen) => seen.some((d) => d.checkpoint > before));
  await recover();
});

test('F4: killed while it waits for the next attempt: the batch is sent again as it was', LONG, async () => {
  await settled();
  fleet.cloud.faults.set('blob', { kind: 'throttle', retryAfter: 1 });
  await fleet.append(CATEGORY, 10);
  await fleet.until('an attempt failed', (seen) => seen.some((d) => d.attempts > 0 && d.batchFirst !== null && !d.held));
  await recover();
});

test(`F4, F15: killed at ${RANDOM_KILLS} random moments under load`, { timeout: 60_000 + RANDOM_KILLS * 10_000 }, async () => {
  const appending = new AbortController();
  const writer = (async () => {
    while (!appending.signal.aborted) {
      await fleet.append(CATEGORY, 20, 2_000);
      await sleep(20);
    }
  })();
  for (let kill = 0; kill < RANDOM_KILLS; kill += 1) {
    await start();
    // Half of them early, while leases and connections are taken; half amid batches.
    await sleep(Math.random() * (kill % 2 === 0 ? 600 : 2_500));
    await Fleet.kill(child!);
  }
  appending.abort();
  await writer;
  await recover();
});
