import { iso } from '../database.ts';
import type { Log } from './compile.ts';
import { newest } from './page.ts';

/** So long, in ms, one id may be looked for. */
const EARLIER_MS = 330;
/** How far back is looked: Graph itself keeps a year. */
const BACK_MS = 400 * 86_400_000;

/** A record in full. */
export interface EarlierRecord {
  seq: number;
  id: string;
  time: string;
  body: string;
  original: string | null;
}
export interface Earlier {
  records: EarlierRecord[];
  complete: boolean;
}

/**
 * Records before the one with this id that name something, newest first: `limit` at most, of the 400 days before it. `named`
 * is an id with a GUID in it, which the word index knows; an id without one finds nothing. `complete`: there are no more.
 */
export async function earlierRecords(log: Log, id: string, named: string, limit: number): Promise<Earlier> {
  const guids = named.match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi);
  if (!guids) return { records: [], complete: true };
  const found = await log.db.query<{ seq: number; time: Date }>(
    `select seq, time from record where tenant_id = $1 and category = $2 and id = $3 order by time desc limit 1`,
    [log.tenantId, log.category, id],
  );
  const at = found.rows[0];
  if (!at) return { records: [], complete: true };
  const time = iso(at.time);
  const { rows, stopped } = await newest(
    log,
    { query: { kind: 'text', pattern: [guids.join(' ')] }, from: new Date(Date.parse(time) - BACK_MS).toISOString(), to: undefined },
    { time, seq: at.seq },
    'r.seq, r.id, r.time',
    { rows: limit, budgetMs: EARLIER_MS },
  );
  const complete = stopped === null && rows.length < limit;
  if (rows.length === 0) return { records: [], complete };
  const bodies = await log.db.query<{ seq: number; id: string; time: Date; body: string; original: string | null }>(
    `select seq, id, time, body, original from record_body
    where tenant_id = $1 and category = $2 and seq = any ($3::bigint[]) and time between $4 and $5 order by time desc, seq desc`,
    [log.tenantId, log.category, rows.map((r) => r['seq']), rows.at(-1)!['time'], rows[0]!['time']],
  );
  return { records: bodies.rows.map((r) => ({ ...r, time: iso(r.time) })), complete };
}
