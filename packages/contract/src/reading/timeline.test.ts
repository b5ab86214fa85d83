import { describe, expect, test } from 'vitest';
import type { ChangedProperty, ObjectChange } from './timeline-types.ts';
import { compareStates, doubtOf, gapBetween, markOf, stateAt } from './timeline.ts';

const at = (n: number): string => `2026-01-01T00:00:${String(n).padStart(2, '0')}Z`;
const p = (name: string, newValue: string | null, oldValue: string | null = null): ChangedProperty => ({ name, newValue, oldValue });
const change = (
  n: number,
  activity: string,
  operation: string,
  properties: ChangedProperty[],
  more: Partial<ObjectChange> = {},
): ObjectChange => ({
  recordId: `r${n}`,
  time: at(n),
  seq: n,
  operation,
  activity,
  result: 'Success',
  targets: 1,
  subjects: [{ part: '', name: 'Ring', type: 'Policy', properties }],
  ...more,
});
const made = change(1, 'Create Policy', 'Create', [p('A', '1')]);
const assignment = (n: number, activity: string, operation: string, part: string, more = {}): ObjectChange =>
  change(n, activity, operation, [], {
    targets: 2,
    subjects: [
      { part: '', name: 'Ring', type: 'Policy', properties: [] },
      { part, name: null, type: 'PolicyAssignment', properties: [p('Target.Type', 'Group')], ...more },
    ],
  });
const found = (changes: ObjectChange[], name: string, n = 59, part = '') => {
  const { value, mark, present, reason } = stateAt(changes, { time: at(n) }, []).properties.find(
    (x) => x.name === name && x.part === part,
  )!;
  return { value, mark, present, reason };
};

describe('what makes a value less than exact', () => {
  test.each<[string, ObjectChange[], string, string | null, RegExp]>([
    [
      'an action was called with it',
      [change(1, 'wipe ManagedDevice', 'Action', [p('KeepUserData', 'False')])],
      'KeepUserData',
      'False',
      /action was called/,
    ],
    ['Intune wrote <null>', [change(1, 'Patch Policy', 'Patch', [p('A', '<null>')])], 'A', null, /<null>/],
    ['it was cut off', [change(1, 'Patch Policy', 'Patch', [p('A', 'abc...')])], 'A', 'abc...', /cut off/],
    ['the record names it twice', [change(1, 'Patch Policy', 'Patch', [p('A', '1'), p('A', '2')])], 'A', '2', /more than once/],
    ['nothing tells whether it succeeded', [change(1, 'Patch Policy', 'Patch', [p('A', '1')], { result: null })], 'A', '1', /succeeded/],
    [
      'two records of the same moment disagree',
      [change(1, 'Patch Policy', 'Patch', [p('A', '1')]), change(2, 'Patch Policy', 'Patch', [p('A', '2')], { time: at(1) })],
      'A',
      '2',
      /same moment/,
    ],
    [
      'the list was written again without it',
      [
        change(1, 'Patch Policy', 'Patch', [p('$Collection.Rules.Path[1]', 'x')]),
        change(2, 'Patch Policy', 'Patch', [p('$Collection.Rules.Path[0]', 'y')]),
      ],
      '$Collection.Rules.Path[1]',
      'x',
      /without this item/,
    ],
  ])('%s', (_, changes, name, value, reason) => {
    expect(found(changes, name)).toEqual({ value, mark: 'approximate', present: true, reason: expect.stringMatching(reason) });
  });
  test('the next record remembers another old value', () => {
    const later = change(30, 'Patch Policy', 'Patch', [p('A', '3', '2')]);
    expect(found([made, later], 'A', 10)).toMatchObject({
      value: '1',
      mark: 'approximate',
      reason: expect.stringMatching(/another old value \(2\)/),
    });
    expect(found([made, later], 'A', 40)).toMatchObject({ value: '3', mark: 'exact' });
  });
});

