import { describe, expect, it, test } from 'vitest';
import { ALL_DEVICES, ALL_USERS } from './ids.ts';
import { sentenceOf, sentenceParts, type SentenceRecord } from './sentence.ts';

const POLICY = '867a3c3f-b8c1-493b-8934-8c613c585cb9';
const GROUP = 'c3f00000-0000-4000-8000-000000000001';
type Target = SentenceRecord['targets'][number];
type Property = Target['modifiedProperties'][number];
const person = {
  type: 'ItPro',
  upn: 'maya@contoso.example',
  objectId: 'u1',
  application: 'Microsoft Intune portal extension',
  applicationId: 'p1',
};
const target = (
  name: string | null,
  properties: Property[] = [],
  objectId: string | null = POLICY,
  type: string | null = null,
): Target => ({
  type,
  name,
  objectId,
  modifiedProperties: properties,
});
const p = (name: string, oldValue: string | null, newValue: string | null): Property => ({ name, oldValue, newValue });
const to = (group: string, type = 'GroupAssignmentTarget'): Target =>
  target('<null>', [p('Target.Type', null, type)], `${POLICY}_${group}`);
const says = (
  activityType: string | null,
  targets: Target[] = [target('Thing')],
  more: { actor?: Partial<SentenceRecord['actor']>; status?: string | null } = {},
) =>
  sentenceOf({
    status: { activityType, status: more.status === undefined ? 'Success' : more.status },
    actor: { ...person, ...more.actor },
    targets,
  });

describe('records as they were observed', () => {
  it('the live Graph event of an assignment', () => {
    expect(
      says('Create DeviceManagementConfigurationPolicyAssignment', [
        target('MacOS Updates', [], POLICY, 'DeviceManagementConfigurationPolicy'),
        target(
          '<null>',
          [p('Target.Type', null, 'AllDevicesAssignmentTarget'), p('Source', null, 'Direct')],
          `${POLICY}_${ALL_DEVICES}`,
          'DeviceManagementConfigurationPolicyAssignment',
        ),
      ]),
    ).toBe('maya@contoso.example assigned the configuration policy MacOS Updates to All devices');
  });
  it('a resource-log record that knows no types', () => {
    expect(says('Create MobileApp', [target('yubikey-manager-qt-1.2.6-win64.exe', [p('Size', null, '0')])])).toBe(
      'maya@contoso.example created the app yubikey-manager-qt-1.2.6-win64.exe',
    );
  });
  test.each([
    ['createDeviceManagementScript DeviceManagementScript', 'created the PowerShell script Thing'],
    ['patchDeviceManagementScript DeviceManagementScript', 'changed the PowerShell script Thing'],
    ['deleteDeviceManagementScript DeviceManagementScript', 'deleted the PowerShell script Thing'],
    ['assignDeviceManagementScript DeviceManagementScript', 'changed the assignments of the PowerShell script Thing'],
    ['createDeviceComplianceScript DeviceComplianceScript', 'created the compliance script Thing'],
    ['assignDeviceHealthScript DeviceHealthScript', 'changed the assignments of the remediation Thing'],
    ['patchDeviceCustomAttributeShellScript DeviceCustomAttributeShellScript', 'changed the custom attribute script Thing'],
    ['Search CloudCertificationAuthority', 'searched the cloud certification authority Thing'],
    ['RevokeLeafCertAsync CloudCertificationAuthorityLeafCertificate', 'revoked the leaf certificate Thing'],
    [
      'ChangeCloudCertificationAuthorityStatusAsync CloudCertificationAuthority',
      'changed the status of the cloud certification authority Thing',
    ],
    ['syncDevice ManagedDevice', 'requested a sync of the device Thing'],
    ['wipe ManagedDevice', 'requested a wipe of the device Thing'],
    ['Wipe ManagedDevice', 'requested a wipe of the device Thing'],
    ['retire ManagedDevice', 'requested the retirement of the device Thing'],
    ['FreshStart ManagedDevice', 'requested a fresh start of the device Thing'],
    ['Delete ManagedDevice', 'deleted the device Thing'],
    ['Update ClientCertificate', 'changed the client certificate Thing'],
    ['Delete OperationApprovalPolicy', 'deleted the multi admin approval policy Thing'],
    ['Create RemoteAssistanceSettings RemoteAssistanceSettings', 'created the remote assistance settings Thing'],
    ['Delete MobileAppAssignment', 'removed an assignment of the app Thing'],
    ['Patch MobileAppAssignment', 'changed an assignment of the app Thing'],
    ['Create MobileAppAssignment', 'created an assignment of the app Thing'],
    ['AssignToGroups CloudPcProvisioningPolicy', null],
    ['Create CloudPcUserSetting', 'created the Cloud PC user setting Thing'],
    ['SetReference MobileAppCategory', 'linked an app category to the app Thing'],
    ['Create DeviceAndAppManagementRoleAssignment', 'created the role assignment Thing'],
    ['Create DeviceAndAppManagementAssignmentFilter', 'created the assignment filter Thing'],
    ['Patch DeviceManagementSettingInstance', 'changed the setting of the endpoint security policy Thing'],
  ])('%s', (activity, expected) => expect(says(activity)).toBe(expected && `maya@contoso.example ${expected}`));
});

