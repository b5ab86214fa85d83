import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHalfOpenProxy, startHttpProxy, type HalfOpenProxy, type HttpProxy } from '@weir/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Fleet } from './fleet.ts';

// Several real worker processes with their real lease of ten seconds.
const TAKEN_OVER_MS = 15_000;
const LONG = { timeout: 100_000 };
const categories = ['AuditLogs', 'OperationalLogs', 'DeviceComplianceOrg', 'Devices'];
let fleet: Fleet;
let line: HalfOpenProxy;
let arm: HttpProxy;
let running: ChildProcess[] = [];
beforeAll(async () => {
  fleet = await Fleet.start();
  await fleet.route(categories, { storage: true, eventHub: true });
  line = await startHalfOpenProxy({ host: '127.0.0.1', port: fleet.cloud.ports.blob });
  arm = await startHttpProxy({
    upstream: fleet.cloud.describe().endpoints.arm,
    rewrite: (body) => body.replaceAll(`:${fleet.cloud.ports.blob}`, `:${line.port}`),
  });
}, 90_000);
afterEach(async () => {
  fleet.cloud.faults.clear();
  await Promise.all(running.map((child) => Fleet.kill(child)));
  running = [];
  await fleet.sql.query('delete from worker');
});
afterAll(async () => {
  await arm?.close();
  await line?.close();
  await fleet?.close();
});
const start = async (env: Record<string, string> = {}): Promise<ChildProcess> => {
  const child = await fleet.worker('main', env);
  running.push(child);
  return child;
};
/** A worker whose way to the storage account goes over `line`. */
const startOnLine = () => start({ WEIR_ARM_ENDPOINT: `http://127.0.0.1:${arm.port}` });
const appendAll = async (count: number) => {
  for (const category of categories) await fleet.append(category, count);
};

test('F8: two workers share the deliveries evenly, and one takes over all that a killed one held, within 15 s', LONG, async () => {
  // Nobody answers: each delivery stays where it was claimed until its call is given up.
  fleet.cloud.faults.set('arm', { kind: 'hang' });
  await appendAll(50);
  const [first, second] = await Promise.all([start(), start()]);
  await fleet.until('each holds its half', (seen) =>
    [first, second].every((child) => seen.filter((d) => d.held && Fleet.isOwner(child, d.owner)).length === categories.length),
  );
  await Fleet.kill(first);
  const killed = Date.now();
  const taken = new Set<string>();
  await fleet.until(
    'the other took up all of them',
    (seen) => {
      for (const d of seen) if (d.held && Fleet.isOwner(second, d.owner)) taken.add(d.id);
      return taken.size === seen.length;
    },
    TAKEN_OVER_MS,
  );
  expect(Date.now() - killed).toBeLessThan(TAKEN_OVER_MS);
  fleet.cloud.faults.clear();
  await Fleet.kill(second);
  await start();
  await fleet.drained();
  for (const category of categories) {
    await fleet.expectArchived(category);
    await fleet.expectStreamed(category);
  }
});

test.each([
  ['before it is taken over', 'its late write is found there and not repeated'],
  ['after it was taken over', 'its late write is refused'],
] as const)('F4: frozen in the middle of a write that arrives %s: %s', LONG, async (when, _what) => {
  const frozen = await startOnLine();
  await fleet.append('AuditLogs', 20);
  await fleet.drained();
  line.stall();
  const before = await fleet.blobBytes('AuditLogs');
  await fleet.append('AuditLogs', 20);
  await fleet.until('the batch is written down', (seen) => seen.some((d) => d.batchFirst !== null && Fleet.isOwner(frozen, d.owner)));
  await sleep(300);
  expect(await fleet.blobBytes('AuditLogs')).toBe(before);
  frozen.kill('SIGSTOP');
  const stopped = Date.now();
  const second = await start();
  if (when === 'before it is taken over') {
    line.pass();
    while ((await fleet.blobBytes('AuditLogs')) === before) await sleep(20);
  }
  await fleet.until('the other goes on', (seen) => seen.every((d) => d.checkpoint === d.head && d.batchFirst === null), TAKEN_OVER_MS);
  expect(Date.now() - stopped).toBeLessThan(TAKEN_OVER_MS + 3_000);
  await fleet.append('AuditLogs', 20);
  await fleet.drained();
  line.pass();
  frozen.kill('SIGCONT');
  await sleep(1_000);
  // Both go on together; the one that woke up is still of use.
  await Fleet.kill(second);
  await fleet.append('AuditLogs', 20);
  await fleet.drained();
  expect(frozen.exitCode).toBeNull();
  await fleet.expectArchived('AuditLogs');
  await fleet.expectStreamed('AuditLogs');
});

test(
  'F4: frozen inside the transaction that moves the checkpoint: its lock goes, the other takes over, and it wakes up unharmed',
  LONG,
  async () => {
    const frozen = await start();
    await fleet.append('AuditLogs', 20);
    await fleet.drained();
    await fleet.sql.query('begin');
    await fleet.sql.query('lock table delivered_batch in share mode');
    await fleet.append('AuditLogs', 20);
    for (;;) {
      await fleet.sql.query('select pg_stat_clear_snapshot()');
      const { rows } = await fleet.sql.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%update delivery set checkpoint%' and pid <> pg_backend_pid()`,
      );
      if (rows.length > 0) break;
      await sleep(20);
    }
    frozen.kill('SIGSTOP');
    const stopped = Date.now();
    await fleet.sql.query('commit');
    await start();
    await fleet.until(
      'the other goes on',
      (seen) => seen.every((d) => d.checkpoint === d.head && d.batchFirst === null),
      TAKEN_OVER_MS + 3_000,
    );
    expect(Date.now() - stopped).toBeLessThan(TAKEN_OVER_MS + 3_000);
    frozen.kill('SIGCONT');
    await sleep(1_000);
    await fleet.append('AuditLogs', 20);
    await fleet.drained();
    expect(frozen.exitCode).toBeNull();
    await fleet.expectArchived('AuditLogs');
    await fleet.expectStreamed('AuditLogs');
  },
);
