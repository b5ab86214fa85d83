import { ODataError, type Call, type Comparison, type Filter, type Literal, type Operand, type Path } from './odata/ast.ts';
import { auditEvent, propertyOf, type Entity, type Property } from './schema.ts';
import { instantOf } from './time.ts';

export type TextProperty = Extract<Property, { is: 'text' }>;
export type ListProperty = Extract<Property, { is: 'list' }>;
type ObjectProperty = Extract<Property, { is: 'object' }>;
/** The way from an item to one of its properties, through objects. */
export interface Way<P extends Property> {
  readonly through: readonly ObjectProperty[];
  readonly to: P;
}
export const textTests = ['eq', 'startswith', 'contains', 'endswith'] as const;
export type TextTest = (typeof textTests)[number];
/** Whether a value passes a test; both folded. */
export function holds(test: TextTest, value: string, sought: string): boolean {
  switch (test) {
    case 'eq':
      return value === sought;
    case 'startswith':
      return value.startsWith(sought);
    case 'endswith':
      return value.endsWith(sought);
    case 'contains':
      return value.includes(sought);
  }
}

/** A filter whose names and types are known to fit. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly [Condition, Condition] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'text'; readonly test: TextTest; readonly way: Way<TextProperty>; readonly value: string }
  | { readonly kind: 'null'; readonly way: Way<TextProperty> }
  /** `at`: UTC with twelve digits, so that times compare as texts. */
  | {
      readonly kind: 'time';
      readonly operator: Exclude<Comparison, 'ne'>;
      readonly way: Way<Extract<Property, { is: 'time' }>>;
      readonly at: string;
    }
  | { readonly kind: 'any'; readonly list: Way<ListProperty>; readonly of: Condition | null };

type Scope = ReadonlyMap<string, Entity>;
const refuse = (at: number, message: string): ODataError => new ODataError(at, message, true);

/** Checks a filter against the properties of an audit event. Throws `ODataError` that names the part which cannot be answered. */
export const conditionOf = (filter: Filter): Condition => check(filter, new Map([['', auditEvent]]));

function check(filter: Filter, scope: Scope): Condition {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, of: [check(filter.left, scope), check(filter.right, scope)] };
    case 'not':
      return { kind: 'not', of: check(filter.of, scope) };
    case 'compare':
      return compare(filter, scope);
    case 'in': {
      const [first, ...rest] = filter.values.map((value) => equals(filter.left, value, scope));
      return rest.reduce<Condition>((left, right) => ({ kind: 'or', of: [left, right] }), first!);
    }
    case 'any': {
      const list = resolve(filter.path, scope);
      if (list.to.is !== 'list') throw refuse(filter.path.at, `"any" needs a collection such as resources; ${list.to.name} is none.`);
      if (filter.of && scope.has(filter.variable))
        throw refuse(filter.at, `"${filter.variable}" is the variable of the any(…) around this one. Take another.`);
      const inner = new Map([...scope, [filter.variable, list.to.of]]);
      return { kind: 'any', list: { through: list.through, to: list.to }, of: filter.of ? check(filter.of, inner) : null };
    }
    case 'all':
      throw refuse(filter.at, '"all" is not supported. Write not resources/any(r:…) for it.');
    case 'call':
      return textCall(filter, scope);
    case 'path':
      throw refuse(filter.at, `"${filter.segments.join('/')}" is no condition by itself. Compare it: eq, ne, in, startswith, contains.`);
  }
}