test('what failed or only read changes nothing', () => {
  const changes = [
    made,
    change(2, 'Patch Policy', 'Patch', [p('A', '9')], { result: 'Failure' }),
    change(3, 'Get Policy', 'Get', [p('A', '8')]),
  ];
  expect(found(changes, 'A')).toMatchObject({ value: '1', mark: 'exact' });
});
test('a point after a record includes it, and not what came later in the same second', () => {
  const changes = [
    made,
    change(2, 'Patch Policy', 'Patch', [p('A', '2')], { time: '2026-01-01T00:00:02.0000001Z' }),
    change(3, 'Patch Policy', 'Patch', [p('A', '3')], { time: '2026-01-01T00:00:02.0000002Z' }),
  ];
  const value = (point: { time: string; seq?: number }) => stateAt(changes, point, []).properties[0]!.value;
  expect(value({ time: '2026-01-01T00:00:02.0000001Z', seq: 2 })).toBe('2');
  expect(value({ time: '2026-01-01T00:00:02.0000009Z' })).toBe('3');
  expect(value({ time: '2026-01-01T00:00:02Z' })).toBe('1');
});

describe('assignments', () => {
  const assigned = assignment(2, 'Create PolicyAssignment', 'Create', 'p_g');
  test('making one does not make the policy; deleting the policy takes it along', () => {
    const state = stateAt([assigned], { time: at(1) }, []);
    expect(state.parts.map((x) => [x.part, x.present, x.mark])).toEqual([
      ['', true, 'approximate'],
      ['p_g', false, 'exact'],
    ]);
    expect(found([made, assigned], 'Target.Type', 5, 'p_g')).toMatchObject({ value: 'Group', mark: 'exact' });
    const deleted = change(9, 'Delete Policy', 'Delete', [p('Id', null, 'p')]);
    expect(found([made, assigned, deleted], 'Target.Type', 20, 'p_g')).toMatchObject({ present: false, mark: 'exact' });
  });
  test('assigning anew may have replaced those that it does not name', () => {
    const again = assignment(4, 'assign Policy', 'Action', 'p_h');
    expect(found([made, assigned, again], 'Target.Type', 5, 'p_g')).toMatchObject({
      mark: 'approximate',
      reason: expect.stringMatching(/assigns anew/),
    });
    expect(found([made, assigned, again], 'Target.Type', 5, 'p_h')).toMatchObject({ mark: 'exact' });
  });
  test('of another object they are never exact: its deletion names only itself', () => {
    const foreign = assignment(2, 'Create PolicyAssignment', 'Create', 'p_g', { foreign: true });
    expect(found([foreign], 'Target.Type', 5, 'p_g')).toMatchObject({
      value: 'Group',
      mark: 'approximate',
      reason: expect.stringMatching(/another object/),
    });
  });
});

test('gaps touch what lies across them, and not what ends where they begin', () => {
  const gap = { from: at(10), to: at(20), reason: '' };
  const touches = (from: number, to: number) => gapBetween([gap], at(from), at(to)) !== null;
  expect([touches(5, 15), touches(12, 13), touches(15, 30), touches(5, 10), touches(20, 30)]).toEqual([true, true, true, false, false]);
});
test('how completely a record tells what it changed', () => {
  const marks = [
    made,
    change(1, 'Patch Policy', 'Patch', [p('DeviceManagementAPIVersion', '5025')]),
    change(1, 'Patch Policy', 'Patch', [p('A', null, '1')]),
    change(1, 'Patch Policy', 'Patch', [p('A', null), p('B', '1')]),
    change(1, 'Delete Policy', 'Delete', [p('A', null, '1')]),
    change(1, 'Patch Policy', 'Patch', [p('A', '9')], { result: 'failure' }),
  ];
  expect(marks.map((c) => markOf(c).mark)).toEqual(['exact', 'unavailable', 'unavailable', 'approximate', 'exact', 'exact']);
  expect([doubtOf('plain'), doubtOf('***'), doubtOf('')].map((d) => d === null)).toEqual([true, false, false]);
});
test('a value that is not known is equal to nothing', () => {
  const unknown = change(5, 'Patch Policy', 'Patch', [p('B', null)]);
  const rows = compareStates(stateAt([made, unknown], { time: at(2) }, []), stateAt([made, unknown], { time: at(9) }, []));
  expect(rows.map((r) => [r.name, r.equal])).toEqual([
    ['A', true],
    ['B', false],
  ]);
});
