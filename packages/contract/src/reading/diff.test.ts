import { describe, expect, it, test } from 'vitest';
import { applyDiff, diffValues, type ValueDiff } from './diff.ts';
import { jsonChanges, printPath } from './json-diff.ts';
import { printJson, parseJson } from './json.ts';
import { diffProperties, nameInWords } from './properties.ts';
import { visibleText } from './visible.ts';

/** `same [-removed-] {+added+}` */
const marked = (diff: ValueDiff): string => {
  if (diff.kind === 'text')
    return diff.pieces.map((p) => (p.is === 'same' ? p.text : p.is === 'removed' ? `[-${p.text}-]` : `{+${p.text}+}`)).join('');
  if (diff.kind === 'json')
    return jsonChanges(diff.node)
      .map((c) => `${printPath(c.path)}: ${c.old ? printJson(c.old) : '-'} > ${c.new ? printJson(c.new) : '-'}`)
      .join('; ');
  return diff.kind;
};

test.each<[string | null, string | null, ValueDiff]>([
  [null, null, { kind: 'not-recorded', old: { is: 'not-recorded' }, new: { is: 'not-recorded' } }],
  [null, 'a', { kind: 'not-recorded', old: { is: 'not-recorded' }, new: { is: 'text', text: 'a' } }],
  ['a', null, { kind: 'not-recorded', old: { is: 'text', text: 'a' }, new: { is: 'not-recorded' } }],
  ['<null>', 'a', { kind: 'replaced', old: { is: 'none' }, new: { is: 'text', text: 'a' } }],
  ['a', '', { kind: 'replaced', old: { is: 'text', text: 'a' }, new: { is: 'empty' } }],
  ['', '<null>', { kind: 'replaced', old: { is: 'empty' }, new: { is: 'none' } }],
  ['<null>', '<null>', { kind: 'same', value: { is: 'none' } }],
  ['a', 'a', { kind: 'same', value: { is: 'text', text: 'a' } }],
])('%j to %j: what is missing is told apart', (before, after, diff) => {
  expect(diffValues(before, after)).toEqual(diff);
  expect(applyDiff(diff, before)).toBe(after);
});

test.each([
  ['10.0.19045', '10.0.22631', '10.0.[-19045-]{+22631+}'],
  ['False', 'True', '[-False-]{+True+}'],
  ['Ring - Pilot devices', 'Ring - Broad devices', 'Ring - [-Pilot-]{+Broad+} devices'],
  ['one two three', 'four five six', '[-one two three-]{+four five six+}'],
  ['a\nb\nc\n', 'a\nb\nx\nc\n', 'a\nb\n{+x\n+}c\n'],
  ['Get-Item -Path C:\\Temp', 'Get-Item -Path D:\\Temp', 'Get-Item -Path [-C-]{+D+}:\\Temp'],
])('words of %j and %j', (before, after, expected) => expect(marked(diffValues(before, after))).toBe(expected));

test.each([
  ['{"a":1,"b":2}', '{"b":3,"a":1}', 'b: 2 > 3'],
  ['{"a":1}', '{ "a": 1 }', ''],
  ['{"n":12345678901234567890}', '{"n":12345678901234567891}', 'n: 12345678901234567890 > 12345678901234567891'],
  ['{"n":1.0}', '{"n":1}', 'n: 1.0 > 1'],
  ['["a","b","c"]', '["x","a","c"]', '[0]: - > "x"; [2]: "b" > -'],
  ['[{"id":1,"v":1},{"id":2,"v":1}]', '[{"id":3,"v":1},{"id":2,"v":9}]', '[0]: {"id":1,"v":1} > -; [0]: - > {"id":3,"v":1}; [1].v: 1 > 9'],
  ['[{"x":1,"y":2,"z":3}]', '[{"q":7},{"x":1,"y":2,"z":4}]', '[0]: - > {"q":7}; [1].z: 3 > 4'],
  ['{"s":"{\\"a\\":1}"}', '{"s":"{\\"a\\":2}"}', 's.a: 1 > 2'],
  ['"{\\"a\\":[1]}"', '"{\\"a\\":[1,2]}"', 'a[1]: - > 2'],
  ['{"a b":1}', '{"a b":null}', '["a b"]: 1 > null'],
  ['{"__proto__":{"x":1}}', '{"__proto__":{"x":2}}', '__proto__.x: 1 > 2'],
])('structure of %j and %j', (before, after, expected) => expect(marked(diffValues(before, after))).toBe(expected));

