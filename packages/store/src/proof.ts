import type { DestinationTargets, DestinationType } from '@weir/contract';
import type { BlobSegment, LedgerRow, ProofReader, ReplayOrigin, VerifyReport, VerifyTarget } from '@weir/engine';
import { leftOut, readCut } from './cuts.ts';
import type { Shapes } from './shapes.ts';
import { createHash } from 'node:crypto';
import { chainHeads, verifyChain, type ChainHead, type ChainVerification } from './chain.ts';
import type { Queryable, Row } from './database.ts';
import { keepVerification, latestVerifications, type StoredVerification } from './verifications.ts';

type Log = { provider: string; category: string };
/** Bodies that one statement looks through: each is hashed, which must end far below the time limit of a statement. */
const STEP = 20_000;
/** Bodies that are masked and hashed at a time, to find one that was sent so. */
const SHAPED_BYTES = 4 << 20;
/** Rows of the replays' ledger that are read at a time. */
const PAGE = 1_000;
/** Gaps that are named; one is a fault already. */
const MAX_GAPS = 1_000;
const categoryOf = '(select id from category where provider = $2 and name = $3)';

/** What is known of a tenant's deliveries and where their records are: for verification, and for whoever asks where a record went. */
export class Proof implements ProofReader {
  readonly #db: Queryable;
  readonly #tenantId: string;
  readonly #shapes: Shapes;
  constructor(db: Queryable, tenantId: string, shapes: Shapes) {
    this.#shapes = shapes;
    this.#db = db;
    this.#tenantId = tenantId;
  }

