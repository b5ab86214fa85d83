import { ADMIN_CENTER, splitCategoryId, type DestinationType } from '@weir/contract';
import type { Fault } from '@weir/engine';
import { readCursor, scopeOf, writeCursor, type Position } from './cursor.ts';
import type { Queryable, Row } from './database.ts';

export interface StoredBatch {
  readonly deliveryId: string;
  readonly type: DestinationType;
  readonly category: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly records: number;
  readonly filtered: number;
  readonly bytes: number;
  readonly attempts: number;
  readonly durationMs: number;
  readonly deliveredAt: Date;
  readonly digest: Buffer | null;
  /** What the destination said; null: before this was kept, or nothing was sent. */
  readonly answer: string | null;
  readonly place: Record<string, unknown>;
}
export interface StoredOpenBatch {
  readonly deliveryId: string;
  readonly type: DestinationType;
  readonly category: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly since: Date;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly fault: Fault | null;
}
/** A record of category AdminCenterLogs about a setting or one of its deliveries. */
export interface StoredChange {
  readonly id: string;
  readonly time: string;
  readonly operation: string;
  readonly actor: string | null;
  /** `setting`, or `setting/type/category`. */
  readonly target: string;
  readonly correlationId: string | null;
  readonly properties: Record<string, unknown>;
}
export interface BatchFilter {
  readonly type?: DestinationType | undefined;
  readonly category?: string | undefined;
}
interface Paging {
  readonly cursor?: string | undefined;
  readonly limit: number;
}
interface StoredPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A clock of the database and one of the server may differ by so much: a setting's first record must not be missed. */
const CLOCKS = `interval '1 minute'`;
const ADMIN = splitCategoryId(ADMIN_CENTER);

/** What happened to the settings of one tenant: the batches that were delivered, and who changed what. Null: there is no such setting. */
export class SettingPages {
  readonly #db: Queryable;
  readonly #tenantId: string;
  readonly #key: () => Promise<string>;
  /** `key` signs cursors. */
  constructor(db: Queryable, tenantId: string, key: () => Promise<string>) {
    this.#db = db;
    this.#tenantId = tenantId;
    this.#key = key;
  }

