import { SILENCE_WEEKS, USUAL_RECORDS, silentHours, type AlertDelivery, type CategoryFacts, type Fault } from '@weir/engine';
import type { Queryable } from './database.ts';
import { toDelivery } from './settings-rows.ts';

const WEEK_MS = 7 * 86_400_000;
/** More records than this are not counted: enough is known. */
const ENOUGH = 10 * USUAL_RECORDS;
const MANY = 100_000;

export interface Watched {
  /** The database's time: all workers go by one clock. */
  readonly now: Date;
  readonly tenants: ReadonlyMap<string, { readonly deliveries: readonly AlertDelivery[]; readonly live: boolean }>;
}
export interface TenantCategory {
  readonly tenantId: string;
  readonly facts: CategoryFacts;
}

/** Every tenant's deliveries as they are, and which tenants have alerts already. */
export async function watched(db: Queryable): Promise<Watched> {
  const { rows: clock } = await db.query<{ now: Date }>('select now() as now');
  const [deliveries, live] = await Promise.all([
    db.query(
      `select d.*, t.type, s.name as setting, c.name as category_name, coalesce(h.seq, 0) as head,
        case when h.seq > d.checkpoint then
          (select r.appended_at from record_body r where r.tenant_id = d.tenant_id and r.category = d.category and r.seq = d.checkpoint + 1 limit 1)
        end as oldest_waiting_at,
        (select count(*) from (select from quarantine q where q.delivery_id = d.id and q.resolution is null limit ${MANY}) x) as in_quarantine,
        (select q.fault from quarantine q where q.delivery_id = d.id and q.resolution is null order by q.seq desc limit 1) as newest_fault
      from delivery d join destination t on t.id = d.destination_id join setting s on s.id = d.setting_id join category c on c.id = d.category
      left join head h on h.tenant_id = d.tenant_id and h.category = d.category where d.ended_at is null`,
    ),
    db.query<{ tenant_id: string }>('select distinct tenant_id from alert where recovered_at is null'),
  ]);
  const tenants = new Map<string, { deliveries: AlertDelivery[]; live: boolean }>();
  const of = (tenantId: string) => {
    const tenant = tenants.get(tenantId) ?? { deliveries: [], live: false };
    tenants.set(tenantId, tenant);
    return tenant;
  };
  for (const r of deliveries.rows) {
    const { type, category, facts } = toDelivery(r);
    of(r['tenant_id'] as string).deliveries.push({
      settingId: r['setting_id'] as string,
      setting: r['setting'] as string,
      type,
      category,
      facts,
      quarantine: { records: r['in_quarantine'] as number, newest: r['newest_fault'] as Fault | null },
    });
  }
  for (const { tenant_id } of live.rows) of(tenant_id).live = true;
  return { now: clock[0]!.now, tenants };
}

/** When the newest record of each log is from, what the same hours of earlier weeks had, and how far its source has read. */
export async function silences(db: Queryable, now: Date): Promise<TenantCategory[]> {
  const [logs, sources] = await Promise.all([
    db.query<{ tenant_id: string; category: number; id: string; name: string; first_at: Date | null; last_at: Date | null }>(
      `select h.tenant_id, h.category, c.provider || '/' || c.name as id, c.name,
        (select r.time from record r where r.tenant_id = h.tenant_id and r.category = h.category order by r.time limit 1) as first_at,
        (select r.time from record r where r.tenant_id = h.tenant_id and r.category = h.category order by r.time desc limit 1) as last_at
      from head h join category c on c.id = h.category where c.provider <> 'weir' and h.seq > 0`,
    ),
    db.query<{ tenant_id: string; category: string; read_to: Date | null; error: string | null }>(
      `select tenant_id, category, max(to_time) filter (where state = 'done' and kind = 'live') as read_to,
        (array_agg(last_error order by from_time desc) filter (where state = 'retry' and kind = 'live'))[1] as error
      from source_window group by tenant_id, category`,
    ),
  ]);
  const found: TenantCategory[] = [];
  const short = (category: string) => category.slice(category.indexOf('/') + 1);
  for (const { tenant_id: tenantId, category, id, name, first_at, last_at } of logs.rows) {
    const source = sources.rows.find((s) => s.tenant_id === tenantId && (s.category === id || s.category === name));
    const hours = silentHours(last_at, now);
    const weeks = hours && first_at ? await earlierWeeks(db, tenantId, category, hours, first_at) : [];
    found.push({
      tenantId,
      facts: { category: name, lastAt: last_at, weeks, source: source ? { readTo: source.read_to, error: source.error } : null },
    });
  }
  // A source that was never read has no log yet.
  for (const { tenant_id: tenantId, category, read_to: readTo, error } of sources.rows)
    if (!found.some((f) => f.tenantId === tenantId && f.facts.category === short(category)))
      found.push({ tenantId, facts: { category: short(category), lastAt: null, weeks: [], source: { readTo, error } } });
  return found;
}

/** How many records the same hours of each of the last weeks had; null for weeks from before the log. */
async function earlierWeeks(
  db: Queryable,
  tenantId: string,
  category: number,
  hours: { from: Date; to: Date },
  firstAt: Date,
): Promise<(number | null)[]> {
  const weeks: (number | null)[] = [];
  for (let week = 1; week <= SILENCE_WEEKS; week += 1) {
    const from = new Date(hours.from.getTime() - week * WEEK_MS);
    const to = new Date(hours.to.getTime() - week * WEEK_MS);
    if (from < firstAt) {
      weeks.push(null);
      continue;
    }
    const { rows } = await db.query<{ n: number }>(
      `select count(*) as n from (select from record where tenant_id = $1 and category = $2 and time >= $3 and time < $4 limit ${ENOUGH}) x`,
      [tenantId, category, from, to],
    );
    weeks.push(rows[0]!.n);
  }
  return weeks;
}
