import { ADMIN_CENTER, categoryId, splitCategoryId } from '@weir/contract';
import type pg from 'pg';
import { adminRecord, weirItself, type AdminActor } from './admin-record.ts';
import { iso, isoOrNull, transaction, type Queryable } from './database.ts';
import { appendInTransaction, type Known } from './records.ts';
import { holdLock } from './retention.ts';

/** Why records that are past their time are still there. */
export type RemovalWait = 'delivery' | 'replay' | 'quarantine' | 'legal-hold' | 'export' | 'preparing';
/** How long a log's records are kept in Weir, and what is there. */
export interface LogKeeping {
  /** `<provider>/<name>`. */
  readonly category: string;
  /** Null: forever. */
  readonly years: number | null;
  readonly setBy: string | null;
  readonly setAt: string | null;
  /** Time of the oldest record that is there; null when there is none. */
  readonly oldest: string | null;
  readonly removed: { readonly records: number; readonly lastAt: string } | null;
  /** Months of records are past their time and still needed. */
  readonly waits: readonly RemovalWait[];
}
/** A record that retention removed. */
export interface RemovedRecord {
  /** First day of the month that it was of. */
  readonly month: string;
  readonly years: number;
  readonly removedAt: string;
}
/** One step of the removal. */
export interface Removal {
  readonly tenantId: string;
  readonly category: string;
  readonly month: string;
  readonly records: number;
}

const OWN = splitCategoryId(ADMIN_CENTER).provider;
/** Records that one transaction removes: it holds up appends to that log meanwhile. */
const STEP = 5_000;
/** Whether somebody puts a record of a setting on hold in this log. `$1` tenant, `$2` category. */
const blocks: Record<Exclude<RemovalWait, 'delivery' | 'replay' | 'quarantine'>, string> = {
  'legal-hold': `exists (select 1 from legal_hold h join delivery d on d.setting_id = h.setting_id
    where h.tenant_id = $1 and h.released_at is null and d.category = $2)`,
  export: `exists (select 1 from export_job e where e.tenant_id = $1 and e.category = $2 and e.state in ('queued', 'running'))`,
  // A link of the chain, and the words of a search, are made from the records.
  preparing: `(exists (select 1 from head h where h.tenant_id = $1 and h.category = $2 and h.seq > 0 and h.digest is null)
    or exists (select 1 from search_backlog s where s.tenant_id = $1 and s.category = $2))`,
};
/** What needs a record. `$1` tenant, `$2` category. */
const needs = (seq: string): Record<'delivery' | 'replay' | 'quarantine', string> => ({
  delivery: `(${seq} > coalesce((select min(d.checkpoint) from delivery d where d.tenant_id = $1 and d.category = $2 and d.ended_at is null), ${Number.MAX_SAFE_INTEGER}))`,
  replay: `exists (select 1 from replay p join delivery d on d.id = p.delivery_id
    where d.tenant_id = $1 and d.category = $2 and d.ended_at is null and p.ended_at is null and p.position < ${seq} and p.to_seq >= ${seq})`,
  quarantine: `exists (select 1 from quarantine q join delivery d on d.id = q.delivery_id
    where q.tenant_id = $1 and q.category = $2 and d.ended_at is null and q.seq = ${seq} and q.resolution is null)`,
});

/** How long the logs of one tenant are kept in Weir. */
export class LogRetention {
  readonly #pool: pg.Pool;
  readonly #known: Known;
  readonly #tenantId: string;
  constructor(pool: pg.Pool, known: Known, tenantId: string) {
    this.#pool = pool;
    this.#known = known;
    this.#tenantId = tenantId;
  }

