import { randomBytes } from 'node:crypto';
import { parseCondition, type Mask, type Query, type Searchable } from '@weir/contract';
import { shaper, type Shaper } from '@weir/engine';
import type { Queryable, Row } from './database.ts';
import { textsOf } from './search/text.ts';
import { NoSecretKey, type SecretPlace, type Vault } from './vault.ts';

/** Versions that are kept ready. Few are in use at a time. */
const MAX_READY = 1_000;
const KEY_BYTES = 32;
const placeOf = (tenantId: string, settingId: string): SecretPlace => ({
  tenantId,
  settingId,
  type: 'setting',
  field: 'hashKey',
  audience: '',
});

/** Versions of shapes, ready for use. They never change, so each is read once. */
export class Shapes {
  readonly #db: Queryable;
  readonly #vault: Vault;
  readonly #ready = new Map<string, Promise<Shaper>>();
  constructor(db: Queryable, vault: Vault) {
    this.#db = db;
    this.#vault = vault;
  }

  /** Throws `SecretUnreadable` when its key cannot be opened. */
  get(tenantId: string, id: string): Promise<Shaper> {
    const key = `${tenantId}/${id}`;
    const known = this.#ready.get(key);
    if (known) return known;
    if (this.#ready.size >= MAX_READY) this.#ready.clear();
    const made = this.#read(tenantId, id);
    this.#ready.set(key, made);
    made.catch(() => this.#ready.delete(key));
    return made;
  }

  async #read(tenantId: string, id: string): Promise<Shaper> {
    const { rows } = await this.#db.query(
      'select s.*, k.sealed from shape s left join setting_key k on k.setting_id = s.setting_id where s.id = $1 and s.tenant_id = $2',
      [id, tenantId],
    );
    const row = rows[0];
    if (!row) throw new Error(`There is no shape ${id}.`);
    const masks = row['masks'] as Mask[];
    const sealed = row['sealed'] as string | null;
    const hashes = masks.some((m) => m.how === 'hash');
    const key = hashes && sealed !== null ? this.#vault.open(sealed, placeOf(tenantId, row['setting_id'] as string)) : null;
    return shaper({ id, condition: row['query'] as Query | null, masks, key: key === null ? null : Buffer.from(key, 'base64') });
  }
}

/** What a setting lets through and masks, as it was entered. */
export interface ShapeInput {
  readonly condition: string | null;
  readonly masks: readonly Mask[];
}

/**
 * Makes a version the setting's own, when it differs from the one it has. Nothing to do at all is no version. Throws `NoSecretKey`
 * when something is to be hashed and no key is configured.
 */
export async function setShape(
  db: Queryable,
  vault: Vault,
  at: { tenantId: string; settingId: string },
  input: ShapeInput & { readonly query: Query | null },
): Promise<void> {
  const { tenantId, settingId } = at;
  const { rows } = await db.query(
    'select s.condition, s.masks from setting t left join shape s on s.id = t.shape_id where t.id = $1 and t.tenant_id = $2',
    [settingId, tenantId],
  );
  const before = { condition: (rows[0]?.['condition'] as string | null) ?? null, masks: (rows[0]?.['masks'] as Mask[] | null) ?? [] };
  if (before.condition === input.condition && canonical(before.masks) === canonical(input.masks)) return;
  if (input.masks.some((m) => m.how === 'hash')) {
    if (!vault.hasKey) throw new NoSecretKey();
    await db.query('insert into setting_key (setting_id, tenant_id, sealed) values ($1, $2, $3) on conflict do nothing', [
      settingId,
      tenantId,
      vault.seal(randomBytes(KEY_BYTES).toString('base64'), placeOf(tenantId, settingId)),
    ]);
  }
  const nothing = input.condition === null && input.masks.length === 0;
  await db.query(
    nothing
      ? 'update setting set shape_id = null where id = $1 and tenant_id = $2'
      : `with made as (
          insert into shape (tenant_id, setting_id, condition, query, masks) values ($2, $1, $3, $4, $5) returning id
        ) update setting set shape_id = made.id from made where setting.id = $1 and setting.tenant_id = $2`,
    nothing
      ? [settingId, tenantId]
      : [settingId, tenantId, input.condition, input.query === null ? null : JSON.stringify(input.query), JSON.stringify(input.masks)],
  );
}
/**
 * The shape of a setting that need not be saved yet, ready for use. Hashes are made with the setting's key where there is one;
 * else with one that is good for this once (`exampleKey`): the setting gets its own when it is saved.
 */
