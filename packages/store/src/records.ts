import { splitCategoryId, type NewRecord } from '@weir/contract';
import type pg from 'pg';
import { transaction, type Queryable } from './database.ts';

/** Records that one call of the append function takes. Larger ones would hold the log's lock too long for live records. */
const BATCH = 1000;

/** Category ids of the database, and months that have their partition: both only grow, so they are remembered. */
export interface Known {
  categories: Map<string, number>;
  months: Set<string>;
}

/** The database's number of a category, made on demand: categories are an open list. */
export async function categoryNumber(db: Queryable, known: Known, id: string): Promise<number> {
  const cached = known.categories.get(id);
  if (cached !== undefined) return cached;
  const { provider, name } = splitCategoryId(id);
  await db.query('insert into category (provider, name) values ($1, $2) on conflict do nothing', [provider, name]);
  const { rows } = await db.query<{ id: number }>('select id from category where provider = $1 and name = $2', [provider, name]);
  return rows[0]!.id;
}

/** Cut off, not rounded: the same event comes with three digits from one source and with seven from another. */
const toMilliseconds = (time: string): string => new Date(Math.floor(Date.parse(time))).toISOString();

async function ensureMonths(db: Queryable, known: Known, times: readonly string[]): Promise<string[]> {
  const months = [...new Set(times.map((t) => t.slice(0, 7)))].filter((m) => !known.months.has(m));
  for (const month of months) await db.query('select ensure_partition($1::timestamptz)', [`${month}-01T00:00:00Z`]);
  return months;
}

async function appendBatch(
  db: Queryable,
  tenantId: string,
  category: number,
  records: readonly NewRecord[],
  times: readonly string[],
): Promise<number> {
  const column = (pick: (r: NewRecord) => string | null) => records.map(pick);
  const { rows } = await db.query<{ inserted: number }>(
    `select inserted from append_records($1, $2::smallint, $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])`,
    [
      tenantId,
      category,
      column((r) => r.id),
      times,
      column((r) => r.fields.operation),
      column((r) => r.fields.actor),
      column((r) => r.fields.application),
      column((r) => JSON.stringify(r.fields.targets.map(withoutNul))),
      column((r) => r.fields.result),
      column((r) => r.fields.auditCategory),
      column((r) => r.fields.correlationId),
      column((r) => r.body),
      column((r) => r.original),
    ].map((value) => (Array.isArray(value) ? value.map((v) => (v === null ? null : withoutNul(v))) : value)),
  );
  return rows[0]!.inserted;
}

/** PostgreSQL text cannot hold NUL, and UTF-8 no lone surrogate. Bodies are JSON, where both are escaped, so this touches extracted fields only. */
const withoutNul = (text: string): string => text.replaceAll('\u0000', '\uFFFD').toWellFormed();

function byCategory(records: readonly NewRecord[]): Map<string, NewRecord[]> {
  const groups = new Map<string, NewRecord[]>();
  for (const record of records) {
    const group = groups.get(record.category);
    if (group) group.push(record);
    else groups.set(record.category, [record]);
  }
  return groups;
}

/** Appends inside a transaction that is open already: for records that must stand or fall with the change they tell of. */
export async function appendInTransaction(db: Queryable, known: Known, tenantId: string, records: readonly NewRecord[]): Promise<void> {
  for (const [id, group] of byCategory(records)) {
    const times = group.map((r) => toMilliseconds(r.time));
    const category = await categoryNumber(db, known, id);
    await ensureMonths(db, known, times);
    await appendBatch(db, tenantId, category, group, times);
  }
}

/** Appends records, each log in batches of its own transaction. Idempotent: what is there already is counted as a duplicate. */
export async function append(
  pool: pg.Pool,
  known: Known,
  tenantId: string,
  records: readonly NewRecord[],
): Promise<{ accepted: number; duplicates: number }> {
  let accepted = 0;
  for (const [id, group] of byCategory(records)) {
    const category = await categoryNumber(pool as unknown as Queryable, known, id);
    known.categories.set(id, category);
    for (let at = 0; at < group.length; at += BATCH) {
      const batch = group.slice(at, at + BATCH);
      const times = batch.map((r) => toMilliseconds(r.time));
      const made = await ensureMonths(pool as unknown as Queryable, known, times);
      for (const month of made) known.months.add(month);
      accepted += await transaction(pool, (db) => appendBatch(db, tenantId, category, batch, times));
    }
  }
  return { accepted, duplicates: records.length - accepted };
}
