import type { Query } from '@weir/contract';
import type { Row } from '../database.ts';
import { Binder, conditionOf, type Log } from './compile.ts';

/** The last sequence number of a log; 0 while it is empty. */
export async function headOf(log: Log): Promise<number> {
  const { rows } = await log.db.query<{ seq: number }>('select seq from head where tenant_id = $1 and category = $2', [
    log.tenantId,
    log.category,
  ]);
  return rows[0]?.seq ?? 0;
}

/**
 * The log in its own order, behind a sequence number: at most `limit` records are looked at, those that fit the query are
 * given, oldest first. `lastSeq` is the last one that was looked at.
 */
export async function tail(
  log: Log,
  query: Query,
  afterSeq: number,
  limit: number,
  columns: string,
): Promise<{ rows: Row[]; lastSeq: number }> {
  // The end is taken before values of fields are looked up: each record up to it has its values known by then. A record that
  // came in between could have a new actor that the condition does not name yet; it waits for the next call.
  const lastSeq = Math.min(await headOf(log), afterSeq + limit);
  if (lastSeq <= afterSeq) return { rows: [], lastSeq: afterSeq };
  const where = await conditionOf(log, query);
  const b = new Binder();
  const [tenantId, category] = [b.bind(log.tenantId), b.bind(log.category)];
  // Narrow rows have no index by sequence number: bodies do. Each row is fetched by its own key ("offset 0" keeps it so), which
  // lets the planner leave every other month out, with or without statistics.
  const { rows } = await log.db.query(
    `with p as materialized (
      select seq, time from record_body
      where tenant_id = ${tenantId} and category = ${category} and seq > ${b.bind(afterSeq)}::bigint and seq <= ${b.bind(lastSeq)}::bigint
    )
    select ${columns} from p cross join lateral (
      select r.* from record r where r.tenant_id = ${tenantId} and r.category = ${category} and r.time = p.time and r.seq = p.seq offset 0
    ) r where ${where(b)} order by r.seq`,
    b.values,
  );
  return { rows, lastSeq };
}
