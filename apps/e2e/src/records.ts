/** Hard records for the details pane, as Graph audit events: ids are fixed, so that importing them twice changes nothing. */
const POLICY = '5eed0000-0000-4000-8000-000000000001';
const SCRIPT = '5eed0000-0000-4000-8000-000000000002';
const ALL_DEVICES = 'adadadad-808e-44e2-905a-0b7873a8a531';
// The same within an hour, so that a second import finds them there already.
const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
type Property = readonly [name: string, oldValue: string | null, newValue: string | null];
type Resource = readonly [name: string | null, type: string, id: string, properties: readonly Property[]];

const event = (n: number, minutesAgo: number, activityType: string, resources: readonly Resource[], more: object = {}) => ({
  id: `5eed1111-0000-4000-8000-${String(n).padStart(12, '0')}`,
  displayName: activityType,
  componentName: 'DeviceConfiguration',
  activity: null,
  activityDateTime: new Date(hour - minutesAgo * 60_000).toISOString().replace('Z', '1234Z'),
  activityType,
  activityOperationType: /^create/i.test(activityType) ? 'Create' : 'Patch',
  activityResult: 'Success',
  correlationId: '5eed2222-0000-4000-8000-000000000001',
  category: 'DeviceConfiguration',
  actor: {
    auditActorType: 'ItPro',
    userPermissions: ['*'],
    applicationId: '5926fc8e-304e-4f59-8bed-58ca97cc39a4',
    applicationDisplayName: 'Microsoft Intune portal extension',
    userPrincipalName: 'maya.chen@contoso.example',
    servicePrincipalName: null,
    ipAddress: null,
    userId: '5eed3333-0000-4000-8000-000000000001',
  },
  resources: resources.map(([displayName, auditResourceType, resourceId, properties]) => ({
    displayName,
    auditResourceType,
    resourceId,
    modifiedProperties: properties.map(([name, oldValue, newValue]) => ({ displayName: name, oldValue, newValue })),
  })),
  ...more,
});

const lines = Array.from({ length: 1_130 }, (_, n) => `Set-ItemProperty -Path "HKLM:\\Software\\Weir" -Name Value${n} -Value ${n}`);
export const oldScript = lines.join('\n');
export const newScript = lines.map((line, n) => (n % 300 === 7 ? line.replace('HKLM:', 'HKCU:') : line)).join('\n');
export const evilName = 'Evil <img src=x onerror=alert(1)> \u202Etxt.exe\u0007 =HYPERLINK("http://evil.example")';

const setting = (value: string, more: object = {}) =>
  JSON.stringify({
    '@odata.type': '#setting',
    settings: [{ id: 'firewall', value }, { id: 'bitlocker', value: 'on' }, ...Array.from({ length: 30 }, (_, id) => ({ id, on: true }))],
    ...more,
  });

export const records = {
  script: event(1, 5, 'patchDeviceManagementScript DeviceManagementScript', [
    [
      evilName,
      'DeviceManagementScript',
      SCRIPT,
      [
        ['ScriptContent', oldScript, newScript],
        ['SettingsJson', setting('off'), setting('on', { owner: 'security' })],
        ['FileName', 'fix-v1.ps1', 'fix-v2.ps1'],
        ['Description', '', 'Now with <b>bold</b> words'],
        ['DetectionScriptContent', btoa('Write-Output "old words"'), btoa('Write-Output "new words"')],
        ['RunAs', 'System', 'System'],
        ['Notes', '<null>', 'x'.repeat(64_000)],
        ['Target.Type', null, 'AllDevicesAssignmentTarget'],
      ],
    ],
  ]),
  properties: event(2, 6, 'Patch DeviceManagementConfigurationPolicy', [
    [
      'Settings of five hundred',
      'DeviceManagementConfigurationPolicy',
      '5eed0000-0000-4000-8000-000000000003',
      [
        ...Array.from({ length: 400 }, (_, n): Property => [`Setting${n}`, String(n), n % 2 === 0 ? String(n) : String(n + 1)]),
        ...Array.from({ length: 100 }, (_, n): Property => [`$Collection.Rules.Value[${n}]`, 'a', 'b']),
      ],
    ],
  ]),
  targets: event(3, 7, 'assign MobileApp', [
    ...Array.from({ length: 200 }, (_, n): Resource => [
      `App ${n}`,
      'MobileApp',
      `5eed4444-0000-4000-8000-${String(n).padStart(12, '0')}`,
      [['Order', String(n), String(n + 1)]],
    ]),
    ['<null>', 'MobileAppAssignment', `${POLICY}_${ALL_DEVICES}`, [['Target.Type', null, 'AllDevicesAssignmentTarget']]],
  ]),
  earlier: event(4, 90, 'Patch DeviceCompliancePolicy', [
    ['Baseline', 'DeviceCompliancePolicy', POLICY, [['OsMinimumVersion', '10.0.19045', '10.0.22631']]],
  ]),
  missing: event(5, 8, 'Patch DeviceCompliancePolicy', [
    [
      'Baseline',
      'DeviceCompliancePolicy',
      POLICY,
      [
        ['OsMinimumVersion', null, '10.0.26100'],
        ['NeverSeen', null, '1'],
        ['DeviceManagementAPIVersion', null, '5025-09-01'],
      ],
    ],
  ]),
  failed: event(6, 9, 'wipe ManagedDevice', [['LAP-00042', 'ManagedDevice', '5eed0000-0000-4000-8000-000000000009', []]], {
    activityResult: 'Failure',
    category: 'Device',
  }),
  assignment: event(7, 10, 'Create DeviceManagementConfigurationPolicyAssignment', [
    ['MacOS Updates', 'DeviceManagementConfigurationPolicy', POLICY, []],
    [
      '<null>',
      'DeviceManagementConfigurationPolicyAssignment',
      `${POLICY}_${ALL_DEVICES}`,
      [
        ['Target.Type', null, 'AllDevicesAssignmentTarget'],
        ['Id', null, `${POLICY}_${ALL_DEVICES}`],
        ['$Collection.RoleScopeTagIds[0]', null, '<null>'],
      ],
    ],
  ]),
} as const;
export const ndjson = (): string =>
  `${Object.values(records)
    .map((r) => JSON.stringify(r))
    .join('\n')}\n`;
