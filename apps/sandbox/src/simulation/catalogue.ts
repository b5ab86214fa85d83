/** What an admin can do, and how Intune's audit log writes it. */
export interface Operation {
  readonly category: string;
  /** `<verb> <entity>`, as `activityType` says it. */
  readonly activityType: string;
  readonly operationType: 'Create' | 'Delete' | 'Patch' | 'Action' | 'SetReference' | 'RemoveReference' | 'Get' | 'Search';
  /** The human sentence. */
  readonly displayName: string;
  readonly entity: string;
  /** Kind of thing that it works on. */
  readonly kind: string;
  readonly effect: 'create' | 'patch' | 'delete' | 'assign' | 'act';
  readonly weight: number;
}

const verbs = {
  Create: ['Create', 'create', 1],
  Patch: ['Patch', 'patch', 3],
  Delete: ['Delete', 'delete', 0.5],
  assign: ['Action', 'assign', 1.2],
} as const;

/** CRUD rows: category, entity, kind, words, weight, verbs that exist. */
const crud: readonly [string, string, string, string, number, readonly (keyof typeof verbs)[]][] = [
  [
    'DeviceConfiguration',
    'DeviceManagementConfigurationPolicy',
    'configuration',
    'device configuration 2.0 (beta)',
    9,
    ['Create', 'Patch', 'Delete'],
  ],
  ['DeviceConfiguration', 'DeviceConfiguration', 'profile', 'device configuration', 6, ['Create', 'Patch', 'Delete', 'assign']],
  ['Compliance', 'DeviceCompliancePolicy', 'compliance', 'device compliance policy', 6, ['Create', 'Patch', 'Delete', 'assign']],
  ['Compliance', 'NotificationMessageTemplate', 'template', 'notification message template', 0.5, ['Create', 'Patch', 'Delete']],
  ['Application', 'MobileApp', 'app', 'application', 8, ['Create', 'Patch', 'Delete', 'assign']],
  ['Application', 'MobileAppAssignment', 'app', 'application assignment', 3, ['Create', 'Patch', 'Delete']],
  ['Application', 'IosManagedAppProtection', 'appProtection', 'iOS app protection policy', 1, ['Create', 'Patch', 'Delete']],
  ['Application', 'AndroidManagedAppProtection', 'appProtection', 'Android app protection policy', 1, ['Create', 'Patch', 'Delete']],
  ['Application', 'TargetedManagedAppConfiguration', 'appConfig', 'managed app configuration', 1, ['Create', 'Patch', 'assign']],
  [
    'Enrollment',
    'DeviceEnrollmentConfiguration',
    'enrollment',
    'device enrollment configuration',
    2,
    ['Create', 'Patch', 'Delete', 'assign'],
  ],
  [
    'DeviceSetupConfiguration',
    'WindowsAutopilotDeploymentProfile',
    'deviceSetup',
    'Autopilot deployment profile',
    1,
    ['Create', 'Patch', 'Delete', 'assign'],
  ],
  ['DeviceIntent', 'DeviceManagementIntent', 'intent', 'endpoint security policy', 2, ['Create', 'Patch', 'Delete', 'assign']],
  ['DeviceIntentSetting', 'DeviceManagementSettingInstance', 'intent', 'endpoint security setting', 1, ['Patch']],
  ['DeviceSecurity', 'MobileThreatDefenseConnector', 'threatConnector', 'Mobile Threat Defense Connector', 0.4, ['Create', 'Patch']],
  ['ConditionalAccess', 'OnPremisesConditionalAccessSettings', 'connector', 'on-premises conditional access settings', 0.3, ['Patch']],
  ['Role', 'RoleDefinition', 'role', 'role definition', 1, ['Create', 'Patch', 'Delete']],
  ['Role', 'DeviceAndAppManagementRoleAssignment', 'role', 'role assignment', 1.2, ['Create', 'Patch', 'Delete']],
  ['Role', 'OperationApprovalPolicy', 'approval', 'multi admin approval policy', 0.3, ['Create', 'Patch', 'Delete']],
  ['SoftwareUpdates', 'WindowsUpdateForBusinessConfiguration', 'updateRing', 'Windows update ring', 1.6, ['Create', 'Patch', 'Delete']],
  ['SoftwareUpdates', 'IosUpdateConfiguration', 'updateRing', 'iOS update policy', 0.6, ['Create', 'Patch', 'Delete']],
  ['EBookManagement', 'ManagedEBook', 'ebook', 'eBook', 0.2, ['Create', 'Patch', 'Delete', 'assign']],
  ['Device', 'DeviceCategory', 'category', 'device category', 0.3, ['Create', 'Patch', 'Delete']],
  ['AssignmentFilter', 'DeviceAndAppManagementAssignmentFilter', 'filter', 'assignment filter', 0.8, ['Create', 'Patch', 'Delete']],
  ['GroupPolicyAnalytics', 'GroupPolicyMigrationReport', 'groupPolicyReport', 'group policy migration report', 0.3, ['Create', 'Delete']],
  ['DeviceConfiguration', 'CloudCertificationAuthority', 'authority', 'cloud certification authority', 0.2, ['Create', 'Patch', 'Delete']],
];
/** Scripts spell the verb into the action's name. */
const scripts: readonly [string, string, string, number][] = [
  ['DeviceManagementScript', 'script', 'PowerShell script', 1.2],
  ['DeviceHealthScript', 'healthScript', 'remediation', 1.2],
  ['DeviceShellScript', 'shellScript', 'shell script', 0.4],
  ['DeviceComplianceScript', 'healthScript', 'compliance script', 0.3],
];
/** Actions: category, action, entity, kind, words, weight. */
const actions: readonly [string, string, string, string, string, number][] = [
  ['Device', 'syncDevice', 'ManagedDevice', 'device', 'Sync device', 18],
  ['Device', 'rebootNow', 'ManagedDevice', 'device', 'Restart device', 5],
  ['Device', 'remoteLock', 'ManagedDevice', 'device', 'Remote lock', 2.5],
  ['Device', 'resetPasscode', 'ManagedDevice', 'device', 'Reset passcode', 2.5],
  ['Device', 'wipe', 'ManagedDevice', 'device', 'Wipe device', 2],
  ['Device', 'retire', 'ManagedDevice', 'device', 'Retire device', 2.5],
  ['Device', 'shutDown', 'ManagedDevice', 'device', 'Shut down device', 0.5],
  ['Device', 'locateDevice', 'ManagedDevice', 'device', 'Locate device', 0.5],
  ['Device', 'windowsDefenderScan', 'ManagedDevice', 'device', 'Windows Defender scan', 3],
  ['Device', 'windowsDefenderUpdateSignatures', 'ManagedDevice', 'device', 'Update Windows Defender signatures', 2.5],
  ['Device', 'rotateBitLockerKeys', 'ManagedDevice', 'device', 'Rotate BitLocker keys', 1.5],
  ['Device', 'cleanWindowsDevice', 'ManagedDevice', 'device', 'Fresh start', 0.4],
  ['Device', 'recoverPasscode', 'ManagedDevice', 'device', 'Recover passcode', 0.3],
  ['Device', 'requestRemoteAssistance', 'ManagedDevice', 'device', 'Request remote assistance', 1],
  ['Compliance', 'scheduleActionsForRules', 'DeviceCompliancePolicy', 'compliance', 'Schedule actions for compliance rules', 1.5],
  ['Compliance', 'sendTestMessage', 'NotificationMessageTemplate', 'template', 'Send test message', 0.2],
  ['Enrollment', 'assignUserToDevice', 'WindowsAutopilotDeviceIdentity', 'device', 'Assign user to Autopilot device', 2],
  ['Enrollment', 'unassignUserFromDevice', 'WindowsAutopilotDeviceIdentity', 'device', 'Unassign user from Autopilot device', 0.6],
  ['Enrollment', 'updateDeviceProperties', 'WindowsAutopilotDeviceIdentity', 'device', 'Update Autopilot device properties', 1],
  ['Enrollment', 'import', 'ImportedWindowsAutopilotDeviceIdentity', 'device', 'Import Autopilot devices', 1],
  ['Enrollment', 'setPriority', 'DeviceEnrollmentConfiguration', 'enrollment', 'Set enrollment configuration priority', 0.5],
  ['Application', 'syncLicenses', 'VppToken', 'app', 'Sync VPP token licenses', 1],
  ['Application', 'targetApps', 'IosManagedAppProtection', 'appProtection', 'Target apps of app protection policy', 0.6],
  ['OnPremiseAccess', 'sync', 'DeviceManagementExchangeConnector', 'connector', 'Sync Exchange connector', 0.4],
  ['Other', 'beginOnboarding', 'RemoteAssistancePartner', 'connector', 'Begin onboarding of remote assistance partner', 0.1],
];
/** Rows that fit no pattern, as observed. */
const others: readonly [string, string, Operation['operationType'], string, string, string, Operation['effect'], number][] = [
  ['Device', 'Patch ManagedDevice', 'Patch', 'Update device', 'ManagedDevice', 'device', 'patch', 4],
  ['Device', 'Delete ManagedDevice', 'Delete', 'Delete device', 'ManagedDevice', 'device', 'act', 1],
  [
    'Enrollment',
    'Create ClientCertificate',
    'Create',
    'ClientCertificate stored in certificate inventory',
    'ClientCertificate',
    'device',
    'act',
    2,
  ],
  [
    'Enrollment',
    'Patch ApplePushNotificationCertificate',
    'Patch',
    'Patching Apple PushNotificationCertificate',
    'ApplePushNotificationCertificate',
    'authority',
    'patch',
    0.1,
  ],
  [
    'DeviceConfiguration',
    'Search CloudCertificationAuthorityLeafCertificate',
    'Search',
    'Search leaf certificates',
    'CloudCertificationAuthorityLeafCertificate',
    'authority',
    'act',
    0.6,
  ],
  [
    'DeviceConfiguration',
    'Get CloudCertificationAuthority',
    'Get',
    'Get cloud certification authority',
    'CloudCertificationAuthority',
    'authority',
    'act',
    0.6,
  ],
  [
    'Other',
    'Create RemoteAssistanceSettings RemoteAssistanceSettings',
    'Create',
    'Create remote assistance settings',
    'RemoteAssistanceSettings',
    'connector',
    'patch',
    0.2,
  ],
  ['Other', 'Patch DeviceManagement', 'Patch', 'Update Device Cleanup Rules', 'DeviceManagement', 'connector', 'patch', 0.3],
  [
    'ConditionalAccess',
    'Patch MobileThreatDefenseConnector',
    'Patch',
    'Update Mobile Threat Defense Connector.',
    'MobileThreatDefenseConnector',
    'threatConnector',
    'patch',
    0.2,
  ],
  [
    'DeviceSecurity',
    'SetReference MobileAppCategory',
    'SetReference',
    'Add category to application.',
    'MobileAppCategory',
    'app',
    'act',
    0.2,
  ],
];

