import { mapAuditEvent } from '@weir/sources';
import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, startServer, type TestServer } from '../../../test/server.ts';

const POLICY = '867a3c3f-b8c1-493b-8934-8c613c585cb9';
const OTHER = 'd2ee254d-0000-4000-8000-000000000001';
const ASSIGNMENT = `${POLICY}_adadadad-808e-44e2-905a-0b7873a8a531`;
type Property = [name: string, oldValue: string | null, newValue: string | null];
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;

const event = (tenantId: string, id: string, day: number, targets: [string, Property[]][], activityResult = 'Success') =>
  mapAuditEvent(tenantId, {
    id,
    activityDateTime: new Date(Date.UTC(2026, 5, 1) + day * 86_400_000).toISOString(),
    activityType: 'Patch DeviceCompliancePolicy',
    activityResult,
    correlationId: 'c',
    actor: { userPrincipalName: 'maya@contoso.example' },
    resources: targets.map(([resourceId, properties]) => ({
      displayName: 'Policy',
      resourceId,
      modifiedProperties: properties.map(([displayName, oldValue, newValue]) => ({ displayName, oldValue, newValue })),
    })),
  });

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  await server.store.log.append(CONTOSO, [
    event(CONTOSO, 'e1', 1, [
      [
        POLICY,
        [
          ['Length', null, '6'],
          ['Gone', null, '1'],
          ['Expiry', null, '<null>'],
        ],
      ],
    ]),
    event(CONTOSO, 'e2', 20, [[POLICY, [['Length', '6', '8']]]]),
    event(CONTOSO, 'e3', 60, [[POLICY, [['Length', null, '99']]]], 'Failure'),
    event(CONTOSO, 'e4', 61, [[POLICY, [['Gone', '1', null]]]]),
    // Names the policy, but is about an assignment of it, and about another object.
    event(CONTOSO, 'e5', 62, [
      [ASSIGNMENT, [['Length', null, '77']]],
      [OTHER, [['Length', null, '66']]],
    ]),
    event(CONTOSO, 'subject', 90, [
      [
        POLICY.toUpperCase(),
        [
          ['Length', null, '10'],
          ['Gone', null, '2'],
          ['Expiry', null, '3'],
          ['New', null, 'x'],
          ['Known', '1', '2'],
        ],
      ],
    ]),
    event(CONTOSO, 'later', 91, [
      [
        POLICY,
        [
          ['Length', '10', '12'],
          ['New', null, 'y'],
        ],
      ],
    ]),
    event(CONTOSO, 'without-ids', 92, [['plain', [['Length', null, '1']]]]),
    ...Array.from({ length: 60 }, (_, n) => event(CONTOSO, `busy${n}`, 100 + n, [[OTHER, [['Noise', String(n), String(n + 1)]]]])),
    event(CONTOSO, 'after-busy', 200, [[OTHER, [['Length', null, '1']]]]),
  ]);
  await server.store.log.append(FABRIKAM, [
    event(FABRIKAM, 'theirs', 1, [[POLICY, [['New', null, 'of another directory']]]]),
    event(FABRIKAM, 'subject-of-theirs', 95, [[POLICY, [['New', null, 'z']]]]),
  ]);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

interface Answer {
  values: { target: number; property: string; value: string; record: { id: string } }[];
  looked: number;
  complete: boolean;
}
const ask = async (id: string) => {
  const answer = await server.call(`/api/audit-logs/${id}/last-values`);
  expect(answer.status).toBe(200);
  return answer.json<Answer>();
};

test('the last value is the one that the newest earlier success gave the same target', async () => {
  const { values, complete } = await ask('subject');
  expect(values.map((v) => [v.property, v.value, v.record.id])).toEqual([
    ['Length', '8', 'e2'],
    ['Expiry', '<null>', 'e1'],
  ]);
  expect(complete).toBe(true);
});
test('nothing is looked at beyond so many records, and the answer says so', async () => {
  expect(await ask('after-busy')).toEqual({ values: [], looked: 50, complete: false });
});
test('an id that the index does not know finds nothing', async () => {
  expect(await ask('without-ids')).toEqual({ values: [], looked: 0, complete: true });
});
test('a record of another directory is not there, and its values are not used', async () => {
  for (const id of ['subject-of-theirs', 'no-such-record']) {
    const answer = await server.call(`/api/audit-logs/${id}/last-values`);
    expect([answer.status, answer.json()['code']]).toEqual([404, 'not.found']);
  }
  const theirs = await server.call('/api/audit-logs/subject-of-theirs/last-values', {}, { tenantId: FABRIKAM });
  expect(theirs.json<Answer>().values.map((v) => v.value)).toEqual(['of another directory']);
});
test('is for signed-in people only', async () => {
  expect((await server.call('/api/audit-logs/subject/last-values', {}, { role: null })).status).toBe(401);
});
