import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CoverageGap, ObjectChange } from './timeline-types.ts';
import { compareStates, markOf, stateAt } from './timeline.ts';

const at = (n: number): string => `2026-01-01T00:${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}Z`;
const NAMES = ['A', 'B', 'C', 'D'] as const;
const PARTS = ['', 'p_1', 'p_2'] as const;
/** What truly is: for each part, null when it is not there, else its properties. */
type Truth = Record<string, Record<string, string> | null>;

const step = fc.record({
  part: fc.constantFrom('', '', ...PARTS),
  kind: fc.constantFrom('patch', 'patch', 'patch', 'patch', 'create', 'create', 'create', 'delete', 'action'),
  values: fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom('x', 'y', 'z', 'cut off ...'), { minKeys: 1, maxKeys: 2 }),
  outcome: fc.constantFrom(...Array.from({ length: 6 }, () => 'Success'), 'Failure', null),
  applied: fc.boolean(),
  noOld: fc.boolean(),
  noNew: fc.constantFrom(false, false, false, false, true),
  logged: fc.constantFrom(true, true, true, true, false),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Plays the steps, one each ten seconds. Steps that are not logged lie in gaps, and the gaps are known. */
function play(steps: readonly Step[]): { truths: Truth[]; changes: ObjectChange[]; gaps: CoverageGap[] } {
  let truth: Truth = { '': {}, p_1: null, p_2: null };
  const truths = [truth];
  const changes: ObjectChange[] = [];
  // What was before the first step is as unknown as what a gap hides.
  const gaps: CoverageGap[] = [{ from: null, to: at(5), reason: 'Nothing was read.' }];
  for (const [n, s] of steps.entries()) {
    const before = truth[s.part]!;
    const possible = s.kind === 'create' ? before === null && (s.part === '' || truth[''] !== null) : before !== null;
    const succeeds = possible && (s.outcome === 'Success' || (s.outcome === null && s.applied));
    if (possible) {
      const own = s.kind === 'create' || s.kind === 'patch' || s.kind === 'delete';
      if (succeeds && own) {
        truth = { ...truth, [s.part]: s.kind === 'delete' ? null : { ...before, ...s.values } };
        if (s.part === '' && s.kind === 'delete') truth = { '': null, p_1: null, p_2: null };
      }
      const names = Object.keys(s.values);
      if (s.logged)
        changes.push({
          recordId: `r${n}`,
          time: at(10 + n * 10),
          seq: n,
          operation: { create: 'Create', patch: 'Patch', delete: 'Delete', action: 'Action' }[s.kind]!,
          activity: { create: 'Create Thing', patch: 'Patch Thing', delete: 'Delete Thing', action: 'wipe Thing' }[s.kind]!,
          result: s.outcome,
          targets: 1,
          subjects: [
            {
              part: s.part,
              name: 'n',
              type: 'Thing',
              properties: names.map((name) => ({
                name,
                oldValue: s.noOld ? null : (before?.[name] ?? null),
                newValue: s.noNew || s.kind === 'delete' ? null : s.values[name]!,
              })),
            },
          ],
        });
    }
    if (!s.logged) gaps.push({ from: at(6 + n * 10), to: at(14 + n * 10), reason: 'Nothing was read.' });
    truths.push(truth);
  }
  return { truths, changes, gaps };
}

it('what is marked exact is true, whatever happened and whatever of it was recorded', () => {
  let exact = 0;
  let there = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 14, size: 'max' }), (steps) => {
      const { truths, changes, gaps } = play(steps);
      for (const [n, truth] of truths.entries()) {
        const state = stateAt(
          fc.sample(fc.shuffledSubarray(changes, { minLength: changes.length }), 1)[0]!,
          { time: at(n * 10 + 1) },
          gaps,
        );
        for (const p of state.properties) {
          if (p.mark !== 'exact') continue;
          exact += 1;
          const real = truth[p.part] ?? null;
          if (p.present) there += 1;
          expect([p.part, p.name, p.present, p.present ? p.value : null], p.reason).toEqual([
            p.part,
            p.name,
            real !== null,
            real === null ? null : (real[p.name] ?? null),
          ]);
        }
        for (const part of state.parts)
          if (part.mark === 'exact') expect(part.present, `${part.part} ${part.reason}`).toBe((truth[part.part] ?? null) !== null);
      }
    }),
    { numRuns: 1_500 },
  );
  // A test of exact marks needs some.
  expect([exact > 3_000, there > 1_000]).toEqual([true, true]);
});

it('without gaps, and with every value recorded, everything since the creation is exact', () => {
  const full = step.map((s) => ({
    ...s,
    part: '' as const,
    kind: 'patch',
    outcome: 'Success',
    noNew: false,
    noOld: false,
    logged: true,
    values: Object.fromEntries(Object.keys(s.values).map((k) => [k, `v${k}${s.applied}`])),
  }));
  fc.assert(
    fc.property(fc.array(full, { minLength: 1, maxLength: 10 }), (steps) => {
      const { truths, changes } = play(steps as Step[]);
      const state = stateAt(changes, { time: at(500) }, [{ from: null, to: at(5), reason: '' }]);
      expect(Object.fromEntries(state.properties.map((p) => [p.name, p.mark === 'exact' ? p.value : p.mark]))).toEqual(truths.at(-1)!['']);
    }),
  );
});

it('every finding has a reason, and a state compared with itself differs in nothing that is known', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), fc.nat({ max: 120 }), (steps, n) => {
      const { changes, gaps } = play(steps);
      const state = stateAt(changes, { time: at(n) }, gaps);
      for (const p of [...state.parts, ...state.properties]) expect(p.reason).toMatch(/\.$/);
      for (const c of changes) expect(markOf(c).reason).toMatch(/\.$/);
      expect(
        compareStates(state, state)
          .filter((c) => !c.equal)
          .every((c) => c.a!.mark === 'unavailable'),
      ).toBe(true);
    }),
  );
});
