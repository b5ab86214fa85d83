import {
  SECRET_ELSEWHERE,
  SECRET_MISSING,
  destinationTypes,
  keepsSecret,
  secretAudience,
  secretFields,
  secretOverlapHours,
  secretsIn,
  type DestinationTargets,
  type DestinationsInput,
  type DestinationType,
} from '@weir/contract';
import { Secret, SecretUnreadable, type Secrets } from '@weir/engine';
import type pg from 'pg';
import { resealChannels } from './alert-channels.ts';
import { transaction, type Queryable, type Row } from './database.ts';
import { SecretsRefused } from './errors.ts';
import { resealKeys } from './shapes.ts';
import type { SecretPlace, Vault } from './vault.ts';

interface Stored {
  destinationId: string;
  type: DestinationType;
  target: DestinationTargets[DestinationType];
  field: string;
  sealed: string;
  previous: string | null;
  previousUntil: Date | null;
}
const placeOf = (tenantId: string, settingId: string, s: Pick<Stored, 'type' | 'target' | 'field'>): SecretPlace => ({
  tenantId,
  settingId,
  type: s.type,
  field: s.field,
  audience: secretAudience(s.type, s.target),
});

const columns = `x.destination_id, d.type, d.target, x.field, x.sealed, x.previous, x.previous_until, d.tenant_id, d.setting_id
  from destination_secret x join destination d on d.id = x.destination_id`;
const toStored = (r: Row): Stored => ({
  destinationId: r['destination_id'] as string,
  type: r['type'] as DestinationType,
  target: r['target'] as Stored['target'],
  field: r['field'] as string,
  sealed: r['sealed'] as string,
  previous: r['previous'] as string | null,
  previousUntil: r['previous_until'] as Date | null,
});

/** What a setting's destinations will have for secrets when it is saved. */
export interface ResolvedSecrets {
  /** By type: every secret in the clear, given or kept. */
  secrets: Partial<Record<DestinationType, Secrets>>;
  faults: { path: string; message: string }[];
}

/**
 * Goes over the secrets of a setting that is about to be saved: given ones are taken, left out ones are kept when they were entered
 * for the same address. Whoever may edit a setting must not be able to have a kept secret sent to another host.
 */
export async function resolveSecrets(
  db: Queryable,
  vault: Vault,
  tenantId: string,
  settingId: string | null,
  input: DestinationsInput,
): Promise<ResolvedSecrets> {
  const { rows } = await db.query(`select ${columns} where d.setting_id = $1 and d.tenant_id = $2 and d.ended_at is null`, [
    settingId,
    tenantId,
  ]);
  const known = rows.map(toStored);
  const result: ResolvedSecrets = { secrets: {}, faults: [] };
  for (const type of destinationTypes) {
    const target = input[type] as DestinationTargets[DestinationType] | undefined;
    const fields = secretFields(type);
    if (!target || fields.length === 0) continue;
    const given = secretsIn(type, input);
    const current: Record<string, Secret> = {};
    const previous: Record<string, Secret> = {};
    for (const field of fields) {
      const fault = (message: string) => result.faults.push({ path: `destinations.${type}.${field}`, message });
      const old = known.find((s) => s.type === type && s.field === field);
      if (given[field] !== undefined) {
        current[field] = new Secret(given[field]);
        // A receiver that has not changed over yet must pass the trial, too.
        if (old && secretOverlapHours(type, field) > 0 && secretAudience(type, old.target) === secretAudience(type, target)) {
          const text = vault.openOrNull(old.sealed, placeOf(tenantId, settingId!, old));
          if (text !== null) previous[field] = new Secret(text);
        }
      } else if (!old) fault(SECRET_MISSING);
      else if (!keepsSecret(type, old.target, target)) fault(SECRET_ELSEWHERE);
      else {
        const text = vault.openOrNull(old.sealed, placeOf(tenantId, settingId!, old));
        // A receiver that has not changed over yet knows the one before, as deliveries do.
        const { previous: sealed, previousUntil: until } = old;
        const before =
          sealed === null || until === null || until.getTime() <= Date.now()
            ? null
            : vault.openOrNull(sealed, placeOf(tenantId, settingId!, old));
        if (before !== null) previous[field] = new Secret(before, until);
        if (text !== null) current[field] = new Secret(text);
        else fault('What is stored cannot be read with the configured key. Enter it anew.');
      }
    }
    result.secrets[type] = { current, previous };
  }
  return result;
}

