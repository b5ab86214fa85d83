import { expect, it, test } from 'vitest';
import { extractFields } from './extract.ts';
import { activityDate, mapAuditEvent, type GraphAuditEvent } from './audit-event.ts';

const event = (more: Partial<GraphAuditEvent> = {}): GraphAuditEvent => ({
  id: 'e1',
  activityDateTime: '2025-09-12T16:02:46.1164804Z',
  ...more,
});
const mapped = (more: Partial<GraphAuditEvent> = {}) => {
  const record = mapAuditEvent('t1', event(more));
  return { record, body: JSON.parse(record.body) as { properties: Record<string, unknown> } & Record<string, unknown> };
};

// A live event of Graph, shortened, and the record that Azure routes for the like.
const live = event({
  activityOperationType: 'Create',
  activityResult: 'Success',
  activityType: 'Create DeviceManagementConfigurationPolicyAssignment',
  category: 'DeviceConfiguration',
  correlationId: 'c1',
  actor: {
    auditActorType: 'ItPro',
    applicationId: 'a1',
    applicationDisplayName: 'Microsoft Intune portal extension',
    userPermissions: ['*'],
    userId: 'u1',
    userPrincipalName: 'admin@contoso.example',
    servicePrincipalName: null,
  },
  resources: [
    { displayName: 'MacOS Updates', resourceId: 'p1', modifiedProperties: [] },
    {
      displayName: '<null>',
      resourceId: 'p1_g1',
      modifiedProperties: [{ displayName: '$Collection.RoleScopeTagIds[0]', oldValue: null, newValue: '<null>' }],
    },
  ],
});

it('writes the record as Azure does: names, numbers, and the order of keys', () => {
  expect(mapAuditEvent('t1', live).body).toBe(
    '{"time":"2025-09-12T16:02:46.1164804Z","tenantId":"t1","category":"AuditLogs","operationName":"Create DeviceManagementConfigurationPolicyAssignment","properties":{"ActivityDate":"9/12/2025 4:02:46 PM","ActivityResultStatus":1,"ActivityType":0,' +
      '"Actor":{"ActorType":1,"Application":"a1","ApplicationName":"Microsoft Intune portal extension","IsDelegatedAdmin":false,"Name":null,"ObjectId":"u1","PartnerTenantId":"00000000-0000-0000-0000-000000000000","UserPermissions":["*"],"UPN":"admin@contoso.example"},' +
      '"AdditionalDetails":"","AuditEventId":"e1","Category":3,"RelationId":null,"TargetDisplayNames":["MacOS Updates","<null>"],"TargetObjectIds":["p1","p1_g1"],' +
      '"Targets":[{"ModifiedProperties":[],"Name":"MacOS Updates"},{"ModifiedProperties":[{"Name":"$Collection.RoleScopeTagIds[0]","Old":null,"New":"<null>"}],"Name":"<null>"}]},' +
      '"resultType":"Success","resultDescription":"None","correlationId":"c1","identity":"admin@contoso.example"}',
  );
});
it('keeps what lists need, and leaves <null> out of the targets', () => {
  expect(mapAuditEvent('t1', live)).toMatchObject({
    category: 'microsoft.intune/AuditLogs',
    id: 'e1',
    original: JSON.stringify(live),
    fields: {
      operation: live.activityType,
      actor: 'admin@contoso.example',
      application: 'Microsoft Intune portal extension',
      targets: ['MacOS Updates'],
      result: 'Success',
      auditCategory: 'DeviceConfiguration',
      correlationId: 'c1',
    },
  });
});

test.each([
  ['2026-01-01T00:00:00.0000000Z', '1/1/2026 12:00:00 AM'],
  ['2026-01-01T12:00:00.0000000Z', '1/1/2026 12:00:00 PM'],
  ['2026-11-09T23:59:59.9999999Z', '11/9/2026 11:59:59 PM'],
  ['2026-11-09T01:02:03Z', '11/9/2026 1:02:03 AM'],
])('%s is %s', (time, text) => expect(activityDate(time)).toBe(text));

test.each([
  ['Success', 1],
  ['success', 1],
  ['Failure', 0],
  [null, 0],
  [undefined, 0],
])('result %s has the number %s', (activityResult, number) => {
  expect(mapped({ activityResult }).body.properties['ActivityResultStatus']).toBe(number);
});
test.each([
  ['Create', 0],
  ['Delete', 1],
  ['Patch', 2],
  ['Action', 3],
  ['Search', 7],
  ['patch', 2],
  ['Frobnicate', 0],
])('operation %s has the number %s', (activityOperationType, number) => {
  expect(mapped({ activityOperationType }).body.properties['ActivityType']).toBe(number);
});
it('keeps the name of a category whose number is not known', () => {
  const { record, body } = mapped({ category: 'SomethingNew' });
  expect(body.properties['Category']).toBe(0);
  expect(record.fields.auditCategory).toBe('SomethingNew');
});
test.each<[string, GraphAuditEvent['actor'], string | null]>([
  ['a person', { userPrincipalName: 'a@b', servicePrincipalName: 's', applicationDisplayName: 'x' }, 'a@b'],
  ['a service principal', { userPrincipalName: null, servicePrincipalName: 's', applicationDisplayName: 'x' }, 's'],
  ['an application', { applicationDisplayName: 'x' }, 'x'],
  ['nobody', null, null],
])('the actor can be %s', (_, actor, name) => {
  const { record, body } = mapped({ actor });
  expect([record.fields.actor, body['identity']]).toEqual([name, name]);
});
it('knows a partner by the tenant they come from', () => {
  const { body } = mapped({ actor: { userPrincipalName: 'p@partner.example', remoteTenantId: 'partner-tenant' } });
  expect(body.properties['Actor']).toMatchObject({ IsDelegatedAdmin: true, PartnerTenantId: 'partner-tenant' });
});
it('takes the names of targets from where there are some', () => {
  const Targets = [{ Name: 'Ring 3' }, { Name: '<null>' }];
  expect(extractFields({ properties: { Targets } }).targets).toEqual(['Ring 3']);
  expect(extractFields({ properties: { Targets, TargetDisplayNames: ['<null>'] } }).targets).toEqual([]);
});
it('knows the kinds of targets by their older name too', () => {
  const { record } = mapped({ resources: [{ auditResourceType: 'MobileApp' }, { type: 'ManagedDevice' }] });
  expect(record.fields.targetTypes).toEqual(['MobileApp', 'ManagedDevice']);
});