  /** Every log of the tenant that has or had records, but Weir's own. */
  async list(): Promise<LogKeeping[]> {
    const db = this.#pool as unknown as Queryable;
    const { rows } = await db.query(
      `select c.id, c.provider, c.name, k.years, k.set_by, k.set_at, gone.records, gone.last_at, o.oldest
      from head h join category c on c.id = h.category
      left join log_retention k on k.tenant_id = h.tenant_id and k.category = h.category
      left join lateral (select sum(records)::bigint as records, max(removed_at) as last_at from log_removed r where r.tenant_id = h.tenant_id and r.category = h.category) gone on true
      left join lateral (select time as oldest from record r where r.tenant_id = h.tenant_id and r.category = h.category order by r.time limit 1) o on true
      where h.tenant_id = $1 and h.seq > 0 and c.provider <> $2 order by c.provider, c.id`,
      [this.#tenantId, OWN],
    );
    return Promise.all(
      rows.map(async (r): Promise<LogKeeping> => ({
        category: categoryId(r['provider'] as string, r['name'] as string),
        years: r['years'] as number | null,
        setBy: r['set_by'] as string | null,
        setAt: isoOrNull(r['set_at']),
        oldest: isoOrNull(r['oldest']),
        removed: r['records'] === null ? null : { records: r['records'] as number, lastAt: iso(r['last_at'] as Date) },
        waits: r['years'] === null ? [] : await this.#waits(db, r['id'] as number, r['years'] as number),
      })),
    );
  }

  async #waits(db: Queryable, category: number, years: number): Promise<RemovalWait[]> {
    const each = Object.entries({ ...blocks, ...needs('b.seq') });
    const { rows } = await db.query<Record<string, boolean>>(
      `with past as materialized (
        select seq from record_body where tenant_id = $1 and category = $2 and time < ${cutoff('$3')} limit 1000
      ) select ${each.map(([, sql], i) => `coalesce(bool_or(${sql}), false) as w${i}`).join(', ')} from past b`,
      [this.#tenantId, category, years],
    );
    return each.flatMap(([name], i) => (rows[0]![`w${i}`] ? [name as RemovalWait] : []));
  }

  /**
   * Sets how long records of a category are kept; null: forever. What is past its time then goes with the next look of the
   * worker. False when the tenant has no such log, or it is Weir's own.
   */
  async set(actor: AdminActor, category: string, years: number | null): Promise<boolean> {
    const id = await this.#number(category);
    return transaction(this.#pool, async (db) => {
      const { rows: logs } = await db.query(
        `select 1 from head h join category c on c.id = h.category where h.tenant_id = $1 and h.category = $2 and c.provider <> $3`,
        [this.#tenantId, id, OWN],
      );
      if (logs.length === 0) return false;
      const { rows } = await db.query<{ years: number }>(
        'delete from log_retention where tenant_id = $1 and category = $2 returning years',
        [this.#tenantId, id],
      );
      if (years !== null)
        await db.query('insert into log_retention (tenant_id, category, years, set_by) values ($1, $2, $3, $4)', [
          this.#tenantId,
          id,
          years,
          actor.upn,
        ]);
      const before = rows[0]?.years ?? null;
      if (before === years) return true;
      const text = (n: number | null) => (n === null ? 'Forever' : n);
      const record = adminRecord(this.#tenantId, actor, 'Update logRetention', category, {
        Category: category,
        OldYears: text(before),
        NewYears: text(years),
      });
      await appendInTransaction(db, this.#known, this.#tenantId, [record]);
      return true;
    });
  }

  /** Null when there is no such category. */
  async #number(category: string): Promise<number | null> {
    const { provider, name } = splitCategoryId(category);
    const db = this.#pool as unknown as Queryable;
    const { rows } = await db.query<{ id: number }>('select id from category where provider = $1 and name = $2', [provider, name]);
    return rows[0]?.id ?? null;
  }

  /** What became of a record that is not there; null when nothing is known of it. */
  async removed(category: string, recordId: string): Promise<RemovedRecord | null> {
    const db = this.#pool as unknown as Queryable;
    const { rows } = await db.query<{ month: string; years: number; removed_at: Date }>(
      `select to_char(l.month, 'YYYY-MM-DD') as month, l.years, l.removed_at from removed_record r
      join log_removed l on l.tenant_id = r.tenant_id and l.category = r.category and l.month = r.month
      where r.tenant_id = $1 and r.category = $2 and r.id_digest = id_digest($3)`,
      [this.#tenantId, await this.#number(category), recordId],
    );
    const r = rows[0];
    return r ? { month: r.month, years: r.years, removedAt: iso(r.removed_at) } : null;
  }
}

/** Whole months only: the month in which the time was up some years ago stays to its end. UTC, by the database's clock. */
const cutoff = (years: string) => `date_trunc('month', now() - make_interval(years => ${years}::int), 'UTC')`;

/**
 * Removes a piece of what is past its time and what nobody needs any more; with it goes a record of Weir's own log. Null when
 * there is nothing to remove. Several workers may call it at once.
 */
export async function removeExpired(pool: pg.Pool, known: Known): Promise<Removal | null> {
  const db = pool as unknown as Queryable;
  const free = [...Object.values(blocks), ...Object.values(needs('b.seq'))].map((sql) => `not ${sql}`).join(' and ');
  const of = (text: string) => text.replaceAll('$1', 'k.tenant_id').replaceAll('$2', 'k.category');
  const { rows } = await db.query<{ tenant_id: string; category: number; provider: string; name: string; month: Date; years: number }>(
    `select k.tenant_id, k.category, c.provider, c.name, k.years, date_trunc('month', x.time, 'UTC') as month
    from log_retention k join category c on c.id = k.category
    cross join lateral (
      select b.time from record_body b where b.tenant_id = k.tenant_id and b.category = k.category and b.time < ${cutoff('k.years')} and ${of(free)} limit 1
    ) x order by k.set_at limit 1`,
  );
  const due = rows[0];
  if (!due) return null;
  const category = categoryId(due.provider, due.name);
  const month = iso(due.month).slice(0, 10);
  const records = await transaction(pool, async (tx) => {
    // Whoever puts a hold, or asks for a replay, waits for this; what they did before is seen below.
    await tx.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [holdLock(due.tenant_id)]);
    const log = [due.tenant_id, due.category];
    await tx.query('select 1 from delivery where tenant_id = $1 and category = $2 and ended_at is null order by id for share', log);
    await tx.query('select 1 from head where tenant_id = $1 and category = $2 for update', log);
    const { rows: kept } = await tx.query<{ years: number }>(
      `select years from log_retention where tenant_id = $1 and category = $2 and $3::timestamptz < ${cutoff('years')} for share`,
      [...log, due.month],
    );
    if (!kept[0]) return 0;
    const { rows: gone } = await tx.query<{ n: number; first: number; last: number }>(
      `with chosen as materialized (
        select b.seq, b.id, b.time from record_body b
        where b.tenant_id = $1 and b.category = $2 and b.time >= $3::timestamptz and b.time < $3::timestamptz + interval '1 month' and ${free}
        order by b.seq limit ${STEP}
      ), bodies as (
        delete from record_body b using chosen c where b.tenant_id = $1 and b.category = $2 and b.seq = c.seq and b.time = c.time
          and b.time >= $3::timestamptz and b.time < $3::timestamptz + interval '1 month'
      ), found as (
        delete from record r using chosen c where r.tenant_id = $1 and r.category = $2 and r.id = c.id and r.time = c.time
          and r.time >= $3::timestamptz and r.time < $3::timestamptz + interval '1 month'
        returning r.time, r.audit_category, r.result, r.actor, r.operation, r.application, r.target_types
      ), hours as (
        update record_hour o set n = o.n - f.n from (
          select date_trunc('hour', time, 'UTC') as hour, coalesce(audit_category, '') as audit_category, coalesce(result, '') as result, count(*) as n from found group by 1, 2, 3
        ) f where o.tenant_id = $1 and o.category = $2 and o.hour = f.hour and o.audit_category = f.audit_category and o.result = f.result
      ), counted as (
        select 'actor' as field, '' as parent, actor as value, count(*) as n from found where actor is not null group by 3
        union all select 'activity', coalesce(audit_category, ''), operation, count(*) from found where operation is not null group by 2, 3
        union all select 'category', '', audit_category, count(*) from found where audit_category is not null group by 3
        union all select 'application', '', application, count(*) from found where application is not null group by 3
        union all select 'status', '', result, count(*) from found where result is not null group by 3
        union all select 'type', '', t.value, count(*) from found, unnest(target_types) t(value) group by 3
      ), occurring as (
        update record_value o set n = o.n - c.n from counted c
        where o.tenant_id = $1 and o.category = $2 and o.field = c.field and o.parent = c.parent collate "C" and o.value = c.value collate "C"
      ), remembered as (
        insert into removed_record (tenant_id, category, id_digest, month) select $1, $2, id_digest(id), $4::date from chosen on conflict do nothing
      ), noted as (
        insert into log_removed as l (tenant_id, category, month, years, records, seqs)
        select $1, $2, $4::date, $5, count(*), range_agg(int8range(seq, seq, '[]')) from chosen having count(*) > 0
        on conflict (tenant_id, category, month) do update set
          years = excluded.years, records = l.records + excluded.records, seqs = l.seqs + excluded.seqs, removed_at = now()
      )
      select count(*) as n, min(seq) as first, max(seq) as last from chosen`,
      [...log, due.month, month, kept[0].years],
    );
    const { n, first, last } = gone[0]!;
    if (n === 0) return 0;
    await tx.query(
      `delete from record_hour where tenant_id = $1 and category = $2 and n <= 0 and hour >= $3::timestamptz and hour < $3::timestamptz + interval '1 month'`,
      [...log, due.month],
    );
    await tx.query('delete from record_value where tenant_id = $1 and category = $2 and n <= 0', log);
    const record = adminRecord(due.tenant_id, weirItself(), 'Delete expiredRecords', category, {
      Category: category,
      Month: month.slice(0, 7),
      Years: kept[0].years,
      Records: n,
      FirstSequence: first,
      LastSequence: last,
    });
    await appendInTransaction(tx, known, due.tenant_id, [record]);
    return n;
  });
  // Somebody began to need them meanwhile.
  if (records === 0) return null;
  if (records < STEP) await emptied(pool, month.slice(0, 7).replace('-', '_'));
  return { tenantId: due.tenant_id, category, month: month.slice(0, 7), records };
}

/** Gives back the room of a month of which no directory has a record any more. Another time when somebody works on it. */
async function emptied(pool: pg.Pool, month: string): Promise<void> {
  const tables = [`record_body_${month}`, `record_${month}`];
  await transaction(pool, async (db) => {
    await db.query(`set local lock_timeout = '2s'`);
    await db.query(`lock table ${tables.join(', ')} in access exclusive mode`);
    const { rows } = await db.query<{ some: boolean }>(
      `select exists (select 1 from ${tables[0]}) or exists (select 1 from ${tables[1]}) as some`,
    );
    if (!rows[0]!.some) await db.query(`truncate ${tables.join(', ')}`);
  }).catch((error: unknown) => {
    // lock_not_available, deadlock_detected. https://www.postgresql.org/docs/current/errcodes-appendix.html
    if (!['55P03', '40P01'].includes((error as { code?: string }).code ?? '')) throw error;
  });
}
