import type { Permission } from '@weir/contract';
import type { IntuneActions } from './intune-actions.ts';
import type { Principal } from './principal.ts';
import { permissionsOf, roleTable, rolesOf } from './roles.ts';

/** What a person may do right now, and what could not be found out. */
export interface Access {
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<Permission>;
  /** Permissions that might be granted if the role check could be made. They stay closed. */
  readonly unknown: ReadonlySet<Permission>;
  readonly warning: string | null;
}

const none: ReadonlySet<string> = new Set();
const byIntuneRole = (Object.keys(roleTable) as Permission[]).filter((p) => roleTable[p].intuneAction !== undefined);

/** Roles become permissions. Intune is asked only when no directory role grants already what an Intune role could. */
export function createAccess(actionsOf: (principal: Principal, userToken: string) => Promise<IntuneActions>) {
  return async function accessOf(principal: Principal, userToken: string): Promise<Access> {
    const roles = rolesOf(principal);
    const byDirectory = new Set(permissionsOf(principal, none));
    const open = byIntuneRole.filter((p) => !byDirectory.has(p));
    if (open.length === 0) return { roles, permissions: byDirectory, unknown: new Set(), warning: null };
    const answer = await actionsOf(principal, userToken);
    if (answer.kind === 'unavailable') return { roles, permissions: byDirectory, unknown: new Set(open), warning: answer.reason };
    const permissions = new Set(permissionsOf(principal, answer.actions));
    const warning =
      principal.groupsOverage && permissions.size === 0
        ? 'You are in more groups than a token can list, so nothing was granted because of a group. Ask for a role that is assigned to you directly.'
        : null;
    return { roles, permissions, unknown: new Set(), warning };
  };
}
