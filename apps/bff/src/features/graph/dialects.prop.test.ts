import { ALL, join, matches, printQuery, queryFields, type Pattern, type Query } from '@weir/contract';
import { toGraphOptions, toGraphRequest } from '@weir/contract/dialects';
import { mapAuditEvent, toRecord, type GraphAuditEvent } from '@weir/sources';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fits } from './evaluate.ts';
import { auditEventOf } from './event.ts';
import { optionsOf } from './options.ts';
import { auditEvent, searchable, type Event } from '../../../test/graph-filters.ts';

/** No service principal or application is called like a person. */
const event = auditEvent.map((e): Event => ({
  ...e,
  actor: e.actor && { ...e.actor, servicePrincipalName: String(e.actor['servicePrincipalName'] ?? 'sp').split('@')[0]! },
}));
const pieces = [
  'maya',
  'maya.chen@contoso.example',
  'ring 3',
  'Device',
  'automation',
  'wipe ManagedDevice',
  'null',
  '<null>',
  'Success',
  'sp',
  "O'Brien",
  'e785a76a-b122-44d2-9438-32d87da0e217',
  'MobileApp',
  'r',
];
const pattern = fc
  .tuple(fc.constantFrom(...pieces), fc.boolean(), fc.boolean())
  .map(([p, a, b]): Pattern => [...(a ? [''] : []), p, ...(b ? [''] : [])]);
const leaf: fc.Arbitrary<Query> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...queryFields), fc.oneof(pattern, fc.constantFrom<Pattern>([''], ['', ''])))
      .map(([field, p]): Query => ({ kind: 'field', field, pattern: p })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('>=', '>', '<=', '<'), fc.integer({ min: 0, max: 120 })).map(([operator, day]): Query => ({
      kind: 'time',
      operator: operator as '<',
      at: new Date(Date.UTC(2026, 6, 20 + day)).toISOString(),
    })),
  },
);
const fieldQuery = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('query'), { minLength: 1, maxLength: 3 }).map((of) => join('and', of)),
    fc.array(tie('query'), { minLength: 1, maxLength: 3 }).map((of) => join('or', of)),
    tie('query').map((of): Query => (of.kind === 'not' ? of.of : { kind: 'not', of })),
  ),
})).query;
const words = fc.option(
  pattern.map((p): Query => ({ kind: 'text', pattern: p })),
  { nil: ALL },
);

test('a query that is said in Graph finds the same records there', () => {
  let said = 0;
  fc.assert(
    fc.property(fieldQuery, words, fc.array(event, { minLength: 1, maxLength: 8 }), (fields, text, events) => {
      const query = join('and', [fields, text]);
      const given = { q: printQuery(query), from: '2026-08-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' };
      const request = toGraphRequest(given);
      if (request === null) return;
      said += 1;
      const asked = optionsOf(Object.fromEntries(new URL(request, 'http://x').searchParams));
      for (const e of events) {
        const record = searchable(e);
        const inTime = record.time >= '2026-08-01' && record.time < '2026-11-01';
        expect([fits(asked.filter!, e as never) && matches(asked.search ?? ALL, record)]).toEqual([inTime && matches(query, record)]);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(said).toBeGreaterThan(800);
});

test.each([
  ['actor:maya*chen', null],
  ['wipe or actor:maya', null],
  ['(', null],
  ['', { $orderby: 'activityDateTime desc' }],
  [
    'category:(Device or Role) actor:maya@contoso.example',
    {
      $filter: "(category eq 'Device' or category eq 'Role') and actor/userPrincipalName eq 'maya@contoso.example'",
      $orderby: 'activityDateTime desc',
    },
  ],
  [
    '"ring 3" -pilot target:*ring*',
    {
      $filter: "resources/any(r:(r/displayName ne null and contains(r/displayName,'ring')))",
      $search: '"ring 3" -pilot',
      $orderby: 'activityDateTime desc',
    },
  ],
  [`id:(${Array.from({ length: 59 }, (_, n) => `a${n}*`).join(' or ')})`, null],
])('%s is %j', (q, expected) => {
  expect(toGraphOptions({ q })).toEqual(expected);
});

test('a resource log becomes the event that it was made from, but for what it does not tell', () => {
  const untold = (e: Event) => ({
    ...e,
    displayName: null,
    componentName: null,
    activity: null,
    resources: e.resources?.map((r) => ({ ...r, auditResourceType: null })),
  });
  fc.assert(
    fc.property(event, (e) => {
      const whole: Event = {
        ...e,
        category: e.category ?? 'Other',
        activityOperationType: e.activityOperationType ?? 'Create',
        actor: {
          auditActorType: 'ItPro',
          ipAddress: null,
          userPermissions: [],
          applicationId: null,
          userId: null,
          applicationDisplayName: null,
          servicePrincipalName: null,
          userPrincipalName: null,
          ...e.actor,
        },
      };
      fc.pre(!/^(device|CloudPC)$/.test(whole.category!) && e.actor?.['auditActorType'] !== null);
      // Names that say nothing come back as null, and one who acts is named once.
      fc.pre(!['', '<null>'].includes(whole.activityType ?? 'x') && !['', '<null>'].includes(String(whole.actor!['userPrincipalName'])));
      fc.pre(
        whole.actor!['applicationDisplayName'] !== '' &&
          (whole.actor!['userPrincipalName'] === null || whole.actor!['servicePrincipalName'] === null) &&
          whole.actor!['servicePrincipalName'] !== whole.actor!['applicationDisplayName'],
      );
      const { body } = mapAuditEvent('t', whole as unknown as GraphAuditEvent);
      const imported = toRecord(JSON.parse(body), 't');
      if (typeof imported === 'string') throw new Error(imported);
      expect(auditEventOf(imported).value).toEqual({ activityType: null, activityResult: null, correlationId: null, ...untold(whole) });
    }),
    { numRuns: 300 },
  );
});
test('what is no resource log and no Graph object is answered as far as it can be', () => {
  for (const odd of ['null', '[]', '"x"', 'no json', '{"properties":{"Targets":[null,7],"Actor":7,"Category":99,"TargetObjectIds":[1]}}'])
    for (const original of [null, 'null', '[1]', 'no json']) {
      const { json, value } = auditEventOf({ id: 'i', time: '2026-11-01T10:00:00.000Z', body: odd, original });
      expect([JSON.parse(json), value['id'], value['activityDateTime']]).toEqual([value, 'i', '2026-11-01T10:00:00.000Z']);
    }
});
