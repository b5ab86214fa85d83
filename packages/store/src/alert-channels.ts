import {
  ALERT_SECRET_OVERLAP_HOURS,
  alertAudience,
  alertTargetOf,
  needsSecret,
  type AlertChannelInput,
  type AlertTarget,
} from '@weir/contract';
import { Secret, SecretUnreadable, type Fault, type Secrets } from '@weir/engine';
import type pg from 'pg';
import { adminRecord, type AdminActor } from './admin-record.ts';
import { transaction, type Queryable, type Row } from './database.ts';
import { appendInTransaction, type Known } from './records.ts';
import { NoSecretKey, type SecretPlace, type Vault } from './vault.ts';

/** So many channels a directory has. */
export const MAX_CHANNELS = 10;

export interface StoredChannel {
  id: string;
  name: string;
  target: AlertTarget;
  secretSetAt: Date | null;
  waiting: number;
  lastSentAt: Date | null;
  fault: (Fault & { at: Date }) | null;
}
/** What came of saving a channel. */
export type ChannelOutcome =
  | { kind: 'saved'; channel: StoredChannel }
  | { kind: 'missing' | 'exists' | 'limit' }
  | { kind: 'secrets'; faults: { path: string; message: string }[] };

const placeOf = (tenantId: string, id: string, target: AlertTarget): SecretPlace => ({
  tenantId,
  settingId: id,
  type: `alert.${target.type}`,
  field: 'secret',
  audience: alertAudience(target),
});

/** The secrets of a channel's row, in the clear. Throws `SecretUnreadable`. */
export function channelSecrets(vault: Vault, row: Row): Secrets {
  const sealed = row['secret'] as string | null;
  if (sealed === null) return { current: {}, previous: {} };
  const place = placeOf(row['tenant_id'] as string, row['channel_id'] as string, row['target'] as AlertTarget);
  const current = { secret: new Secret(vault.open(sealed, place)) };
  const until = row['previous_until'] as Date | null;
  if (row['previous'] === null || until === null || until.getTime() <= Date.now()) return { current, previous: {} };
  try {
    return { current, previous: { secret: new Secret(vault.open(row['previous'] as string, place), until) } };
  } catch (error) {
    if (error instanceof SecretUnreadable) return { current, previous: {} };
    throw error;
  }
}

/** Where the alerts of one tenant go. Every change writes its own record in the same transaction; no record holds a secret. */
export class AlertChannels {
  readonly #pool: pg.Pool;
  readonly #known: Known;
  readonly #tenantId: string;
  readonly #vault: Vault;
  constructor(pool: pg.Pool, known: Known, tenantId: string, vault: Vault) {
    this.#pool = pool;
    this.#known = known;
    this.#tenantId = tenantId;
    this.#vault = vault;
  }

