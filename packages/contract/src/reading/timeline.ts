/**
 * What an object's properties were at a point in time, from the records of its changes. No I/O. The rules in words:
 * docs/timeline.md.
 */

import type {
  ChangedProperty,
  ChangedSubject,
  CoverageGap,
  Mark,
  ObjectChange,
  ObjectState,
  PartAt,
  PropertyAt,
  TimelinePoint,
} from './timeline-types.ts';

/** Listed with every change, but no property of the object. */
const notOfTheObject = new Set(['devicemanagementapiversion']);
const NONE = '<null>';

/** What a record did: it applied, it may have, it failed, or it only read. */
export function effectOf(change: Pick<ObjectChange, 'operation' | 'result'>): 'applied' | 'unsure' | 'failed' | 'read' {
  if (/^(get|search)$/i.test(change.operation ?? '')) return 'read';
  if (/^success(ful)?$/i.test(change.result ?? '')) return 'applied';
  return /^(fail|failure|failed|error|clienterror)$/i.test(change.result ?? '') ? 'failed' : 'unsure';
}
const verbOf = (change: ObjectChange): string => change.activity?.split(' ')[0] ?? '';
const isAssign = (change: ObjectChange): boolean => /^assign/i.test(verbOf(change)) && /^action$/i.test(change.operation ?? '');
/** Values of an action are what it was called with, unless it assigns. */
const isParameter = (change: ObjectChange): boolean => /^action$/i.test(change.operation ?? '') && !isAssign(change);

/** Whether a record makes or removes this very thing: "Create …Assignment" does not make the policy that it names beside. */
function birthOrDeath(change: ObjectChange, subject: ChangedSubject): 'made' | 'removed' | null {
  const effect = /^create$/i.test(change.operation ?? '') ? 'made' : /^delete$/i.test(change.operation ?? '') ? 'removed' : null;
  if (effect === null) return null;
  const words = (change.activity ?? '').split(' ').filter(Boolean);
  const kind = words.length > 1 ? words.at(-1)! : null;
  const about = kind !== null && subject.type !== null ? kind.toLowerCase() === subject.type.toLowerCase() : change.targets === 1;
  return about ? effect : null;
}

/** Why a recorded text may not be the whole truth; null when it may. */
export function doubtOf(value: string): string | null {
  if (value === NONE) return 'The record says <null>: no value, or none that was written down.';
  if (value === '') return 'The record holds an empty text, which may stand for no value.';
  if (/(\.\.\.|…)$/.test(value)) return 'The value ends in dots: it was probably cut off.';
  if (/^[*•]{3,}$/.test(value)) return 'The record masks the value.';
  return null;
}

interface Event {
  readonly change: ObjectChange;
  readonly subject: ChangedSubject;
  readonly effect: 'applied' | 'unsure';
  readonly turn: 'made' | 'removed' | null;
}
/** Digits after the second count, however many there are. */
const fine = (time: string): string => {
  const at = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(time);
  return at ? `${at[1]}.${(at[2] ?? '').padEnd(9, '0')}` : time;
};
/** Order of two changes: by time, then by their place in the log. */
export const inOrder = (a: Pick<ObjectChange, 'time' | 'seq'>, b: Pick<ObjectChange, 'time' | 'seq'>): number => {
  const [x, y] = [fine(a.time), fine(b.time)];
  return x < y ? -1 : x > y ? 1 : a.seq - b.seq;
};
const reaches = (point: TimelinePoint, change: ObjectChange): boolean =>
  point.seq === undefined ? fine(change.time) <= fine(point.time) : inOrder(change, { time: point.time, seq: point.seq }) <= 0;

/** The gap that touches the time between two moments, if one does. */
export function gapBetween(gaps: readonly CoverageGap[], from: string, to: string): CoverageGap | null {
  const [start, end] = [fine(from), fine(to)];
  return gaps.find((g) => (g.from === null || fine(g.from) < end) && (g.to === null || fine(g.to) > start)) ?? null;
}

