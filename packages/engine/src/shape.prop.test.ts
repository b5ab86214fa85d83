import { createHmac } from 'node:crypto';
import type { Mask, Masking } from '@weir/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shaper } from './shape.ts';

const key = Buffer.alloc(32, 7);
const cut = (json: string, ...masks: Mask[]): string | null =>
  shaper({ id: 'v', condition: null, masks, key }).body(Buffer.from(json))?.toString() ?? null;
const hashed = (value: string): string => createHmac('sha256', key).update(value).digest('hex').slice(0, 32);

const names = ['a', 'B', 'c d', 'q"e', 'ü'];
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), fc.constant('\\"}]{[')),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const path = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c d'), fc.boolean()), { minLength: 1, maxLength: 3 });
const GONE = Symbol('gone');

/** What masking means, said over values instead of texts. */
function plain(value: unknown, steps: readonly [string, boolean][], how: Masking): unknown {
  const change = (v: unknown): unknown => {
    if (how === 'drop') return GONE;
    if (v === null) return null;
    return how === 'redact' ? '***' : hashed(typeof v === 'string' ? v : JSON.stringify(v));
  };
  if (Array.isArray(value)) return value.map((v) => plain(v, steps, how)).filter((v) => v !== GONE);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
      const [step, ...rest] = steps;
      if (name.toLowerCase() !== step![0]) return [[name, inner]];
      const each = step![1] && Array.isArray(inner) && rest.length === 0;
      const made = rest.length > 0 ? plain(inner, rest, how) : each ? inner.map(change).filter((v) => v !== GONE) : change(inner);
      return made === GONE ? [] : [[name, made]];
    }),
  );
}

test('what is masked is what the path says, in lists too, and every other byte stays where it is', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), json, { maxKeys: 5 }),
      path,
      fc.constantFrom<Masking>('drop', 'hash', 'redact'),
      fc.constantFrom(undefined, 1),
      (body, steps, how, indent) => {
        // A hashed object or list is hashed as it is written.
        const text = JSON.stringify(body, null, how === 'hash' ? undefined : indent);
        const made = cut(text, { path: steps.map(([n, each]) => n + (each ? '[]' : '')).join('.'), how })!;
        const wanted = plain(JSON.parse(text), steps, how);
        expect(JSON.parse(made)).toEqual(wanted);
        if (!text.includes('\n')) expect(made).toBe(JSON.stringify(wanted));
        if (JSON.stringify(wanted) === JSON.stringify(body)) expect(made).toBe(text);
      },
    ),
    { numRuns: 1_500 },
  );
});

test('digits, escapes, keys that stand twice and their order stay as they were written', () => {
  const text =
    '{"z":1.0,"2":1e400,"1":12345678901234567890, "s":"\\u0041\\/","UPN":"a\\u0040b","upn":"a@b","list":[{"New":1},[{"new":null}],"x"]}';
  expect(cut(text, { path: 'upn', how: 'hash' })).toBe(
    text.replace('"a\\u0040b"', `"${hashed('a@b')}"`).replace('"a@b"', `"${hashed('a@b')}"`),
  );
  expect(cut(text, { path: 'list.New', how: 'redact' })).toBe(text.replace('{"New":1}', '{"New":"***"}'));
  expect(cut(text, { path: 'UPN', how: 'drop' }, { path: 'list[]', how: 'drop' })).toBe(
    '{"z":1.0,"2":1e400,"1":12345678901234567890, "s":"\\u0041\\/","list":[]}',
  );
  expect(cut(text, { path: 'nothing.here', how: 'drop' })).toBe(text);
});

test('a body that is no JSON does not leave as if it had nothing to mask; long texts with escapes are read', () => {
  expect(cut('{"upn":"a@b"', { path: 'upn', how: 'drop' })).toBeNull();
  expect(cut('{"upn":"a@b"')).toBe('{"upn":"a@b"');
  const long = '\\"x'.repeat(1_000_000);
  expect(cut(`{"n":"${long}","upn":"${long}"}`, { path: 'upn', how: 'redact' })).toBe(`{"n":"${long}","upn":"***"}`);
});