  /**
   * Acknowledged batches of all deliveries that the setting ever had, newest first. A page may be a few rows longer than its
   * limit: batches of the same millisecond are not torn apart. Throws `CursorInvalid`.
   */
  async batches(provider: string, name: string, filter: BatchFilter, page: Paging): Promise<StoredPage<StoredBatch> | null> {
    const setting = await this.#find(provider, name);
    if (!setting) return null;
    const scope = scopeOf(this.#tenantId, { batches: setting.id, type: filter.type ?? '', category: filter.category ?? '' });
    const after = page.cursor === undefined ? null : readCursor(await this.#key(), scope, page.cursor);
    const { rows } = await this.#db.query(
      `select b.*, x.type, c.name as category_name
      from delivery d join destination x on x.id = d.destination_id join category c on c.id = d.category
      cross join lateral (
        select * from delivered_batch b where b.delivery_id = d.id and ($5::timestamptz is null or (b.delivered_at, b.first_seq) < ($5::timestamptz, $6::bigint))
        order by b.delivered_at desc, b.first_seq desc limit $7::int
      ) b
      where d.tenant_id = $1 and d.setting_id = $2 and ($3::text is null or x.type = $3) and ($4::text is null or c.name = $4)
      order by b.delivered_at desc, b.first_seq desc fetch first ($7::int) rows with ties`,
      [this.#tenantId, setting.id, filter.type ?? null, filter.category ?? null, after?.time ?? null, after?.seq ?? null, page.limit + 1],
    );
    const all = rows.map(toBatch);
    const positionOf = (b: StoredBatch): Position => ({ time: b.deliveredAt.toISOString(), seq: b.firstSeq });
    return this.#pageOf(all, page.limit, scope, positionOf);
  }

  /** Batches that are written down and not acknowledged yet, oldest first. */
  async openBatches(provider: string, name: string, filter: BatchFilter): Promise<StoredOpenBatch[]> {
    const { rows } = await this.#db.query(
      `select d.*, x.type, c.name as category_name
      from delivery d join setting s on s.id = d.setting_id join destination x on x.id = d.destination_id join category c on c.id = d.category
      where d.tenant_id = $1 and s.provider = $2 and lower(s.name) = lower($3) and s.deleted_at is null and d.ended_at is null and d.batch_first is not null
        and ($4::text is null or x.type = $4) and ($5::text is null or c.name = $5)
      order by d.batch_created_at, d.id`,
      [this.#tenantId, provider, name, filter.type ?? null, filter.category ?? null],
    );
    return rows.map((r) => ({
      deliveryId: r['id'] as string,
      type: r['type'] as DestinationType,
      category: r['category_name'] as string,
      firstSeq: r['batch_first'] as number,
      lastSeq: r['batch_last'] as number,
      since: (r['batch_created_at'] as Date | null) ?? (r['created_at'] as Date),
      attempts: r['attempts'] as number,
      nextAttemptAt: r['next_attempt_at'] as Date,
      fault: (r['failure'] as { fault: Fault } | null)?.fault ?? null,
    }));
  }

  /** What was done to the setting and its deliveries since it was made, newest first. Throws `CursorInvalid`. */
  async changes(provider: string, name: string, page: Paging): Promise<StoredPage<StoredChange> | null> {
    const setting = await this.#find(provider, name);
    if (!setting) return null;
    const scope = scopeOf(this.#tenantId, { changes: setting.id });
    const after = page.cursor === undefined ? null : readCursor(await this.#key(), scope, page.cursor);
    const { rows } = await this.#db.query(
      `select r.id, r.seq, r.time, r.operation, r.actor, r.targets[1] as target, r.correlation_id, b.body
      from record r join category c on c.id = r.category
      join record_body b on b.tenant_id = r.tenant_id and b.category = r.category and b.seq = r.seq
      where r.tenant_id = $1 and c.provider = $2 and c.name = $3 and r.time >= $4::timestamptz - ${CLOCKS}
        and (r.targets[1] = $5 or starts_with(r.targets[1], $5 || '/'))
        and ($6::timestamptz is null or (r.time, r.seq) < ($6::timestamptz, $7::bigint))
        and coalesce(b.body::jsonb -> 'properties' ->> 'Provider', $8) = $8
        and (r.operation like '%diagnosticSettings' or r.operation like '%legalHold' or b.body::jsonb -> 'properties' ? 'DeliveryId')
      order by r.time desc, r.seq desc limit $9`,
      [
        this.#tenantId,
        ADMIN.provider,
        ADMIN.name,
        setting.createdAt,
        setting.name,
        after?.time ?? null,
        after?.seq ?? null,
        provider,
        page.limit + 1,
      ],
    );
    const all = rows.map((r) => ({ seq: r['seq'] as number, ...toChange(r) }));
    return this.#pageOf(all, page.limit, scope, ({ time, seq }) => ({ time, seq }));
  }

  async #pageOf<T>(all: readonly T[], limit: number, scope: string, positionOf: (item: T) => Position): Promise<StoredPage<T>> {
    if (all.length <= limit) return { items: all, nextCursor: null };
    const last = positionOf(all[limit - 1]!);
    const items = all.filter((item, n) => {
      const at = positionOf(item);
      return n < limit || (at.time === last.time && at.seq === last.seq);
    });
    return { items, nextCursor: writeCursor(await this.#key(), scope, last) };
  }

  async #find(provider: string, name: string): Promise<{ id: string; name: string; createdAt: Date } | null> {
    const { rows } = await this.#db.query<{ id: string; name: string; created_at: Date }>(
      'select id, name, created_at from setting where tenant_id = $1 and provider = $2 and lower(name) = lower($3) and deleted_at is null',
      [this.#tenantId, provider, name],
    );
    const r = rows[0];
    return r ? { id: r.id, name: r.name, createdAt: r.created_at } : null;
  }
}

const toBatch = (r: Row): StoredBatch => ({
  deliveryId: r['delivery_id'] as string,
  type: r['type'] as DestinationType,
  category: r['category_name'] as string,
  firstSeq: r['first_seq'] as number,
  lastSeq: r['last_seq'] as number,
  records: r['records'] as number,
  filtered: r['filtered'] as number,
  bytes: r['bytes'] as number,
  attempts: r['attempts'] as number,
  durationMs: r['duration_ms'] as number,
  deliveredAt: r['delivered_at'] as Date,
  digest: r['digest'] as Buffer | null,
  answer: r['answer'] as string | null,
  place: r['place'] as Record<string, unknown>,
});

const toChange = (r: Row): StoredChange => ({
  id: r['id'] as string,
  time: (r['time'] as Date).toISOString(),
  operation: r['operation'] as string,
  actor: r['actor'] as string | null,
  target: r['target'] as string,
  correlationId: r['correlation_id'] as string | null,
  properties: (JSON.parse(r['body'] as string) as { properties: Record<string, unknown> }).properties,
});
