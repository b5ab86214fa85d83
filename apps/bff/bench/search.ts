/**
 * Searching a year of records through the web server: `--records N` (10,000,000), 200 different requests each, warm, from the
 * request to the last byte. Then the counts, appending with every index in place, and searching while that runs.
 * `--only counts`, or `pages` or `append`: that part alone. `--keep` leaves the database running for `browser` and `compare`.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseQuery } from '@weir/contract';
import pg from 'pg';
import { load } from '../../../packages/store/bench/load.ts';
import { startServer, TENANT, warm } from './server.ts';

const total = Number(process.argv[process.argv.indexOf('--records') + 1]) || 10_000_000;
const part = process.argv[process.argv.indexOf('--only') + 1];
const wanted = (name: string) => !process.argv.includes('--only') || part === name;
const RUNS = Number(process.env['RUNS'] ?? 200);
const YEAR_MS = 365 * 86_400_000;
const server = await startServer();
const to = new Date();
const year = { from: new Date(to.getTime() - YEAR_MS).toISOString(), to: to.toISOString() };
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(0);

let since = performance.now();
if (!process.env['WEIR_BENCH_DATABASE']) {
  await load({
    url: server.databaseUrl,
    tenantId: TENANT,
    category: 'microsoft.intune/AuditLogs',
    maker: new URL('maker.ts', import.meta.url).href,
    count: total,
    to,
  });
  console.log(`${total} records loaded and indexed in ${seconds(since)} s`);
}
const db = new pg.Client({ connectionString: server.databaseUrl });
await db.connect();
const sizes = await db.query<{ name: string; bytes: string }>(
  `select 'rows' as name, sum(pg_relation_size(inhrelid))::bigint as bytes from pg_inherits where inhparent = 'record'::regclass
  union all select 'bodies', sum(pg_total_relation_size(inhrelid))::bigint from pg_inherits where inhparent = 'record_body'::regclass
  union all select parent.relname, sum(pg_relation_size(i.inhrelid))::bigint from pg_inherits i join pg_class parent on parent.oid = i.inhparent where parent.relkind = 'I' and parent.relname like 'record\\_%' and parent.relname not like 'record_body%' group by 1
  union all select 'words', pg_total_relation_size('word')`,
);
console.log(
  `bytes a record: ${sizes.rows.map((r) => `${r.name} ${Math.round(Number(r.bytes) / total)}`).join(', ')}; together ${Math.round(sizes.rows.reduce((s, r) => s + Number(r.bytes), 0) / total)}`,
);
console.log(
  `rows and indexes read into memory in ${(await warm(db)).toFixed(0)} s, shared_buffers ${(await db.query('show shared_buffers')).rows[0].shared_buffers}`,
);

const pick = async (sql: string) => (await db.query<{ v: string }>(sql)).rows.map((r) => r.v);
const sample = `record tablesample system (${Math.min(100, 500_000 / total)}) repeatable (7)`;
const values = {
  actor: await pick(`select value as v from record_value where field = 'actor' order by value`),
  activity: await pick(`select value as v from record_value where field = 'activity' order by value`),
  category: await pick(`select value as v from record_value where field = 'category'`),
  application: await pick(`select value as v from record_value where field = 'application'`),
  target: await pick(`select targets[1] as v from ${sample} where cardinality(targets) > 0 limit 3000`),
  id: await pick(`select id as v from ${sample} limit 3000`),
  correlation: await pick(`select correlation_id as v from ${sample} where correlation_id is not null limit 3000`),
  pairs: await pick(`select actor || '\t' || operation as v from ${sample} where actor is not null limit 3000`),
  text: await pick(`select split_part(search, E'\\n', 1 + (random() * 12)::int) as v from ${sample} limit 6000`),
  ticket: await pick(`select substring(search from 'inc[0-9]{6}') as v from ${sample} where search like '%ticket inc%' limit 3000`),
};
const at = <T>(list: readonly T[], n: number): T => list[(n * 7919) % list.length]!;
const quote = (v: string) => `"${v.replaceAll(/[\\*"]/g, String.raw`\$&`)}"`;
const words = values.text.filter((t) => t && t.length > 2 && t.length < 60);
const day = (n: number) => new Date(to.getTime() - (n % 360) * 86_400_000).toISOString();

const searches: Record<string, (n: number) => Record<string, string>> = {
  'last 30 days': () => ({}),
  '12 months': () => year,
  'a day': (n) => ({ from: day(n + 1), to: day(n) }),
  category: (n) => ({ ...year, q: `category:${quote(at(values.category, n))}` }),
  activity: (n) => ({ ...year, q: `activity:${quote(at(values.activity, n))}` }),
  actor: (n) => ({ ...year, q: `actor:${quote(at(values.actor, n))}` }),
  application: (n) => ({ ...year, q: `application:${quote(at(values.application, n))}` }),
  status: (n) => ({ ...year, q: `status:${n % 2 ? 'Failure' : 'Success'}` }),
  id: (n) => ({ ...year, q: `id:${at(values.id, n)}` }),
  'correlation id': (n) => ({ ...year, q: `correlation:${at(values.correlation, n)}` }),
  'actor + activity': (n) => ({
    ...year,
    q: `actor:${quote(at(values.pairs, n).split('\t')[0]!)} activity:${quote(at(values.pairs, n).split('\t')[1]!)}`,
  }),
  'category + status': (n) => ({ ...year, q: `category:${quote(at(values.category, n))} status:Failure` }),
  'actor contains': (n) => ({ ...year, q: `actor:*${at(values.actor, n).slice(1, 6).replaceAll(/\W/g, '')}*` }),
  'target contains': (n) => ({
    ...year,
    q: `target:${quote('§')}`
      .replace(
        '§',
        `§${at(values.target, n)
          .slice(2, 12)
          .replaceAll(/[\\*"]/g, '')}§`,
      )
      .replaceAll('§', '*'),
  }),
  'free text': (n) => ({ ...year, q: quote(at(words, n)) }),
  'free text, two words': (n) => ({ ...year, q: `${quote(at(words, n))} ${quote(at(words, n + 31))}` }),
  'a needle': (n) => ({ ...year, q: at(values.ticket, n) }),
  nothing: (n) => ({ ...year, q: `zq${n}xv` }),
};
/** The same statements without the web server: the store alone, over the same driver. */
const audit = await server.store.forTenant(TENANT).audit();
async function alone(path: string, { from, to: until, q }: Record<string, string>): Promise<number> {
  const parsed = parseQuery(q ?? '');
  if (!parsed.ok) throw new Error(`The benchmark asks for what cannot be read: ${q}`);
  const started = performance.now();
  const search = { query: parsed.query, from: from ?? new Date(Date.now() - 30 * 86_400_000).toISOString(), to: until };
  if (path === '/api/audit-logs') await audit.page(search, { limit: 100 });
  else await audit.summary({ ...search, to: until ?? new Date().toISOString() }, until ? 7 * 86_400_000 : 43_200_000, 'status', false);
  return performance.now() - started;
}
async function measure(name: string, path: string, query: (n: number) => Record<string, string>, runs = RUNS): Promise<void> {
  const times: { ms: number; n: number }[] = [];
  const bare: number[] = [];
  let inPart = 0;
  for (let n = -10; n < runs; n += 1) {
    const { ms, body } = await server.get(`${path}?${new URLSearchParams(query(Math.abs(n)))}`);
    const without = await alone(path, query(Math.abs(n)));
    if (n < 0) continue;
    times.push({ ms, n });
    bare.push(without);
    if ((body as { searchedTo?: string }).searchedTo) inPart += 1;
  }
  times.sort((a, b) => a.ms - b.ms);
  bare.sort((a, b) => a - b);
  const at = (share: number) => Math.ceil(runs * share) - 1;
  const p = (share: number) => times[at(share)]!.ms.toFixed(1).padStart(7);
  console.log(
    `${name.padEnd(24)} p50 ${p(0.5)}   p95 ${p(0.95)}   worst ${p(1)} ms   store alone p50 ${bare[at(0.5)]!.toFixed(1)} (x ${(times[at(0.5)]!.ms / bare[at(0.5)]!).toFixed(2)})   ${inPart ? `in part ${inPart} of ${runs}   ` : ''}worst: ${query(times.at(-1)!.n)['q'] ?? 'no query'}`,
  );
}
if (wanted('pages')) console.log('\nfirst page');
for (const [name, query] of Object.entries(wanted('pages') ? searches : {})) await measure(name, '/api/audit-logs', query);
if (wanted('counts')) console.log('\ncounts, histogram and values');
const counted = [
  'last 30 days',
  '12 months',
  'category',
  'activity',
  'actor',
  'status',
  'actor + activity',
  'category + status',
  'actor contains',
  'target contains',
  'free text',
  'a needle',
];
for (const name of wanted('counts') ? counted : []) await measure(name, '/api/audit-log-summary', searches[name]!);