/**
 * The object at a point. `changes` in any order; those that failed or only read count for nothing. `gaps` are times of
 * which records may be missing: what lies in one is never exact.
 */
export function stateAt(changes: readonly ObjectChange[], point: TimelinePoint, gaps: readonly CoverageGap[]): ObjectState {
  const sorted = changes.toSorted(inOrder);
  const byPart = new Map<string, Event[]>([['', []]]);
  for (const change of sorted) {
    const effect = effectOf(change);
    if (effect === 'failed' || effect === 'read') continue;
    for (const subject of change.subjects) {
      const events = byPart.get(subject.part) ?? [];
      events.push({ change, subject, effect, turn: birthOrDeath(change, subject) });
      byPart.set(subject.part, events);
    }
  }
  // What belongs to an object goes with it.
  const removals = byPart.get('')!.filter((e) => e.turn === 'removed');
  const parts: PartAt[] = [];
  const properties: PropertyAt[] = [];
  for (const [part, own] of byPart) {
    const gone = part === '' ? [] : removals.filter((r) => !own.some((e) => e.change === r.change));
    const events = [...own, ...gone.map((e) => ({ ...e, subject: { part, name: null, type: null, properties: [] } }))].toSorted((x, y) =>
      inOrder(x.change, y.change),
    );
    const found = partAt(part, events, point, gaps);
    const unsure =
      found.present && found.mark === 'exact'
        ? own.some((e) => e.subject.foreign)
          ? 'It belongs to another object; whether that was deleted is not looked at.'
          : replaced(part, events, sorted, point)
            ? 'A later record assigns anew without naming this one, which may have removed it.'
            : null
        : null;
    const shown: PartAt = unsure ? { ...found, mark: 'approximate', reason: unsure } : found;
    parts.push(shown);
    for (const name of namesOf(events)) properties.push(propertyAt(name, shown, events, point, gaps));
  }
  return { parts, properties };
}

function namesOf(events: readonly Event[]): string[] {
  const names = new Set<string>();
  for (const { subject } of events) for (const p of subject.properties) if (!notOfTheObject.has(p.name.toLowerCase())) names.add(p.name);
  return [...names].toSorted((a, b) => (a < b ? -1 : 1));
}
const from = (event: Event): { id: string; time: string } => ({ id: event.change.recordId, time: event.change.time });

/** Whether the part was there. */
function partAt(part: string, events: readonly Event[], point: TimelinePoint, gaps: readonly CoverageGap[]): PartAt {
  const before = events.filter((e) => reaches(point, e.change));
  const after = events.filter((e) => !reaches(point, e.change));
  const known =
    (before.length > 0 ? before : after).findLast((e) => e.subject.name !== null) ?? events.findLast((e) => e.subject.name !== null);
  const named = { part, name: known?.subject.name ?? null, type: events.find((e) => e.subject.type !== null)?.subject.type ?? null };
  const last = before.at(-1);
  const next = after[0];
  const sure = (present: boolean, reason: string, event: Event, span: readonly [string, string]): PartAt => {
    const gap = gapBetween(gaps, ...span);
    const tie = events.some((e) => e !== event && e.turn !== event.turn && fine(e.change.time) === fine(event.change.time));
    const doubt = gap
      ? `${reason} ${gap.reason}`
      : event.effect === 'unsure'
        ? `${reason} Whether that record's change succeeded is not told.`
        : tie
          ? `${reason} Another record has the same time.`
          : null;
    return { ...named, present, mark: doubt ? 'approximate' : 'exact', reason: doubt ?? reason, record: from(event), gap };
  };
  if (last) {
    const span = [last.change.time, point.time] as const;
    return last.turn === 'removed'
      ? sure(false, 'A record deletes it.', last, span)
      : sure(true, last.turn === 'made' ? 'A record creates it.' : 'A record at or before this point changes it.', last, span);
  }
  if (next?.turn === 'made') return sure(false, 'A later record creates it.', next, [point.time, next.change.time]);
  const nothing = { ...named, present: true, gap: null };
  if (next)
    return { ...nothing, mark: 'approximate', reason: 'Only later records name it; when it was created is not known.', record: from(next) };
  return { ...nothing, mark: 'unavailable', reason: 'No record tells whether it was there.', record: null };
}

