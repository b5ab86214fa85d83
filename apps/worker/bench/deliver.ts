/**
 * Records/s of about 2 KB from the log to each destination alone, and to three together, by the real worker process; and the
 * same bytes by a bare loop over the same SDK in the same run. Beside the ratio stands the processor time of both for a
 * thousand records: on a machine that they share with PostgreSQL and the endpoints it says what the engine itself costs. Prints one JSON
 * line for each. `--records` sets how many (60,000), `--only` which (storage,eventHub,logAnalytics,together,filtered), `--rounds`
 * how often; `--profile` names a folder for what V8 says of the worker's time.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { BareOrder, BareRun } from './bare.ts';
import {
  about,
  account,
  append,
  close,
  cpu,
  end,
  megabytes,
  namespace,
  othersCpu,
  print,
  route,
  settled,
  sql,
  startWorker,
  targets,
  tenantId,
  unroute,
  workspace,
} from './ground.ts';

const { values } = parseArgs({
  options: { records: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string' }, profile: { type: 'string' } },
});
const RECORDS = Number(values.records ?? process.env['RECORDS'] ?? 60_000);
const ROUNDS = Number(values.rounds ?? 1);
type Type = keyof typeof targets;
const TYPES = Object.keys(targets) as Type[];
const SETS: Record<string, readonly Type[]> = { ...Object.fromEntries(TYPES.map((t) => [t, [t]])), together: TYPES };
const only = (values.only ?? process.env['ONLY'] ?? [...Object.keys(SETS), 'filtered'].join(',')).split(',');

interface Run {
  /** Records/s of each destination. */
  rates: Partial<Record<Type, number>>;
  /** Processor time in ms for a thousand records. */
  cpuMs: number;
}

/** Runs the bare loop in a fresh process, as the worker is one: code that is warm already would win by that alone. */
async function bare(types: readonly Type[]): Promise<Run> {
  const child = fork(join(import.meta.dirname, 'bare.ts'), { execArgv: [] });
  const order: BareOrder = {
    types,
    records: RECORDS,
    tenantId,
    authority: about.endpoints.authority,
    arm: about.endpoints.arm,
    storage: { endpoint: account.blobEndpoint, name: account.name, key: account.keys[0]! },
    eventHub: { connectionString: namespace.connectionStrings['RootManageSharedAccessKey']!, hub: 'insights-logs-auditlogs' },
    logAnalytics: { workspaceId: workspace.id },
  };
  child.send(order);
  const [run] = (await once(child, 'message')) as [BareRun];
  return run;
}

interface Engine extends Run {
  peakMB: number;
  postgresCpuMs: number;
  endpointsCpuMs: number;
}
/** The worker, from the beginning of the log. Its clock starts when a tenth was acknowledged: start of the process, first tokens and cold code are not what goes on. */
async function engine(types: readonly Type[]): Promise<Engine> {
  await route(['AuditLogs'], Object.fromEntries(types.map((t) => [t, targets[t]])));
  await sql.query('update delivery set checkpoint = 0 where ended_at is null');
  await settled();
  const child = await startWorker(values.profile);
  const progress = async () => {
    const { rows } = await sql.query<{ sent: number; begun: number; open: number }>(
      `select sum(checkpoint)::float8 as sent, count(*) filter (where checkpoint >= $1 / 10)::int as begun, count(*) filter (where checkpoint < $1)::int as open
      from delivery where ended_at is null`,
      [RECORDS],
    );
    return rows[0]!;
  };
  let now = await progress();
  while (now.begun < types.length) [now] = [await progress(), await sleep(10)];
  const [first, used, others] = [now.sent, cpu(child.pid!), othersCpu()];
  while (now.open > 0) [now] = [await progress(), await sleep(100)];
  const perThousand = (seconds: number) => Number(((seconds * 1e6) / (now.sent - first)).toFixed(1));
  const after = othersCpu();
  const result = {
    cpuMs: perThousand(cpu(child.pid!) - used),
    postgresCpuMs: perThousand(after.postgres - others.postgres),
    endpointsCpuMs: perThousand(after.endpoints - others.endpoints),
    peakMB: megabytes(child, 'VmHWM'),
  };
  await end(child);
  // By the ledger's own times.
  const { rows } = await sql.query<{ type: Type; rate: number }>(
    `select type, sum(records) / extract(epoch from max(delivered_at) - min(since))::float8 as rate from (
      select x.type, b.records, b.delivered_at, b.first_seq, min(b.delivered_at) filter (where b.last_seq >= $1 / 10) over (partition by x.type) as since
      from delivered_batch b join delivery d on d.id = b.delivery_id join destination x on x.id = d.destination_id where d.ended_at is null
    ) t where delivered_at > since group by type`,
    [RECORDS],
  );
  await unroute();
  return { ...result, rates: Object.fromEntries(rows.map((r) => [r.type, Math.round(r.rate)])) };
}

