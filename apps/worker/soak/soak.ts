/**
 * `pnpm soak [-- --minutes 60 --workers 3 --rate 60 --seed 1]`: real workers under load while processes are killed and frozen,
 * services throttle, hang, refuse, lose answers, lines are cut and left half open, and PostgreSQL is restarted and crashes. Then
 * everything is well again, the rest is delivered, and `weir verify` reads the archive, the hub and the log back. Prints a
 * report. Ends with 0 when every record is where it must be, with 1 when not.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { deriveStatus } from '@weir/engine';
import { auditRecord } from '@weir/testkit';
import { numbers, pick } from './faults.ts';
import { CATEGORIES, Ground, PROVIDER, SETTING } from './ground.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((a) => a !== '--'),
  options: {
    minutes: { type: 'string', default: '60' },
    workers: { type: 'string', default: '3' },
    /** Records a second, over all categories. */
    rate: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
const random = numbers(Number(values.seed));
/** Once everything works again, the rest must have been delivered after this. The longest back-off is 30 minutes. */
const DRAIN_MS = 35 * 60_000;
const say = (text: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`);

const ground = await Ground.make();
const { settings } = ground.store.forTenant(ground.tenantId);
const wrong: string[] = [];
const done = new AbortController();

/** Appends at the rate. What could not be told apart from a loss is appended again: the log knows records by their id. */
async function load(): Promise<number> {
  let count = 0;
  for (let since = performance.now(); !done.signal.aborted; await sleep(100)) {
    const due = Math.floor(((performance.now() - since) / 1000) * rate);
    const missing = Math.min(due - count, rate * 5);
    if (missing < due - count) since = performance.now() - ((count + missing) / rate) * 1000;
    if (missing <= 0) continue;
    const batch = Array.from({ length: missing }, (_, i) =>
      auditRecord(count + i, { bytes: 600, category: `${PROVIDER}/${CATEGORIES[(count + i) % CATEGORIES.length]}` }),
    );
    for (let written = false; !written;) {
      written = await ground.store.log.append(ground.tenantId, batch).then(
        () => true,
        () => sleep(200, false),
      );
    }
    count += missing;
  }
  return count;
}

interface Seen {
  checkpoint: number;
  movedAt: number;
  longest: number;
}
const deliveries = new Map<string, Seen>();
const statuses = new Map<string, number>();
/** Once a second: a checkpoint never goes back, and what the status page would say. False: the database did not answer. */
async function look(): Promise<boolean> {
  const list = await settings.list(PROVIDER).catch(() => null);
  ground.look();
  if (!list) return false;
  for (const { id, facts } of list.flatMap((s) => s.deliveries)) {
    const { status } = deriveStatus(facts, new Date());
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const seen = deliveries.get(id) ?? { checkpoint: 0, movedAt: performance.now(), longest: 0 };
    deliveries.set(id, seen);
    if (facts.checkpoint < seen.checkpoint) wrong.push(`The checkpoint of ${id} went back from ${seen.checkpoint} to ${facts.checkpoint}.`);
    if (facts.checkpoint > seen.checkpoint || facts.head === facts.checkpoint) seen.movedAt = performance.now();
    seen.checkpoint = facts.checkpoint;
    seen.longest = Math.max(seen.longest, performance.now() - seen.movedAt);
  }
  return true;
}
const looking = (async () => {
  for (; !done.signal.aborted; await sleep(1_000)) await look();
})();

async function waiting(): Promise<number | null> {
  const list = await settings.list(PROVIDER).catch(() => null);
  return list?.flatMap((s) => s.deliveries).reduce((sum, d) => sum + d.facts.head - d.facts.checkpoint, 0) ?? null;
}

/** `weir verify`, as a person runs it. */
async function verify(what: string): Promise<{ result: string; lines: string[] }> {
  const args = what === 'log' ? ['--log'] : [what, '--setting', SETTING];
  const script = join(import.meta.dirname, '../../../scripts/weir.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, 'verify', ...args, '--tenant', ground.tenantId, '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATABASE_URL: ground.databaseUrl } },
  );
  const out: string[] = [];
  const errors: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => void out.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void errors.push(chunk.toString()));
  const code = await new Promise<number | null>((end) => child.once('close', end));
  if (code !== 0 && code !== 1) return { result: `ended with ${code}`, lines: [errors.join('').trim()] };
  type Report = { category: string; result: string; records: number; repetitions: number; parts: number; faults: unknown[] };
  const { result, reports } = JSON.parse(out.join('')) as { result: string; reports: Report[] };
  const lines = reports.map(
    (r) =>
      `${r.category}: ${r.result}, ${r.records} records in ${r.parts} parts, ${r.repetitions} repeated${r.faults.length > 0 ? ` ${JSON.stringify(r.faults.slice(0, 3))}` : ''}`,
  );
  return { result, lines };
}

const started = performance.now();
const counts = new Map<string, number>();
let exit = 1;
try {
  say(`seed ${values.seed}, ${minutes} minutes, ${values.workers} workers, ${rate} records/s`);
  for (let i = 0; i < Number(values.workers); i += 1) await ground.startWorker();
  const stopLoad = load();
  const end = started + minutes * 60_000;
  let told = performance.now();
  // Two lanes: faults meet each other, as they do in a bad hour. Those of PostgreSQL and of workers do not meet their own kind.
  const busy = new Set<string>();
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      const fault = pick(random);
      const kind = fault.name.split(/[:]/)[0]!;
      if (busy.has(kind)) {
        await sleep(50);
        continue;
      }
      busy.add(kind);
      counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
      await fault.run(ground, random).catch((error: unknown) => wrong.push(`${fault.name}: ${String(error)}`));
      busy.delete(kind);
      await sleep(random() * 4_000);
      if (performance.now() - told > 60_000) {
        told = performance.now();
        say(`${[...counts.values()].reduce((a, b) => a + b, 0)} faults, ${(await waiting()) ?? 'unknown'} records wait`);
      }
    }
  };
  await Promise.all([lane(), lane()]);
  ground.heal();
  done.abort();
  const appended = await stopLoad;
  await looking;
  const drainSince = performance.now();
  for (let left = await waiting(); left !== 0; left = await waiting()) {
    if (performance.now() - drainSince > DRAIN_MS) {
      wrong.push(`${left} records were not delivered within ${DRAIN_MS / 60_000} minutes after the last fault.`);
      break;
    }
    await look();
    await sleep(500);
  }
  const drainSeconds = Math.round((performance.now() - drainSince) / 1000);
  const heads = await ground.store.forTenant(ground.tenantId).proof.heads();
  const inLog = heads.filter((h) => CATEGORIES.includes(h.category)).reduce((sum, h) => sum + h.seq, 0);
  if (inLog < appended) wrong.push(`${appended} records were appended, and the log has ${inLog}.`);
  wrong.push(...ground.died.map((text) => `A worker ended by itself: ${text}`));
  await Promise.all([...ground.workers].map((child) => ground.endWorker(child, 'SIGTERM')));
  const verified: string[] = [];
  for (const what of ['storage', 'event-hub', 'log']) {
    const { result, lines } = await verify(what);
    verified.push(...lines.map((text) => `verify ${what}: ${text}`));
    if (result !== 'holds') wrong.push(`weir verify ${what}: ${result}`);
  }
  const longest = Math.max(...[...deliveries.values()].map((d) => d.longest));
  const lines = [
    '',
    `${Math.round((performance.now() - started) / 60_000)} minutes, seed ${values.seed}: ${appended} records appended, ${[...counts.values()].reduce((a, b) => a + b, 0)} faults, ${ground.workersStarted} workers started`,
    ...[...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => `  ${String(n).padStart(5)}  ${name}`),
    `Delivered ${drainSeconds} s after the last fault. The longest that one delivery stood still with records waiting: ${Math.round(longest / 1000)} s.`,
    `The largest worker: ${Math.round(ground.peakBytes / 2 ** 20)} MB. Status seen, in delivery seconds: ${[...statuses].map(([s, n]) => `${s} ${n}`).join(', ')}.`,
    ...verified,
    wrong.length === 0 ? 'Everything is where it must be.' : `WRONG:\n${wrong.join('\n')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  exit = wrong.length === 0 ? 0 : 1;
} finally {
  done.abort();
  await ground.close();
}
process.exit(exit);
