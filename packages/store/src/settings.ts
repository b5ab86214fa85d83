import {
  destinationTypes,
  MAX_SETTINGS,
  secretsIn,
  sinkOf,
  withoutSecrets,
  type DestinationTargets,
  type DestinationType,
  type SettingInput,
} from '@weir/contract';
import type { Shaper } from '@weir/engine';
import type pg from 'pg';
import { adminRecord, type AdminActor } from './admin-record.ts';
import { shaperOf } from './shapes.ts';
import { transaction, type Queryable } from './database.ts';
import { SecretsRefused, SettingChanged, SettingExists, SettingHeld, SettingLimit, SettingNotFound, SinkInUse } from './errors.ts';
import { appendInTransaction, type Known } from './records.ts';
import { releaseHold, putHold } from './retention.ts';
import { forgetSecrets, resolveSecrets, type ResolvedSecrets } from './secrets.ts';
import { listSettings, snapshotOf, type StoredSetting } from './settings-rows.ts';
import { NoSecretKey, type Vault } from './vault.ts';
import { ended, writeSetting, type WriterOf } from './write-setting.ts';

export { MAX_SETTINGS };

/** The diagnostic settings of one tenant. Every change writes its own record in the same transaction. */
export class Settings {
  readonly #pool: pg.Pool;
  readonly #known: Known;
  readonly #tenantId: string;
  readonly #vault: Vault;
  readonly #writer: WriterOf;
  constructor(pool: pg.Pool, known: Known, tenantId: string, vault: Vault) {
    this.#pool = pool;
    this.#known = known;
    this.#tenantId = tenantId;
    this.#vault = vault;
    this.#writer = { tenantId, known, vault };
  }

  /** All settings of a log provider by name, with the facts of each delivery. */
  list(provider: string): Promise<StoredSetting[]> {
    return listSettings(this.#pool as unknown as Queryable, this.#tenantId, provider);
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
      const replays = await writeSetting(db, this.#writer, provider, rows[0]!.id, input, actor);
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
      const before = await snapshotOf(db, setting.id);
      await db.query('update setting set version = version + 1, updated_at = now() where id = $1 and tenant_id = $2', [
        setting.id,
        this.#tenantId,
      ]);
      const replays = await writeSetting(db, this.#writer, provider, setting.id, input, actor);
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
      const before = await snapshotOf(db, setting.id);
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

  #tell(db: Queryable, actor: AdminActor, operation: string, target: string, properties: Record<string, unknown>): Promise<void> {
    return appendInTransaction(db, this.#known, this.#tenantId, [adminRecord(this.#tenantId, actor, operation, target, properties)]);
  }
}

/** A setting as its record tells it: which secrets were entered, and none of them. */
const told = (input: SettingInput): Record<string, unknown> => {
  const entered = destinationTypes.flatMap((type) => Object.keys(secretsIn(type, input.destinations)).map((field) => `${type}.${field}`));
  return {
    After: { ...input, destinations: withoutSecrets(input.destinations) },
    ...(entered.length > 0 && { SecretsEntered: entered }),
  };
};

function sinksOf(input: SettingInput): { type: DestinationType; sink: string }[] {
  return destinationTypes.flatMap((type) => {
    const target = input.destinations[type] as DestinationTargets[DestinationType] | undefined;
    return target ? [{ type, sink: sinkOf(type, target) }] : [];
  });
}