/** Stores the given secrets of one destination. Kept ones move over from `from`, the destination that it takes the place of. */
export async function writeSecrets(
  db: Queryable,
  vault: Vault,
  at: {
    tenantId: string;
    settingId: string;
    destinationId: string;
    from: string | null;
    type: DestinationType;
    target: Stored['target'];
    given: Record<string, string>;
  },
): Promise<void> {
  const { tenantId, settingId, destinationId, from, type, target, given } = at;
  const source = from ?? destinationId;
  const { rows } = await db.query(`select ${columns} where x.destination_id = $1 and x.tenant_id = $2`, [source, tenantId]);
  const known = rows.map(toStored);
  for (const field of secretFields(type)) {
    const old = known.find((s) => s.field === field);
    const sameAudience = old !== undefined && secretAudience(type, old.target) === secretAudience(type, target);
    const place = placeOf(tenantId, settingId, { type, target, field });
    if (given[field] === undefined) {
      if (!old || !sameAudience) throw new SecretsRefused([{ path: `destinations.${type}.${field}`, message: 'Enter it.' }]);
      if (source !== destinationId)
        await db.query(
          `insert into destination_secret (destination_id, tenant_id, field, sealed, set_at, previous, previous_until)
          select $1, tenant_id, field, sealed, set_at, previous, previous_until from destination_secret where destination_id = $2 and field = $3`,
          [destinationId, source, field],
        );
      continue;
    }
    const overlap = secretOverlapHours(type, field);
    const previous = sameAudience && overlap > 0 ? old.sealed : null;
    await db.query(
      `insert into destination_secret (destination_id, tenant_id, field, sealed, previous, previous_until)
      values ($1, $2, $3, $4, $5, case when $5::text is null then null else now() + $6 * interval '1 hour' end)
      on conflict (destination_id, field) do update set sealed = excluded.sealed, set_at = now(), previous = excluded.previous, previous_until = excluded.previous_until`,
      [destinationId, tenantId, field, vault.seal(given[field], place), previous, overlap],
    );
  }
  if (Object.keys(given).length > 0) {
    await db.query('update destination set revision = revision + 1 where id = $1 and tenant_id = $2', [destinationId, tenantId]);
    // What failed for want of the right secret need not wait for its turn.
    await db.query('update delivery set next_attempt_at = now() where destination_id = $1 and tenant_id = $2 and ended_at is null', [
      destinationId,
      tenantId,
    ]);
  }
}

/** The secrets of ended destinations are of no use to anybody. */
export const forgetSecrets = (db: Queryable, tenantId: string, settingId: string): Promise<unknown> =>
  db.query(
    `delete from destination_secret x using destination d
    where d.id = x.destination_id and d.setting_id = $1 and x.tenant_id = $2 and d.ended_at is not null`,
    [settingId, tenantId],
  );

/** The secrets of a delivery's destination, in the clear. Throws `SecretUnreadable`. */
export async function secretsOfDelivery(db: Queryable, vault: Vault, deliveryId: string): Promise<Secrets> {
  const { rows } = await db.query(`select ${columns} join delivery y on y.destination_id = d.id where y.id = $1`, [deliveryId]);
  const current: Record<string, Secret> = {};
  const previous: Record<string, Secret> = {};
  for (const row of rows) {
    const s = toStored(row);
    const place = placeOf(row['tenant_id'] as string, row['setting_id'] as string, s);
    current[s.field] = new Secret(vault.open(s.sealed, place));
    if (s.previous === null || s.previousUntil === null || s.previousUntil.getTime() <= Date.now()) continue;
    // An old one that cannot be read must not stop what the new one can do.
    const text = vault.openOrNull(s.previous, place);
    if (text !== null) previous[s.field] = new Secret(text, s.previousUntil);
  }
  return { current, previous };
}

/** Seals everything anew that an older key sealed, so that it can be taken away. Returns how many; those that no key opens stay. */
export async function resealSecrets(pool: pg.Pool, vault: Vault): Promise<{ sealed: number; unreadable: number }> {
  return transaction(pool, async (db) => {
    const { rows } = await db.query(`select ${columns} for update of x`);
    const counts = { sealed: await resealKeys(db, vault), unreadable: 0 };
    for (const row of rows) {
      const s = toStored(row);
      const place = placeOf(row['tenant_id'] as string, row['setting_id'] as string, s);
      if (!vault.isOld(s.sealed) && (s.previous === null || !vault.isOld(s.previous))) continue;
      try {
        const again = (sealed: string) => (vault.isOld(sealed) ? vault.seal(vault.open(sealed, place), place) : sealed);
        await db.query('update destination_secret set sealed = $3, previous = $4 where destination_id = $1 and field = $2', [
          s.destinationId,
          s.field,
          again(s.sealed),
          s.previous === null ? null : again(s.previous),
        ]);
        counts.sealed += 1;
      } catch (error) {
        if (!(error instanceof SecretUnreadable)) throw error;
        counts.unreadable += 1;
      }
    }
    await resealChannels(db, vault, counts);
    return counts;
  });
}
