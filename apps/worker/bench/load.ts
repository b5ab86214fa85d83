/**
 * How the engine behaves under a load, by real worker processes: time from append to acknowledgement at a low and a high rate,
 * catching up after an outage, many idle deliveries, and several workers. Each figure stands beside what it is compared with.
 * Prints one JSON line for each. `--records` sets how many records the outage left (150,000), `--only` which figures
 * (latency,catchUp,idle,workers), `--to` which of the workers' (slow,fast,azure); `--profile` names a folder for what V8 says of the worker's time.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { SettingInput } from '@weir/contract';
import {
  about,
  actor,
  append,
  close,
  cpu,
  drained,
  end,
  megabytes,
  print,
  route,
  settled,
  sql,
  startWorker,
  store,
  targets,
  tenantId,
  unroute,
} from './ground.ts';

const { values } = parseArgs({
  options: { records: { type: 'string' }, only: { type: 'string' }, to: { type: 'string' }, profile: { type: 'string' } },
});
const CATCH_UP = Number(values.records ?? process.env['CATCH_UP'] ?? 150_000);
const PARTS = (values.only ?? process.env['PARTS'] ?? 'latency,catchUp,idle,workers').split(',');
const CATEGORIES = ['AuditLogs', 'OperationalLogs', 'DeviceComplianceOrg', 'Devices'];

/** From the moment when the log has a record to the one when the destination acknowledged it, both by PostgreSQL's clock. */
async function latency(): Promise<void> {
  await route(['AuditLogs'], targets);
  const child = await startWorker(values.profile);
  await append(10, 'AuditLogs', 600);
  await drained();
  for (const [rate, size, seconds] of [
    [18, 1, 30],
    [1_800, 180, 20],
  ] as const) {
    const [{ seq }] = (await sql.query('select max(seq)::float8 as seq from head')).rows as [{ seq: number }];
    const since = performance.now();
    for (let sent = 0; sent < rate * seconds; sent += size) {
      await sleep(Math.max(0, since + (sent / rate) * 1000 - performance.now()));
      await append(size, 'AuditLogs', 600);
    }
    const tookMs = performance.now() - since;
    await drained();
    const { rows } = await sql.query<{ type: string; p50: number; p99: number }>(
      `select x.type, percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
      from (select b.delivery_id, extract(epoch from b.delivered_at - r.appended_at)::float8 * 1000 as ms
        from delivered_batch b join delivery d on d.id = b.delivery_id
        join record_body r on r.tenant_id = d.tenant_id and r.category = d.category and r.seq between b.first_seq and b.last_seq
        where d.ended_at is null and b.first_seq > $1) t
      join delivery d on d.id = t.delivery_id join destination x on x.id = d.destination_id group by x.type order by x.type`,
      [seq],
    );
    print('append to acknowledged', {
      asked: `${rate} records/s`,
      got: `${Math.round((rate * seconds) / (tookMs / 1000))} records/s`,
      ...Object.fromEntries(rows.map((r) => [r.type, `p50 ${Math.round(r.p50)} ms, p99 ${Math.round(r.p99)} ms`])),
      goal: 'p99 2000 ms',
    });
  }
  await end(child);
  await unroute();
}

/**
 * Makes the log longer by `count` records of 0.6 kB. All but the first 500 are copies that PostgreSQL makes, as bodies only: that
 * is what a delivery reads, and appending so many one by one would take longer than all that is measured.
 */
async function outage(count: number): Promise<void> {
  await append(Math.min(500, count), 'AuditLogs', 600);
  for (let left = count - 500; left > 0; left -= 50_000) {
    await sql.query(
      `with log as (select h.tenant_id, h.category, h.seq from head h join category c on c.id = h.category where h.tenant_id = $1 and c.name = 'AuditLogs'),
      sample as materialized (
        select row_number() over () % 500 as n, r.id, r.time, r.body from log join record_body r on r.tenant_id = log.tenant_id and r.category = log.category
        where r.seq > log.seq - 500
      )
      insert into record_body (tenant_id, category, seq, id, time, appended_at, body)
      select log.tenant_id, log.category, log.seq + g.n, s.id || '-' || g.n, s.time, now(), s.body
      from log cross join generate_series(1, $2::int) g(n) join sample s on s.n = g.n % 500 order by g.n`,
      [tenantId, Math.min(50_000, left)],
    );
    await sql.query(
      `update head h set seq = h.seq + $2 from category c where c.id = h.category and h.tenant_id = $1 and c.name = 'AuditLogs'`,
      [tenantId, Math.min(50_000, left)],
    );
  }
}

async function catchUp(): Promise<void> {
  await route(['AuditLogs'], { storage: targets.storage!, eventHub: targets.eventHub! });
  await outage(CATCH_UP);
  await settled();
  const child = await startWorker(values.profile);
  const idleMB = megabytes(child, 'VmRSS');
  const since = performance.now();
  const sizes: number[] = [];
  const looking = setInterval(() => sizes.push(megabytes(child, 'VmRSS')), 100);
  await drained();
  clearInterval(looking);
  const quarter = Math.max(1, Math.floor(sizes.length / 4));
  print('catching up after an outage', {
    records: CATCH_UP,
    recordsPerSecond: Math.round((CATCH_UP * 2) / ((performance.now() - since) / 1000)),
    peakMB: megabytes(child, 'VmHWM'),
    beforeMB: idleMB,
    firstQuarterMB: Math.max(...sizes.slice(0, quarter)),
    lastQuarterMB: Math.max(...sizes.slice(-quarter)),
    goal: 'flat, under 300 MB',
  });
  await end(child);
  await unroute();
}

