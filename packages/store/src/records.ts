import { setImmediate } from 'node:timers/promises';
import { splitCategoryId, type NewRecord } from '@weir/contract';
import type pg from 'pg';
import { onOneConnection, type Queryable } from './database.ts';
import { arrayLiteral, textArray } from './arrays.ts';
import { countOf } from './count-values.ts';
import { fold, Indexer, storable, type Indexed } from './search/text.ts';

/** Records that one call of the append function takes: larger ones would hold the log's lock too long for live records. */
const BATCH = 500;

/** Category ids of the database, and months that have their partition: both only grow, so they are remembered. */
export interface Known {
  categories: Map<string, number>;
  months: Set<string>;
  /** Words that a log's vocabulary has for sure. */
  words: Map<string, Set<string>>;
  indexers: Map<string, Indexer>;
  /** Records whose entries still wait in the list before the word index, and the statement that is sorting them in. */
  unsorted: { records: number; sorting: Promise<void> | null };
}
export const nothingKnown = (): Known => ({
  categories: new Map(),
  months: new Set(),
  words: new Map(),
  indexers: new Map(),
  unsorted: { records: 0, sorting: null },
});
/** Of the word index's waiting list, 4 MB long, about half: a full one is sorted in by the next append, which then takes four times as long. */
const SORT_AFTER = 4_000;

/** Has new entries sorted into the word index, and into that of pieces of words, beside the appends. When that fails PostgreSQL does it itself, only later. */
function sortIn(pool: pg.Pool, known: Known, months: readonly string[], records: number): void {
  const { unsorted } = known;
  unsorted.records += records;
  if (unsorted.records < SORT_AFTER || unsorted.sorting) return;
  unsorted.records = 0;
  unsorted.sorting = pool
    .query(
      `select gin_clean_pending_list(i.oid) from (
        select x.indexrelid as oid from pg_inherits i join pg_index x on x.indexrelid = i.inhrelid
        join pg_class c on c.oid = x.indrelid where i.inhparent = 'record_tokens'::regclass and c.relname = any ($1::text[])
        union all select 'word_part'::regclass) i`,
      [months.map((m) => `record_${m.replace('-', '_')}`)],
    )
    .then(
      () => {},
      () => {},
    )
    .finally(() => (unsorted.sorting = null));
}
function indexerOf(known: Known, tenantId: string, category: number): Indexer {
  const key = `${tenantId}/${category}`;
  const indexer = known.indexers.get(key) ?? new Indexer(tenantId, category);
  known.indexers.set(key, indexer);
  return indexer;
}
/** So many words are remembered of one log; then it begins anew, which costs a little and loses nothing. */
const MAX_WORDS = 500_000;

/** The database's number of a category, made on demand: categories are an open list. */
export async function categoryNumber(db: Queryable, known: Known, id: string): Promise<number> {
  const cached = known.categories.get(id);
  if (cached !== undefined) return cached;
  const { provider, name } = splitCategoryId(id);
  const find = async () =>
    (await db.query<{ id: number }>('select id from category where provider = $1 and name = $2', [provider, name])).rows[0]?.id;
  const found = await find();
  if (found !== undefined) return found;
  // Only for a new one: an insert takes a number even when it does nothing, and there are 32,767 of them.
  await db.query('insert into category (provider, name) values ($1, $2) on conflict do nothing', [provider, name]);
  return (await find())!;
}

/** As `categoryNumber`, and remembered: for statements of their own, whose insert no transaction can take back. */
export async function committedCategory(db: Queryable, known: Known, id: string): Promise<number> {
  const number = await categoryNumber(db, known, id);
  known.categories.set(id, number);
  return number;
}

/** Cut off, not rounded: the same event comes with three digits from one source and with seven from another. */
const toMilliseconds = (time: string): string => (AS_STORED.test(time) ? time : new Date(Math.floor(Date.parse(time))).toISOString());
/** A time that is the same afterwards, without making a date of it: most are. No days that a month may lack. */
const AS_STORED = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Records with the times that are stored. Everything behind this may take a record's time for what the log has. */
const timed = (records: readonly NewRecord[]): NewRecord[] =>
  records.map((record) => {
    const time = toMilliseconds(record.time);
    return time === record.time ? record : { ...record, time };
  });