export async function shaperOf(
  db: Queryable,
  vault: Vault,
  at: { tenantId: string; settingId: string | null },
  input: ShapeInput,
): Promise<{ shaper: Shaper; exampleKey: boolean }> {
  const { tenantId, settingId } = at;
  const parsed = input.condition === null ? null : parseCondition(input.condition);
  if (parsed && !parsed.ok) throw new Error(`A condition that cannot be read: ${parsed.error.message}`);
  const hashes = input.masks.some((m) => m.how === 'hash');
  const { rows } =
    hashes && settingId !== null
      ? await db.query('select sealed from setting_key where setting_id = $1 and tenant_id = $2', [settingId, tenantId])
      : { rows: [] };
  const sealed = rows[0]?.['sealed'] as string | undefined;
  const text = sealed === undefined || settingId === null ? null : vault.openOrNull(sealed, placeOf(tenantId, settingId));
  const key = !hashes ? null : text === null ? randomBytes(KEY_BYTES) : Buffer.from(text, 'base64');
  return {
    shaper: shaper({ id: '', condition: parsed?.query ?? null, masks: input.masks, key }),
    exampleKey: hashes && text === null,
  };
}
const canonical = (masks: readonly Mask[]): string => JSON.stringify(masks.map(({ path, how }) => [path, how]));

/** Seals keys anew that an older key sealed. Those that no key opens stay. */
export async function resealKeys(db: Queryable, vault: Vault): Promise<number> {
  const { rows } = await db.query<{ setting_id: string; tenant_id: string; sealed: string }>('select * from setting_key for update');
  let sealed = 0;
  for (const { setting_id: settingId, tenant_id: tenantId, sealed: old } of rows) {
    if (!vault.isOld(old)) continue;
    const place = placeOf(tenantId, settingId);
    const text = vault.openOrNull(old, place);
    if (text === null) continue;
    await db.query('update setting_key set sealed = $2 where setting_id = $1', [settingId, vault.seal(text, place)]);
    sealed += 1;
  }
  return sealed;
}

const one = (value: unknown): string[] => (typeof value === 'string' ? [value] : []);

/** Columns of `record r` that a condition may ask for. */
export const factColumns = 'r.operation, r.actor, r.application, r.targets, r.target_types, r.result, r.audit_category, r.correlation_id';
/** A row with `id`, `at` (ms), `factColumns` and, where texts are asked for, `body` and `original`, as a condition sees it. */
export function toSearchable(row: Row, texts: boolean): Searchable {
  const targets = row['targets'] as string[];
  const fields = {
    category: one(row['audit_category']),
    activity: one(row['operation']),
    actor: one(row['actor']),
    application: one(row['application']),
    target: targets,
    type: row['target_types'] as string[],
    status: one(row['result']),
    correlation: one(row['correlation_id']),
    id: [row['id'] as string],
  };
  return {
    time: new Date(Math.round((row['at'] as number) * 1000)).toISOString(),
    fields,
    text: texts
      ? textsOf({
          category: '',
          id: row['id'] as string,
          time: '',
          body: row['body'] as string,
          original: row['original'] as string | null,
          fields: {
            operation: row['operation'] as string | null,
            actor: row['actor'] as string | null,
            application: row['application'] as string | null,
            targets,
            result: row['result'] as string | null,
            auditCategory: row['audit_category'] as string | null,
            correlationId: row['correlation_id'] as string | null,
          },
        })
      : [],
  };
}
