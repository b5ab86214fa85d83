/** A signed-in person of one directory. `tid` + `oid` is the identity; names are for display only. */
export interface Principal {
  readonly tenantId: string;
  readonly oid: string;
  readonly name: string;
  readonly upn: string;
  /** Directory role template ids of the token's `wids` claim, lower case. */
  readonly wids: readonly string[];
  /** Entra left the groups out because there are more than a token holds: whatever would follow from a group is not granted. */
  readonly groupsOverage: boolean;
  /** Seconds since 1970: when the token was issued. A newer token may carry other roles. */
  readonly issuedAt: number;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** True when Entra answered with a pointer to the groups instead of the groups (more than 200 in a JWT). */
export function hasGroupsOverage(claims: Readonly<Record<string, unknown>>): boolean {
  const names = claims['_claim_names'];
  return (
    (typeof names === 'object' && names !== null && 'groups' in names) || claims['hasgroups'] === true || claims['hasgroups'] === 'true'
  );
}