  /** By name. */
  async list(): Promise<StoredChannel[]> {
    const { rows } = await (this.#pool as unknown as Queryable).query(
      `select c.*, (select count(*) from alert_notification n where n.channel_id = c.id and n.sent_at is null) as waiting
      from alert_channel c where c.tenant_id = $1 order by lower(c.name)`,
      [this.#tenantId],
    );
    return rows.map(toChannel);
  }

  async create(actor: AdminActor, input: AlertChannelInput): Promise<ChannelOutcome> {
    return transaction(this.#pool, async (db) => {
      const others = await this.#lockAll(db);
      if (others.some((o) => o.name.toLowerCase() === input.name.toLowerCase())) return { kind: 'exists' };
      if (others.length >= MAX_CHANNELS) return { kind: 'limit' };
      const target = alertTargetOf(input);
      const { rows } = await db.query<{ id: string }>(
        'insert into alert_channel (tenant_id, name, target) values ($1, $2, $3) returning id',
        [this.#tenantId, input.name, JSON.stringify(target)],
      );
      const { id } = rows[0]!;
      const fault = await this.#putSecret(db, id, target, null, input.secret);
      if (fault) {
        await db.query('delete from alert_channel where id = $1 and tenant_id = $2', [id, this.#tenantId]);
        return fault;
      }
      await this.#tell(db, actor, 'Create alertChannel', input.name, { Before: null, After: target, ...entered(input) });
      return { kind: 'saved', channel: await this.#one(db, id) };
    });
  }

  async update(actor: AdminActor, id: string, input: AlertChannelInput): Promise<ChannelOutcome> {
    return transaction(this.#pool, async (db) => {
      const all = await this.#lockAll(db);
      const old = all.find((o) => o.id === id);
      if (!old) return { kind: 'missing' };
      if (all.some((o) => o.id !== id && o.name.toLowerCase() === input.name.toLowerCase())) return { kind: 'exists' };
      const target = alertTargetOf(input);
      const fault = await this.#putSecret(db, id, target, old, input.secret);
      if (fault) return fault;
      await db.query(
        'update alert_channel set name = $3, target = $4, updated_at = now(), failure = null where id = $1 and tenant_id = $2',
        [id, this.#tenantId, input.name, JSON.stringify(target)],
      );
      // What failed for want of the right address need not wait for its turn.
      await db.query(
        'update alert_notification set next_attempt_at = now() where channel_id = $1 and tenant_id = $2 and sent_at is null and attempts > 0',
        [id, this.#tenantId],
      );
      await this.#tell(db, actor, 'Update alertChannel', input.name, {
        Before: { name: old.name, ...old.target },
        After: target,
        ...entered(input),
      });
      return { kind: 'saved', channel: await this.#one(db, id) };
    });
  }

  /** False when there is none. What waits for it goes with it. */
  async remove(actor: AdminActor, id: string): Promise<boolean> {
    return transaction(this.#pool, async (db) => {
      const { rows } = await db.query<{ name: string; target: AlertTarget }>(
        'delete from alert_channel where id = $1 and tenant_id = $2 returning name, target',
        [id, this.#tenantId],
      );
      if (!rows[0]) return false;
      await this.#tell(db, actor, 'Delete alertChannel', rows[0].name, { Before: rows[0].target, After: null });
      return true;
    });
  }

  /** The channel with its secrets, to send through it at once; null when there is none. Throws `SecretUnreadable`. */
  async open(id: string): Promise<{ name: string; target: AlertTarget; secrets: Secrets } | null> {
    const { rows } = await (this.#pool as unknown as Queryable).query(
      'select c.*, c.id as channel_id from alert_channel c where c.id = $1 and c.tenant_id = $2',
      [id, this.#tenantId],
    );
    const row = rows[0];
    return row ? { name: row['name'] as string, target: row['target'] as AlertTarget, secrets: channelSecrets(this.#vault, row) } : null;
  }

  /** The record of a test that was sent. */
  async tested(actor: AdminActor, name: string, result: { taken: boolean; answer: string }): Promise<void> {
    await transaction(this.#pool, (db) => this.#tell(db, actor, 'Test alertChannel', name, { Taken: result.taken, Answer: result.answer }));
  }

  async #lockAll(db: Queryable): Promise<{ id: string; name: string; target: AlertTarget; secret: string | null }[]> {
    await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`weir.alert-channels/${this.#tenantId}`]);
    const { rows } = await db.query<{ id: string; name: string; target: AlertTarget; secret: string | null }>(
      'select id, name, target, secret from alert_channel where tenant_id = $1',
      [this.#tenantId],
    );
    return rows;
  }

  /** Stores, keeps or forgets the secret. What was entered for one address is never sent to another. */
  async #putSecret(
    db: Queryable,
    id: string,
    target: AlertTarget,
    old: { target: AlertTarget; secret: string | null } | null,
    given: string | undefined,
  ): Promise<ChannelOutcome | null> {
    const refuse = (message: string): ChannelOutcome => ({ kind: 'secrets', faults: [{ path: 'secret', message }] });
    if (!needsSecret(target)) {
      if (given !== undefined) return refuse('Without a user name no password is sent. Enter the user name, or leave the password empty.');
      await db.query(
        'update alert_channel set secret = null, secret_set_at = null, previous = null, previous_until = null where id = $1 and tenant_id = $2',
        [id, this.#tenantId],
      );
      return null;
    }
    const sameAudience = old !== null && old.target.type === target.type && alertAudience(old.target) === alertAudience(target);
    if (given === undefined) {
      if (!old?.secret) return refuse('Enter it: nothing is stored yet.');
      return sameAudience
        ? null
        : refuse('The address or the user changed. Enter this anew: what is stored is only sent to where it was entered for.');
    }
    if (!this.#vault.hasKey) return refuse(new NoSecretKey().message);
    const previous = sameAudience && target.type === 'webhook' ? old.secret : null;
    await db.query(
      `update alert_channel set secret = $3, secret_set_at = now(), previous = $4,
        previous_until = case when $4::text is null then null else now() + interval '${ALERT_SECRET_OVERLAP_HOURS} hours' end
      where id = $1 and tenant_id = $2`,
      [id, this.#tenantId, this.#vault.seal(given, placeOf(this.#tenantId, id, target)), previous],
    );
    return null;
  }

  async #one(db: Queryable, id: string): Promise<StoredChannel> {
    const { rows } = await db.query(
      `select c.*, (select count(*) from alert_notification n where n.channel_id = c.id and n.sent_at is null) as waiting
      from alert_channel c where c.id = $1 and c.tenant_id = $2`,
      [id, this.#tenantId],
    );
    return toChannel(rows[0]!);
  }

  #tell(db: Queryable, actor: AdminActor, operation: string, target: string, properties: Record<string, unknown>): Promise<void> {
    return appendInTransaction(db, this.#known, this.#tenantId, [adminRecord(this.#tenantId, actor, operation, target, properties)]);
  }
}

const entered = (input: AlertChannelInput) => (input.secret === undefined ? {} : { SecretsEntered: ['secret'] });

function toChannel(r: Row): StoredChannel {
  const failure = r['failure'] as (Fault & { at: string }) | null;
  return {
    id: r['id'] as string,
    name: r['name'] as string,
    target: r['target'] as AlertTarget,
    secretSetAt: r['secret_set_at'] as Date | null,
    waiting: r['waiting'] as number,
    lastSentAt: r['last_sent_at'] as Date | null,
    fault: failure && { ...failure, at: new Date(failure.at) },
  };
}

/** Seals anew what an older key sealed; counts as `resealSecrets` does. */
export async function resealChannels(db: Queryable, vault: Vault, counts: { sealed: number; unreadable: number }): Promise<void> {
  const { rows } = await db.query('select *, id as channel_id from alert_channel where secret is not null for update');
  for (const row of rows) {
    const place = placeOf(row['tenant_id'] as string, row['id'] as string, row['target'] as AlertTarget);
    const again = (sealed: string | null) =>
      sealed !== null && vault.isOld(sealed) ? vault.seal(vault.open(sealed, place), place) : sealed;
    const [secret, previous] = [row['secret'] as string, row['previous'] as string | null];
    if (!vault.isOld(secret) && (previous === null || !vault.isOld(previous))) continue;
    try {
      await db.query('update alert_channel set secret = $2, previous = $3 where id = $1', [row['id'], again(secret), again(previous)]);
      counts.sealed += 1;
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error;
      counts.unreadable += 1;
    }
  }
}
