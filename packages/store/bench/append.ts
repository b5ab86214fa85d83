import pg from 'pg';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewRecord } from '@weir/contract';
import { startPostgres } from '@weir/postgres';
import { openStore } from '../src/index.ts';

// Appends in batches of 500 with every index, beside a bare COPY of the same rows into a table without indexes, in one run;
// then the first page for each filter of the blade. `--records N` (default 100,000).
const total = Number(process.argv[process.argv.indexOf('--records') + 1] || 100_000) || 100_000;
const BATCH = 500;
const tenant = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const now = Date.now();
const actors = Array.from({ length: 2_000 }, (_, i) => `admin${i}@contoso.example`);

function record(n: number): NewRecord {
  const time = new Date(now - (total - n) * ((364 * 86_400_000) / total)).toISOString();
  // Few actors do most: the index is the square of a fraction.
  const actor = actors[Math.floor(((n * 7919) % 1000) ** 2 / 500) % actors.length]!;
  const body = JSON.stringify({
    time,
    tenantId: tenant,
    category: 'AuditLogs',
    operationName: `Patch Type${n % 190}`,
    identity: actor,
    properties: { AuditEventId: `r${n}`, Pad: String(n).repeat(400).slice(0, 1_500) },
  });
  return {
    category: 'microsoft.intune/AuditLogs',
    id: `r${n}`,
    time,
    body,
    original: null,
    fields: {
      operation: `Patch Type${n % 190}`,
      actor,
      application: 'Portal',
      targets: [`Policy ${n % 500}`],
      result: 'Success',
      auditCategory: `Category${n % 16}`,
      correlationId: null,
    },
  };
}

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

const client = new pg.Client({ connectionString: cluster.url('bench') });
await client.connect();
await client.query('create unlogged table bare (like record)');
const copying = performance.now();
await client.query('insert into bare select * from record');
const copied = total / ((performance.now() - copying) / 1000);
await client.query('analyze record');
const size = (
  await client.query<{ bytes: string }>(
    "select sum(pg_total_relation_size(inhrelid))::bigint as bytes from pg_inherits where inhparent = 'record'::regclass",
  )
).rows[0]!;
await client.end();
console.log(
  `append    ${Math.round(appended)} records/s in batches of ${BATCH} with every index; the same rows by insert ... select without indexes: ${Math.round(copied)}/s (ratio ${(appended / copied).toFixed(2)})`,
);
console.log(`disk      ${Math.round(Number(size.bytes) / total)} bytes a record, indexes and all`);

const audit = await store.forTenant(tenant).audit();
const base = { from: new Date(now - 365 * 86_400_000).toISOString(), category: [], activity: [], actor: undefined };
const month = { ...base, from: new Date(now - 30 * 86_400_000).toISOString() };
const filters: Record<string, (i: number) => object> = {
  'last 30 days': () => month,
  '12 months': () => base,
  category: (i) => ({ ...base, category: [`Category${i % 16}`] }),
  activity: (i) => ({ ...base, activity: [`Patch Type${i % 190}`] }),
  'actor contains': (i) => ({ ...base, actor: `MIN${i * 9}` }),
  'category + actor': (i) => ({ ...base, category: [`Category${i % 16}`], actor: `admin${i}@` }),
};
for (const [name, filter] of Object.entries(filters)) {
  const times: number[] = [];
  for (let i = 0; i < 210; i += 1) {
    const at = performance.now();
    await audit.page(filter(i) as typeof base, { limit: 100 });
    if (i >= 10) times.push(performance.now() - at);
  }
  times.sort((a, b) => a - b);
  console.log(`first page, ${name.padEnd(18)} p50 ${times[100]!.toFixed(1)} ms   p95 ${times[190]!.toFixed(1)} ms`);
}
await store.close();
await cluster.stop();
rmSync(dir, { recursive: true, force: true });
process.exit(0);
