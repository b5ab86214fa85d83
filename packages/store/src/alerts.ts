import type { AlertEvent, AlertResolution, AlertTarget, AlertView } from '@weir/contract';
import { OPENINGS_MS, type AlertDecision, type AlertState, type AlertSubject, type Fault, type Secrets } from '@weir/engine';
import type pg from 'pg';
import { channelSecrets } from './alert-channels.ts';
import { watched, silences, type Watched, type TenantCategory } from './alert-facts.ts';
import { iso, isoOrNull, transaction, type Queryable, type Row } from './database.ts';
import type { Vault } from './vault.ts';

/** For how long alerts that have ended, and notifications that were taken, are kept. */
const KEPT_ALERT_DAYS = 90;
const KEPT_NOTIFICATION_DAYS = 30;

/** A notification under lease. It is the same at every attempt. */
export interface ClaimedNotification {
  readonly id: string;
  readonly token: string;
  readonly tenantId: string;
  readonly channelId: string;
  readonly channel: string;
  readonly target: AlertTarget;
  /** The secrets in the clear. Throws `SecretUnreadable`. */
  secrets(): Secrets;
  readonly createdAt: Date;
  readonly events: readonly AlertEvent[];
  /** This one included. */
  readonly attempts: number;
}

/** Alerts of all tenants, for those who watch and tell. */
export interface AlertStore {
  /** The database's time, and every tenant's deliveries as they are. Three statements for all tenants. */
  watch(): Promise<Watched>;
  /** What is known about the flow of records, for each category of each tenant. */
  silences(now: Date): Promise<TenantCategory[]>;
  /**
   * Decides under the tenant's lock, and writes states, endings and notifications in one transaction. Returns what is told.
   * `groupMs`: for so long a new notification waits for more.
   */
  apply(
    tenantId: string,
    now: Date,
    groupMs: number,
    decide: (live: readonly AlertState[], openings: ReadonlyMap<string, number>) => AlertDecision,
  ): Promise<AlertEvent[]>;
  /** Takes due notifications under a lease, for each channel only its oldest: the order is kept, and a server that is down is asked for one. */
  claim(leaseMs: number, limit: number): Promise<ClaimedNotification[]>;
  /** The server took it. */
  taken(notification: ClaimedNotification): Promise<void>;
  failed(notification: ClaimedNotification, fault: Fault, nextAttemptAt: Date): Promise<void>;
  /** Gives it back without a word: nobody knows whether it was taken. */
  release(notification: ClaimedNotification): Promise<void>;
  /** Deletes what is older than it is kept. */
  sweep(): Promise<void>;
}