/** Records/s that the worker looks at when a condition on a field leaves out 99 of 100, to an event hub; records are the log's. */
async function filtered(): Promise<void> {
  const { rows } = await sql.query<{ seq: number }>('select coalesce(max(seq), 0)::float8 as seq from head');
  const before = rows[0]!.seq;
  await route(['AuditLogs'], { eventHub: targets.eventHub }, 'activity:"Bench 0"');
  const count = RECORDS * 2;
  let n = 0;
  for (let at = 0; at < count; at += 500)
    await append(500, 'AuditLogs', 2_000, (record) => ({ ...record, fields: { ...record.fields, operation: `Bench ${(n += 1) % 100}` } }));
  const child = await startWorker(values.profile);
  let first: { seen: number; at: number } | undefined;
  let last = first;
  while ((last?.seen ?? 0) < count) {
    await sleep(10);
    const seen =
      (await sql.query<{ checkpoint: number }>('select checkpoint::float8 from delivery where ended_at is null')).rows[0]!.checkpoint -
      before;
    if (seen > (last?.seen ?? 0)) last = { seen, at: performance.now() };
    first ??= last;
  }
  await end(child);
  await unroute();
  print('deliver: a condition that leaves out 99 of 100', {
    records: count,
    lookedAtPerSecond: Math.round((count - first!.seen) / ((last!.at - first!.at) / 1000)),
  });
}

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[Math.floor((of.length - 1) / 2)]!;
try {
  for (let n = 0; n < RECORDS; n += 500) await append(Math.min(500, RECORDS - n), 'AuditLogs', 2_000);
  for (const [name, types] of Object.entries(SETS)) {
    if (!only.includes(name)) continue;
    const runs: { engine: Engine; loop: Run }[] = [];
    // By turns, as what else the machine does falls on both; and each before the other, as the second finds the services warm.
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = round % 2 === 1 ? await bare(types) : null;
      const run = await engine(types);
      runs.push({ engine: run, loop: before ?? (await bare(types)) });
    }
    const middle = (of: (run: (typeof runs)[number]) => number) => median(runs.map(of));
    const compared = (rate: (run: Run) => number) => {
      const ratio = (r: (typeof runs)[number]) => Number((rate(r.engine) / rate(r.loop)).toFixed(2));
      return {
        engine: middle((r) => rate(r.engine)),
        bare: middle((r) => rate(r.loop)),
        ratio: middle(ratio),
        ...(ROUNDS > 1 && { ratios: runs.map(ratio) }),
      };
    };
    print(`deliver: ${name}`, {
      records: RECORDS,
      ...Object.fromEntries(types.map((t) => [t, compared((run) => run.rates[t]!)])),
      // A record is where it should be when the slowest of them has it.
      ...(types.length > 1 && { everywhere: compared((run) => Math.min(...types.map((t) => run.rates[t]!))) }),
      cpuMsPerThousand: {
        worker: middle((r) => r.engine.cpuMs),
        bare: middle((r) => r.loop.cpuMs),
        postgres: middle((r) => r.engine.postgresCpuMs),
        endpoints: middle((r) => r.engine.endpointsCpuMs),
      },
      workerPeakMB: Math.max(...runs.map((r) => r.engine.peakMB)),
      goal: 'ratio 0.8',
    });
  }
  if (only.includes('filtered')) await filtered();
} finally {
  await close();
}
