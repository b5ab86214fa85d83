import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignSlots } from './slots.ts';

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 60 }).map(String), { maxLength: 30 });
const screens = fc.array(ids, { minLength: 1, maxLength: 12 });

test('draws each row in an element of its own, and leaves a row that stays where it is', () => {
  fc.assert(
    fc.property(screens, (list) => {
      let before: ReadonlyMap<string, number> = new Map();
      for (const shown of list) {
        const after = assignSlots(before, shown);
        expect([...after.keys()]).toEqual(shown);
        expect(new Set(after.values()).size).toBe(shown.length);
        expect(assignSlots(after, shown)).toBe(after);
        for (const [id, slot] of before) if (after.has(id)) expect(after.get(id)).toBe(slot);
        before = after;
      }
    }),
  );
});

test('makes no new element while an old one is free', () => {
  fc.assert(
    fc.property(ids, ids, (first, second) => {
      const before = assignSlots(new Map(), first);
      const after = assignSlots(before, second);
      const fresh = [...after.values()].filter((slot) => ![...before.values()].includes(slot));
      expect(fresh).toHaveLength(Math.max(0, second.length - first.length));
    }),
  );
});

test('keeps the elements in their order when everything in sight changes', () => {
  const before = assignSlots(new Map(), ['a', 'b', 'c']);
  expect([...assignSlots(before, ['x', 'y', 'z']).values()]).toEqual([...before.values()]);
});
