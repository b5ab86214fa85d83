import { matches } from '@weir/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditEvent, filterOf, searchable } from '../../../test/graph-filters.ts';
import { conditionOf } from './condition.ts';
import { fits } from './evaluate.ts';
import { parseFilter } from './odata/parse.ts';
import { translate } from './translate.ts';

test('a translated filter finds every event that fits, and no other where it says so', () => {
  const some = fc.array(auditEvent, { minLength: 4, maxLength: 12 });
  let exactly = 0;
  fc.assert(
    fc.property(
      some.chain((events) => fc.tuple(fc.constant(events), filterOf(events))),
      ([events, filter]) => {
        const condition = conditionOf(parseFilter(filter.text));
        const { query, exact, from, to } = translate(condition);
        exactly += exact ? 1 : 0;
        for (const event of events) {
          const record = searchable(event);
          const at = Date.parse(record.time);
          const found = (from === null || at >= Date.parse(from)) && (to === null || at < Date.parse(to)) && matches(query, record);
          const expected = filter.test(event);
          expect([filter.text, fits(condition, event as never)]).toEqual([filter.text, expected]);
          if (exact || expected) expect([filter.text, found]).toEqual([filter.text, expected]);
        }
      },
    ),
    { numRuns: 2_500 },
  );
  // A promise that is never made would be kept too.
  expect(exactly).toBeGreaterThan(250);
});
