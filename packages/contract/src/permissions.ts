/** What a person may do. The role table that grants them is in `packages/access`. */
export const permissions = [
  'intune.audit.read',
  'intune.settings.read',
  'intune.settings.write',
  'entra.audit.read',
  'entra.provisioning.read',
  'entra.settings.read',
  'entra.settings.write',
  'weir.manage',
] as const;
export type Permission = (typeof permissions)[number];

/** Words for the "no permission" page: which roles grant it. */
export const grantedBy: Record<Permission, readonly string[]> = {
  'intune.audit.read': ['Global Administrator', 'Intune Administrator', 'an Intune role with Audit data / Read'],
  'intune.settings.read': ['Global Administrator', 'Intune Administrator'],
  'intune.settings.write': ['Global Administrator', 'Intune Administrator'],
  'entra.audit.read': ['Global Administrator', 'Global Reader', 'Reports Reader', 'Security Reader', 'Security Administrator'],
  'entra.provisioning.read': [
    'Global Administrator',
    'Global Reader',
    'Reports Reader',
    'Security Reader',
    'Security Administrator',
    'Security Operator',
    'Application Administrator',
    'Cloud Application Administrator',
  ],
  'entra.settings.read': ['Global Administrator', 'Security Administrator', 'Security Reader', 'Global Reader'],
  'entra.settings.write': ['Global Administrator', 'Security Administrator'],
  'weir.manage': ['Global Administrator'],
};
