import { ALL, conditionsOf, foldText, join, type Pattern, type Query } from '@weir/contract';
import { holds, type Condition, type TextTest } from './condition.ts';
import type { Indexed } from './schema.ts';

/**
 * What a search can say of a condition: all records that fit are among those that `over` finds, and all that `under` finds
 * fit. Where they are the same, the search alone answers; else each record that `over` finds is looked at.
 */
interface Limits {
  readonly over: Query;
  readonly under: Query;
  /** Never unknown: then not-true is false. */
  readonly sure: boolean;
}
const NONE: Query = { kind: 'not', of: ALL };
const UNKNOWN: Limits = { over: ALL, under: NONE, sure: false };
const isAll = (q: Query): boolean => q.kind === 'all';
const isNone = (q: Query): boolean => q.kind === 'not' && q.of.kind === 'all';
const not = (q: Query): Query => (q.kind === 'not' ? q.of : { kind: 'not', of: q });
const all = (of: readonly Query[]): Query => (of.some(isNone) ? NONE : join('and', of));
const either = (of: readonly Query[]): Query => {
  if (of.some(isAll)) return ALL;
  const some = of.filter((q) => !isNone(q));
  return some.length === 0 ? NONE : join('or', some);
};

/** A search that finds every record which fits; `exact`: and no other. `from` is included, `to` is not; null where there is no bound. */
export interface Translated {
  readonly query: Query;
  readonly exact: boolean;
  readonly from: string | null;
  readonly to: string | null;
}

/** Translates a condition into the query language, as closely as that can say it. */
export function translate(condition: Condition | null): Translated {
  const { over, under } = condition ? limitsOf(condition) : { over: ALL, under: ALL };
  const parts = conditionsOf(over);
  const rest = parts.filter((part) => part.kind !== 'time');
  // Written alike, so that they sort as texts.
  const ends = (operator: '>=' | '<') => parts.flatMap((p) => (p.kind === 'time' && p.operator === operator ? [p.at] : [])).toSorted();
  const from = ends('>=').at(-1) ?? null;
  const to = ends('<')[0] ?? null;
  return { query: join('and', rest), exact: JSON.stringify(over) === JSON.stringify(under), from, to };
}

function limitsOf(condition: Condition): Limits {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const [a, b] = condition.of.map(limitsOf) as [Limits, Limits];
      const both = condition.kind === 'and' ? all : either;
      return { over: both([a.over, b.over]), under: both([a.under, b.under]), sure: a.sure && b.sure };
    }
    case 'not': {
      const { over, under, sure } = limitsOf(condition.of);
      return { over: not(under), under: sure ? not(over) : NONE, sure };
    }
    case 'null':
      return { ...absent(condition.way.to.indexed, condition.way.through.length > 0), sure: true };
    case 'text': {
      const { over, under } = textLimits(condition.test, condition.value, condition.way.to.indexed);
      return { over, under, sure: condition.test === 'eq' };
    }
    case 'time':
      return { ...timeLimits(condition), sure: true };
    case 'any': {
      const inner = condition.of ? someItem(condition.of) : UNKNOWN;
      return { over: inner.over, under: inner.under, sure: true };
    }
  }
}

/** What can be said of a record that has an item which fits. */
function someItem(condition: Condition): { over: Query; under: Query } {
  switch (condition.kind) {
    case 'and': {
      // One item with both is not the same as one with this and another with that.
      const [a, b] = condition.of.map(someItem) as [Limits, Limits];
      return { over: all([a.over, b.over]), under: NONE };
    }
    case 'or': {
      const [a, b] = condition.of.map(someItem) as [Limits, Limits];
      return { over: either([a.over, b.over]), under: either([a.under, b.under]) };
    }
    case 'text':
      return textLimits(condition.test, condition.value, condition.way.to.indexed);
    case 'any': {
      const inner = condition.of ? someItem(condition.of) : UNKNOWN;
      return { over: inner.over, under: NONE };
    }
    default:
      // That another item does not fit says nothing of the record.
      return UNKNOWN;
  }
}

/** Where a record says nothing of a field, its property is null, or one of these. */
const unsaid = ['', '<null>'];
const patternOf: Record<TextTest, (value: string) => Pattern> = {
  eq: (v) => [v],
  startswith: (v) => [v, ''],
  endswith: (v) => ['', v],
  contains: (v) => ['', v, ''],
};

function textLimits(kind: TextTest, value: string, indexed: Indexed): { over: Query; under: Query } {
  const folded = foldText(value);
  if (indexed.by === 'field') {
    if (folded === '' || (indexed.raw !== true && unsaid.some((u) => holds(kind, u, folded)))) return UNKNOWN;
    const { field } = indexed;
    // The database folds ids as ASCII.
    if ((field === 'id' || field === 'correlation') && !/^[\u0021-\u007e]+$/.test(value)) return UNKNOWN;
    const found: Query = { kind: 'field', field, pattern: patternOf[kind](value) };
    return { over: found, under: indexed.exact ? found : NONE };
  }
  if (indexed.by === 'nothing' || kind !== 'eq') return UNKNOWN;
  const text = wholeText(folded);
  return { over: text === null ? ALL : { kind: 'text', pattern: [text] }, under: NONE };
}

const GUID = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/g;
/** What stands in the text of each record that has this value, whole, somewhere. Null when the text leaves such values out. */
function wholeText(folded: string): string | null {
  if (folded.trim() === '' || folded === '<null>' || folded === 'none') return null;
  const guids = folded.match(GUID);
  if (!guids) return isJson(folded) ? null : folded;
  return guids.some((g) => /^[0-]+$/.test(g)) ? null : guids.join(' ');
}

/** Only texts are among the texts: `5` may be a number in the record. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A property of an object is null, too, when the object is. */
function absent(indexed: Indexed, nested: boolean): { over: Query; under: Query } {
  if (indexed.by !== 'field' || !indexed.exact || indexed.field === 'target' || indexed.field === 'type') return UNKNOWN;
  const found: Query = { kind: 'field', field: indexed.field, pattern: [''] };
  return { over: found, under: indexed.raw === true && !nested ? found : NONE };
}

/** Records are kept by the millisecond, cut off; a time with more digits lies within one. */
function timeLimits({ operator, at }: Extract<Condition, { kind: 'time' }>): { over: Query; under: Query } {
  const floor = Date.parse(`${at.slice(0, 23)}Z`);
  const whole = /^0*Z$/.test(at.slice(23));
  const from = (ms: number): Query => ({ kind: 'time', operator: '>=', at: new Date(ms).toISOString() });
  const before = (ms: number): Query => ({ kind: 'time', operator: '<', at: new Date(ms).toISOString() });
  switch (operator) {
    case 'ge':
      return { over: from(floor), under: from(whole ? floor : floor + 1) };
    case 'gt':
      return { over: from(floor), under: from(floor + 1) };
    case 'lt':
      return { over: before(whole ? floor : floor + 1), under: before(floor) };
    case 'le':
      return { over: before(floor + 1), under: before(floor) };
    case 'eq':
      return { over: join('and', [from(floor), before(floor + 1)]), under: NONE };
  }
}