  /** Recomputes the hash chain of a log. */
  verifyLog(options: Omit<ChainVerification, 'tenantId'>): Promise<VerifyReport | null> {
    return verifyChain(this.#db, { ...options, tenantId: this.#tenantId });
  }
  /** Where each log's chain ends. */
  heads(): Promise<ChainHead[]> {
    return chainHeads(this.#db, this.#tenantId);
  }
  /** Keeps the report of a verification that a person ran; `deliveryId` null: of the log. */
  keep(log: Log, deliveryId: string | null, report: VerifyReport): Promise<void> {
    return keepVerification(this.#db, this.#tenantId, log, deliveryId, report);
  }
  /** The last verification of each of these deliveries; of each log when null. */
  latest(deliveryIds: readonly string[] | null): Promise<StoredVerification[]> {
    return latestVerifications(this.#db, this.#tenantId, deliveryIds);
  }

  /** Deliveries of the settings that stand now, of one type where it is named. Names compare without case, as in the portal. */
  async targets(only: { setting?: string; type?: DestinationType; category?: string } = {}): Promise<VerifyTarget[]> {
    const { rows } = await this.#db.query(
      `select d.id, d.tenant_id, s.name as setting, c.provider, c.name as category, x.type, x.target, x.sink, d.checkpoint
      from delivery d join setting s on s.id = d.setting_id join category c on c.id = d.category join destination x on x.id = d.destination_id
      where d.tenant_id = $1 and d.ended_at is null and s.deleted_at is null
        and ($2::text is null or lower(s.name) = lower($2)) and ($3::text is null or x.type = $3) and ($4::text is null or lower(c.name) = lower($4))
      order by lower(s.name), x.type, c.id`,
      [this.#tenantId, only.setting ?? null, only.type ?? null, only.category ?? null],
    );
    return rows.map((r): VerifyTarget => ({
      deliveryId: r['id'] as string,
      tenantId: r['tenant_id'] as string,
      setting: r['setting'] as string,
      provider: r['provider'] as string,
      category: r['category'] as string,
      type: r['type'] as DestinationType,
      target: r['target'] as DestinationTargets[DestinationType],
      sink: r['sink'] as string,
      checkpoint: r['checkpoint'] as number,
    }));
  }

  /** The ledger of a delivery without its replays, oldest first: batches that hold a record from `fromSeq` to `toSeq`, at most `limit` (1,000). */
  async ledger(deliveryId: string, range: { fromSeq?: number; toSeq?: number; limit?: number } = {}): Promise<LedgerRow[]> {
    const { rows } = await this.#db.query(
      `select * from delivered_batch where tenant_id = $1 and delivery_id = $2 and replay_id is null and last_seq >= $3 and first_seq <= $4
        -- Batches do not overlap, so the one that holds the first record is the last one that begins before it.
        and first_seq >= coalesce((select max(first_seq) from delivered_batch where tenant_id = $1 and delivery_id = $2 and replay_id is null and first_seq <= $3), $3)
      order by first_seq limit $5`,
      [this.#tenantId, deliveryId, range.fromSeq ?? 0, range.toSeq ?? Number.MAX_SAFE_INTEGER, Math.min(range.limit ?? 1_000, 1_000)],
    );
    return rows.map(toLedgerRow);
  }

  ledgerRange(deliveryId: string, firstSeq: number, lastSeq: number): Promise<{ firstSeq: number; lastSeq: number } | null> {
    return this.#range('replay_id is null', deliveryId, firstSeq, lastSeq);
  }

  copyRange(deliveryId: string, firstSeq: number, lastSeq: number): Promise<{ firstSeq: number; lastSeq: number } | null> {
    return this.#range('replay_id is not null', deliveryId, firstSeq, lastSeq);
  }

  async #range(
    whose: string,
    deliveryId: string,
    firstSeq: number,
    lastSeq: number,
  ): Promise<{ firstSeq: number; lastSeq: number } | null> {
    const { rows } = await this.#db.query<{ first: number | null; last: number | null }>(
      `select min(first_seq) as first, max(last_seq) as last from delivered_batch
      where tenant_id = $1 and delivery_id = $2 and ${whose} and last_seq >= $3 and first_seq <= $4`,
      [this.#tenantId, deliveryId, firstSeq, lastSeq],
    );
    const { first, last } = rows[0]!;
    return first === null || last === null ? null : { firstSeq: Math.max(first, firstSeq), lastSeq: Math.min(last, lastSeq) };
  }

  async *copies(deliveryId: string, firstSeq: number, lastSeq: number, since: Date): AsyncGenerator<LedgerRow> {
    let after: { at: Date; replay: string; seq: number } | undefined;
    for (;;) {
      const { rows }: { rows: Row[] } = await this.#db.query(
        `select b.*, ${origin} from delivered_batch b join replay r on r.id = b.replay_id
        where b.tenant_id = $1 and b.delivery_id = $2 and b.replay_id is not null and b.last_seq >= $3 and b.first_seq <= $4 and b.delivered_at >= $5
          and ($6::timestamptz is null or (b.delivered_at, b.replay_id, b.first_seq) > ($6, $7::uuid, $8::bigint))
        order by b.delivered_at, b.replay_id, b.first_seq limit ${PAGE}`,
        [this.#tenantId, deliveryId, firstSeq, lastSeq, since, after?.at ?? null, after?.replay ?? null, after?.seq ?? null],
      );
      yield* rows.map(toLedgerRow);
      const last: Row | undefined = rows.length < PAGE ? undefined : rows.at(-1);
      if (!last) return;
      after = { at: last['delivered_at'] as Date, replay: last['replay_id'] as string, seq: last['first_seq'] as number };
    }
  }

  async unconfirmed(sink: string, container: string, blob: string): Promise<BlobSegment[]> {
    const { rows } = await this.#db.query(
      `select r.delivery_id, r.batch_first as first_seq, r.batch_last as last_seq, r.batch_shape as shape_id, (r.batch_prepared ->> 'bytes')::bigint as bytes, null::bytea as digest,
        (r.batch_prepared ->> 'position')::bigint as "offset", c.provider, c.name as category, ${origin}
      from replay r join delivery d on d.id = r.delivery_id join destination x on x.id = d.destination_id join category c on c.id = d.category
      where r.tenant_id = $1 and r.batch_prepared ->> 'container' = $2 and r.batch_prepared ->> 'blob' = $3 and x.sink = $4`,
      [this.#tenantId, container, blob, sink],
    );
    return rows.map(toSegment);
  }

  async ledgerGaps(
    deliveryId: string,
    firstSeq: number,
    lastSeq: number,
  ): Promise<{ firstSeq: number; lastSeq: number; kind: 'none' | 'twice' }[]> {
    const { rows } = await this.#db.query<{ after: number; next: number }>(
      `with part as (
        select first_seq, last_seq from delivered_batch where tenant_id = $1 and delivery_id = $2 and replay_id is null and last_seq >= $3 and first_seq <= $4
        union all select seq, seq from quarantine where tenant_id = $1 and delivery_id = $2 and replay_id is null and seq between $3 and $4
        union all select $4::bigint + 1, $4::bigint + 1
      ), step as (
        select coalesce(max(last_seq) over (order by first_seq, last_seq rows between unbounded preceding and 1 preceding), $3::bigint - 1) as after, first_seq as next from part
      )
      select after, next from step where next <> after + 1 order by next limit ${MAX_GAPS}`,
      [this.#tenantId, deliveryId, firstSeq, lastSeq],
    );
    return rows
      .filter((r) => r.next > r.after + 1 || (r.next >= firstSeq && r.next <= lastSeq))
      .map((r) =>
        r.next > r.after + 1
          ? { firstSeq: r.after + 1, lastSeq: r.next - 1, kind: 'none' as const }
          : { firstSeq: r.next, lastSeq: Math.min(r.after, lastSeq), kind: 'twice' as const },
      );
  }

  async blobs(
    deliveryId: string,
    firstSeq: number,
    lastSeq: number,
  ): Promise<{ container: string; blob: string; firstSeq: number; lastSeq: number; deleted: boolean }[]> {
    const { rows } = await this.#db.query<{ container: string; blob: string; first: number; last: number; deleted: boolean }>(
      // Replays go on while a verification does: what they add must stand behind what was counted.
      `select place ->> 'container' as container, place ->> 'blob' as blob, min(first_seq) as first, max(last_seq) as last, bool_and(place ? 'deletedAt') as deleted
      from delivered_batch where tenant_id = $1 and delivery_id = $2 and last_seq >= $3 and first_seq <= $4 and place ? 'blob'
      group by 1, 2 order by min(first_seq) filter (where replay_id is null) nulls last, min(delivered_at), 2`,
      [this.#tenantId, deliveryId, firstSeq, lastSeq],
    );
    return rows.map(({ container, blob, first, last, deleted }) => ({ container, blob, firstSeq: first, lastSeq: last, deleted }));
  }

  async segments(sink: string, container: string, blob: string): Promise<BlobSegment[]> {
    const { rows } = await this.#db.query(
      `select b.delivery_id, b.first_seq, b.last_seq, b.bytes, b.digest, b.shape_id, (b.place ->> 'offset')::bigint as "offset", c.provider, c.name as category, ${origin}
      from delivered_batch b join delivery d on d.id = b.delivery_id join destination x on x.id = d.destination_id join category c on c.id = d.category
      left join replay r on r.id = b.replay_id
      where b.tenant_id = $1 and b.place ->> 'container' = $2 and b.place ->> 'blob' = $3 and b.place ? 'blob' and x.sink = $4
      order by "offset", b.first_seq`,
      [this.#tenantId, container, blob, sink],
    );
    return rows.map(toSegment);
  }

  async read(log: Log, afterSeq: number, upTo: number, maxBytes: number, shapeId: string | null = null) {
    const of = { tenantId: this.#tenantId, provider: log.provider, category: log.category };
    const cut = await readCut(this.#db, this.#shapes, of, shapeId, afterSeq, {
      maxRecords: 10_000,
      maxBytes,
      recordOverheadBytes: 0,
      upTo,
    });
    if (cut.through > afterSeq || upTo <= afterSeq) return cut;
    // The log has nothing more.
    return { ...cut, through: upTo, holes: Array.from({ length: upTo - afterSeq }, (_, n) => afterSeq + 1 + n) };
  }

  leftOut(deliveryId: string, firstSeq: number, lastSeq: number): Promise<{ firstSeq: number; lastSeq: number }[]> {
    return leftOut(this.#db, this.#shapes, { tenantId: this.#tenantId, deliveryId }, firstSeq, lastSeq);
  }

  async shapes(deliveryId: string): Promise<string[]> {
    const { rows } = await this.#db.query<{ id: string }>(
      `select p.id from shape p join delivery d on d.setting_id = p.setting_id where d.id = $1 and d.tenant_id = $2 order by p.created_at`,
      [deliveryId, this.#tenantId],
    );
    return rows.map((r) => r.id);
  }

  async findBodies(
    log: Log,
    firstSeq: number,
    lastSeq: number,
    digests: readonly string[],
  ): Promise<{ digest: string; seq: number; id: string }[]> {
    const found: { digest: string; seq: number; id: string }[] = [];
    const wanted = digests.map((d) => Buffer.from(d, 'base64'));
    for (let from = firstSeq; from <= lastSeq && wanted.length > 0; from += STEP) {
      const { rows } = await this.#db.query<{ digest: Buffer; seq: number; id: string }>(
        `select * from (
          select sha256(convert_to(body, 'UTF8')) as digest, seq, id from record_body
          where tenant_id = $1 and category = ${categoryOf} and seq between $4 and $5
        ) b where digest = any ($6::bytea[])`,
        [this.#tenantId, log.provider, log.category, from, Math.min(lastSeq, from + STEP - 1), wanted],
      );
      found.push(...rows.map((r) => ({ ...r, digest: r.digest.toString('base64') })));
    }
    const left = new Set(digests.filter((d) => !found.some((f) => f.digest === d)));
    if (left.size > 0)
      for (const shapeId of await this.#masking(log)) found.push(...(await this.#findShaped(log, shapeId, firstSeq, lastSeq, left)));
    return found;
  }

  /** Versions that change bodies, of the settings that ever sent this log. */
  async #masking(log: Log): Promise<string[]> {
    const { rows } = await this.#db.query<{ id: string }>(
      `select p.id from shape p where p.tenant_id = $1 and p.masks <> '[]'
        and exists (select 1 from delivery d where d.setting_id = p.setting_id and d.category = ${categoryOf}) order by p.created_at`,
      [this.#tenantId, log.provider, log.category],
    );
    return rows.map((r) => r.id);
  }

  async #findShaped(log: Log, shapeId: string, firstSeq: number, lastSeq: number, digests: ReadonlySet<string>) {
    const found: { digest: string; seq: number; id: string }[] = [];
    for (let after = firstSeq - 1; after < lastSeq;) {
      const cut = await this.read(log, after, lastSeq, SHAPED_BYTES, shapeId);
      for (const { body, seq, id } of cut.records) {
        const digest = createHash('sha256').update(body).digest('base64');
        if (digests.has(digest)) found.push({ digest, seq, id });
      }
      after = cut.through;
    }
    return found;
  }

  async ids(log: Log, seqs: readonly number[]): Promise<Map<number, string>> {
    const { rows } = await this.#db.query<{ seq: number; id: string }>(
      `select seq, id from record_body where tenant_id = $1 and category = ${categoryOf} and seq = any ($4::bigint[])`,
      [this.#tenantId, log.provider, log.category, seqs],
    );
    return new Map(rows.map((r) => [r.seq, r.id]));
  }

  async firstAcknowledgedAfter(deliveryId: string, time: Date): Promise<number | null> {
    const { rows } = await this.#db.query<{ seq: number | null }>(
      'select min(first_seq) as seq from delivered_batch where tenant_id = $1 and delivery_id = $2 and replay_id is null and delivered_at >= $3 and records > 0',
      [this.#tenantId, deliveryId, time],
    );
    return rows[0]!.seq;
  }

  async sentBefore(deliveryId: string, seq: number): Promise<Date | null> {
    const { rows } = await this.#db.query<{ at: Date }>(
      `select delivered_at - duration_ms * interval '1 millisecond' as at from delivered_batch
      where tenant_id = $1 and delivery_id = $2 and replay_id is null and first_seq <= $3 order by first_seq desc limit 1`,
      [this.#tenantId, deliveryId, seq],
    );
    return rows[0]?.at ?? null;
  }

  async quarantined(deliveryId: string, firstSeq: number, lastSeq: number): Promise<number[]> {
    const { rows } = await this.#db.query<{ seq: number }>(
      'select seq from quarantine where tenant_id = $1 and delivery_id = $2 and seq between $3 and $4 and replay_id is null order by seq',
      [this.#tenantId, deliveryId, firstSeq, lastSeq],
    );
    return rows.map((r) => r.seq);
  }

  async head(log: Log): Promise<number> {
    const { rows } = await this.#db.query<{ seq: number }>(`select seq from head where tenant_id = $1 and category = ${categoryOf}`, [
      this.#tenantId,
      log.provider,
      log.category,
    ]);
    return rows[0]?.seq ?? 0;
  }

  async seqAt(log: Log, time: Date): Promise<number> {
    // Records are appended in the order of their numbers, so a few looks find it.
    let [low, high] = [1, (await this.head(log)) + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const { rows } = await this.#db.query<{ seq: number; late: boolean }>(
        `select seq, appended_at >= $5 as late from record_body where tenant_id = $1 and category = ${categoryOf} and seq >= $4 order by seq limit 1`,
        [this.#tenantId, log.provider, log.category, middle, time],
      );
      if (!rows[0] || rows[0].late) high = middle;
      else low = rows[0].seq + 1;
    }
    return low;
  }
}

/** Of a row that names a replay by `r`. */
const origin = 'r.kind as replay_kind, r.created_by as replay_by, r.created_at as replay_at, r.id as replay';
const originOf = (r: Row): ReplayOrigin | null =>
  r['replay_kind']
    ? {
        id: r['replay'] as string,
        kind: r['replay_kind'] as ReplayOrigin['kind'],
        by: r['replay_by'] as string,
        at: r['replay_at'] as Date,
      }
    : null;

const toSegment = (r: Row): BlobSegment => ({
  deliveryId: r['delivery_id'] as string,
  replay: originOf(r),
  provider: r['provider'] as string,
  category: r['category'] as string,
  firstSeq: r['first_seq'] as number,
  lastSeq: r['last_seq'] as number,
  offset: r['offset'] as number,
  bytes: r['bytes'] as number,
  digest: r['digest'] as Buffer | null,
  shapeId: r['shape_id'] as string | null,
});

function toLedgerRow(r: Row): LedgerRow {
  return {
    deliveryId: r['delivery_id'] as string,
    replay: originOf(r),
    firstSeq: r['first_seq'] as number,
    lastSeq: r['last_seq'] as number,
    records: r['records'] as number,
    filtered: r['filtered'] as number,
    shapeId: r['shape_id'] as string | null,
    bytes: r['bytes'] as number,
    digest: r['digest'] as Buffer | null,
    place: r['place'] as LedgerRow['place'],
    acknowledgedAt: r['delivered_at'] as Date,
    attempts: r['attempts'] as number,
    durationMs: r['duration_ms'] as number,
  };
}
