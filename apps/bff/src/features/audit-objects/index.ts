import { endpoints, markOf, stateAt, type CoverageGap, type ObjectChange, type ResponseOf, type TimelineItem } from '@weir/contract';
import type { Api, Caller } from '../../http/bind.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { DirectoryStore, ReadRecord, Store } from '../../ports.ts';
import { recordOf, type ObjectRecord } from './changes.ts';
import { gapsOf } from './gaps.ts';
import { objectIdOf, type ObjectId } from './object-id.ts';
import { relatedTo } from './related.ts';

type Audit = DirectoryStore['audit'];
type Profile = NonNullable<ResponseOf<typeof endpoints.timeline.objectTimeline>['object']>;
/** Records that are looked at for an object's names, and for its state on either side of a point. */
const LOOKED_AT = 1_000;
/** How long, in ms, one answer looks before it says what it has: somebody waits for it, and can ask for more. */
const PAGE_MS = 600;
const STATE_MS = 5_000;
const SHOWN_PROPERTIES = 40;
const SHOWN_LENGTH = 200;

/** Records that belong to a record, timelines of objects, and what their properties were. */
export function bindAuditObjects(api: Api, store: Store, now: () => Date): void {
  const auditOf = (caller: Caller): Audit => store.forDirectory(caller.principal.tenantId).audit;
  const { timeline } = endpoints;

  api.bind(timeline.relatedRecords, async ({ caller, params, signal }) => {
    const audit = auditOf(caller);
    const [record, extent] = await Promise.all([oneRecord(audit, params.id, signal), audit.coverage()]);
    if (!record) throw new HttpProblem('not.found', 'There is no such audit record in this directory.');
    return relatedTo(audit, record, { oldest: extent.oldest!, newest: extent.newest! }, signal);
  });

  api.bind(timeline.objectTimeline, async ({ caller, params, query, signal }) => {
    const audit = auditOf(caller);
    const object = objectIdOf(params.objectId);
    const { oldest } = await audit.coverage();
    if (oldest === null) throw unknownObject();
    const search = { from: oldest, to: undefined, query: object.query };
    const page = await audit.readPage(search, { cursor: query.cursor, limit: query.limit, budgetMs: PAGE_MS }, signal);
    if (!page)
      throw new HttpProblem(
        'cursor.invalid',
        'The cursor does not come from this timeline. Leave it out to begin with the newest record.',
        {
          errors: [{ path: 'cursor', message: 'Not a cursor of this timeline.' }],
        },
      );
    const first = query.cursor === undefined;
    if (first && page.items.length === 0 && page.nextCursor === null) throw unknownObject();
    const shown = page.items.flatMap((record) => {
      const found = recordOf(record, object);
      return found.relation === null ? [] : [itemOf(record, found)];
    });
    return {
      object: first ? await profileOf(audit, object, search, page, signal) : null,
      items: shown,
      gaps: first ? gapsOf(await audit.readSpans(), now()) : [],
      lookedBackTo: page.nextCursor === null ? null : (page.searchedTo ?? page.items.at(-1)!.time),
      nextCursor: page.nextCursor,
    };
  });

  api.bind(timeline.objectState, async ({ caller, params, query, signal }) => {
    const audit = auditOf(caller);
    const object = objectIdOf(params.objectId);
    const { oldest } = await audit.coverage();
    if (oldest === null) throw unknownObject();
    const point = await pointOf(audit, object, query.at, now(), signal);
    const edge = new Date(Math.floor(Date.parse(point.time)) + 1).toISOString();
    const take = async (from: string, to: string | undefined) => {
      const page = (await audit.readPage(
        { from, to, query: object.query },
        { cursor: undefined, limit: LOOKED_AT, budgetMs: STATE_MS },
        signal,
      ))!;
      const last = page.searchedTo ?? page.items.at(-1)?.time ?? null;
      return { records: page.items, backTo: page.nextCursor === null ? null : last };
    };
    const before = await take(oldest, edge);
    const after = await take(edge > oldest ? edge : oldest, undefined);
    const records = [...before.records, ...after.records];
    if (records.length === 0 && before.backTo === null && after.backTo === null) throw unknownObject();
    const changes = records.map((r) => recordOf(r, object)).filter((r) => r.relation === 'itself' || r.relation === 'part');
    const gaps: CoverageGap[] = gapsOf(await audit.readSpans(), now());
    const limit = `Only ${LOOKED_AT.toLocaleString('en-US')} records on each side of the point are looked at, and only for some seconds.`;
    if (before.backTo !== null) gaps.push({ from: null, to: before.backTo, reason: limit });
    if (after.backTo !== null) gaps.push({ from: edge, to: after.backTo, reason: limit });
    const state = stateAt(
      changes.map((c): ObjectChange => c.change),
      point,
      gaps,
    );
    return {
      at: { time: point.time, recordId: point.recordId },
      parts: [...state.parts],
      properties: [...state.properties],
      records: records.length,
      complete: before.backTo === null && after.backTo === null,
    };
  });
}

