/**
 * Loads a year of audit records as fast as PostgreSQL takes them: months side by side, COPY into partitions without indexes,
 * then the indexes and the derived tables. For measuring at a size that appending would take too long to reach.
 * As a worker thread it loads the months that it is given.
 */
import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { NewRecord } from '@weir/contract';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { fold, Indexer } from '../src/search/text.ts';
import { arrayLiteral } from '../src/arrays.ts';

/** Makes the records of a span: a module that exports `records(options)`. */
export interface Maker {
  records(options: { tenantId: string; seed: number; count: number; from: Date; to: Date }): Iterable<NewRecord>;
}
interface Month {
  from: string;
  to: string;
  count: number;
  base: number;
  seed: number;
}
interface Order {
  url: string;
  tenantId: string;
  category: number;
  maker: string;
  months: Month[];
}

const cell = (value: string | null): string =>
  value === null
    ? '\\N'
    : /[\\\t\n\r]/.test(value)
      ? value.replaceAll(/[\\\t\n\r]/g, (c) => `\\${{ '\\': '\\', '\t': 't', '\n': 'n', '\r': 'r' }[c]}`)
      : value;
async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

async function loadMonth(order: Order, month: Month): Promise<void> {
  const { records } = (await import(order.maker)) as Maker;
  const suffix = `${month.from.slice(0, 4)}_${month.from.slice(5, 7)}`;
  const clients = [new pg.Client({ connectionString: order.url }), new pg.Client({ connectionString: order.url })] as const;
  await Promise.all(clients.map((c) => c.connect()));
  const [rows, bodies] = [new PassThrough(), new PassThrough()];
  const copies = [
    rows.pipe(
      clients[0].query(
        copyFrom(
          `copy record_${suffix} (tenant_id, category, seq, id, time, appended_at, operation, actor, application, targets, result, audit_category, correlation_id, target_types, target_text, search, tokens) from stdin`,
        ),
      ),
    ),
    bodies.pipe(
      clients[1].query(copyFrom(`copy record_body_${suffix} (tenant_id, category, seq, id, time, appended_at, body, original) from stdin`)),
    ),
  ];
  const done = Promise.all(copies.map((c) => once(c, 'finish')));
  const indexer = new Indexer(order.tenantId, order.category);
  const words = new Set<string>();
  const log = `${order.tenantId}\t${order.category}`;
  const now = new Date().toISOString();
  let [row, body, seq, n] = ['', '', month.base, 0];
  for (const record of records({
    tenantId: order.tenantId,
    seed: month.seed,
    count: month.count,
    from: new Date(month.from),
    to: new Date(month.to),
  })) {
    const { fields: f } = record;
    const indexed = indexer.index(record, words);
    seq += 1;
    const head = `${log}\t${seq}\t${cell(record.id)}\t${new Date(Math.floor(Date.parse(record.time))).toISOString()}\t${now}`;
    row += `${head}\t${cell(f.operation)}\t${cell(f.actor)}\t${cell(f.application)}\t${cell(arrayLiteral(f.targets))}\t${cell(f.result)}\t${cell(f.auditCategory)}\t${cell(f.correlationId)}\t${cell(arrayLiteral(f.targetTypes ?? []))}\t${cell(indexed.targetText)}\t${cell(indexed.text)}\t{${indexed.tokens.join(',')}}\n`;
    body += `${head}\t${cell(record.body)}\t\\N\n`;
    if ((n += 1) % 200 === 0) {
      await Promise.all([write(rows, row), write(bodies, body)]);
      row = body = '';
    }
  }
  rows.end(row);
  bodies.end(body);
  await done;
  // Sorted: two loaders that wait for each other's words would never end.
  const list = [...words].toSorted();
  for (let at = 0; at < list.length; at += 20_000)
    await clients[0].query('insert into word (tenant_id, category, word) select $1, $2, unnest($3::text[]) on conflict do nothing', [
      order.tenantId,
      order.category,
      list.slice(at, at + 20_000),
    ]);
  await Promise.all(clients.map((c) => c.end()));
}

