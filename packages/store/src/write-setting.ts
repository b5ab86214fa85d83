import {
  categoryId,
  destinationTypes,
  parseCondition,
  secretsIn,
  sinkOf,
  withoutSecrets,
  type DestinationType,
  type SettingInput,
} from '@weir/contract';
import type { AdminActor } from './admin-record.ts';
import type { Queryable, Row } from './database.ts';
import { insertReplay, rangeOf } from './delivery-actions.ts';
import { categoryNumber, type Known } from './records.ts';
import { setRetention } from './retention.ts';
import { forgetSecrets, writeSecrets } from './secrets.ts';
import { setShape } from './shapes.ts';
import type { Vault } from './vault.ts';

/** Whose settings are written. */
export interface WriterOf {
  tenantId: string;
  known: Known;
  vault: Vault;
}
/** A delivery that took over from no other. */
interface Made {
  id: string;
  checkpoint: number;
  category: number;
  type: DestinationType;
}

/** An ended delivery keeps its history; its lease goes, so that a worker that still holds it can write nothing more. */
export const ended =
  'ended_at = now(), lease_token = null, lease_until = null, batch_first = null, batch_last = null, batch_prepared = null, batch_shape = null';

const canonical = (target: unknown): string => JSON.stringify(Object.entries(target as Row).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Writes a setting and its deliveries down, inside a transaction. Gives what the setting's record tells of the history that is sent. */
export async function writeSetting(
  db: Queryable,
  { tenantId, known, vault }: WriterOf,
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
  await setShape(db, vault, { tenantId, settingId }, { condition, query, masks: input.masks ?? [] });
  await db.query('delete from setting_category where setting_id = $1', [settingId]);
  for (const { category, retentionDays } of input.categories) {
    const number = await categoryNumber(db, known, categoryId(provider, category));
    numbers.push(number);
    await db.query('insert into setting_category (setting_id, category, retention_days) values ($1, $2, $3)', [
      settingId,
      number,
      retentionDays,
    ]);
    await setRetention(db, tenantId, settingId, number, retentionDays);
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
            [tenantId, settingId, type, JSON.stringify(target), sinkOf(type, target)],
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
        [tenantId, settingId, destinationId, number, same ? null : (old?.id ?? null)],
      );
      if (begun[0]?.new) made.push({ ...begun[0], category: number, type });
    }
    if (old && !same) await db.query(`update delivery set ${ended} where destination_id = $1 and ended_at is null`, [old.id]);
    const given = secretsIn(type, input.destinations);
    const from = same ? null : (old?.id ?? null);
    await writeSecrets(db, vault, { tenantId, settingId, destinationId, from, type, target, given });
  }
  await forgetSecrets(db, tenantId, settingId);
  // What failed or is held back may go otherwise now.
  await db.query(
    'update delivery set next_attempt_at = least(next_attempt_at, now()) where setting_id = $1 and attempts = 0 and ended_at is null',
    [settingId],
  );
  return includeHistory(db, tenantId, input, made, actor);
}

/** Sends what was collected before a delivery was made, beside what comes: each gets a replay. */
async function includeHistory(
  db: Queryable,
  tenantId: string,
  { includeHistoryFrom }: SettingInput,
  made: readonly Made[],
  actor: AdminActor,
): Promise<{ Replays?: Record<string, unknown>[] }> {
  if (includeHistoryFrom === undefined) return {};
  const replays: Record<string, unknown>[] = [];
  for (const delivery of made) {
    const range = await rangeOf(db, tenantId, delivery, { kind: 'time', time: new Date(includeHistoryFrom) });
    if (range.fromSeq > range.toSeq) continue;
    const { id } = await insertReplay(db, tenantId, delivery.id, range, actor);
    replays.push({ ReplayId: id, DeliveryId: delivery.id, FirstSequence: range.fromSeq, LastSequence: range.toSeq });
  }
  return { Replays: replays };
}
