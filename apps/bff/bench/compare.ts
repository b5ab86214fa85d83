/**
 * The same questions asked of Weir, of DuckDB over Parquet and of ripgrep over NDJSON, on one machine in one run. Takes the
 * newest `--records N` (2,000,000) of a database that holds many (`WEIR_BENCH_DATABASE`); Weir searches all that it holds of the
 * same time. Needs `rg` on the PATH, and `WEIR_DUCKDB`: the path of an installed @duckdb/node-api. What is missing is left out.
 */
import { execFile } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { startServer, TENANT } from './server.ts';

const run = promisify(execFile);
const RUNS = 10;
const total = Number(process.argv[process.argv.indexOf('--records') + 1]) || 2_000_000;
if (!process.env['WEIR_BENCH_DATABASE']) {
  console.log('Set WEIR_BENCH_DATABASE to a database that `pnpm bench search --keep` has filled.');
  process.exit(0);
}
const server = await startServer();
const db = new pg.Client({ connectionString: server.databaseUrl });
await db.connect();
const dir = mkdtempSync(join(tmpdir(), 'weir-bench-compare-'));
try {
  const log = `tenant_id = '${TENANT}' and category = (select category from head order by seq desc limit 1)`;
  const since = (
    await db.query<{ time: Date }>(`select time from record where ${log} order by time desc offset $1 limit 1`, [total])
  ).rows[0]!.time.toISOString();
  const file = async (name: string, select: string, options: string) => {
    await pipeline(db.query(copyTo(`copy (${select}) to stdout (${options})`)), createWriteStream(join(dir, name)));
    return join(dir, name);
  };
  // A quote and a delimiter that JSON does not have: the lines come out as they are.
  const lines = await file(
    'records.ndjson',
    `select body from record_body where ${log} and time >= '${since}'`,
    `format csv, quote e'\\x01', delimiter e'\\x02'`,
  );
  const sample = await db.query<{ ticket: string }>(
    `select substring(search from 'inc[0-9]{6}') as ticket from record where ${log} and time >= '${since}' and search like '%ticket inc%' limit 5000`,
  );
  const tickets = sample.rows.map((r) => r.ticket.toUpperCase()).filter((_, n) => n % Math.floor(sample.rows.length / RUNS) === 0);
  const actors = (
    await db.query<{ value: string }>(`select value from record_value where field = 'actor' order by n desc offset 10 limit $1`, [RUNS])
  ).rows.map((r) => r.value);
  console.log(`${total} records, ${(statSync(lines).size / 2 ** 30).toFixed(1)} GiB of NDJSON`);

  const weir = (q: string) => async () => {
    await server.get(`/api/audit-logs?${new URLSearchParams({ from: since, q, limit: '100' })}`);
  };
  const ours = {
    needle: await median(tickets.map((t) => weir(t))),
    actor: await median(actors.map((a) => weir(`actor:"${a}"`))),
  };
  console.log(`Weir      a needle ${ours.needle.toFixed(1)} ms, newest 100 of an actor ${ours.actor.toFixed(1)} ms`);

  const rg = await run('rg', ['--version']).catch(() => null);
  if (rg) {
    const grep =
      (text: string, ...more: string[]) =>
      async () => {
        await run('rg', ['--fixed-strings', '--no-mmap', ...more, text, lines], { maxBuffer: 1 << 30 }).catch(() => null);
      };
    const needle = await median(tickets.map((t) => grep(t)));
    const actor = await median(actors.slice(0, 3).map((a) => grep(a, '--count')));
    console.log(
      `ripgrep   a needle ${needle.toFixed(0)} ms (Weir is ${(needle / ours.needle).toFixed(0)} times faster), lines of an actor, unordered ${actor.toFixed(0)} ms (${(actor / ours.actor).toFixed(0)})`,
    );
  } else console.log('ripgrep   is not on the PATH');

  if (process.env['WEIR_DUCKDB']) {
    const rows = await file(
      'rows.csv',
      `select to_char(time at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') as time, id, actor, operation, audit_category, search from record where ${log} and time >= '${since}' order by time`,
      'format csv, header',
    );
    const { DuckDBInstance } = (await import(process.env['WEIR_DUCKDB'])) as {
      DuckDBInstance: { create(): Promise<{ connect(): Promise<{ runAndReadAll(sql: string): Promise<{ getRows(): unknown[] }> }> }> };
    };
    const duck = await (await DuckDBInstance.create()).connect();
    const parquet = join(dir, 'rows.parquet');
    await duck.runAndReadAll(`copy (select * from read_csv('${rows}')) to '${parquet}' (format parquet, compression zstd)`);
    const ask = (where: string) => async () => {
      (
        await duck.runAndReadAll(`select time, id, actor, operation from '${parquet}' where ${where} order by time desc limit 100`)
      ).getRows();
    };
    const needle = await median(tickets.map((t) => ask(`search like '%${t.toLowerCase()}%'`)));
    const actor = await median(actors.map((a) => ask(`actor = '${a.replaceAll("'", "''")}'`)));
    console.log(
      `DuckDB    a needle ${needle.toFixed(0)} ms (Weir is ${(needle / ours.needle).toFixed(0)} times faster), newest 100 of an actor ${actor.toFixed(0)} ms (${(actor / ours.actor).toFixed(0)})`,
    );
  } else console.log('DuckDB    set WEIR_DUCKDB to measure it');
} finally {
  rmSync(dir, { recursive: true, force: true });
  await db.end();
  await server.close();
}

/** Median of some questions in ms, each asked once before it is measured. */
async function median(questions: readonly (() => Promise<void>)[]): Promise<number> {
  const times: number[] = [];
  for (const ask of questions) {
    await ask();
    const started = performance.now();
    await ask();
    times.push(performance.now() - started);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
