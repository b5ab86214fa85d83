import { foldText } from '@weir/contract';
import { holds, type Condition, type Way } from './condition.ts';
import type { Json } from './event.ts';
import type { Property } from './schema.ts';
import { instantOf } from './time.ts';

/** `null`: unknown, as OData has it for a function of null. */
type Truth = boolean | null;

/**
 * Whether an audit event fits a condition: what the dialect means, in the plainest way. Texts are compared without case and
 * with any run of blanks as one, as everywhere in the search; null equals null only, and a function of null is not known.
 */
export const fits = (condition: Condition, event: Json): boolean => truth(condition, event) === true;

function truth(condition: Condition, item: Json): Truth {
  switch (condition.kind) {
    case 'and': {
      const [left, right] = condition.of.map((c) => truth(c, item)) as [Truth, Truth];
      return left === false || right === false ? false : left === null || right === null ? null : true;
    }
    case 'or': {
      const [left, right] = condition.of.map((c) => truth(c, item)) as [Truth, Truth];
      return left === true || right === true ? true : left === null || right === null ? null : false;
    }
    case 'not': {
      const inner = truth(condition.of, item);
      return inner === null ? null : !inner;
    }
    case 'null':
      return read(condition.way, item) === null;
    case 'text': {
      const value = read(condition.way, item) as string | null;
      if (value === null) return condition.test === 'eq' ? false : null;
      return holds(condition.test, foldText(value), foldText(condition.value));
    }
    case 'time': {
      const at = instantOf((read(condition.way, item) as string | null) ?? '');
      if (at === null) return false;
      const order = at < condition.at ? -1 : at > condition.at ? 1 : 0;
      return { eq: order === 0, gt: order > 0, ge: order >= 0, lt: order < 0, le: order <= 0 }[condition.operator];
    }
    case 'any': {
      const items = (read(condition.list, item) as readonly Json[] | null) ?? [];
      const { of } = condition;
      return of === null ? items.length > 0 : items.some((i) => truth(of, i) === true);
    }
  }
}

function read(way: Way<Property>, item: Json): unknown {
  let at: Json | null = item;
  for (const step of way.through) at = at && step.read(at);
  if (!at || way.to.is === 'other') return null;
  return way.to.read(at);
}