function compare(filter: Extract<Filter, { kind: 'compare' }>, scope: Scope): Condition {
  let { left, right, operator } = filter;
  if (left.kind === 'literal' && right.kind !== 'literal') {
    [left, right] = [right, left];
    operator = ({ gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' } as Partial<Record<Comparison, Comparison>>)[operator] ?? operator;
  }
  if (right.kind !== 'literal') throw refuse(right.at, 'A property can be compared with a value only.');
  if (operator === 'eq') return equals(left, right, scope);
  if (operator === 'ne') return { kind: 'not', of: equals(left, right, scope) };
  const way = propertyIn(left, scope);
  if (way.to.is !== 'time')
    throw refuse(filter.at, `"${operator}" compares activityDateTime only. Texts have eq, ne, in, startswith, endswith and contains.`);
  return { kind: 'time', operator, way: { through: way.through, to: way.to }, at: timeOf(right) };
}

function equals(left: Operand, value: Literal, scope: Scope): Condition {
  const { through, to } = propertyIn(left, scope);
  if (to.is === 'time') return { kind: 'time', operator: 'eq', way: { through, to }, at: timeOf(value) };
  if (to.is !== 'text') throw refuse(left.at, `${to.name} cannot be compared${to.is === 'list' ? '; write any(…)' : ''}.`);
  if (value.type === 'null') return { kind: 'null', way: { through, to } };
  return { kind: 'text', test: 'eq', way: { through, to }, value: textOf(value, to.name) };
}

function textCall(call: Call, scope: Scope): Condition {
  const test = textTests.find((t) => t === call.name.toLowerCase() && t !== 'eq');
  if (!test) throw unknownFunction(call);
  const [from, value, more] = call.args;
  if (!from || !value || more) throw new ODataError(call.at, `"${test}" takes a property and a text.`);
  const way = propertyIn(from, scope);
  if (way.to.is !== 'text') throw refuse(from.at, `"${test}" needs a text; ${way.to.name} is none.`);
  if (value.kind !== 'literal') throw refuse(value.at, `"${test}" needs a text in quotes here.`);
  return { kind: 'text', test, way: { through: way.through, to: way.to }, value: textOf(value, way.to.name) };
}
const unknownFunction = (call: Call): ODataError =>
  refuse(
    call.at,
    /^to(lower|upper)$/i.test(call.name)
      ? `"${call.name}" is not supported, nor needed: texts are compared without regard to case.`
      : `The function "${call.name.slice(0, 60)}" is not supported. There are: startswith, endswith, contains.`,
  );

function propertyIn(operand: Operand, scope: Scope): Way<Property> {
  if (operand.kind === 'call') throw unknownFunction(operand);
  if (operand.kind === 'literal') throw new ODataError(operand.at, 'A condition needs a property on one side.');
  return resolve(operand, scope);
}

function resolve(path: Path, scope: Scope): Way<Property> {
  const [first, ...rest] = path.segments as [string, ...string[]];
  const bound = first === '' ? undefined : scope.get(first);
  let entity = bound ?? scope.get('')!;
  const through: ObjectProperty[] = [];
  const names = bound ? rest : path.segments;
  if (bound === undefined && scope.size > 1)
    throw refuse(path.at, `Within any(…) only ${[...scope.keys()].filter(Boolean).join(', ')} can be asked for, as in r/displayName.`);
  if (bound && bound !== [...scope.values()].at(-1))
    throw refuse(path.at, `"${first}" belongs to the any(…) around this one; ask for the inner variable.`);
  for (const [n, name] of names.entries()) {
    const property = propertyOf(entity, name);
    if (!property) throw new ODataError(path.at, `Could not find a property named '${name.slice(0, 60)}' on type '${entity.type}'.`);
    if (n === names.length - 1) {
      if (property.is === 'other') throw refuse(path.at, `${property.name} cannot be filtered by.`);
      return { through, to: property };
    }
    if (property.is !== 'object')
      throw new ODataError(
        path.at,
        `${property.name} has no property named '${names[n + 1]!.slice(0, 60)}'${property.is === 'list' ? '; write any(…)' : ''}.`,
      );
    through.push(property);
    entity = property.of;
  }
  throw refuse(path.at, `"${first}" has properties; compare one of them, as in ${first}/displayName.`);
}

function textOf(value: Literal, name: string): string {
  // Ids are Edm.Guid by their looks, and are written with quotes and without.
  if (value.type === 'string' || value.type === 'guid') return value.text;
  if (value.type === 'null') throw new ODataError(value.at, 'A text in quotes is needed here, not null.');
  throw new ODataError(value.at, `The value of ${name} must stand in single quotes.`);
}
function timeOf(value: Literal): string {
  if (value.type === 'null') throw refuse(value.at, 'activityDateTime is never null.');
  if (value.type !== 'time') throw new ODataError(value.at, 'Expected a time without quotes, such as 2026-11-21T10:30:00Z.');
  const instant = instantOf(value.text);
  if (instant === null) throw new ODataError(value.at, `There is no such time: ${value.text}.`);
  return instant;
}