export function alertStore(pool: pg.Pool, vault: Vault): AlertStore {
  const db = pool as unknown as Queryable;
  const held = (n: ClaimedNotification, set: string, values: readonly unknown[] = []) =>
    db.query(
      `update alert_notification set lease_token = null, lease_until = null, ${set} where id = $1 and lease_token = $2 and sent_at is null`,
      [n.id, n.token, ...values],
    );
  return {
    watch: () => watched(db),
    silences: (now) => silences(db, now),
    apply: (tenantId, now, groupMs, decide) =>
      transaction(pool, async (tx) => {
        await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`weir.alerts/${tenantId}`]);
        const { rows } = await tx.query('select * from alert where tenant_id = $1 and recovered_at is null', [tenantId]);
        const { rows: counts } = await tx.query<{ key: string; n: number }>(
          `select key, count(*) as n from alert where tenant_id = $1 and recovered_at > $2 group by key`,
          [tenantId, new Date(now.getTime() - OPENINGS_MS)],
        );
        const live = rows.map(toState);
        const decision = decide(live, new Map(counts.map((c) => [c.key, c.n])));
        const ids = await write(tx, tenantId, now, rows, live, decision);
        const events = decision.events.map(({ kind, key }): AlertEvent => {
          const ended = decision.recovered.find((r) => r.state.key === key);
          const state = ended?.state ?? decision.states.find((s) => s.key === key)!;
          return {
            event: kind,
            at: now.toISOString(),
            alert: viewOf(ids.get(key)!, state, ended ? { at: now, resolution: ended.resolution } : null),
          };
        });
        if (events.length > 0) await enqueue(tx, tenantId, events, groupMs);
        return events;
      }),
    async claim(leaseMs, limit) {
      const { rows } = await db.query(
        `with oldest as (
          select distinct on (channel_id) id from alert_notification where sent_at is null order by channel_id, number
        ), due as (
          select n.id from alert_notification n join oldest using (id)
          where n.sent_at is null and n.next_attempt_at <= now() and (n.lease_until is null or n.lease_until < now())
          order by n.next_attempt_at limit $2 for update of n skip locked
        ), mine as (
          update alert_notification n set lease_token = gen_random_uuid(), lease_until = now() + $1 * interval '1 millisecond', attempts = attempts + 1
          from due where n.id = due.id returning n.*
        )
        select m.*, c.name as channel, c.target, c.secret, c.previous, c.previous_until from mine m join alert_channel c on c.id = m.channel_id`,
        [leaseMs, limit],
      );
      return rows.map((r) => ({
        id: r['id'] as string,
        token: r['lease_token'] as string,
        tenantId: r['tenant_id'] as string,
        channelId: r['channel_id'] as string,
        channel: r['channel'] as string,
        target: r['target'] as AlertTarget,
        secrets: () => channelSecrets(vault, r),
        createdAt: r['created_at'] as Date,
        events: r['events'] as AlertEvent[],
        attempts: r['attempts'] as number,
      }));
    },
    async taken(n) {
      const { rowCount } = await held(n, 'sent_at = now()');
      if (rowCount === 1) await db.query('update alert_channel set last_sent_at = now(), failure = null where id = $1', [n.channelId]);
    },
    async failed(n, fault, nextAttemptAt) {
      const { rowCount } = await held(n, 'next_attempt_at = $3', [nextAttemptAt]);
      if (rowCount === 1)
        await db.query('update alert_channel set failure = $2 where id = $1', [
          n.channelId,
          JSON.stringify({ ...fault, at: new Date().toISOString() }),
        ]);
    },
    release: async (n) => void (await held(n, 'next_attempt_at = now()')),
    async sweep() {
      await db.query(`delete from alert where recovered_at < now() - interval '${KEPT_ALERT_DAYS} days'`);
      await db.query(`delete from alert_notification where sent_at < now() - interval '${KEPT_NOTIFICATION_DAYS} days'`);
    },
  };
}

/** Brings the rows to where the decision wants them; rows that stay as they are cost nothing. Returns each key's id. */
async function write(
  tx: Queryable,
  tenantId: string,
  now: Date,
  rows: readonly Row[],
  live: readonly AlertState[],
  decision: AlertDecision,
): Promise<Map<string, string>> {
  const ids = new Map(rows.map((r) => [r['key'] as string, r['id'] as string]));
  for (const state of decision.states) {
    const old = live.find((s) => s.key === state.key);
    if (old && JSON.stringify(old) === JSON.stringify(state)) continue;
    const { rows: written } = await tx.query<{ id: string }>(
      `insert into alert (tenant_id, key, subject, signature, since, opened_at, clear_since, notified_at, notified, told, openings)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      on conflict (tenant_id, key) where recovered_at is null do update set subject = excluded.subject, signature = excluded.signature, opened_at = excluded.opened_at,
        clear_since = excluded.clear_since, notified_at = excluded.notified_at, notified = excluded.notified, told = excluded.told, openings = excluded.openings
      returning id`,
      [
        tenantId,
        state.key,
        JSON.stringify(state.subject),
        state.signature,
        state.since,
        state.openedAt,
        state.clearSince,
        state.notifiedAt,
        state.notified,
        state.told,
        state.openings,
      ],
    );
    ids.set(state.key, written[0]!.id);
  }
  for (const { state, resolution } of decision.recovered)
    await tx.query('update alert set recovered_at = $3, resolution = $4, clear_since = $5 where tenant_id = $1 and id = $2', [
      tenantId,
      ids.get(state.key),
      now,
      resolution,
      state.clearSince,
    ]);
  const kept = new Set([...decision.states, ...decision.recovered.map((r) => r.state)].map((s) => s.key));
  const gone = live.filter((s) => !kept.has(s.key)).map((s) => s.key);
  if (gone.length > 0)
    await tx.query('delete from alert where tenant_id = $1 and key = any ($2::text[]) and recovered_at is null', [tenantId, gone]);
  return ids;
}

