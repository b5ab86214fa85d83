import type { Permission } from '@weir/contract';
import type { Principal } from './principal.ts';

/**
 * Built-in directory roles by template id: the same in every directory.
 * https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
 */
export const directoryRoles = {
  '62e90394-69f5-4237-9190-012177145e10': 'Global Administrator',
  '3a2c62db-5318-420d-8d74-23affee5d9d5': 'Intune Administrator',
  'f2ef992c-3afb-46b9-b7cf-a126ee74c451': 'Global Reader',
  '194ae4cb-b126-40b2-bd5b-6091b380977d': 'Security Administrator',
  '5d6b6bb7-de71-4623-b4af-96380a352509': 'Security Reader',
  '5f2222b1-57c3-48ba-8ad5-d4759f1fde6f': 'Security Operator',
  '4a5d8f65-41da-4de4-8968-e035b65339cf': 'Reports Reader',
  '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3': 'Application Administrator',
  '158c047a-c907-4556-b7ef-446551a6b5f7': 'Cloud Application Administrator',
} as const;
export type DirectoryRole = (typeof directoryRoles)[keyof typeof directoryRoles];

/** "Audit data / Read" of an Intune role, as Intune's own role definitions spell it. */
export const INTUNE_AUDIT_READ = 'Microsoft.Intune_Audit_Read';

const auditReaders: readonly DirectoryRole[] = [
  'Global Administrator',
  'Global Reader',
  'Reports Reader',
  'Security Reader',
  'Security Administrator',
];

/** The role matrix. Whatever does not stand here grants nothing, so an unknown `wids` value never does. */
export const roleTable: Record<Permission, { readonly roles: readonly DirectoryRole[]; readonly intuneAction?: string }> = {
  'intune.audit.read': { roles: ['Global Administrator', 'Intune Administrator'], intuneAction: INTUNE_AUDIT_READ },
  'intune.settings.read': { roles: ['Global Administrator', 'Intune Administrator'] },
  'intune.settings.write': { roles: ['Global Administrator', 'Intune Administrator'] },
  'entra.audit.read': { roles: auditReaders },
  'entra.provisioning.read': {
    roles: [...auditReaders, 'Security Operator', 'Application Administrator', 'Cloud Application Administrator'],
  },
  'entra.settings.read': { roles: ['Global Administrator', 'Security Administrator', 'Security Reader', 'Global Reader'] },
  'entra.settings.write': { roles: ['Global Administrator', 'Security Administrator'] },
  'weir.manage': { roles: ['Global Administrator'] },
};

/** Names of the directory roles that were recognised in the token. */
export function rolesOf(principal: Pick<Principal, 'wids'>): DirectoryRole[] {
  const names: Readonly<Record<string, DirectoryRole | undefined>> = directoryRoles;
  const roles = new Set<DirectoryRole>();
  for (const id of principal.wids) {
    const role = Object.hasOwn(directoryRoles, id) ? names[id] : undefined;
    if (role) roles.add(role);
  }
  return [...roles];
}

/** What a person may do, by directory roles and by the Intune actions that their Intune roles hold. */
export function permissionsOf(principal: Pick<Principal, 'wids'>, intuneActions: ReadonlySet<string>): Permission[] {
  const roles = new Set(rolesOf(principal));
  return (Object.keys(roleTable) as Permission[]).filter((permission) => {
    const row = roleTable[permission];
    return row.roles.some((role) => roles.has(role)) || (row.intuneAction !== undefined && intuneActions.has(row.intuneAction));
  });
}