const unknownObject = (): HttpProblem => new HttpProblem('not.found', 'No audit record of this directory names such an object.');

/** A record by its id, with everything that a list has of it. */
async function oneRecord(audit: Audit, id: string, signal: AbortSignal): Promise<ReadRecord | null> {
  const found = await audit.get(id);
  if (!found) return null;
  const at = Date.parse(found.time);
  const span = { from: new Date(at).toISOString(), to: new Date(at + 1).toISOString() };
  const page = await audit.readPage(
    { ...span, query: { kind: 'field', field: 'id', pattern: [id] } },
    { cursor: undefined, limit: 10, budgetMs: PAGE_MS },
    signal,
  );
  return page!.items.find((r) => r.id === id) ?? null;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
/** The point that a caller means. Throws a 404 for a record that is not there, or that says nothing of the object. */
async function pointOf(
  audit: Audit,
  object: ObjectId,
  at: string | undefined,
  now: Date,
  signal: AbortSignal,
): Promise<{ time: string; seq?: number; recordId: string | null }> {
  if (at === undefined) return { time: now.toISOString(), recordId: null };
  if (ISO.test(at)) {
    if (Number.isNaN(Date.parse(at)))
      throw new HttpProblem('request.invalid', 'There is no such time.', { errors: [{ path: 'at', message: 'No such day or hour.' }] });
    return { time: new Date(at).toISOString(), recordId: null };
  }
  const record = await oneRecord(audit, at, signal);
  const found = record && recordOf(record, object);
  if (!found?.relation) throw new HttpProblem('not.found', 'There is no such audit record of this object in this directory.');
  return { time: found.change.time, seq: found.change.seq, recordId: at };
}

const cut = (value: string | null): string | null =>
  value !== null && value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH).toWellFormed()}…` : value;
/** A record in a timeline: enough of each property to see what it is about. */
function itemOf({ body: _body, original: _original, ...row }: ReadRecord, { change, relation }: ObjectRecord): TimelineItem {
  return {
    ...row,
    operation: change.operation,
    exactTime: change.time,
    relation: relation!,
    ...(relation === 'mention'
      ? { mark: 'exact' as const, reason: 'It changed another object, and only names this one.' }
      : markOf(change)),
    changes: change.subjects.map((s) => ({
      part: s.part,
      name: s.name,
      type: s.type,
      properties: s.properties.slice(0, SHOWN_PROPERTIES).map((p) => ({
        name: p.name,
        oldValue: cut(p.oldValue),
        newValue: cut(p.newValue),
        cut: [p.oldValue, p.newValue].some((v) => v !== null && v.length > SHOWN_LENGTH),
      })),
      left: Math.max(0, s.properties.length - SHOWN_PROPERTIES),
    })),
  };
}

/** Names and kinds of an object over time, from its newest records. */
async function profileOf(
  audit: Audit,
  object: ObjectId,
  search: Parameters<Audit['readPage']>[0],
  page: { items: ReadRecord[]; nextCursor: string | null },
  signal: AbortSignal,
): Promise<Profile> {
  const all =
    page.nextCursor === null ? page : (await audit.readPage(search, { cursor: undefined, limit: LOOKED_AT, budgetMs: PAGE_MS }, signal))!;
  const types = new Set<string>();
  const names = new Map<string, { name: string; first: string; last: string }>();
  const seen: string[] = [];
  for (const record of all.items) {
    const { change, relation } = recordOf(record, object);
    if (relation === null || relation === 'mention') continue;
    seen.push(record.time);
    for (const subject of change.subjects) {
      if (subject.part !== '') continue;
      if (subject.type) types.add(subject.type);
      // Newest first: what comes later in the walk is earlier in time.
      if (subject.name)
        names.set(subject.name, { name: subject.name, last: names.get(subject.name)?.last ?? record.time, first: record.time });
    }
  }
  return {
    id: object.id,
    types: [...types],
    names: [...names.values()],
    firstSeen: seen.at(-1) ?? null,
    lastSeen: seen[0] ?? null,
    complete: all.nextCursor === null,
  };
}