/** Whether a later "assign" names other parts but not this one: it may have replaced them all. */
function replaced(part: string, events: readonly Event[], all: readonly ObjectChange[], point: TimelinePoint): boolean {
  const last = events.findLast((e) => reaches(point, e.change));
  if (part === '' || !last) return false;
  return all.some(
    (c) =>
      isAssign(c) &&
      effectOf(c) !== 'failed' &&
      reaches(point, c) &&
      inOrder(c, last.change) > 0 &&
      !c.subjects.some((s) => s.part === part),
  );
}

const valuesIn = (event: Event, name: string): ChangedProperty[] => event.subject.properties.filter((p) => p.name === name);
/** The list that a property is of: `$Collection.DetectionRules` for `$Collection.DetectionRules.Path[0]`; null for any other. */
const collectionOf = (name: string): string | null => /^(\$Collection\.[^.[]+|[^[]+)[^[]*\[\d+\]$/.exec(name)?.[1] ?? null;

function propertyAt(name: string, part: PartAt, events: readonly Event[], point: TimelinePoint, gaps: readonly CoverageGap[]): PropertyAt {
  const base = { part: part.part, name };
  if (!part.present)
    return { ...base, value: null, present: false, mark: part.mark, reason: part.reason, record: part.record, gap: part.gap };
  const before = events.filter((e) => reaches(point, e.change));
  const after = events.filter((e) => !reaches(point, e.change));
  // What was before it was created, or deleted, says nothing of now.
  const life = before.slice(
    Math.max(
      0,
      before.findLastIndex((e) => e.turn !== null),
    ),
  );
  const set = life.findLast((e) => valuesIn(e, name).length > 0);
  const rebirth = after.findIndex((e) => e.turn === 'made');
  const next = (rebirth < 0 ? after : after.slice(0, rebirth)).find((e) => valuesIn(e, name).length > 0);
  const old = next ? (valuesIn(next, name)[0]!.oldValue ?? null) : null;
  const value = set ? valuesIn(set, name).at(-1)!.newValue : null;
  if (set && value !== null) {
    const { reason, gap } = doubt(name, value, { set, life, old, events, part, point, gaps });
    return {
      ...base,
      value: value === NONE ? null : value,
      present: true,
      mark: reason ? 'approximate' : 'exact',
      reason: reason ?? 'A record sets this value, and none is missing since.',
      record: from(set),
      gap,
    };
  }
  const why = set ? 'The record that changed it does not say to what' : 'No record at or before this point sets it';
  if (next && old !== null) {
    const reason = `${why}; this is the old value of the next record that changes it.`;
    return { ...base, value: old === NONE ? null : old, present: true, mark: 'approximate', reason, record: from(next), gap: null };
  }
  const reason = next ? `${why}, and the next record that changes it has no old value.` : `${why}, and no later one tells what it was.`;
  return { ...base, value: null, present: true, mark: 'unavailable', reason, record: set || next ? from((set ?? next)!) : null, gap: null };
}

interface Context {
  set: Event;
  life: readonly Event[];
  old: string | null;
  events: readonly Event[];
  part: PartAt;
  point: TimelinePoint;
  gaps: readonly CoverageGap[];
}
/** Why a value that a record sets is not exact; null when it is. */
function doubt(name: string, value: string, c: Context): { reason: string | null; gap: CoverageGap | null } {
  const gap = gapBetween(c.gaps, c.set.change.time, c.point.time);
  if (gap) return { reason: `A record sets this value, but it may have changed since. ${gap.reason}`, gap };
  const own = doubtOf(value);
  if (own) return { reason: own, gap: null };
  const later = c.life.slice(c.life.indexOf(c.set) + 1);
  const collection = collectionOf(name);
  const reasons: [boolean, string][] = [
    [c.set.effect === 'unsure', 'The record that sets it does not say whether it succeeded.'],
    [isParameter(c.set.change), 'An action was called with this value; it may be no lasting property.'],
    [
      new Set(valuesIn(c.set, name).map((p) => p.newValue)).size > 1,
      'The record names this property more than once, with different values.',
    ],
    [
      c.events.some(
        (e) => e !== c.set && fine(e.change.time) === fine(c.set.change.time) && valuesIn(e, name).some((p) => p.newValue !== value),
      ),
      'Another record of the same moment sets another value.',
    ],
    [
      collection !== null && later.some((e) => e.subject.properties.some((p) => p.name !== name && collectionOf(p.name) === collection)),
      'A later record lists this collection without this item, which may have removed it.',
    ],
    [c.part.mark !== 'exact', c.part.reason],
    [
      c.old !== null && c.old !== value,
      `The next record that changes it gives another old value (${c.old === null ? '' : shorten(c.old)}): a change in between is missing.`,
    ],
  ];
  return { reason: reasons.find(([holds]) => holds)?.[1] ?? null, gap: null };
}
const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text);

/** How completely a record tells what it changed. */
export function markOf(change: ObjectChange): { mark: Mark; reason: string } {
  const effect = effectOf(change);
  if (effect === 'read') return { mark: 'exact', reason: 'It only read, and changed nothing.' };
  if (effect === 'failed') return { mark: 'exact', reason: 'It failed, and changed nothing.' };
  const properties = change.subjects.flatMap((s) => s.properties).filter((p) => !notOfTheObject.has(p.name.toLowerCase()));
  if (properties.length === 0) return { mark: 'unavailable', reason: 'The record does not say which properties changed.' };
  const missing = properties.filter((p) => p.newValue === null).length;
  if (missing === properties.length && !/^delete$/i.test(change.operation ?? ''))
    return { mark: 'unavailable', reason: 'The record names the properties, but no new value.' };
  if (effect === 'unsure') return { mark: 'approximate', reason: 'The record does not say whether it succeeded.' };
  if (isParameter(change)) return { mark: 'approximate', reason: 'These are values that an action was called with.' };
  if (/^delete$/i.test(change.operation ?? '')) return { mark: 'exact', reason: 'The record says that it was deleted.' };
  if (missing > 0) return { mark: 'approximate', reason: `${missing} of ${properties.length} properties have no new value.` };
  const doubtful = properties.map((p) => doubtOf(p.newValue!)).filter((d) => d !== null);
  if (doubtful.length > 0) return { mark: 'approximate', reason: doubtful[0]! };
  return { mark: 'exact', reason: 'The record has the new value of every property that it names.' };
}

export interface ComparedProperty {
  readonly part: string;
  readonly name: string;
  /** Absent: nothing is recorded of it on that side. */
  readonly a: PropertyAt | null;
  readonly b: PropertyAt | null;
  readonly equal: boolean;
}
/** Two states side by side. What is not known on one side is never equal. */
export function compareStates(a: ObjectState, b: ObjectState): ComparedProperty[] {
  const key = (p: PropertyAt): string => JSON.stringify([p.part, p.name]);
  const left = new Map(a.properties.map((p) => [key(p), p]));
  const right = new Map(b.properties.map((p) => [key(p), p]));
  return [...new Set([...left.keys(), ...right.keys()])].map((k) => {
    const [x, y] = [left.get(k) ?? null, right.get(k) ?? null];
    const equal =
      x !== null && y !== null && x.mark !== 'unavailable' && y.mark !== 'unavailable' && x.present === y.present && x.value === y.value;
    return { part: (x ?? y)!.part, name: (x ?? y)!.name, a: x, b: y, equal };
  });
}