if (!wanted('append')) {
  await db.end();
  await server.close();
  process.exit(0);
}
console.log('\nappend in batches of 500, with every index and the hash chain');
const LOGS = ['microsoft.intune/AuditLogs', 'microsoft.aadiam/AuditLogs'];
/** Appends to so many logs, each from a process of its own as a worker does; `meanwhile` runs until all are done. Answers records/s. */
async function append(logs: number, count: number, meanwhile: (running: () => boolean) => Promise<void> = async () => {}): Promise<number> {
  const from = new Date(to.getTime() - (count / total) * YEAR_MS);
  const children = LOGS.slice(0, logs).map((log, n) => {
    const values = [server.databaseUrl, TENANT, log, Date.now() + n, count / logs, from.toISOString(), to.toISOString()].map(String);
    return fork(new URL('appender.ts', import.meta.url), values, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  });
  await Promise.all(children.map((child) => once(child, 'message')));
  const began = performance.now();
  let running = true;
  const ended = Promise.all(children.map((child) => once(child, 'message'))).then(() => (running = false));
  for (const child of children) child.send('go');
  const done = ended.then(() => performance.now());
  await Promise.all([done, meanwhile(() => running), ...children.map((child) => once(child, 'exit'))]);
  return Math.round(count / (((await done) - began) / 1000));
}
// The first ones touch each page of the index for the first time since a checkpoint: not what goes on for hours.
await append(1, 25_000);
console.log(`one log ${await append(1, 100_000)} records/s, two logs ${await append(2, 100_000)} records/s together`);
const during: number[] = [];
const beside = await append(2, 100_000, async (running) => {
  for (let n = 0; running(); n += 1)
    during.push((await server.get(`/api/audit-logs?${new URLSearchParams(at(Object.values(searches), n)(n))}`)).ms);
});
during.sort((a, b) => a - b);
console.log(
  `two logs ${beside} records/s with ${during.length} searches of all kinds beside it, one after another: p95 ${during[Math.floor(during.length * 0.95)]?.toFixed(0)} ms, worst ${during.at(-1)?.toFixed(0)} ms`,
);
await db.end();
await server.close();