describe('where no rule fits, nothing is made up', () => {
  test.each([
    null,
    '',
    'Frobnicate ManagedDevice',
    'Create SomethingNew',
    'Create',
    'Create SomethingNewAssignment',
    'wipe MobileApp',
    'constructor ManagedDevice',
    'Create __proto__',
    'Patch toString',
    'Update Device Cleanup Rules',
    'assign ManagedThing',
    'toString Assignment',
  ])('%s', (activity) => expect(says(activity)).toBeNull());
});

describe('assignments', () => {
  const policy = target('Ring 3', [], POLICY);
  test.each([
    [[policy, to(ALL_USERS)], 'assigned the compliance policy Ring 3 to All users'],
    [[policy, to(GROUP)], `assigned the compliance policy Ring 3 to the group with the id ${GROUP}`],
    [[policy, to(GROUP, 'ExclusionGroupAssignmentTarget')], `excluded the group with the id ${GROUP} from the compliance policy Ring 3`],
    [[policy, to(GROUP), to(ALL_DEVICES, 'ExclusionGroupAssignmentTarget')], 'changed the assignments of the compliance policy Ring 3'],
    [[policy, to(ALL_USERS), to(ALL_DEVICES)], 'assigned the compliance policy Ring 3 to All users and All devices'],
    [
      [policy, to(ALL_USERS), to(ALL_DEVICES), to(GROUP), to(GROUP), to(GROUP)],
      'assigned the compliance policy Ring 3 to All users, All devices and 3 more',
    ],
    [
      [policy, target('<null>', [p('Target.Type', null, 'AllLicensedUsersAssignmentTarget')], null, 'DeviceCompliancePolicyAssignment')],
      'assigned the compliance policy Ring 3 to All users',
    ],
    [[policy], 'changed the assignments of the compliance policy Ring 3'],
  ])('%#', (targets, expected) => expect(says('assign DeviceCompliancePolicy', targets)).toBe(`maya@contoso.example ${expected}`));
  it('removed', () =>
    expect(says('Delete DeviceCompliancePolicyAssignment', [policy, to(ALL_USERS)])).toBe(
      'maya@contoso.example removed an assignment of the compliance policy Ring 3 to All users',
    ));
});

describe('changes', () => {
  const version = [p('Version', '1', '2'), p('DeviceManagementAPIVersion', null, '5025-09-01')];
  test.each([
    [[...version], 'changed the compliance policy Thing'],
    [[p('OsMinimumVersion', '10', '11'), ...version], 'changed OsMinimumVersion of the compliance policy Thing'],
    [[p('A', '1', '2'), p('B', null, '2'), ...version], 'changed A and 1 more property of the compliance policy Thing'],
    [
      [p('A', '1', '2'), p('B', '1', '2'), p('C', '1', '2'), p('Same', '1', '1')],
      'changed A and 2 more properties of the compliance policy Thing',
    ],
    [[p('DisplayName', 'Old', 'New'), ...version], 'renamed the compliance policy Old to New'],
    [[p('DisplayName', null, 'New'), ...version], 'changed DisplayName of the compliance policy Thing'],
    [[p('$Collection.RoleScopeTagIds[0]', '0', '1')], 'changed the compliance policy Thing'],
  ])('%#', (properties, expected) =>
    expect(says('Patch DeviceCompliancePolicy', [target('Thing', properties)])).toBe(`maya@contoso.example ${expected}`),
  );
});

