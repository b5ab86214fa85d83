import { endpoints, subscriptionFault } from '@weir/contract';
import { z } from 'zod';
import type { Api, Caller } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { AzureOfPerson, Store } from '../../ports.ts';
import { actorOf } from '../audit-logs/index.ts';
import { Kept } from './kept.ts';
import { pageOf, parse, parseResource, pickable, type AzureLists } from './lists.ts';

const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

/** Lists to pick destinations from, with the person's own rights in Azure. */
export function bindAzure(api: Api, store: Store, azureOf: (caller: Caller) => AzureOfPerson): void {
  const { azure } = endpoints;
  const limit = perPerson(240);
  const kept = new Kept();
  const personOf = ({ principal }: Caller) => `${principal.tenantId}/${principal.oid}`;
  const listsOf = (caller: Caller): AzureLists => ({
    armList: (path, version) => kept.get(`${personOf(caller)} ${path}`, () => azureOf(caller).armList(path, version)),
  });
  const provider = (subscriptionId: string, type: string) => `/subscriptions/${subscriptionId}/providers/${type}`;

  api.bind(
    azure.listSubscriptions,
    async ({ caller }) => {
      const shape = z.object({ subscriptionId: z.string(), displayName: z.string(), state: z.string().nullish() });
      const found = await azureOf(caller).armList('/subscriptions', '2022-12-01');
      return {
        items: found
          .map((s) => parse(shape, s))
          .map((s) => ({ id: s.subscriptionId, name: s.displayName, unavailable: subscriptionFault(s.state) })),
      };
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
    ({ caller, query }) =>
      pageOf(listsOf(caller), provider(query.subscriptionId, 'Microsoft.Storage/storageAccounts'), 'storageAccounts', query),
    limit,
  );
  api.bind(
    azure.listNamespaces,
    ({ caller, query }) => pageOf(listsOf(caller), provider(query.subscriptionId, 'Microsoft.EventHub/namespaces'), 'namespaces', query),
    limit,
  );
  api.bind(azure.listHubs, ({ caller, query }) => pageOf(listsOf(caller), `${query.namespaceId}/eventhubs`, 'hubs', query), limit);
  api.bind(
    azure.listPolicies,
    ({ caller, query }) => pageOf(listsOf(caller), `${query.namespaceId}/authorizationRules`, 'policies', query),
    limit,
  );
  api.bind(
    azure.listWorkspaces,
    ({ caller, query }) =>
      pageOf(listsOf(caller), provider(query.subscriptionId, 'Microsoft.OperationalInsights/workspaces'), 'workspaces', query),
    limit,
  );
  api.bind(
    azure.createWorkspace,
    async ({ caller, body, request, signal }) => {
      const person = azureOf(caller);
      const path = `/subscriptions/${body.subscriptionId}/resourceGroups/${body.resourceGroup}/providers/Microsoft.OperationalInsights/workspaces/${body.name}`;
      let workspace = parseResource(
        await person.arm('PUT', path, '2023-09-01', { location: body.location, properties: { sku: { name: 'PerGB2018' } } }),
      );
      // From here on it exists, whatever comes of the wait.
      kept.forget(`${personOf(caller)} ${provider(body.subscriptionId, 'Microsoft.OperationalInsights/')}`);
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
        workspace = parseResource(await person.arm('GET', path, '2023-09-01'));
      }
      kept.forget(`${personOf(caller)} ${provider(body.subscriptionId, 'Microsoft.OperationalInsights/')}`);
      return pickable(workspace);
    },
    perPerson(10),
  );
}
