/** Intune's audit enumerations, in wire order: the index is the number in a resource-log record. Sources: Microsoft's "Audit log properties" table and the newer Graph values. */
export const auditCategories = [
  'Other',
  'Enrollment',
  'Compliance',
  'DeviceConfiguration',
  'Device',
  'Application',
  'EBookManagement',
  'ConditionalAccess',
  'OnPremiseAccess',
  'Role',
  'SoftwareUpdates',
  'DeviceSetupConfiguration',
  'DeviceIntent',
  'DeviceIntentSetting',
  'DeviceSecurity',
  'GroupPolicyAnalytics',
  'AssignmentFilter',
  'RemoteHelp',
  'OrganizationalMessage',
  'EndpointPrivilegeMgmt',
  'DeviceInventory',
] as const;
export const activityTypes = ['Create', 'Delete', 'Patch', 'Action', 'SetReference', 'RemoveReference', 'Get', 'Search'] as const;
export const actorTypes = ['Unknown', 'ItPro', 'IW', 'System', 'Partner', 'Application', 'GuestUser'] as const;