/** Every operation that the simulated admins carry out. */
export const operations: readonly Operation[] = [
  ...crud.flatMap(([category, entity, kind, words, weight, allowed]) =>
    allowed.map((verb): Operation => {
      const [operationType, effect, share] = verbs[verb];
      return {
        category,
        activityType: `${verb} ${entity}`,
        operationType,
        displayName: `${verb === 'assign' ? 'Assign' : verb} ${words}`,
        entity,
        kind,
        effect,
        weight: weight * share,
      };
    }),
  ),
  ...scripts.flatMap(([entity, kind, words, weight]) =>
    (['Create', 'Patch', 'Delete', 'assign'] as const).map((verb): Operation => {
      const [operationType, effect, share] = verbs[verb];
      return {
        category: 'DeviceConfiguration',
        activityType: `${verb.toLowerCase()}${entity} ${entity}`,
        operationType: verb === 'assign' ? 'Action' : operationType,
        displayName: `${verb === 'assign' ? 'Assign' : verb} ${words}`,
        entity,
        kind,
        effect,
        weight: weight * share,
      };
    }),
  ),
  ...actions.map(([category, action, entity, kind, displayName, weight]): Operation => ({
    category,
    activityType: `${action} ${entity}`,
    operationType: 'Action',
    displayName,
    entity,
    kind,
    effect: 'act',
    weight,
  })),
  ...others.map(([category, activityType, operationType, displayName, entity, kind, effect, weight]): Operation => ({
    category,
    activityType,
    operationType,
    displayName,
    entity,
    kind,
    effect,
    weight,
  })),
];
