import {
  categoryId,
  destinationTypes,
  MAX_SETTINGS,
  secretsIn,
  parseCondition,
  sinkOf,
  withoutSecrets,
  type DestinationTargets,
  type DestinationType,
  type Batching,
  type Destinations,
  type Mask,
  type SettingInput,
} from '@weir/contract';
import type { DeliveryFacts, Fault, FailureKind, Shaper } from '@weir/engine';
import type pg from 'pg';
import { adminRecord, type AdminActor } from './admin-record.ts';
import { insertReplay, rangeOf } from './delivery-actions.ts';
import { setShape, shaperOf } from './shapes.ts';
import { transaction, type Queryable, type Row } from './database.ts';
import { SecretsRefused, SettingChanged, SettingExists, SettingHeld, SettingLimit, SettingNotFound, SinkInUse } from './errors.ts';
import { appendInTransaction, categoryNumber, type Known } from './records.ts';
import { holdOf, type LegalHold, releaseHold, putHold, retentionFaults, setRetention, type RetentionFault } from './retention.ts';
import { forgetSecrets, resolveSecrets, writeSecrets, type ResolvedSecrets } from './secrets.ts';
import { NoSecretKey, type Vault } from './vault.ts';

export { MAX_SETTINGS };

export interface StoredDelivery {
  id: string;
  type: DestinationType;
  category: string;
  facts: DeliveryFacts;
}
export interface StoredSetting {
  name: string;
  provider: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  categories: { category: string; retentionDays: number }[];
  destinations: Destinations;
  /** Which records go; null: all of them. */
  condition: string | null;
  masks: Mask[];
  batching: Partial<Record<DestinationType, Batching>>;
  /** Which secrets are set, by field, and since when. */
  secrets: { path: string; setAt: Date }[];
  deliveries: StoredDelivery[];
  /** Keeps everything that the setting archived. */
  legalHold: LegalHold | null;
  /** Blobs of the setting that are past their time and could not be deleted. */
  retentionFault: RetentionFault | null;
}

/** The diagnostic settings of one tenant. Every change writes its own record in the same transaction. */
export class Settings {
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