test.each([
  ['{"a":1}', 'a'],
  ['{"a":1,"a":2}', '{"a":1}'],
  ['{"a":1', '{"a":2}'],
  ['[1]', '{"a":1}'],
])('%j and %j are compared as text', (before, after) => expect(diffValues(before, after).kind).toBe('text'));

it('refuses to be applied to another value', () => {
  expect(() => applyDiff(diffValues('a b', 'a c'), 'x')).toThrow('another value');
  expect(() => applyDiff(diffValues('{"a":1}', '{"a":2}'), '{"a":3}')).toThrow('another value');
  expect(() => applyDiff(diffValues(null, 'a'), 'x')).toThrow('another value');
});
it('prints JSON readably', () => {
  expect(printJson(parseJson('{"a":[1,{}],"b":"x"}')!, 2)).toBe('{\n  "a": [\n    1,\n    {}\n  ],\n  "b": "x"\n}');
});

describe('modified properties', () => {
  const p = (name: string, oldValue: string | null, newValue: string | null) => ({ name, oldValue, newValue });
  it('stand together by the item of the list that they are of', () => {
    const groups = diffProperties([
      p('Description', 'a', 'b'),
      p('$Collection.ReturnCodes.ReturnCode[0]', null, '0'),
      p('$Collection.ReturnCodes.ReturnCode[1]', null, '1707'),
      p('$Collection.ReturnCodes.Type[0]', null, 'Success'),
      p('$Collection.RoleScopeTagIds[0]', '0', '0'),
      p('DeviceManagementAPIVersion', null, '5025-01-29'),
    ]);
    expect(groups.map((g) => [g.title, g.properties.map((x) => [x.label, x.change])])).toEqual([
      [
        null,
        [
          ['Description', 'changed'],
          ['DeviceManagementAPIVersion', 'set'],
        ],
      ],
      [
        'Return codes, item 1',
        [
          ['ReturnCode', 'set'],
          ['Type', 'set'],
        ],
      ],
      ['Return codes, item 2', [['ReturnCode', 'set']]],
      ['Role scope tag ids, item 1', [[null, 'unchanged']]],
    ]);
    expect(groups[0]!.properties.map((x) => x.technical)).toEqual([false, true]);
  });
  it.each([
    [null, null, 'unrecorded'],
    [null, '', 'set'],
    ['', null, 'removed'],
    ['a', 'a', 'unchanged'],
    ['<null>', '', 'changed'],
  ])('%j to %j: %s', (before, after, change) => expect(diffProperties([p('X', before, after)])[0]!.properties[0]!.change).toBe(change));
  it.each([
    ['RoleScopeTagIds', 'Role scope tag ids'],
    ['MinimumOSVersion', 'Minimum OS version'],
    ['displayName', 'display name'],
    ['Settings.Value', 'Settings value'],
    ['', ''],
  ])('%s in words', (name, words) => expect(nameInWords(name)).toBe(words));
});

it('shows hidden characters by their number, and leaves line ends', () => {
  expect(visibleText('evil\u202Etxt.exe\u0007\u0000 a\r\nb\tc\uD800 👩‍💻 é')).toBe(
    'evil⟨U+202E⟩txt.exe⟨U+0007⟩⟨U+0000⟩ a\r\nb\tc⟨U+D800⟩ 👩‍💻 é',
  );
  // A soft hyphen, a line separator, and a letter that nobody sees.
  expect(visibleText('ad\u00ADmin\u2028\u{E0041}!')).toBe('ad⟨U+00AD⟩min⟨U+2028⟩⟨U+E0041⟩!');
});
