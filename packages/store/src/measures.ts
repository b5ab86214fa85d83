import type { DestinationType } from '@weir/contract';
import type { DeliveryFacts } from '@weir/engine';
import type { Queryable } from './database.ts';
import { toDelivery } from './settings-rows.ts';

/** What can be measured of one delivery. `category` with its log provider, e.g. `microsoft.intune/AuditLogs`. */
export interface MeasuredDelivery {
  tenantId: string;
  setting: string;
  category: string;
  type: DestinationType;
  facts: DeliveryFacts;
}
export interface MeasuredSource {
  tenantId: string;
  source: string;
  /** Until when it has read; null before the first window. */
  readTo: Date | null;
  /** Windows not read yet, by state. */
  planned: number;
  retry: number;
}
export interface Measures {
  deliveries: MeasuredDelivery[];
  sources: MeasuredSource[];
  /** The last sequence number of each log. */
  logs: { tenantId: string; category: string; records: number }[];
}

/** Figures of the whole installation for its operators, over all tenants: counts, ages and states, never a record. Three short statements. */
export async function measure(db: Queryable): Promise<Measures> {
  const [deliveries, sources, logs] = await Promise.all([
    db.query(
      `select d.*, t.type, s.name as setting, c.provider || '/' || c.name as category_name, coalesce(h.seq, 0) as head,
        case when h.seq > d.checkpoint then
          (select r.appended_at from record_body r where r.tenant_id = d.tenant_id and r.category = d.category and r.seq = d.checkpoint + 1 limit 1)
        end as oldest_waiting_at
      from delivery d join destination t on t.id = d.destination_id join setting s on s.id = d.setting_id join category c on c.id = d.category
      left join head h on h.tenant_id = d.tenant_id and h.category = d.category where d.ended_at is null`,
    ),
    db.query(
      `select tenant_id, source, max(to_time) filter (where state = 'done') as read_to,
        count(*) filter (where state = 'planned') as planned, count(*) filter (where state = 'retry') as retry
      from source_window group by tenant_id, source`,
    ),
    db.query(
      `select h.tenant_id, c.provider || '/' || c.name as category, h.seq as records from head h join category c on c.id = h.category`,
    ),
  ]);
  return {
    deliveries: deliveries.rows.map((r) => ({
      ...toDelivery(r),
      tenantId: r['tenant_id'] as string,
      setting: r['setting'] as string,
    })),
    sources: sources.rows.map((r) => ({
      tenantId: r['tenant_id'] as string,
      source: r['source'] as string,
      readTo: r['read_to'] as Date | null,
      planned: r['planned'] as number,
      retry: r['retry'] as number,
    })),
    logs: logs.rows.map((r) => ({
      tenantId: r['tenant_id'] as string,
      category: r['category'] as string,
      records: r['records'] as number,
    })),
  };
}
