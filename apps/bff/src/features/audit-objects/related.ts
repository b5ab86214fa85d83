import { printQuery, type Query, type ResponseOf, type endpoints } from '@weir/contract';
import type { AuditQuery, DirectoryStore, ReadRecord } from '../../ports.ts';
import { recordOf, targetsOf } from './changes.ts';
import { guidsIn, objectIdOf } from './object-id.ts';

type Related = ResponseOf<typeof endpoints.timeline.relatedRecords>;
type Group = Related['groups'][number];
const HOUR_MS = 3_600_000;
/** Records of a group that are counted; beyond, there are "more". */
const COUNTED = 500;
const SHOWN = 5;
/** Objects of a record whose other records are looked for: one record can have hundreds of targets. */
const OBJECTS = 5;
/** Earlier records among which the one before is looked for. */
const NEAR = 20;
const NEAR_MS = 300;
const NONE = '00000000-0000-0000-0000-000000000000';

interface Wanted {
  kind: Group['kind'];
  value: string;
  name: string | null;
  query: AuditQuery & { readonly to: string };
}

/** Records that belong to a record. Each group is counted up to a limit, so that the work is bounded. */
export async function relatedTo(
  audit: DirectoryStore['audit'],
  record: ReadRecord,
  log: { oldest: string; newest: string },
  signal: AbortSignal,
): Promise<Related> {
  const after = (time: string): string => new Date(Date.parse(time) + 1).toISOString();
  const whole = { from: log.oldest, to: after(log.newest > record.time ? log.newest : record.time) };
  const field = (name: 'correlation' | 'actor', value: string): Query => ({ kind: 'field', field: name, pattern: [value] });
  const objects = objectsOf(record);
  const wanted: Wanted[] = [];
  if (record.correlationId && record.correlationId !== NONE)
    wanted.push({
      kind: 'correlation',
      value: record.correlationId,
      name: null,
      query: { ...whole, query: field('correlation', record.correlationId) },
    });
  for (const { id, name } of objects.slice(0, OBJECTS))
    wanted.push({ kind: 'target', value: id, name, query: { ...whole, query: { kind: 'text', pattern: [id] } } });
  if (record.actor !== null) {
    const at = Date.parse(record.time);
    const span = { from: new Date(at - HOUR_MS).toISOString(), to: new Date(at + HOUR_MS).toISOString() };
    wanted.push({ kind: 'actor', value: record.actor, name: null, query: { ...span, query: field('actor', record.actor) } });
  }
  const groups: Group[] = [];
  // One after the other: each may take several connections, and there are others to serve.
  for (const w of wanted) {
    const page = (await audit.list(w.query, { cursor: undefined, limit: COUNTED + 1 }, signal))!;
    const others = page.items.filter((r) => r.id !== record.id);
    const { from, to } = w.query;
    groups.push({
      kind: w.kind,
      value: w.value,
      name: w.name,
      count: Math.min(others.length, COUNTED),
      more: others.length > COUNTED || page.nextCursor !== null,
      items: others.slice(0, SHOWN),
      previousId: w.kind === 'target' ? await previousOf(audit, record, w, signal) : null,
      q: printQuery(w.query.query),
      from,
      to,
    });
  }
  return { groups, targetsLeftOut: Math.max(0, objects.length - OBJECTS) };
}

/** The nearest earlier record that changes the object, rather than only naming it. */
async function previousOf(audit: DirectoryStore['audit'], record: ReadRecord, of: Wanted, signal: AbortSignal): Promise<string | null> {
  const object = objectIdOf(of.value);
  const page = (await audit.readPage({ ...of.query, to: record.time }, { cursor: undefined, limit: NEAR, budgetMs: NEAR_MS }, signal))!;
  return page.items.find((r) => ['itself', 'part'].includes(recordOf(r, object).relation ?? ''))?.id ?? null;
}

/** The things that a record names by id, each once: of an assignment, the policy and the group. */
export function objectsOf(record: Pick<ReadRecord, 'body' | 'original'>): { id: string; name: string | null }[] {
  const found = new Map<string, string | null>();
  for (const target of targetsOf(record)) {
    const guids = guidsIn(target.id);
    for (const guid of guids) found.set(guid, found.get(guid) ?? (guids.length === 1 ? target.name : null));
  }
  return [...found].map(([id, name]) => ({ id, name }));
}
