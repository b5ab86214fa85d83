import { z } from 'zod';
import { HttpProblem } from '../../http/problem.ts';

const permission = z.object({ actions: z.array(z.string()).nullish(), notActions: z.array(z.string()).nullish() });
export type AzurePermission = z.infer<typeof permission>;

/**
 * Whether these role assignments let somebody do something. Each grants its `actions` without its own `notActions`; another
 * assignment may grant what one leaves out. https://learn.microsoft.com/azure/role-based-access-control/role-definitions
 */
export function allows(permissions: readonly AzurePermission[], action: string): boolean {
  const matches = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll(/[$()+.?[\\\]^{|}]/g, '\\$&').replaceAll('*', '.*')}$`, 'is').test(action);
  return permissions.some((p) => (p.actions ?? []).some(matches) && !(p.notActions ?? []).some(matches));
}

/**
 * Whether the person may do something to a resource. Asked at its group first, whose answer holds for all in it: a right is
 * inherited. A role may stand at the resource alone, so "no" is asked there again. Undefined when Azure does not tell.
 * https://learn.microsoft.com/rest/api/authorization/permissions
 */
export async function mayDo(
  permissionsAt: (scope: string) => Promise<unknown[]>,
  resourceId: string,
  action: string,
): Promise<boolean | undefined> {
  const group = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(resourceId)?.[0];
  try {
    for (const scope of group === undefined ? [resourceId] : [group, resourceId]) {
      const found = z.array(permission).safeParse(await permissionsAt(scope));
      if (!found.success) return undefined;
      if (allows(found.data, action)) return true;
    }
    return false;
  } catch (error) {
    // The save asks again and says what stands against it; a list is no place to fail for that.
    if (error instanceof HttpProblem && error.code !== 'claims.required') return undefined;
    throw error;
  }
}
