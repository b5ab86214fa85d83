import type { Claims } from '../identity/jwt.ts';
import { AUDIT_READER_GROUP } from '../people.ts';

export const AUDIT_READ = 'Microsoft.Intune_Audit_Read';
export const DEVICES_READ = 'Microsoft.Intune_ManagedDevices_Read';
/** Directory roles with all of Intune: Global and Intune Administrator. https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
const administrators = new Set(['62e90394-69f5-4237-9190-012177145e10', '3a2c62db-5318-420d-8d74-23affee5d9d5']);

/** Actions that Intune's roles are made of, in part. https://learn.microsoft.com/intune/intune-service/fundamentals/role-based-access-control-reference */
export const allActions: readonly string[] = [
  AUDIT_READ,
  ...['Read', 'Update', 'Delete', 'SetPrimaryUser'].map((a) => `Microsoft.Intune_ManagedDevices_${a}`),
  ...['MobileApps', 'ManagedApps', 'DeviceConfigurations', 'DeviceCompliancePolicies', 'SecurityBaselines', 'AndroidSync'].flatMap((r) =>
    ['Read', 'Create', 'Update', 'Delete', 'Assign'].map((a) => `Microsoft.Intune_${r}_${a}`),
  ),
  ...['SyncDevice', 'RebootNow', 'RemoteLock', 'Wipe', 'Retire', 'ResetPasscode', 'RotateBitLockerKeys', 'WindowsDefender'].map(
    (a) => `Microsoft.Intune_RemoteTasks_${a}`,
  ),
  ...['Read', 'Create', 'Update', 'Delete', 'Assign'].map((a) => `Microsoft.Intune_Roles_${a}`),
  ...['Read', 'Update'].map((a) => `Microsoft.Intune_Organization_${a}`),
];

/** What a person's directory roles and Intune roles allow. Other directory roles give nothing in Intune here. */
export function actionsOf(claims: Claims): readonly string[] {
  const wids = (claims['wids'] as string[] | undefined) ?? [];
  if (wids.some((id) => administrators.has(id))) return allActions;
  const groups = (claims['groups'] as string[] | undefined) ?? [];
  return groups.includes(AUDIT_READER_GROUP) ? [AUDIT_READ] : [];
}
