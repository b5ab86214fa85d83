import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { startPostgres } from '@weir/postgres';
import { auditRecord } from '@weir/testkit';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { openStore } from '../src/index.ts';

// Appends in batches of 500 with every index, and the same rows by a bare COPY into a table without any, in one run.
// `--records N` (default 100,000). Bodies of 1.6 kB, as audit records have; spread over 12 months.
const total = Number(process.argv[process.argv.indexOf('--records') + 1]) || 100_000;
const BATCH = 500;
const tenant = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const YEAR_MS = 364 * 86_400_000;
const now = Date.now();
const record = (n: number) => auditRecord(n, { bytes: 1_600, time: new Date(now - YEAR_MS + (n / total) * YEAR_MS).toISOString() });

const dir = mkdtempSync(join(tmpdir(), 'weir-bench-'));
chmodSync(dir, 0o711);
const cluster = await startPostgres({ dir: join(dir, 'postgres') });
await cluster.createDatabase('bench');
const store = openStore({ url: cluster.url('bench'), applicationName: 'bench' });
await store.migrate();

const started = performance.now();
for (let at = 0; at < total; at += BATCH)
  await store.log.append(
    tenant,
    Array.from({ length: Math.min(BATCH, total - at) }, (_, i) => record(at + i)),
  );
const appended = total / ((performance.now() - started) / 1000);
await store.close();

const client = new pg.Client({ connectionString: cluster.url('bench') });
await client.connect();
await client.query(
  'create table bare (seq bigint, id text, time timestamptz, operation text, actor text, targets text[], result text, audit_category text, body text)',
);
const text = (value: string) => value.replaceAll(/[\\\t\n\r]/g, (c) => `\\${{ '\\': '\\', '\t': 't', '\n': 'n', '\r': 'r' }[c]}`);
function* lines(): Generator<string> {
  for (let at = 0; at < total; at += BATCH) {
    let block = '';
    for (let n = at; n < Math.min(total, at + BATCH); n += 1) {
      const { id, time, body, fields: f } = record(n);
      block += `${[n + 1, id, time, f.operation, f.actor, `{"${f.targets[0]}"}`, f.result, f.auditCategory, body].map((v) => text(String(v))).join('\t')}\n`;
    }
    yield block;
  }
}
const copying = performance.now();
await pipeline(Readable.from(lines()), client.query(copyFrom('copy bare from stdin')));
const copied = total / ((performance.now() - copying) / 1000);
const size = await client.query<{ bytes: string }>(
  `select sum(pg_total_relation_size(inhrelid))::bigint as bytes from pg_inherits where inhparent in ('record'::regclass, 'record_body'::regclass)`,
);
await client.end();
console.log(
  `append    ${Math.round(appended)} records/s in batches of ${BATCH} with every index; the same rows by a bare COPY without indexes: ${Math.round(copied)}/s (ratio ${(appended / copied).toFixed(2)})`,
);
console.log(`disk      ${Math.round(Number(size.rows[0]!.bytes) / total)} bytes a record, indexes and all`);
await cluster.stop();
rmSync(dir, { recursive: true, force: true });