if (!isMainThread && (workerData as Order | null)?.maker) {
  const order = workerData as Order;
  for (const month of order.months) {
    await loadMonth(order, month);
    parentPort!.postMessage(month.count);
  }
}

/** Loads `count` records of the year before `to` into an empty, migrated database. */
export async function load(options: {
  url: string;
  tenantId: string;
  category: string;
  maker: string;
  count: number;
  to: Date;
  threads?: number;
}): Promise<void> {
  const { url, tenantId, count, to, threads = 4 } = options;
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const [provider, name] = options.category.split('/') as [string, string];
  await db.query('insert into category (provider, name) values ($1, $2) on conflict do nothing', [provider, name]);
  const category = (await db.query<{ id: number }>('select id from category where provider = $1 and name = $2', [provider, name])).rows[0]!
    .id;
  const start = to.getTime() - 365 * 86_400_000;
  const months: Month[] = [];
  for (let at = start, base = 0; at < to.getTime();) {
    const d = new Date(at);
    const end = Math.min(to.getTime(), Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 1));
    const share = end === to.getTime() ? count - base : Math.round((count * (end - at)) / (to.getTime() - start));
    months.push({ from: d.toISOString(), to: new Date(end).toISOString(), count: share, base, seed: months.length + 1 });
    base += share;
    at = end;
  }
  for (const m of months) await db.query('select ensure_partition($1::timestamptz)', [m.from]);
  const indexes = (
    await db.query<{ name: string; def: string }>(
      `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as def from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relname in ('record', 'record_body') and c.relkind = 'p'`,
    )
  ).rows;
  for (const { name: index } of indexes) await db.query(`drop index ${index}`);

  const queue = months.toSorted((a, b) => b.count - a.count);
  const shares = Array.from({ length: threads }, (): Month[] => []);
  for (const month of queue) shares.toSorted((a, b) => sum(a) - sum(b))[0]!.push(month);
  await Promise.all(
    shares.map(async (part) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: { url, tenantId, category, maker: options.maker, months: part } satisfies Order,
      });
      await new Promise<void>((ok, fail) =>
        worker.once('error', fail).once('exit', (code) => (code === 0 ? ok() : fail(new Error(`A loader ended with ${code}.`)))),
      );
    }),
  );
  await db.query(`insert into head (tenant_id, category, seq) values ($1, $2, $3)`, [tenantId, category, count]);
  // Indexes of the parents are made on all partitions; the word indexes of some at a time would be quicker, but this is simple.
  await db.query(`set maintenance_work_mem = '1GB'`);
  await db.query('set max_parallel_maintenance_workers = 3');
  // The definition of a parent's index says ONLY, which would leave the partitions without.
  for (const { def } of indexes) await db.query(def.replace(' ON ONLY ', ' ON '));
  await db.query(
    `insert into record_hour select tenant_id, category, date_trunc('hour', time, 'UTC'), coalesce(audit_category, ''), coalesce(result, ''), count(*) from record group by 1, 2, 3, 4, 5 order by 3, 4, 5`,
  );
  for (const [field, expression, parent] of [
    ['actor', 'actor', `''`],
    ['activity', 'operation', `coalesce(audit_category, '')`],
    ['category', 'audit_category', `''`],
    ['application', 'application', `''`],
    ['status', 'result', `''`],
    ['type', 'unnest(target_types)', `''`],
  ] as const)
    await db.query(
      `insert into record_value (tenant_id, category, field, parent, value, n) select tenant_id, category, '${field}', parent, value, count(*)
      from (select tenant_id, category, ${parent} as parent, ${expression} as value from record) x where value is not null group by 1, 2, 4, 5`,
    );
  for (const { value } of (await db.query<{ value: string }>('select distinct value from record_value')).rows)
    await db.query('update record_value set folded = $2 where value = $1', [value, fold(value)]);
  await db.query('vacuum analyze record');
  await db.query('analyze record_body');
  await db.query('vacuum analyze word');
  await db.end();
}
const sum = (months: readonly Month[]): number => months.reduce((all, m) => all + m.count, 0);