async function ensureMonths(db: Queryable, known: Known, records: readonly NewRecord[]): Promise<string[]> {
  const months = [...new Set(records.map((r) => r.time.slice(0, 7)))];
  for (const month of months)
    if (!known.months.has(month)) await db.query('select ensure_partition($1::timestamptz)', [`${month}-01T00:00:00Z`]);
  return months;
}

interface Prepared {
  /** The batch, each record of it once. */
  records: readonly NewRecord[];
  values: unknown[];
  words: ReadonlySet<string>;
}

/** Batches of one call that are with the database at once: it has the next one when it is done with the one before. A third is made meanwhile. */
const UNDER_WAY = 2;

/** Records that are made ready before the event loop has its turn: the statement of the batch before goes out meanwhile. */
const SLICE = 4;

/** Records as the log tells them apart, by their stored ids and times; of equal ones the first. */
function eachOnce(records: readonly NewRecord[]): NewRecord[] {
  const seen = new Map<string, NewRecord>();
  for (const record of records) {
    const key = `${record.time} ${storable(record.id)}`;
    if (!seen.has(key)) seen.set(key, record);
  }
  return [...seen.values()];
}

/** Everything of a batch that can be made before the database is asked. */
async function prepare(
  known: Known,
  tenantId: string,
  category: number,
  given: readonly NewRecord[],
  fresh?: ReadonlySet<string>,
): Promise<Prepared> {
  const records = eachOnce(given);
  const familiar = known.words.get(`${tenantId}/${category}`);
  const indexer = indexerOf(known, tenantId, category);
  const indexed: Indexed[] = [];
  const words = new Set<string>();
  for (const record of records) {
    indexed.push(indexer.index(record, words));
    if (indexed.length % SLICE === 0) await setImmediate();
  }
  for (const word of words) if (familiar?.has(word) || fresh?.has(word)) words.delete(word);
  const { values, hours } = countOf(records);
  const column = (pick: (r: NewRecord) => string | null) => textArray(records.map(pick));
  return {
    records,
    words,
    values: [
      tenantId,
      category,
      column((r) => r.id),
      column((r) => r.time),
      column((r) => r.fields.operation),
      column((r) => r.fields.actor),
      column((r) => r.fields.application),
      column((r) => arrayLiteral(r.fields.targets)),
      column((r) => r.fields.result),
      column((r) => r.fields.auditCategory),
      column((r) => r.fields.correlationId),
      column((r) => r.body),
      column((r) => r.original),
      column((r) => arrayLiteral(r.fields.targetTypes ?? [])),
      textArray(indexed.map((i) => i.targetText)),
      textArray(indexed.map((i) => i.text)),
      textArray(indexed.map((i) => `{${i.tokens.join(',')}}`)),
      textArray([...words]),
      textArray(values.map((v) => v.field)),
      textArray(values.map((v) => v.parent)),
      textArray(values.map((v) => v.value)),
      textArray(values.map((v) => fold(v.value))),
      `{${values.map((v) => v.n).join(',')}}`,
      textArray(hours.map((h) => h.hour)),
      textArray(hours.map((h) => h.category)),
      textArray(hours.map((h) => h.result)),
      `{${hours.map((h) => h.n).join(',')}}`,
    ],
  };
}

const APPEND = `call append_records($1, $2::smallint, $3::text[], $4::text[]::timestamptz[], $5::text[], $6::text[], $7::text[],
  $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[],
  $19::text[], $20::text[], $21::text[], $22::text[], $23::bigint[], $24::text[]::timestamptz[], $25::text[], $26::text[], $27::bigint[], null, null)`;

/**
 * Writes a batch, and asks again without those records that the log has already. Another process may append some of the rest
 * between two tries, hence a loop: each turn leaves fewer. Answers how many were written, and which words the log has now.
 */
