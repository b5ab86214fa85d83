import type { Batching, Destinations, DestinationType, Mask } from '@weir/contract';
import type { DeliveryFacts, FailureKind, Fault } from '@weir/engine';
import type { Queryable, Row } from './database.ts';
import { holdOf, retentionFaults, type LegalHold, type RetentionFault } from './retention.ts';

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

/** All settings of a log provider by name, with the facts of each delivery. */
export async function listSettings(db: Queryable, tenantId: string, provider: string): Promise<StoredSetting[]> {
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
    [tenantId, provider],
  );
  const { rows: deliveries } = await db.query(
    `select d.*, t.type, c.name as category_name, coalesce(h.seq, 0) as head,
      (select r.appended_at from record_body r where r.tenant_id = d.tenant_id and r.category = d.category and r.seq = d.checkpoint + 1 limit 1) as oldest_waiting_at
    from delivery d join destination t on t.id = d.destination_id join category c on c.id = d.category
    left join head h on h.tenant_id = d.tenant_id and h.category = d.category
    where d.tenant_id = $1 and d.ended_at is null and d.setting_id = any ($2::uuid[]) order by t.type, c.id`,
    [tenantId, settings.map((s) => s['id'])],
  );
  const faults = await retentionFaults(db, tenantId);
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

/** A setting as its record tells what it was before a change. */
export async function snapshotOf(db: Queryable, settingId: string): Promise<unknown> {
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
