import type { DestinationType } from '@weir/contract';
import type { Fault } from '@weir/engine';
import type pg from 'pg';
import { adminRecord, type AdminActor } from './admin-record.ts';
import { transaction, type Queryable, type Row } from './database.ts';
import { appendInTransaction, type Known } from './records.ts';
import type { Shapes } from './shapes.ts';

/** Where a replay begins: our first record, the first one at or after a time (UTC), or a sequence number. */
export type ReplayFrom =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'time'; readonly time: Date }
  | { readonly kind: 'sequence'; readonly sequence: number };
export interface StoredReplay {
  readonly id: string;
  readonly kind: 'replay' | 'resend';
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly position: number;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly result: 'done' | 'cancelled' | null;
  readonly delivered: number;
  readonly quarantined: number;
  readonly attempts: number;
  readonly fault: Fault | null;
}
export interface DeliveryState {
  readonly id: string;
  readonly setting: string;
  readonly type: DestinationType;
  readonly category: string;
  readonly checkpoint: number;
  readonly quarantined: number;
  readonly paused: { readonly at: Date; readonly by: string; readonly reason: string | null } | null;
  /** Those that wait or run, and the last that ended; newest first. */
  readonly replays: readonly StoredReplay[];
}
export interface QuarantinedRecord {
  readonly seq: number;
  readonly recordId: string;
  readonly fault: Fault;
  readonly quarantinedAt: Date;
  /** Asked to be sent again, and not yet tried. */
  readonly resending: boolean;
}
/** So many replays of one delivery may wait or run. */
export const MAX_OPEN_REPLAYS = 10;
/** So many records are resent or skipped by one request without naming them. */
export const MAX_RESEND = 10_000;

interface Found {
  readonly id: string;
  readonly checkpoint: number;
  readonly category: number;
  readonly paused: boolean;
  readonly target: string;
}