/** Adds to what waits and was never tried, else begins a notification; one for each channel. */
async function enqueue(tx: Queryable, tenantId: string, events: readonly AlertEvent[], groupMs: number): Promise<void> {
  const { rows: channels } = await tx.query<{ id: string }>('select id from alert_channel where tenant_id = $1', [tenantId]);
  const json = JSON.stringify(events);
  for (const { id } of channels) {
    const { rowCount } = await tx.query(
      `update alert_notification set events = events || $3::jsonb where id = (
        select id from alert_notification where channel_id = $1 and tenant_id = $2 and sent_at is null and attempts = 0 order by number desc limit 1 for update
      )`,
      [id, tenantId, json],
    );
    if (rowCount === 1) continue;
    await tx.query(
      `insert into alert_notification (tenant_id, channel_id, events, next_attempt_at) values ($1, $2, $3, now() + $4 * interval '1 millisecond')`,
      [tenantId, id, json, groupMs],
    );
  }
}

/** The alerts of one tenant, as its admins see them. */
export class Alerts {
  readonly #db: Queryable;
  readonly #tenantId: string;
  constructor(db: Queryable, tenantId: string) {
    this.#db = db;
    this.#tenantId = tenantId;
  }

  /** Those that are open, oldest first, and up to `limit` that have ended, newest first; `before` is the last page's `next`. */
  async list(before: number | undefined, limit: number): Promise<{ open: AlertView[]; past: AlertView[]; next: number | null }> {
    const [open, past] = await Promise.all([
      this.#db.query(
        'select * from alert where tenant_id = $1 and recovered_at is null and opened_at is not null order by opened_at, number',
        [this.#tenantId],
      ),
      this.#db.query(
        'select * from alert where tenant_id = $1 and recovered_at is not null and number < $2 order by number desc limit $3',
        [this.#tenantId, before ?? Number.MAX_SAFE_INTEGER, limit + 1],
      ),
    ]);
    const shown = past.rows.slice(0, limit);
    return {
      open: open.rows.map(rowView),
      past: shown.map(rowView),
      next: past.rows.length > limit && shown.length > 0 ? (shown.at(-1)!['number'] as number) : null,
    };
  }
}

const rowView = (r: Row): AlertView =>
  viewOf(
    r['id'] as string,
    toState(r),
    r['recovered_at'] ? { at: r['recovered_at'] as Date, resolution: r['resolution'] as AlertResolution } : null,
  );

function viewOf(id: string, { subject, since, openedAt }: AlertState, ended: { at: Date; resolution: AlertResolution } | null): AlertView {
  return {
    id,
    cause: subject.cause,
    setting: subject.setting,
    destination: subject.destination,
    categories: [...subject.categories],
    reason: subject.reason,
    remedy: subject.remedy,
    since: iso(since),
    openedAt: iso(openedAt),
    recoveredAt: isoOrNull(ended?.at),
    resolution: ended?.resolution ?? null,
  };
}

function toState(r: Row): AlertState {
  return {
    key: r['key'] as string,
    subject: r['subject'] as AlertSubject,
    signature: r['signature'] as string,
    since: r['since'] as Date,
    openedAt: r['opened_at'] as Date | null,
    clearSince: r['clear_since'] as Date | null,
    notifiedAt: r['notified_at'] as Date | null,
    notified: r['notified'] as number,
    told: r['told'] as string,
    openings: r['openings'] as number,
  };
}
