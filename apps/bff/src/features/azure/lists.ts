import {
  hubFault,
  namespaceCaution,
  namespaceFault,
  neededRights,
  policyFault,
  storageCaution,
  storageFault,
  WORKSPACE_DELETED,
  workspaceCaution,
  workspaceFault,
  type AzureResource,
  type AzureResources,
  type ResourceFacts,
} from '@weir/contract';
import { z } from 'zod';
import { HttpProblem } from '../../http/problem.ts';
import type { AzureOfPerson } from '../../ports.ts';
import { mayDo } from './rights.ts';

const flag = z.boolean().nullish();
const text = z.string().nullish();
const list = z.array(z.unknown()).nullish();
/** What is read of a resource. The rest is not kept. */
const resource = z.object({
  id: z.string(),
  name: z.string(),
  location: text,
  sku: z.object({ name: text, tier: text }).nullish(),
  properties: z
    .object({
      provisioningState: text,
      status: text,
      rights: z.array(z.string()).nullish(),
      allowSharedKeyAccess: flag,
      disableLocalAuth: flag,
      publicNetworkAccess: text,
      publicNetworkAccessForIngestion: text,
      networkAcls: z
        .object({ bypass: text, defaultAction: text, ipRules: list, virtualNetworkRules: list, resourceAccessRules: list })
        .nullish(),
      privateEndpointConnections: list,
      workspaceCapping: z.object({ dataIngestionStatus: text }).nullish(),
    })
    .nullish(),
});
export type Resource = z.infer<typeof resource>;

export const parse = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const result = schema.safeParse(value);
  if (!result.success) throw new HttpProblem('azure.failed', 'Azure answered in a shape that is not known here.', { cause: result.error });
  return result.data;
};
export const parseResource = (value: unknown): Resource => parse(resource, value);

const part = (id: string, after: string): string | null => new RegExp(`/${after}/([^/]+)`, 'i').exec(id)?.[1] ?? null;
export const pickable = (r: Resource, unavailable: string | null = null, caution: string | null = null): AzureResource => ({
  id: r.id,
  name: r.name,
  resourceGroup: part(r.id, 'resourceGroups'),
  location: r.location ?? null,
  subscriptionId: part(r.id, 'subscriptions') ?? '',
  unavailable,
  caution: unavailable === null ? caution : null,
});

/** A kind of resource that a picker lists. */
export interface Listing {
  readonly version: string;
  readonly fault: (r: ResourceFacts) => string | null;
  readonly caution?: (r: ResourceFacts) => string | null;
  /** What a save does to it. */
  readonly needs?: { readonly action: string; readonly message: string };
}
export const listings = {
  storageAccounts: { version: '2023-05-01', fault: storageFault, caution: storageCaution, needs: neededRights.storage },
  namespaces: { version: '2024-01-01', fault: namespaceFault, caution: namespaceCaution },
  hubs: { version: '2024-01-01', fault: hubFault },
  policies: { version: '2024-01-01', fault: policyFault, needs: neededRights.eventHub },
  workspaces: { version: '2023-09-01', fault: workspaceFault, caution: workspaceCaution, needs: neededRights.logAnalytics },
} as const satisfies Record<string, Listing>;

/** Azure as one person sees it, its answers kept for a moment. */
export type AzureLists = Pick<AzureOfPerson, 'armList'>;
interface Asked {
  readonly search?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}
const PERMISSIONS_VERSION = '2022-04-01';
/** Questions about rights that are asked at once. */
const AT_ONCE = 8;

/**
 * One page of a kind of resource by name, each with the reason when it cannot be chosen. Azure has neither search nor an order
 * in these lists, so all of its pages are read; rights are asked for the resources of this page only.
 */
export async function pageOf(azure: AzureLists, path: string, kind: keyof typeof listings, asked: Asked): Promise<AzureResources> {
  const listing: Listing = listings[kind];
  const [found, gone] = await Promise.all([azure.armList(path, listing.version), kind === 'workspaces' ? deleted(azure, path) : []]);
  const reasons = new Map(gone.map((r) => [r.id.toLowerCase(), WORKSPACE_DELETED]));
  const needle = (asked.search ?? '').trim().toLowerCase();
  const all = [...found.map(parseResource), ...gone]
    .filter((r) => r.name.toLowerCase().includes(needle) || part(r.id, 'resourceGroups')?.toLowerCase().includes(needle))
    .toSorted((a, b) => compare(keyOf(a.id), keyOf(b.id)));
  const after = asked.cursor;
  const start = after === undefined ? 0 : all.findIndex((r) => compare(keyOf(r.id), keyOf(after)) > 0);
  const page = start < 0 ? [] : all.slice(start, start + asked.limit);
  const more = start >= 0 && start + asked.limit < all.length;
  const items = await inTurn(page, async (r) => {
    const reason = reasons.get(r.id.toLowerCase()) ?? listing.fault(r) ?? (await lacking(azure, r, listing));
    return pickable(r, reason, listing.caution?.(r) ?? null);
  });
  return { items, total: all.length, nextCursor: more ? page.at(-1)!.id : null };
}

/** Ids of one list differ in the group and the name; people look for the name. */
const keyOf = (id: string): string => `${id.slice(id.lastIndexOf('/') + 1)}\u0000${id}`.toLowerCase();
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The path of a policy or a hub is asked at its namespace, where roles stand: one question for all of them. */
async function lacking(azure: AzureLists, r: Resource, { needs }: Listing): Promise<string | null> {
  if (!needs) return null;
  const at = r.id.split(/\/authorizationRules\//i)[0]!;
  const may = await mayDo(
    (scope) => azure.armList(`${scope}/providers/Microsoft.Authorization/permissions`, PERMISSIONS_VERSION),
    at,
    needs.action,
  );
  return may === false ? needs.message : null;
}

/** Workspaces that were deleted and can be recovered. Who may not see them sees none. */
async function deleted(azure: AzureLists, path: string): Promise<Resource[]> {
  try {
    const found = await azure.armList(path.replace(/workspaces$/, 'deletedWorkspaces'), listings.workspaces.version);
    return found.map(parseResource);
  } catch (error) {
    if (error instanceof HttpProblem && error.code !== 'claims.required') return [];
    throw error;
  }
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [i, item] of waiting) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