/** What a person does to the deliveries of one tenant. Each change writes its record in the same transaction; null or false: there is no such delivery. */
export class DeliveryActions {
  readonly #pool: pg.Pool;
  readonly #known: Known;
  readonly #tenantId: string;
  readonly #shapes: Shapes;
  constructor(pool: pg.Pool, known: Known, tenantId: string, shapes: Shapes) {
    this.#shapes = shapes;
    this.#pool = pool;
    this.#known = known;
    this.#tenantId = tenantId;
  }
  get #db(): Queryable {
    return this.#pool as unknown as Queryable;
  }

  async get(id: string): Promise<DeliveryState | null> {
    const { rows } = await this.#db.query(
      `select d.*, s.name as setting, x.type, c.name as category_name from delivery d join setting s on s.id = d.setting_id
      join destination x on x.id = d.destination_id join category c on c.id = d.category where d.tenant_id = $1 and d.id = $2 and d.ended_at is null`,
      [this.#tenantId, id],
    );
    const d = rows[0];
    if (!d) return null;
    const { rows: replays } = await this.#db.query(
      `(select * from replay where tenant_id = $1 and delivery_id = $2 and ended_at is null order by number desc limit 50)
      union all (select * from replay where tenant_id = $1 and delivery_id = $2 and ended_at is not null order by number desc limit 20)`,
      [this.#tenantId, id],
    );
    return {
      id,
      setting: d['setting'] as string,
      type: d['type'] as DestinationType,
      category: d['category_name'] as string,
      checkpoint: d['checkpoint'] as number,
      quarantined: d['quarantined'] as number,
      paused: d['paused']
        ? {
            at: (d['paused_at'] as Date | null) ?? (d['created_at'] as Date),
            by: (d['paused_by'] as string | null) ?? '',
            reason: d['paused_reason'] as string | null,
          }
        : null,
      replays: replays.map(toReplay),
    };
  }

  /** The batch that travels is finished and acknowledged; nothing is sent after it. Pausing twice changes nothing. */
  async pause(actor: AdminActor, id: string, reason: string | null): Promise<boolean> {
    return this.#change(id, false, async (db, delivery) => {
      if (delivery.paused) return true;
      await db.query('update delivery set paused = true, paused_at = now(), paused_by = $2, paused_reason = $3 where id = $1', [
        id,
        actor.upn,
        reason,
      ]);
      await this.#tell(db, actor, 'Pause delivery', delivery, { Checkpoint: delivery.checkpoint, Reason: reason });
      return true;
    });
  }

  /** Goes on after the checkpoint, at once. */
  async resume(actor: AdminActor, id: string): Promise<boolean> {
    return this.#change(id, false, async (db, delivery) => {
      if (!delivery.paused) return true;
      await db.query(
        'update delivery set paused = false, paused_at = null, paused_by = null, paused_reason = null, next_attempt_at = now() where id = $1',
        [id],
      );
      await this.#tell(db, actor, 'Resume delivery', delivery, { Checkpoint: delivery.checkpoint });
      return true;
    });
  }

  /** The records that a replay would send: from the first to the delivery's checkpoint; what comes after is sent by the delivery itself. `fromSeq` is above `toSeq` when there is none. */
  async range(id: string, from: ReplayFrom): Promise<{ fromSeq: number; toSeq: number } | null> {
    const delivery = await this.#find(this.#db, id);
    return delivery && rangeOf(this.#db, this.#tenantId, delivery, from);
  }

  /** `empty`: no record lies in the range. `limit`: too many wait already. */
  async replay(actor: AdminActor, id: string, from: ReplayFrom): Promise<StoredReplay | 'empty' | 'limit' | null> {
    return this.#change<StoredReplay | 'empty' | 'limit' | null>(id, null, async (db, delivery) => {
      const { fromSeq, toSeq } = await rangeOf(db, this.#tenantId, delivery, from);
      if (fromSeq > toSeq) return 'empty';
      const { rows: open } = await db.query<{ n: number }>(
        `select count(*)::int as n from replay where delivery_id = $1 and ended_at is null and kind = 'replay'`,
        [id],
      );
      if (open[0]!.n >= MAX_OPEN_REPLAYS) return 'limit';
      const replay = await insertReplay(db, this.#tenantId, id, { fromSeq, toSeq }, actor);
      await this.#tell(db, actor, 'Start replay', delivery, { ReplayId: replay.id, FirstSequence: fromSeq, LastSequence: toSeq });
      return replay;
    });
  }

  /** What was sent stays; a batch that travels may still arrive, so it stays written down. False when there is none that waits or runs. */
  async cancel(actor: AdminActor, id: string, replayId: string): Promise<boolean> {
    return this.#change(id, false, async (db, delivery) => {
      const { rows } = await db.query(
        `update replay set ended_at = now(), result = 'cancelled', lease_token = null, lease_until = null
        where id = $1 and delivery_id = $2 and ended_at is null returning position`,
        [replayId, id],
      );
      if (!rows[0]) return false;
      await this.#tell(db, actor, 'Cancel replay', delivery, { ReplayId: replayId, Position: rows[0]['position'] });
      return true;
    });
  }

  /** Quarantined records after a sequence number, oldest first. */
  async quarantine(id: string, after: number, limit: number): Promise<QuarantinedRecord[] | null> {
    if (!(await this.#find(this.#db, id))) return null;
    const { rows } = await this.#db.query(
      `select q.*, exists (select 1 from replay r where r.delivery_id = q.delivery_id and r.kind = 'resend' and r.ended_at is null and r.from_seq = q.seq) as resending
      from quarantine q where q.tenant_id = $1 and q.delivery_id = $2 and q.seq > $3 and q.resolution is null order by q.seq limit $4`,
      [this.#tenantId, id, after, limit],
    );
    return rows.map(toQuarantined);
  }

  /** One quarantined record with its body as it would go out. */
  async quarantined(id: string, seq: number): Promise<(QuarantinedRecord & { body: string }) | null> {
    const { rows } = await this.#db.query(
      `select q.*, b.body, s.shape_id, false as resending from quarantine q join delivery d on d.id = q.delivery_id and d.ended_at is null
      join setting s on s.id = d.setting_id join record_body b on b.tenant_id = q.tenant_id and b.category = q.category and b.seq = q.seq
      where q.tenant_id = $1 and q.delivery_id = $2 and q.seq = $3 and q.resolution is null`,
      [this.#tenantId, id, seq],
    );
    const row = rows[0];
    if (!row) return null;
    const shape = row['shape_id'] === null ? null : await this.#shapes.get(this.#tenantId, row['shape_id'] as string);
    const body = row['body'] as string;
    // What cannot be masked would not go out at all; whoever looks at it wants to see why.
    return { ...toQuarantined(row), body: shape?.body(Buffer.from(body))?.toString() ?? body };
  }

  /** Sends records of the quarantine again; all of them without `seqs`. Those that are on their way already are left alone. How many were asked for. */
  async resend(actor: AdminActor, id: string, seqs: readonly number[] | null): Promise<number | null> {
    return this.#change<number | null>(id, null, async (db, delivery) => {
      const { rowCount } = await db.query(
        `insert into replay (tenant_id, delivery_id, kind, from_seq, to_seq, position, created_by)
        select q.tenant_id, q.delivery_id, 'resend', q.seq, q.seq, q.seq - 1, $3 from quarantine q
        where q.delivery_id = $1 and q.tenant_id = $2 and q.resolution is null and ($4::bigint[] is null or q.seq = any ($4::bigint[]))
          and not exists (select 1 from replay r where r.delivery_id = q.delivery_id and r.kind = 'resend' and r.ended_at is null and r.from_seq = q.seq)
        order by q.seq limit ${MAX_RESEND}`,
        [id, this.#tenantId, actor.upn, seqs],
      );
      const records = rowCount ?? 0;
      if (records > 0) await this.#tell(db, actor, 'Resend quarantined records', delivery, { Sequences: seqs ?? 'All', Records: records });
      return records;
    });
  }

  /** Takes records out of the quarantine without sending them. They stay in the log. How many there were. */
  async skip(actor: AdminActor, id: string, seqs: readonly number[], reason: string): Promise<number | null> {
    return this.#change<number | null>(id, null, async (db, delivery) => {
      const { rows } = await db.query<{ seq: number }>(
        `update quarantine set resolution = 'skipped', resolved_at = now(), resolved_by = $3, note = $4
        where delivery_id = $1 and tenant_id = $2 and resolution is null and seq = any ($5::bigint[]) returning seq`,
        [id, this.#tenantId, actor.upn, reason, seqs],
      );
      if (rows.length === 0) return 0;
      await db.query('update delivery set quarantined = quarantined - $2::int where id = $1', [id, rows.length]);
      await db.query(
        `update replay set ended_at = now(), result = 'cancelled', lease_token = null, lease_until = null
        where delivery_id = $1 and kind = 'resend' and ended_at is null and from_seq = any ($2::bigint[])`,
        [id, rows.map((r) => r.seq)],
      );
      await this.#tell(db, actor, 'Skip quarantined records', delivery, { Sequences: rows.map((r) => r.seq), Reason: reason });
      return rows.length;
    });
  }

  async #find(db: Queryable, id: string, lock = ''): Promise<Found | null> {
    const { rows } = await db.query(
      `select d.id, d.checkpoint, d.category, d.paused, s.name || '/' || x.type || '/' || c.name as target
      from delivery d join setting s on s.id = d.setting_id join destination x on x.id = d.destination_id join category c on c.id = d.category
      where d.tenant_id = $1 and d.id = $2 and d.ended_at is null ${lock}`,
      [this.#tenantId, id],
    );
    return (rows[0] as unknown as Found | undefined) ?? null;
  }

  #change<T>(id: string, missing: T, work: (db: Queryable, delivery: Found) => Promise<T>): Promise<T> {
    return transaction(this.#pool, async (db) => {
      const delivery = await this.#find(db, id, 'for update of d');
      return delivery ? work(db, delivery) : missing;
    });
  }

  #tell(db: Queryable, actor: AdminActor, operation: string, delivery: Found, properties: Record<string, unknown>): Promise<void> {
    const told = { DeliveryId: delivery.id, ...properties };
    return appendInTransaction(db, this.#known, this.#tenantId, [adminRecord(this.#tenantId, actor, operation, delivery.target, told)]);
  }
}

