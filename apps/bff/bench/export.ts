/**
 * Exports a year of records through the web server: `--records N` (1,000,000). Rows a second of a CSV file in the grid's columns,
 * streamed and as a job with its download, from the request to the last byte, with the digest checked; NDJSON of everything; peak
 * memory of the server, which runs in a process of its own. Beside it a bare COPY of the same columns, in the same run.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { load } from '../../../packages/store/bench/load.ts';
import { database, startOn, TENANT } from './server.ts';

const YEAR_MS = 365 * 86_400_000;
const grid = ['date', 'actor', 'application', 'activity', 'target', 'category'];

if (process.send) {
  const server = await startOn(process.argv[2]!);
  process.send({ origin: server.origin, token: server.token() });
  process.on('message', () => void server.close().then(() => process.exit(0)));
} else await measure();

async function measure(): Promise<void> {
  const total = Number(process.argv[process.argv.indexOf('--records') + 1]) || 1_000_000;
  const { url, stop } = await database();
  const first = await startOn(url);
  await first.close();
  const to = new Date();
  const from = new Date(to.getTime() - YEAR_MS);
  if (!process.env['WEIR_BENCH_DATABASE']) {
    const since = performance.now();
    await load({
      url,
      tenantId: TENANT,
      category: 'microsoft.intune/AuditLogs',
      maker: new URL('maker.ts', import.meta.url).href,
      count: total,
      to,
    });
    console.log(`${total} records loaded and indexed in ${((performance.now() - since) / 1000).toFixed(0)} s`);
  }
  const child = fork(new URL(import.meta.url), [url], { execArgv: ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'] });
  const [{ origin, token }] = (await once(child, 'message')) as [{ origin: string; token: string }];
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const filter = { from: from.toISOString(), to: to.toISOString() };
  const peak = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  const rate = (name: string, rows: number, bytes: number, ms: number, more = '') =>
    console.log(
      `${name.padEnd(44)} ${String(Math.round(rows / (ms / 1000))).padStart(8)} rows/s  ${(bytes / 1e6 / (ms / 1000)).toFixed(0).padStart(4)} MB/s  ${(bytes / 1e6).toFixed(0)} MB in ${(ms / 1000).toFixed(1)} s${more}`,
    );
  const take = async (method: string, path: string, body?: object) => {
    const since = performance.now();
    const call = request(`${origin}${path}`, { method, headers });
    call.end(body && JSON.stringify(body));
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} was answered by ${answer.statusCode}.`);
    const hash = createHash('sha256');
    let [bytes, lines, firstByte] = [0, 0, 0];
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      firstByte ||= performance.now() - since;
      bytes += chunk.length;
      hash.update(chunk);
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    }
    return { bytes, lines, ms: performance.now() - since, firstByte, sha256: hash.digest('hex') };
  };
  const call = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${origin}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path} was answered by ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };

  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const columns = "time, actor, application, operation, array_to_string(targets, E'; '), audit_category";
  const bare = async () => {
    const since = performance.now();
    const stream = db.query(
      copyTo(
        `copy (select ${columns} from record where tenant_id = '${TENANT}' and time >= '${filter.from}' and time < '${filter.to}' order by time desc, seq desc) to stdout (format csv)`,
      ),
    );
    let bytes = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) bytes += chunk.length;
    rate('bare COPY TO STDOUT, same columns', total, bytes, performance.now() - since);
    return performance.now() - since;
  };
  const idle = peak();
  for (let round = 0; round < 3; round += 1) {
    const copied = await bare();
    const csv = await take('POST', '/api/audit-logs/export', { format: 'csv', columns: grid, filter });
    rate(
      'CSV, columns of the grid, streamed',
      csv.lines - 1,
      csv.bytes,
      csv.ms,
      `, first byte ${csv.firstByte.toFixed(0)} ms, ${(copied / csv.ms).toFixed(2)} of COPY`,
    );
  }
  const afterCsv = peak();
  const since = performance.now();
  const job = await call('POST', '/api/audit-exports', { format: 'csv', columns: grid, filter });
  let state = job;
  while (state['state'] === 'queued' || state['state'] === 'running') {
    await sleep(100);
    state = await call('GET', `/api/audit-exports/${String(job['id'])}`);
  }
  if (state['state'] !== 'done') throw new Error(`The job ended as ${String(state['state'])}: ${String(state['error'])}`);
  rate('the same as a job, until the file is ready', state['rows'] as number, state['bytes'] as number, performance.now() - since);
  const file = await take('GET', `/api/audit-exports/${String(job['id'])}/file`);
  rate(
    'download of that file',
    file.lines - 1,
    file.bytes,
    file.ms,
    file.sha256 === state['sha256'] ? ', digest as stated' : ', WRONG DIGEST',
  );
  const word = await take('POST', '/api/audit-logs/export', { format: 'csv', columns: grid, filter: { ...filter, q: 'status:Failure' } });
  rate('CSV of what a filter finds (failures)', word.lines - 1, word.bytes, word.ms);
  const raw = await take('POST', '/api/audit-logs/export', { format: 'ndjson', filter });
  rate('NDJSON of the records as routed', raw.lines, raw.bytes, raw.ms);
  console.log(
    `peak memory of the web server: ${idle.toFixed(0)} MB idle, ${afterCsv.toFixed(0)} MB after CSV, ${peak().toFixed(0)} MB after all`,
  );
  await db.end();
  child.send('stop');
  await once(child, 'exit');
  await stop();
}
