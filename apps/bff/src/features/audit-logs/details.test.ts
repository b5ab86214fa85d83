import { expect, test } from 'vitest';
import { auditDetailsOf } from './details.ts';

const body = JSON.stringify({
  time: '2026-11-01T10:00:00.1234567Z',
  operationName: 'Patch MobileApp',
  identity: 'a@contoso.example',
  resultType: 'Success',
  correlationId: 'c',
  properties: {
    Category: 5,
    ActivityType: 2,
    Actor: { ActorType: 1, UPN: 'a@contoso.example', ObjectId: 'o', Application: 'p', ApplicationName: 'Portal', UserPermissions: ['*'] },
    TargetDisplayNames: ['<null>'],
    TargetObjectIds: ['x'],
    Targets: [
      {
        Name: '<null>',
        ModifiedProperties: [
          { Name: 'Icon', Old: null, New: '<null>' },
          { Name: 'N', Old: '1', New: '2' },
        ],
      },
    ],
  },
});
const graph = JSON.stringify({
  activityDateTime: '2026-11-01T10:00:00.1234567Z',
  activityType: 'Patch MobileApp',
  activityOperationType: 'Patch',
  activityResult: 'Success',
  category: 'Application',
  correlationId: 'c',
  componentName: 'MobileApp',
  activity: null,
  actor: {
    auditActorType: 'ItPro',
    userPrincipalName: 'a@contoso.example',
    userId: 'o',
    applicationId: 'p',
    applicationDisplayName: 'Portal',
    userPermissions: ['*'],
  },
  resources: [
    {
      displayName: '<null>',
      auditResourceType: 'MobileApp',
      resourceId: 'x',
      modifiedProperties: [
        { displayName: 'Icon', oldValue: null, newValue: '<null>' },
        { displayName: 'N', oldValue: '1', newValue: '2' },
      ],
    },
  ],
});

test('both shapes of one event give the same details, but for what only Graph says', () => {
  const logged = auditDetailsOf({ id: 'i', seq: 1, body, original: null });
  const read = auditDetailsOf({ id: 'i', seq: 1, body, original: graph });
  expect(read.activity.component).toBe('MobileApp');
  expect(read.targets[0]).toEqual({
    type: 'MobileApp',
    name: null,
    objectId: 'x',
    modifiedProperties: [
      { name: 'Icon', oldValue: null, newValue: '<null>' },
      { name: 'N', oldValue: '1', newValue: '2' },
    ],
  });
  expect({
    ...logged,
    original: 0,
    activity: { ...logged.activity, component: 0 },
    targets: logged.targets.map((t) => ({ ...t, type: 0 })),
  }).toEqual({ ...read, original: 0, activity: { ...read.activity, component: 0 }, targets: read.targets.map((t) => ({ ...t, type: 0 })) });
});
test('a record of nulls or of another shape is shown, not an error', () => {
  for (const odd of ['null', '[]', '{"properties":null}', '{"properties":{"Category":99,"Targets":[null],"Actor":7}}', 'no json']) {
    expect(auditDetailsOf({ id: 'i', seq: 1, body: odd, original: 'null' }).actor.upn).toBeNull();
  }
});