/** The records of a delivery from a place in its log on, up to its checkpoint. */
export async function rangeOf(
  db: Queryable,
  tenantId: string,
  delivery: { readonly category: number; readonly checkpoint: number },
  from: ReplayFrom,
): Promise<{ fromSeq: number; toSeq: number }> {
  // Records that retention removed cannot be sent: the last one that is there ends it.
  const last = await db.query<{ seq: number }>(
    'select seq from record_body where tenant_id = $1 and category = $2 and seq <= $3 order by seq desc limit 1',
    [tenantId, delivery.category, delivery.checkpoint],
  );
  const toSeq = last.rows[0]?.seq ?? 0;
  const least = from.kind === 'sequence' ? from.sequence : 1;
  const { rows } = await db.query<{ seq: number }>(
    `select seq from record_body where tenant_id = $1 and category = $2 and seq >= $3 and seq <= $4 and ($5::timestamptz is null or time >= $5) order by seq limit 1`,
    [tenantId, delivery.category, least, toSeq, from.kind === 'time' ? from.time : null],
  );
  return { fromSeq: rows[0]?.seq ?? toSeq + 1, toSeq };
}

/** Writes a replay down; a worker takes it up. */
export async function insertReplay(
  db: Queryable,
  tenantId: string,
  deliveryId: string,
  range: { fromSeq: number; toSeq: number },
  actor: AdminActor,
): Promise<StoredReplay> {
  const { rows } = await db.query(
    `insert into replay (tenant_id, delivery_id, kind, from_seq, to_seq, position, created_by) values ($1, $2, 'replay', $3, $4, $3::bigint - 1, $5) returning *`,
    [tenantId, deliveryId, range.fromSeq, range.toSeq, actor.upn],
  );
  return toReplay(rows[0]!);
}

const toReplay = (r: Row): StoredReplay => ({
  id: r['id'] as string,
  kind: r['kind'] as StoredReplay['kind'],
  fromSeq: r['from_seq'] as number,
  toSeq: r['to_seq'] as number,
  position: r['position'] as number,
  createdAt: r['created_at'] as Date,
  createdBy: r['created_by'] as string,
  startedAt: r['started_at'] as Date | null,
  endedAt: r['ended_at'] as Date | null,
  result: r['result'] as StoredReplay['result'],
  delivered: r['delivered'] as number,
  quarantined: r['quarantined'] as number,
  attempts: r['attempts'] as number,
  fault: (r['failure'] as { fault: Fault } | null)?.fault ?? null,
});

const toQuarantined = (q: Row): QuarantinedRecord => ({
  seq: q['seq'] as number,
  recordId: q['record_id'] as string,
  fault: q['fault'] as Fault,
  quarantinedAt: q['quarantined_at'] as Date,
  resending: q['resending'] as boolean,
});
