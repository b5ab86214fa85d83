import { endpoints, type AzureResource } from '@weir/contract';
import { z } from 'zod';
import type { Api, Caller } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { AzureOfPerson, Store } from '../../ports.ts';
import { actorOf } from '../audit-logs/index.ts';

const resource = z.object({
  id: z.string(),
  name: z.string(),
  location: z.string().nullish(),
  sku: z.object({ name: z.string().nullish(), tier: z.string().nullish() }).nullish(),
  properties: z.object({ rights: z.array(z.string()).nullish(), provisioningState: z.string().nullish() }).nullish(),
});
type Resource = z.infer<typeof resource>;
const part = (id: string, after: string): string | null => new RegExp(`/${after}/([^/]+)`, 'i').exec(id)?.[1] ?? null;

function pickable(r: Resource, unavailable: string | null = null): AzureResource {
  return {
    id: r.id,
    name: r.name,
    resourceGroup: part(r.id, 'resourceGroups'),
    location: r.location ?? null,
    subscriptionId: part(r.id, 'subscriptions') ?? '',
    unavailable,
  };
}
/** Premium accounts hold no append blobs: https://learn.microsoft.com/azure/storage/common/storage-account-overview */
const premium = (r: Resource): string | null =>
  r.sku?.tier === 'Premium' || r.sku?.name?.startsWith('Premium_')
    ? 'Premium storage accounts cannot hold logs. Choose a Standard account.'
    : null;
/** A destination policy needs all three rights: https://learn.microsoft.com/azure/azure-monitor/essentials/diagnostic-settings */
function lacksRights(r: Resource): string | null {
  const rights = new Set(r.properties?.rights ?? []);
  const missing = ['Manage', 'Send', 'Listen'].filter((x) => !rights.has(x));
  return missing.length === 0 ? null : `The policy lacks ${missing.join(' and ')}. It needs Manage, Send and Listen.`;
}
const parse = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const result = schema.safeParse(value);
  if (!result.success) throw new HttpProblem('azure.failed', 'Azure answered in a shape that is not known here.', { cause: result.error });
  return result.data;
};
const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

/** Lists to pick destinations from, with the person's own rights in Azure. */
export function bindAzure(api: Api, store: Store, azureOf: (caller: Caller) => AzureOfPerson): void {
  const { azure } = endpoints;
  const limit = perPerson(120);
  const list = async (caller: Caller, path: string, version: string, why?: (r: Resource) => string | null) => ({
    items: (await azureOf(caller).armList(path, version)).map((item) => {
      const r = parse(resource, item);
      return pickable(r, why?.(r) ?? null);
    }),
  });
  const provider = (subscriptionId: string, type: string) => `/subscriptions/${subscriptionId}/providers/${type}`;

  api.bind(
    azure.listSubscriptions,
    async ({ caller }) => {
      const shape = z.object({ subscriptionId: z.string(), displayName: z.string() });
      const found = await azureOf(caller).armList('/subscriptions', '2022-12-01');
      return { items: found.map((s) => parse(shape, s)).map((s) => ({ id: s.subscriptionId, name: s.displayName })) };
    },
    limit,
  );
  api.bind(
    azure.listResourceGroups,
    async ({ caller, query }) => {
      const shape = z.object({ name: z.string(), location: z.string() });
      const found = await azureOf(caller).armList(`/subscriptions/${query.subscriptionId}/resourceGroups`, '2021-04-01');
      return { items: found.map((g) => parse(shape, g)) };
    },
    limit,
  );
  api.bind(
    azure.listStorageAccounts,
    ({ caller, query }) => list(caller, provider(query.subscriptionId, 'Microsoft.Storage/storageAccounts'), '2023-05-01', premium),
    limit,
  );
  api.bind(
    azure.listNamespaces,
    ({ caller, query }) => list(caller, provider(query.subscriptionId, 'Microsoft.EventHub/namespaces'), '2024-01-01'),
    limit,
  );
  api.bind(azure.listHubs, ({ caller, query }) => list(caller, `${query.namespaceId}/eventhubs`, '2024-01-01'), limit);
  api.bind(
    azure.listPolicies,
    ({ caller, query }) => list(caller, `${query.namespaceId}/authorizationRules`, '2024-01-01', lacksRights),
    limit,
  );
  api.bind(
    azure.listWorkspaces,
    ({ caller, query }) => list(caller, provider(query.subscriptionId, 'Microsoft.OperationalInsights/workspaces'), '2023-09-01'),
    limit,
  );
  api.bind(
    azure.createWorkspace,
    async ({ caller, body, request, signal }) => {
      const person = azureOf(caller);
      const path = `/subscriptions/${body.subscriptionId}/resourceGroups/${body.resourceGroup}/providers/Microsoft.OperationalInsights/workspaces/${body.name}`;
      let workspace = parse(
        resource,
        await person.arm('PUT', path, '2023-09-01', { location: body.location, properties: { sku: { name: 'PerGB2018' } } }),
      );
      // From here on it exists, whatever comes of the wait.
      await store
        .forDirectory(caller.principal.tenantId)
        .changed(actorOf(caller, request), 'Create workspaces', workspace.id, { Location: body.location });
      const until = Date.now() + 120_000;
      while (workspace.properties?.provisioningState !== 'Succeeded') {
        const state = workspace.properties?.provisioningState ?? 'unknown';
        if (state === 'Failed' || state === 'Canceled')
          throw new HttpProblem('azure.failed', `Azure could not create the workspace '${body.name}' (${state}).`);
        if (Date.now() > until || signal.aborted)
          throw new HttpProblem(
            'azure.failed',
            `The workspace '${body.name}' is not ready yet (${state}). Look for it in the list in a few minutes.`,
          );
        await sleep(1_000, signal);
        workspace = parse(resource, await person.arm('GET', path, '2023-09-01'));
      }
      return pickable(workspace);
    },
    perPerson(10),
  );
}
