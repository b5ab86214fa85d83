import { z } from 'zod';
import type { Principal } from './principal.ts';

/** What a Graph call came to: `denied` when Graph says the person may not ask (403). */
export type GraphAnswer = { readonly kind: 'ok'; readonly body: unknown } | { readonly kind: 'denied' };
/** Calls Graph on behalf of the user. Throws when Graph cannot be reached or does not answer as it should. */
export type GraphCall = (request: { tenantId: string; userToken: string; path: string }) => Promise<GraphAnswer>;

export type IntuneActions =
  | { readonly kind: 'known'; readonly actions: ReadonlySet<string> }
  | { readonly kind: 'unavailable'; readonly reason: string };

const list = z.array(z.string()).nullish();
const effectivePermissions = z.object({
  value: z.array(
    z.object({
      resourceActions: z.array(z.object({ allowedResourceActions: list, notAllowedResourceActions: list })).nullish(),
    }),
  ),
});
/** https://learn.microsoft.com/graph/api/intune-rbac-devicemanagement-geteffectivepermissions */
export const EFFECTIVE_PERMISSIONS_PATH = "/v1.0/deviceManagement/getEffectivePermissions(scope='*')";

/**
 * Asks Intune which actions the person's Intune roles hold. Answers are kept for five minutes per token (tid, oid, iat);
 * a failed question is not kept, and its answer is `unavailable`, so that the caller denies with the reason.
 */
export function createIntuneActions(options: {
  call: GraphCall;
  now?: () => number;
  ttlMs?: number;
  maxEntries?: number;
  onUnavailable?: (error: unknown, principal: Principal) => void;
}): (principal: Principal, userToken: string) => Promise<IntuneActions> {
  const { call, now = Date.now, ttlMs = 300_000, maxEntries = 5_000 } = options;
  const kept = new Map<string, { until: number; answer: Promise<ReadonlySet<string>> }>();

  async function ask(principal: Principal, userToken: string): Promise<ReadonlySet<string>> {
    const answer = await call({ tenantId: principal.tenantId, userToken, path: EFFECTIVE_PERMISSIONS_PATH });
    if (answer.kind === 'denied') return new Set();
    const allowed = new Set<string>();
    for (const permission of effectivePermissions.parse(answer.body).value) {
      for (const { allowedResourceActions, notAllowedResourceActions } of permission.resourceActions ?? []) {
        const refused = new Set(notAllowedResourceActions ?? []);
        for (const action of allowedResourceActions ?? []) if (!refused.has(action)) allowed.add(action);
      }
    }
    return allowed;
  }

  return async function actionsOf(principal, userToken) {
    const key = `${principal.tenantId}|${principal.oid}|${principal.issuedAt}`;
    const at = now();
    let entry = kept.get(key);
    if (!entry || entry.until <= at) {
      kept.delete(key);
      const oldest = kept.size >= maxEntries ? kept.keys().next() : undefined;
      if (oldest?.value !== undefined) kept.delete(oldest.value);
      entry = { until: at + ttlMs, answer: ask(principal, userToken) };
      kept.set(key, entry);
    }
    try {
      return { kind: 'known', actions: await entry.answer };
    } catch (error) {
      if (kept.get(key) === entry) {
        kept.delete(key);
        options.onUnavailable?.(error, principal);
      }
      return {
        kind: 'unavailable',
        reason:
          'Your Intune roles could not be checked, because Microsoft Graph did not answer. What they would allow stays closed; try again in a moment.',
      };
    }
  };
}
