import type pg from 'pg';
import type { NewRecord } from '@weir/contract';
import { arrayLiteral, textArray } from '../arrays.ts';
import { countOf } from '../count-values.ts';
import { transaction, type Queryable } from '../database.ts';
import { fold, Indexer } from './text.ts';

const BATCH = 500;
interface Stored {
  seq: number;
  time: Date;
  id: string;
  operation: string | null;
  actor: string | null;
  application: string | null;
  targets: string[];
  result: string | null;
  audit_category: string | null;
  correlation_id: string | null;
  body: string;
  original: string | null;
}

/** Kinds of the targets, from what Graph sent. */
function typesOf(original: string | null): string[] {
  try {
    const { resources } = JSON.parse(original ?? '{}') as { resources?: { auditResourceType?: string | null }[] };
    return [...new Set((resources ?? []).flatMap((r) => r.auditResourceType ?? []))];
  } catch {
    return [];
  }
}

/**
 * Makes records searchable that were appended before there was a search. Works in small transactions and goes on where it
 * stopped. Records that are appended meanwhile need nothing.
 */
export async function workOffBacklog(pool: pg.Pool): Promise<void> {
  for (;;) {
    const more = await transaction(pool, async (db) => {
      const { rows } = await db.query<{ tenant_id: string; category: number; done: number; until: number }>(
        'select * from search_backlog order by tenant_id, category limit 1 for update',
      );
      const log = rows[0];
      if (!log) return false;
      const last = await indexSome(db, log);
      const next = last ?? log.until;
      if (next >= log.until)
        await db.query('delete from search_backlog where tenant_id = $1 and category = $2', [log.tenant_id, log.category]);
      else
        await db.query('update search_backlog set done = $3 where tenant_id = $1 and category = $2', [log.tenant_id, log.category, next]);
      return true;
    });
    if (!more) return;
  }
}

async function indexSome(db: Queryable, log: { tenant_id: string; category: number; done: number; until: number }): Promise<number | null> {
  const { rows } = await db.query<Stored & Record<string, unknown>>(
    `select b.seq, b.time, b.id, b.body, b.original, r.operation, r.actor, r.application, r.targets, r.result, r.audit_category, r.correlation_id
    from (select * from record_body where tenant_id = $1 and category = $2 and seq > $3 and seq <= $4 order by seq limit ${BATCH}) b
    join record r on r.tenant_id = $1 and r.category = $2 and r.id = b.id and r.time = b.time order by b.seq`,
    [log.tenant_id, log.category, log.done, log.until],
  );
  if (rows.length === 0) return null;
  const indexer = new Indexer(log.tenant_id, log.category);
  const records = rows.map((r): NewRecord => ({
    category: '',
    id: r.id,
    time: r.time.toISOString(),
    body: r.body,
    original: r.original,
    fields: {
      operation: r.operation,
      actor: r.actor,
      application: r.application,
      targets: r.targets,
      targetTypes: typesOf(r.original),
      result: r.result,
      auditCategory: r.audit_category,
      correlationId: r.correlation_id,
    },
  }));
  const words = new Set<string>();
  const indexed = records.map((r) => indexer.index(r, words));
  await db.query(
    `update record r set target_types = u.types::text[], target_text = u.target_text, search = u.search, tokens = u.tokens::int[]
    from unnest($3::text[]::timestamptz[], $4::text[]::bigint[], $5::text[], $6::text[], $7::text[], $8::text[]) u(time, seq, types, target_text, search, tokens)
    where r.tenant_id = $1 and r.category = $2 and r.time = u.time and r.seq = u.seq`,
    [
      log.tenant_id,
      log.category,
      textArray(records.map((r) => r.time)),
      textArray(rows.map((r) => String(r.seq))),
      textArray(records.map((r) => arrayLiteral(r.fields.targetTypes!))),
      textArray(indexed.map((i) => i.targetText)),
      textArray(indexed.map((i) => i.text)),
      textArray(indexed.map((i) => `{${i.tokens.join(',')}}`)),
    ],
  );
  await db.query('insert into word (tenant_id, category, word) select $1, $2, w from unnest($3::text[]) w on conflict do nothing', [
    log.tenant_id,
    log.category,
    textArray([...words]),
  ]);
  const { values, hours } = countOf(records);
  await db.query(
    `insert into record_value as o (tenant_id, category, field, parent, value, folded, n)
    select $1, $2, u.* from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) u
    on conflict (tenant_id, category, field, parent, value) do update set n = o.n + excluded.n`,
    [
      log.tenant_id,
      log.category,
      textArray(values.map((v) => v.field)),
      textArray(values.map((v) => v.parent)),
      textArray(values.map((v) => v.value)),
      textArray(values.map((v) => fold(v.value))),
      `{${values.map((v) => v.n).join(',')}}`,
    ],
  );
  await db.query(
    `insert into record_hour as o (tenant_id, category, hour, audit_category, result, n)
    select $1, $2, u.* from unnest($3::text[]::timestamptz[], $4::text[], $5::text[], $6::bigint[]) u
    on conflict (tenant_id, category, hour, audit_category, result) do update set n = o.n + excluded.n`,
    [
      log.tenant_id,
      log.category,
      textArray(hours.map((h) => h.hour)),
      textArray(hours.map((h) => h.category)),
      textArray(hours.map((h) => h.result)),
      `{${hours.map((h) => h.n).join(',')}}`,
    ],
  );
  return rows.at(-1)!.seq;
}