describe('who, whether, and how many', () => {
  test.each([
    [{ type: 'Application', upn: null, objectId: null, application: 'Backup', applicationId: 'a' }, 'The application Backup'],
    [{ type: 'Application', upn: 'Sync job', objectId: null, application: 'Backup', applicationId: 'a' }, 'The application Sync job'],
    [{ type: 'Application', upn: null, objectId: null, application: null, applicationId: 'a1' }, 'The application with the id a1'],
    [{ type: 'System', upn: null, objectId: null, application: 'Microsoft Intune', applicationId: 'i' }, 'Microsoft Intune (the system)'],
    [{ type: 'System', upn: null, objectId: null, application: null, applicationId: null }, 'The system'],
    [{ type: 'GuestUser', upn: 'g@other.example' }, 'The guest g@other.example'],
    [{ type: 'Partner', upn: 'g@other.example' }, 'The partner g@other.example'],
    [{ type: null, upn: null, objectId: 'u9' }, 'The actor with the id u9'],
    [{ type: null, upn: null, objectId: null, application: 'Portal' }, 'Somebody using Portal'],
    [{ type: null, upn: null, objectId: null, application: null, applicationId: null }, 'Somebody who is not named'],
  ])('%j', (actor, expected) => expect(says('Delete MobileApp', [target('Teams')], { actor })).toBe(`${expected} deleted the app Teams`));
  test.each([
    ['Failure', 'tried to request a wipe of the device PC, and failed'],
    ['failure', 'tried to request a wipe of the device PC, and failed'],
    ['clientError', 'tried to request a wipe of the device PC, and failed'],
    ['Pending', 'requested a wipe of the device PC (status: Pending)'],
    [null, 'requested a wipe of the device PC'],
    ['None', 'requested a wipe of the device PC'],
  ])('status %s', (status, expected) =>
    expect(says('wipe ManagedDevice', [target('PC')], { status })).toBe(`maya@contoso.example ${expected}`),
  );
  test.each([
    [[], 'deleted an app without a name'],
    [[target(null, [], 'x1')], 'deleted the app with the id x1'],
    [[target('<null>', [], 'x1')], 'deleted the app with the id x1'],
    [[target(null, [], null)], 'deleted an app without a name'],
    [[target('A'), target('B')], 'deleted the apps A and B'],
    [[target('A'), target('B'), target('C')], 'deleted the apps A, B and C'],
    [Array.from({ length: 200 }, (_, i) => target(`T${i}`)), 'deleted the apps T0, T1 and 198 more'],
  ])('%# targets', (targets, expected) => expect(says('Delete MobileApp', targets)).toBe(`maya@contoso.example ${expected}`));
  test.each([
    ['Patch DeviceManagement', [], 'changed the Intune settings'],
    ['Delete DeviceCompliancePolicy', [target('A'), target('B')], 'deleted the compliance policies A and B'],
    ['Search CloudCertificationAuthorityLeafCertificate', [], 'searched the leaf certificates of the cloud certification authority'],
  ])('%s', (activity, targets, expected) => expect(says(activity, targets)).toBe(`maya@contoso.example ${expected}`));
});

it('gives its parts with the ids that they name, and hidden characters written out', () => {
  expect(
    sentenceParts({
      status: { activityType: 'assign MobileApp', status: 'Success' },
      actor: person,
      targets: [target('Te\u202Eams'), to(ALL_USERS)],
    }),
  ).toEqual([
    { kind: 'actor', text: 'maya@contoso.example', id: 'u1' },
    { kind: 'text', text: ' assigned the app ', id: null },
    { kind: 'target', text: 'Te⟨U+202E⟩ams', id: POLICY },
    { kind: 'text', text: ' to ', id: null },
    { kind: 'assignee', text: 'All users', id: ALL_USERS },
  ]);
});
