import { expect, it, test } from 'vitest';
import { ALL_DEVICES, ALL_USERS, assignmentOf, meaningOf, namesIn } from './ids.ts';

const POLICY = '867a3c3f-b8c1-493b-8934-8c613c585cb9';
const GROUP = 'c3f00000-0000-4000-8000-000000000001';
const names = new Map([[POLICY, 'MacOS Updates']]);

test.each<[string | null, string | null]>([
  [ALL_USERS, 'All users'],
  [ALL_DEVICES.toUpperCase(), 'All devices'],
  [`${POLICY}_${ALL_DEVICES}`, 'Assignment of MacOS Updates to All devices'],
  [`${POLICY}_${GROUP}`, 'Assignment of MacOS Updates to a group'],
  [`${GROUP}_${ALL_USERS}`, 'Assignment of an object to All users'],
  [`${ALL_DEVICES}_1_0`, 'All devices, followed by numbers (_1_0) that Microsoft does not document'],
  [`${GROUP}_0_0`, 'An id, followed by numbers (_0_0) that Microsoft does not document'],
  [`${POLICY}_0_0`, 'MacOS Updates, followed by numbers (_0_0) that Microsoft does not document'],
  [`${POLICY}_${ALL_USERS}_1_0`, 'Assignment of MacOS Updates to All users, followed by numbers (_1_0) that Microsoft does not document'],
  [POLICY, 'MacOS Updates'],
  ['5926fc8e-304e-4f59-8bed-58ca97cc39a4', 'Microsoft Intune portal extension'],
  ['14d82eec-204b-4c2f-b7e8-296a70dab67e', 'Microsoft Graph Command Line Tools'],
  ['00000000-0000-0000-0000-000000000000', 'All zeros: nobody, or none'],
  ['AllDevicesAssignmentTarget', 'Assigned to all devices'],
  ['ExclusionGroupAssignmentTarget', 'A group is excluded'],
  ['<null>', 'No value: Intune writes it as <null>'],
  [GROUP, null],
  ['False', null],
  ['', null],
  [null, null],
  [`${POLICY}_x`, null],
  ['__proto__', null],
  ['constructor', null],
])('%s means %s', (value, meaning) => expect(meaningOf(value, names)?.text ?? null).toBe(meaning));

it('names the parts of an assignment, and the source of each constant', () => {
  expect(meaningOf(`${POLICY}_${GROUP}`, names)).toMatchObject({
    kind: 'assignment',
    parts: [
      { id: POLICY, text: 'MacOS Updates' },
      { id: GROUP, text: 'The group that it is assigned to' },
    ],
  });
  for (const constant of [ALL_USERS, '5926fc8e-304e-4f59-8bed-58ca97cc39a4', 'GroupAssignmentTarget', '<null>'])
    expect(meaningOf(constant)?.source).toMatch(/^https:/);
  expect(meaningOf(POLICY, names)?.source).toBeNull();
  expect(assignmentOf(`${POLICY}_${GROUP}_0_0`)).toEqual({ object: POLICY, group: GROUP });
});
it('reads names out of the record', () => {
  expect([
    ...namesIn({
      targets: [
        { name: 'A', objectId: POLICY.toUpperCase(), modifiedProperties: [] },
        { name: '<null>', objectId: GROUP, modifiedProperties: [] },
        { name: null, objectId: 'x', modifiedProperties: [] },
      ],
      actor: { upn: 'maya@contoso.example', objectId: 'u1', application: 'Portal', applicationId: 'p1' },
    }),
  ]).toEqual([
    [POLICY, 'A'],
    ['u1', 'maya@contoso.example'],
    ['p1', 'Portal'],
  ]);
});
