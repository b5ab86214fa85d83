import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('no second has more than the limit, whatever is asked and when; what may pass does', () => {
  const calls = fc.array(fc.record({ after: fc.nat(700), wanted: fc.nat(30) }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), calls, (limit, asked) => {
      const pace = new Pace(limit);
      const passed: number[] = [];
      let now = 1_000;
      for (const { after, wanted } of asked) {
        now += after;
        const free = limit - passed.filter((at) => at > now - 1_000).length;
        const n = pace.take(wanted, now);
        expect(n).toBe(Math.min(wanted, free));
        for (let i = 0; i < n; i += 1) passed.push(now);
        if (n < wanted) expect(passed.filter((at) => at > now + pace.wait(now) - 1_000).length).toBeLessThan(limit);
      }
    }),
  );
});