  /** All settings of a log provider by name, with the facts of each delivery. */
  async list(provider: string): Promise<StoredSetting[]> {
    const db = this.#pool as unknown as Queryable;
    const { rows: settings } = await db.query(
      `select s.id, s.name, s.provider, s.version, s.created_at, s.updated_at,
        (select jsonb_agg(jsonb_build_object('category', c.name, 'retentionDays', sc.retention_days) order by c.id) from setting_category sc join category c on c.id = sc.category where sc.setting_id = s.id) as categories,
        (select jsonb_object_agg(d.type, d.target) from destination d where d.setting_id = s.id and d.ended_at is null) as destinations,
        (select jsonb_object_agg(d.type, d.batching) from destination d where d.setting_id = s.id and d.ended_at is null and d.batching is not null) as batching,
        p.condition, p.masks,
        (select jsonb_agg(jsonb_build_object('path', 'destinations.' || d.type || '.' || x.field, 'setAt', x.set_at) order by d.type, x.field)
          from destination_secret x join destination d on d.id = x.destination_id where d.setting_id = s.id and d.ended_at is null) as secrets,
        (select jsonb_build_object('reason', h.reason, 'by', h.put_by, 'since', h.put_at) from legal_hold h where h.setting_id = s.id and h.released_at is null) as hold
      from setting s left join shape p on p.id = s.shape_id where s.tenant_id = $1 and s.provider = $2 and s.deleted_at is null order by lower(s.name)`,
      [this.#tenantId, provider],
    );
    const { rows: deliveries } = await db.query(
      `select d.*, t.type, c.name as category_name, coalesce(h.seq, 0) as head,
        (select r.appended_at from record_body r where r.tenant_id = d.tenant_id and r.category = d.category and r.seq = d.checkpoint + 1 limit 1) as oldest_waiting_at
      from delivery d join destination t on t.id = d.destination_id join category c on c.id = d.category
      left join head h on h.tenant_id = d.tenant_id and h.category = d.category
      where d.tenant_id = $1 and d.ended_at is null and d.setting_id = any ($2::uuid[]) order by t.type, c.id`,
      [this.#tenantId, settings.map((s) => s['id'])],
    );
    const faults = await retentionFaults(db, this.#tenantId);
    return settings.map((s) => ({
      name: s['name'] as string,
      provider: s['provider'] as string,
      version: s['version'] as number,
      createdAt: s['created_at'] as Date,
      updatedAt: s['updated_at'] as Date,
      categories: (s['categories'] as StoredSetting['categories'] | null) ?? [],
      destinations: (s['destinations'] as Destinations | null) ?? {},
      condition: s['condition'] as string | null,
      masks: (s['masks'] as Mask[] | null) ?? [],
      batching: (s['batching'] as StoredSetting['batching'] | null) ?? {},
      secrets: ((s['secrets'] as { path: string; setAt: string }[] | null) ?? []).map(({ path, setAt }) => ({
        path,
        setAt: new Date(setAt),
      })),
      deliveries: deliveries.filter((d) => d['setting_id'] === s['id']).map(toDelivery),
      legalHold: holdOf(s['hold']),
      retentionFault: faults.get(s['id'] as string) ?? null,
    }));
  }

  async get(provider: string, name: string): Promise<StoredSetting | null> {
    return (await this.list(provider)).find((s) => s.name.toLowerCase() === name.toLowerCase()) ?? null;
  }

  /** The secrets that a save would leave: in the clear, for trying them out, and what is wrong with them. Nothing is written. */
  async secretsFor(provider: string, name: string | null, input: SettingInput): Promise<ResolvedSecrets> {
    const db = this.#pool as unknown as Queryable;
    const resolved = await resolveSecrets(db, this.#vault, this.#tenantId, await this.#idOf(provider, name), input.destinations);
    return { ...resolved, faults: [...resolved.faults, ...this.#withoutKey(input)] };
  }

  /** What a setting lets through and masks as it stands in the form; with the key of the saved setting of this name, if there is one. */
  async shaperFor(
    provider: string,
    name: string | null,
    input: Pick<SettingInput, 'condition' | 'masks'>,
  ): Promise<{ shaper: Shaper; exampleKey: boolean }> {
    const settingId = await this.#idOf(provider, name);
    const { condition = null, masks = [] } = input;
    return shaperOf(this.#pool as unknown as Queryable, this.#vault, { tenantId: this.#tenantId, settingId }, { condition, masks });
  }

  async #idOf(provider: string, name: string | null): Promise<string | null> {
    if (name === null) return null;
    const { rows } = await this.#pool.query<{ id: string }>(
      'select id from setting where tenant_id = $1 and provider = $2 and lower(name) = lower($3) and deleted_at is null',
      [this.#tenantId, provider, name],
    );
    return rows[0]?.id ?? null;
  }

  /** Throws `SettingExists`, `SettingLimit`, `SinkInUse`, `SecretsRefused`. Its deliveries begin with what is collected from now on. */
  async create(provider: string, name: string, input: SettingInput, actor: AdminActor): Promise<void> {
    await transaction(this.#pool, async (db) => {
      const others = await this.#lockAll(db, provider);
      if (others.some((s) => s.name.toLowerCase() === name.toLowerCase()))
        throw new SettingExists(`There is a diagnostic setting named '${name}' already.`);
      if (others.length >= MAX_SETTINGS) throw new SettingLimit(MAX_SETTINGS);
      await this.#checkSinks(db, provider, null, input);
      const { rows } = await db.query<{ id: string }>('insert into setting (tenant_id, provider, name) values ($1, $2, $3) returning id', [
        this.#tenantId,
        provider,
        name,
      ]);
      await this.#checkSecrets(db, null, input);
      const replays = await this.#write(db, provider, rows[0]!.id, input, actor);
      await this.#tell(db, actor, 'Create diagnosticSettings', name, { Provider: provider, Before: null, ...told(input), ...replays });
    });
  }

  /** Throws `SettingNotFound`, `SettingChanged` when `version` is not the newest, `SinkInUse`, `SecretsRefused`. Waiting records go to where the setting points now. */
  async update(provider: string, name: string, version: number, input: SettingInput, actor: AdminActor): Promise<void> {
    await transaction(this.#pool, async (db) => {
      const setting = (await this.#lockAll(db, provider)).find((s) => s.name.toLowerCase() === name.toLowerCase());
      if (!setting) throw new SettingNotFound(`There is no diagnostic setting named '${name}'.`);
      if (setting.version !== version) throw new SettingChanged(setting.version);
      await this.#checkSinks(db, provider, setting.id, input);
      await this.#checkSecrets(db, setting.id, input);
      const before = await this.#snapshot(db, setting.id);
      await db.query('update setting set version = version + 1, updated_at = now() where id = $1 and tenant_id = $2', [
        setting.id,
        this.#tenantId,
      ]);
      const replays = await this.#write(db, provider, setting.id, input, actor);
      await this.#tell(db, actor, 'Update diagnosticSettings', setting.name, {
        Provider: provider,
        Before: before,
        ...told(input),
        ...replays,
      });
    });
  }

  /**
   * Puts the setting under legal hold, or gives an existing hold another reason. When this returns no blob of the setting is
   * deleted any more. Throws `SettingNotFound`.
   */
  async hold(provider: string, name: string, reason: string, actor: AdminActor): Promise<void> {
    await transaction(this.#pool, async (db) => {
      const setting = (await this.#lockAll(db, provider)).find((s) => s.name.toLowerCase() === name.toLowerCase());
      if (!setting) throw new SettingNotFound(`There is no diagnostic setting named '${name}'.`);
      await putHold(db, this.#tenantId, setting.id, reason, actor.upn);
      await this.#tell(db, actor, 'Put legalHold', setting.name, { Provider: provider, Reason: reason });
    });
  }

  /** Ends the legal hold; the dates that were written down hold again. False when there is none. Throws `SettingNotFound`. */
  async release(provider: string, name: string, actor: AdminActor): Promise<boolean> {
    return transaction(this.#pool, async (db) => {
      const setting = (await this.#lockAll(db, provider)).find((s) => s.name.toLowerCase() === name.toLowerCase());
      if (!setting) throw new SettingNotFound(`There is no diagnostic setting named '${name}'.`);
      const released = await releaseHold(db, this.#tenantId, setting.id);
      if (released)
        await this.#tell(db, actor, 'Release legalHold', setting.name, {
          Provider: provider,
          Reason: released.reason,
          Since: released.since,
        });
      return released !== null;
    });
  }

  /** Throws `SettingNotFound`, `SettingHeld`, `SettingChanged` when `version` is given and not the newest. Delivered data, its retention, history and quarantine stay. */
  async delete(provider: string, name: string, actor: AdminActor, version?: number): Promise<void> {
    await transaction(this.#pool, async (db) => {
      const setting = (await this.#lockAll(db, provider)).find((s) => s.name.toLowerCase() === name.toLowerCase());
      if (!setting) throw new SettingNotFound(`There is no diagnostic setting named '${name}'.`);
      if (version !== undefined && setting.version !== version) throw new SettingChanged(setting.version);
      const { rows: held } = await db.query<{ reason: string }>(
        'select reason from legal_hold where setting_id = $1 and tenant_id = $2 and released_at is null',
        [setting.id, this.#tenantId],
      );
      if (held[0]) throw new SettingHeld(setting.name, held[0].reason);
      const before = await this.#snapshot(db, setting.id);
      await db.query('update setting set deleted_at = now() where id = $1 and tenant_id = $2', [setting.id, this.#tenantId]);
      await db.query('update destination set ended_at = now() where setting_id = $1 and tenant_id = $2 and ended_at is null', [
        setting.id,
        this.#tenantId,
      ]);
      await db.query(`update delivery set ${ended} where setting_id = $1 and tenant_id = $2 and ended_at is null`, [
        setting.id,
        this.#tenantId,
      ]);
      await forgetSecrets(db, this.#tenantId, setting.id);
      await this.#tell(db, actor, 'Delete diagnosticSettings', setting.name, { Provider: provider, Before: before, After: null });
    });
  }

  /** Writes a record of something that changed no row, such as an export. */
  async record(actor: AdminActor, operation: string, target: string, properties: Record<string, unknown>): Promise<void> {
    await transaction(this.#pool, (db) => this.#tell(db, actor, operation, target, properties));
  }

  /** One writer of a tenant's settings at a time: the limit of five and the rule on sinks look at all of them. */
  async #lockAll(db: Queryable, provider: string): Promise<{ id: string; name: string; version: number }[]> {
    await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`weir.settings/${this.#tenantId}/${provider}`]);
    const { rows } = await db.query<{ id: string; name: string; version: number }>(
      'select id, name, version from setting where tenant_id = $1 and provider = $2 and deleted_at is null',
      [this.#tenantId, provider],
    );
    return rows;
  }

  async #checkSinks(db: Queryable, provider: string, except: string | null, input: SettingInput): Promise<void> {
    for (const { type, sink } of sinksOf(input)) {
      const { rows } = await db.query<{ name: string; category: string }>(
        `select s.name, c.name as category from destination d join setting s on s.id = d.setting_id join setting_category sc on sc.setting_id = s.id join category c on c.id = sc.category
        where s.tenant_id = $1 and s.provider = $2 and s.deleted_at is null and d.ended_at is null and d.sink = $3 and c.name = any ($4::text[]) and s.id is distinct from $5::uuid limit 1`,
        [this.#tenantId, provider, sink, input.categories.map((c) => c.category), except],
      );
      if (rows[0]) throw new SinkInUse(sink, rows[0].name, rows[0].category, type);
    }
  }

  async #checkSecrets(db: Queryable, settingId: string | null, input: SettingInput): Promise<void> {
    const { faults } = await resolveSecrets(db, this.#vault, this.#tenantId, settingId, input.destinations);
    const all = [...faults, ...this.#withoutKey(input)];
    if (all.length > 0) throw new SecretsRefused(all);
  }

  /** Without a key nothing can be kept secret, so nothing is taken. */
  #withoutKey(input: SettingInput): { path: string; message: string }[] {
    if (this.#vault.hasKey) return [];
    const message = new NoSecretKey().message;
    const hashed = (input.masks ?? []).flatMap(({ how }, i) => (how === 'hash' ? [{ path: `masks.${i}.how`, message }] : []));
    return hashed.concat(
      destinationTypes.flatMap((type) =>
        Object.keys(secretsIn(type, input.destinations)).map((field) => ({
          path: `destinations.${type}.${field}`,
          message,
        })),
      ),
    );
  }

  /** Gives what the setting's record tells of the history that is sent. */
  async #write(
    db: Queryable,
    provider: string,
    settingId: string,
    input: SettingInput,
    actor: AdminActor,
  ): Promise<{ Replays?: Record<string, unknown>[] }> {
    const numbers: number[] = [];
    const made: Made[] = [];
    const parsed = parseCondition(input.condition ?? '');
    if (!parsed.ok) throw new Error(`The condition is none: ${parsed.error.message}`);
    const query = parsed.query.kind === 'all' ? null : parsed.query;
    const condition = query && input.condition!.trim();
    await setShape(db, this.#vault, { tenantId: this.#tenantId, settingId }, { condition, query, masks: input.masks ?? [] });
    await db.query('delete from setting_category where setting_id = $1', [settingId]);
    for (const { category, retentionDays } of input.categories) {
      const number = await categoryNumber(db, this.#known, categoryId(provider, category));
      numbers.push(number);
      await db.query('insert into setting_category (setting_id, category, retention_days) values ($1, $2, $3)', [
        settingId,
        number,
        retentionDays,
      ]);
      await setRetention(db, this.#tenantId, settingId, number, retentionDays);
    }
    const targets = withoutSecrets(input.destinations);
    for (const type of destinationTypes) {
      const target = targets[type];
      const { rows } = await db.query<{ id: string; target: unknown }>(
        'select id, target from destination where setting_id = $1 and type = $2 and ended_at is null',
        [settingId, type],
      );
      const old = rows[0];
      const same = old !== undefined && target !== undefined && canonical(old.target) === canonical(target);
      if (old && !same) await db.query('update destination set ended_at = now() where id = $1', [old.id]);
      if (!target) {
        if (old) await db.query(`update delivery set ${ended} where destination_id = $1 and ended_at is null`, [old.id]);
        continue;
      }
      const destinationId = same
        ? old.id
        : (
            await db.query<{ id: string }>(
              'insert into destination (tenant_id, setting_id, type, target, sink) values ($1, $2, $3, $4, $5) returning id',
              [this.#tenantId, settingId, type, JSON.stringify(target), sinkOf(type, target)],
            )
          ).rows[0]!.id;
      await db.query('update destination set batching = $2 where id = $1 and batching is distinct from $2::jsonb', [
        destinationId,
        input.batching?.[type] && Object.keys(input.batching[type]).length > 0 ? JSON.stringify(input.batching[type]) : null,
      ]);
      if (same)
        await db.query(
          `update delivery set ${ended} where destination_id = $1 and ended_at is null and not category = any ($2::smallint[])`,
          [destinationId, numbers],
        );
      for (const number of numbers) {
        // A new place takes over what the old one had not acknowledged; a new category starts with what comes next.
        const { rows: begun } = await db.query<{ id: string; checkpoint: number; new: boolean }>(
          `insert into delivery (tenant_id, setting_id, destination_id, category, checkpoint)
          select $1, $2, $3, $4::smallint, coalesce(
            (select checkpoint from delivery where destination_id = $5::uuid and category = $4::smallint and ended_at is null),
            (select seq from head where tenant_id = $1 and category = $4::smallint), 0)
          on conflict do nothing returning id, checkpoint,
            not exists (select 1 from delivery where destination_id = $5::uuid and category = $4::smallint and ended_at is null) as new`,
          [this.#tenantId, settingId, destinationId, number, same ? null : (old?.id ?? null)],
        );
        if (begun[0]?.new) made.push({ ...begun[0], category: number, type });
      }
      if (old && !same) await db.query(`update delivery set ${ended} where destination_id = $1 and ended_at is null`, [old.id]);
      const given = secretsIn(type, input.destinations);
      const from = same ? null : (old?.id ?? null);
      await writeSecrets(db, this.#vault, { tenantId: this.#tenantId, settingId, destinationId, from, type, target, given });
    }
    await forgetSecrets(db, this.#tenantId, settingId);
    // What failed or is held back may go otherwise now.
    await db.query(
      'update delivery set next_attempt_at = least(next_attempt_at, now()) where setting_id = $1 and attempts = 0 and ended_at is null',
      [settingId],
    );
    return this.#includeHistory(db, input, made, actor);
  }

  /** Sends what was collected before a delivery was made, beside what comes: each gets a replay. */
  async #includeHistory(
    db: Queryable,
    { includeHistoryFrom }: SettingInput,
    made: readonly Made[],
    actor: AdminActor,
  ): Promise<{ Replays?: Record<string, unknown>[] }> {
    if (includeHistoryFrom === undefined) return {};
    const replays: Record<string, unknown>[] = [];
    for (const delivery of made) {
      const range = await rangeOf(db, this.#tenantId, delivery, { kind: 'time', time: new Date(includeHistoryFrom) });
      if (range.fromSeq > range.toSeq) continue;
      const { id } = await insertReplay(db, this.#tenantId, delivery.id, range, actor);
      replays.push({ ReplayId: id, DeliveryId: delivery.id, FirstSequence: range.fromSeq, LastSequence: range.toSeq });
    }
    return { Replays: replays };
  }

  async #snapshot(db: Queryable, settingId: string): Promise<unknown> {
    const { rows } = await db.query(
      `select (select jsonb_agg(jsonb_build_object('category', c.name, 'retentionDays', sc.retention_days) order by c.id) from setting_category sc join category c on c.id = sc.category where sc.setting_id = $1) as categories,
        (select jsonb_object_agg(type, target) from destination where setting_id = $1 and ended_at is null) as destinations,
        (select jsonb_object_agg(type, batching) from destination where setting_id = $1 and ended_at is null and batching is not null) as batching,
        p.condition, p.masks
      from setting s left join shape p on p.id = s.shape_id where s.id = $1`,
      [settingId],
    );
    return Object.fromEntries(
      Object.entries(rows[0]!).filter(([name, value]) => value !== null || ['categories', 'destinations'].includes(name)),
    );
  }

  #tell(db: Queryable, actor: AdminActor, operation: string, target: string, properties: Record<string, unknown>): Promise<void> {
    return appendInTransaction(db, this.#known, this.#tenantId, [adminRecord(this.#tenantId, actor, operation, target, properties)]);
  }
}

/** A delivery that took over from no other. */
interface Made {
  id: string;
  checkpoint: number;
  category: number;
  type: DestinationType;
}

/** An ended delivery keeps its history; its lease goes, so that a worker that still holds it can write nothing more. */
const ended =
  'ended_at = now(), lease_token = null, lease_until = null, batch_first = null, batch_last = null, batch_prepared = null, batch_shape = null';

/** A setting as its record tells it: which secrets were entered, and none of them. */
const told = (input: SettingInput): Record<string, unknown> => {
  const entered = destinationTypes.flatMap((type) => Object.keys(secretsIn(type, input.destinations)).map((field) => `${type}.${field}`));
  return {
    After: { ...input, destinations: withoutSecrets(input.destinations) },
    ...(entered.length > 0 && { SecretsEntered: entered }),
  };
};

const canonical = (target: unknown): string => JSON.stringify(Object.entries(target as Row).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function sinksOf(input: SettingInput): { type: DestinationType; sink: string }[] {
  return destinationTypes.flatMap((type) => {
    const target = input.destinations[type] as DestinationTargets[DestinationType] | undefined;
    return target ? [{ type, sink: sinkOf(type, target) }] : [];
  });
}

/** A row of `delivery` with `type`, `category_name`, `head` and `oldest_waiting_at`. */
export function toDelivery(d: Row): StoredDelivery {
  const failure = d['failure'] as { kind: FailureKind; fault: Fault; at: string } | null;
  return {
    id: d['id'] as string,
    type: d['type'] as DestinationType,
    category: d['category_name'] as string,
    facts: {
      paused: d['paused'] as boolean,
      pause: d['paused_by'] ? { by: d['paused_by'] as string, reason: d['paused_reason'] as string | null } : null,
      createdAt: d['created_at'] as Date,
      checkpoint: d['checkpoint'] as number,
      head: d['head'] as number,
      attempts: d['attempts'] as number,
      lastAttemptAt: d['last_attempt_at'] as Date | null,
      lastDeliveredAt: d['last_delivered_at'] as Date | null,
      nextAttemptAt: d['next_attempt_at'] as Date,
      lastFailure: failure && { kind: failure.kind, fault: failure.fault, at: new Date(failure.at) },
      oldestWaitingAt: d['oldest_waiting_at'] as Date | null,
      delivered: d['delivered'] as number,
      filtered: d['filtered'] as number,
      quarantined: d['quarantined'] as number,
    },
  };
}