async function write(
  db: Queryable,
  known: Known,
  tenantId: string,
  category: number,
  first: Prepared,
): Promise<{ inserted: number; words: ReadonlySet<string> }> {
  for (let batch = first; ;) {
    if (batch.records.length === 0) return { inserted: 0, words: new Set() };
    const { rows } = await db.query<{ inserted: number; known: number[] }>(APPEND, batch.values);
    const answer = rows[0]!;
    if (answer.known.length === 0) return { inserted: answer.inserted, words: batch.words };
    const there = new Set(answer.known);
    batch = await prepare(
      known,
      tenantId,
      category,
      batch.records.filter((_, i) => !there.has(i + 1)),
    );
  }
}

/** Remembers words that are in the vocabulary now: not before they are on disk, for one that was lost would never be written. */
function learn(known: Known, tenantId: string, category: number, words: ReadonlySet<string>): void {
  const key = `${tenantId}/${category}`;
  const before = known.words.get(key);
  const now = !before || before.size + words.size > MAX_WORDS ? new Set<string>() : before;
  for (const word of words) now.add(word);
  known.words.set(key, now);
}

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
  for (const [id, group] of byCategory(timed(records))) {
    const category = await categoryNumber(db, known, id);
    await ensureMonths(db, known, group);
    await write(db, known, tenantId, category, await prepare(known, tenantId, category, group));
  }
}

/** A batch of one log: one statement, and so one transaction. */
interface Batch {
  category: number;
  months: readonly string[];
  records: readonly NewRecord[];
  /** Words that batches before it in the same call have written. */
  fresh: Set<string>;
}

/**
 * Appends records, each log in batches of its own transaction. Idempotent: what is there already is counted as a duplicate.
 *
 * When it answers, everything is on disk. Before that only the last batch's commit waits for the disk, which takes a fifth of a
 * batch's time: the write-ahead log is one, so that commit takes all before it along. A delivery may read a batch sooner; it
 * commits what it is about to send, and waits for the same disk, before it sends anything.
 */
export async function append(
  pool: pg.Pool,
  known: Known,
  tenantId: string,
  records: readonly NewRecord[],
): Promise<{ accepted: number; duplicates: number }> {
  if (records.length === 0) return { accepted: 0, duplicates: 0 };
  const batches: Batch[] = [];
  for (const [id, group] of byCategory(timed(records))) {
    const category = await committedCategory(pool as unknown as Queryable, known, id);
    const months = await ensureMonths(pool as unknown as Queryable, known, group);
    for (const month of months) known.months.add(month);
    const fresh = new Set<string>();
    for (let at = 0; at < group.length; at += BATCH) batches.push({ category, months, records: group.slice(at, at + BATCH), fresh });
  }
  let accepted = 0;
  await onOneConnection(pool, async (db) => {
    const underWay: Promise<unknown>[] = [];
    const send = (statement: Promise<unknown>) => {
      // An error is for the await below; until then it must not count as unhandled.
      statement.catch(() => {});
      underWay.push(statement);
    };
    if (batches.length > 1) send(db.query('set synchronous_commit = off'));
    for (const [n, batch] of batches.entries()) {
      const prepared = await prepare(known, tenantId, batch.category, batch.records, batch.fresh);
      while (underWay.length >= UNDER_WAY) await underWay.shift();
      if (n > 0 && n === batches.length - 1) send(db.query('reset synchronous_commit'));
      send(
        write(db, known, tenantId, batch.category, prepared).then(({ inserted, words }) => {
          accepted += inserted;
          sortIn(pool, known, batch.months, inserted);
          for (const word of words) batch.fresh.add(word);
        }),
      );
    }
    await Promise.all(underWay);
  });
  for (const [category, fresh] of new Map(batches.map((b) => [b.category, b.fresh]))) learn(known, tenantId, category, fresh);
  return { accepted, duplicates: records.length - accepted };
}