/** A thousand deliveries of many directories with nothing to do, beside a worker with none. Both look every five seconds whether Graph has something new, which it has not. */
async function idle(): Promise<void> {
  const share = async (): Promise<number> => {
    const child = await startWorker(values.profile, { WEIR_GRAPH_ENDPOINT: about.endpoints.graph });
    do await sleep(10_000);
    while ((await sql.query(`select 1 from source_window where kind = 'history' and state <> 'done' limit 1`)).rows.length > 0);
    const [before, since] = [cpu(child.pid!), performance.now()];
    await sleep(60_000);
    const used = (cpu(child.pid!) - before) / ((performance.now() - since) / 1000);
    await end(child);
    return Number((used * 100).toFixed(2));
  };
  const without = await share();
  const tenants = Array.from({ length: 250 }, () => crypto.randomUUID());
  const input: SettingInput = {
    categories: CATEGORIES.map((category) => ({ category, retentionDays: 0 })),
    destinations: { storage: targets.storage! },
  };
  for (const tenant of tenants) await store.forTenant(tenant).settings.create('microsoft.intune', 'Idle', input, actor);
  const withThem = await share();
  print('1,000 idle deliveries', { percentOfACore: withThem, withNone: without, goal: 'under 2' });
  for (const tenant of tenants) await store.forTenant(tenant).settings.delete('microsoft.intune', 'Idle', actor);
}

/**
 * One, two and four workers move the same logs: to a receiver that is no limit and to a storage account and an event hub, which are
 * single processes here, so that processors are the limit; and to many receivers that take their time, so that waiting is, of
 * which a worker does as much at once as it has slots.
 */
async function workers(): Promise<void> {
  const receiver = fork(join(import.meta.dirname, 'receiver.ts'), { execArgv: [] });
  const [port] = (await once(receiver, 'message')) as [number];
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const run = async (
    count: number,
    tenants: readonly string[],
    each: number,
    destinations: SettingInput['destinations'],
  ): Promise<number> => {
    const input = { categories: CATEGORIES.map((category) => ({ category, retentionDays: 0 })), destinations };
    for (const tenant of tenants) await store.forTenant(tenant).settings.create('microsoft.intune', 'Bench', input, actor);
    await sql.query(
      'update delivery d set paused = true, checkpoint = h.seq - $1 from head h where h.tenant_id = d.tenant_id and h.category = d.category and d.ended_at is null',
      [each],
    );
    const children = await Promise.all(Array.from({ length: count }, () => startWorker()));
    // Until each knows of the others, and none is busy with its own start.
    await sleep(5_000);
    await sql.query('update delivery set paused = false where ended_at is null');
    await drained();
    const { rows } = await sql.query<{ rate: number }>(
      `select sum(records) / extract(epoch from max(delivered_at) - min(delivered_at - duration_ms * interval '1 millisecond'))::float8 as rate
      from delivered_batch b join delivery d on d.id = b.delivery_id where d.ended_at is null`,
    );
    await Promise.all(children.map(end));
    for (const tenant of tenants) await store.forTenant(tenant).settings.delete('microsoft.intune', 'Bench', actor);
    return Math.round(rows[0]!.rate);
  };
  const compare = async (to: string, note: string, ...[tenants, each, destinations]: [string[], number, SettingInput['destinations']]) => {
    for (const tenant of tenants)
      for (const category of CATEGORIES)
        for (let n = 0; n < each; n += 500) await append(Math.min(500, each - n), category, 2_000, undefined, tenant);
    const one = await run(1, tenants, each, destinations);
    const [two, four] = [await run(2, tenants, each, destinations), await run(4, tenants, each, destinations)];
    print('workers beside each other', {
      to,
      one: `${one} records/s`,
      two: `${two} records/s, ${(two / one).toFixed(2)} of one`,
      four: `${four} records/s, ${(four / one).toFixed(2)} of one`,
      note,
    });
  };
  const webhook = (ms: number, maxKilobytes?: number) => ({
    url: `http://127.0.0.1:${port}/${ms}`,
    secret,
    ...(maxKilobytes && { maxKilobytes }),
  });
  const here = 'Four deliveries a destination. All on this machine, with PostgreSQL and the endpoints.';
  if (values.to === undefined || values.to === 'slow')
    await compare(
      '64 receivers that answer after 200 ms, 64 kB a request',
      'A worker moves 16 deliveries at a time (WEIR_WORKER_SLOTS), so waiting is the limit, not processors.',
      Array.from({ length: 16 }, () => crypto.randomUUID()),
      800,
      { webhook: webhook(200, 64) },
    );
  if (values.to === undefined || values.to === 'fast')
    await compare('a receiver that is no limit', here, [tenantId], 25_000, { webhook: webhook(20) });
  if (values.to === undefined || values.to === 'azure') {
    const destinations = { storage: targets.storage, eventHub: targets.eventHub };
    await route(CATEGORIES, destinations);
    await unroute();
    await compare('a storage account and an event hub, one process each', here, [tenantId], 25_000, destinations);
  }
  receiver.disconnect();
}

try {
  const parts: Record<string, () => Promise<void>> = { latency, catchUp, idle, workers };
  for (const name of PARTS) await parts[name]!();
} finally {
  await close();
}
