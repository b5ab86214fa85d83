import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { authorizationRuleId, namespacePattern, workspaceId } from '../destinations/ids.ts';

/** Something to pick. `unavailable` says in words why it cannot be chosen. */
export const azureResource = z
  .object({
    id: z.string(),
    name: z.string(),
    resourceGroup: z.string().nullable(),
    location: z.string().nullable(),
    subscriptionId: z.string(),
    unavailable: z.string().nullable(),
  })
  .meta({ id: 'AzureResource' });
export type AzureResource = z.infer<typeof azureResource>;
const list = z.object({ items: z.array(azureResource) });
const ofSubscription = z.strictObject({
  subscriptionId: z.string().regex(/^[0-9a-fA-F-]{36}$/, 'Expected the id of a subscription (a GUID).'),
});
const namespaceId = z.string().max(2048).regex(namespacePattern, 'Expected the resource id of an event hub namespace.');
const access = 'intune.settings.write';

export const listSubscriptions = defineEndpoint({
  id: 'listSubscriptions',
  method: 'GET',
  path: '/api/azure/subscriptions',
  access,
  summary: 'Azure subscriptions that I can see.',
  response: z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })) }),
});
export const listStorageAccounts = defineEndpoint({
  id: 'listStorageAccounts',
  method: 'GET',
  path: '/api/azure/storage-accounts',
  access,
  summary: 'Storage accounts of a subscription.',
  query: ofSubscription,
  response: list,
});
export const listNamespaces = defineEndpoint({
  id: 'listEventHubNamespaces',
  method: 'GET',
  path: '/api/azure/event-hub-namespaces',
  access,
  summary: 'Event hub namespaces of a subscription.',
  query: ofSubscription,
  response: list,
});
export const listHubs = defineEndpoint({
  id: 'listEventHubs',
  method: 'GET',
  path: '/api/azure/event-hubs',
  access,
  summary: 'Event hubs of a namespace.',
  query: z.strictObject({ namespaceId }),
  response: list,
});
export const listPolicies = defineEndpoint({
  id: 'listEventHubPolicies',
  method: 'GET',
  path: '/api/azure/event-hub-policies',
  access,
  summary: 'Policies of a namespace; those without Manage, Send and Listen cannot be chosen.',
  query: z.strictObject({ namespaceId }),
  response: list,
});
export const listWorkspaces = defineEndpoint({
  id: 'listWorkspaces',
  method: 'GET',
  path: '/api/azure/workspaces',
  access,
  summary: 'Log Analytics workspaces of a subscription.',
  query: ofSubscription,
  response: list,
});
export const listResourceGroups = defineEndpoint({
  id: 'listResourceGroups',
  method: 'GET',
  path: '/api/azure/resource-groups',
  access,
  summary: 'Resource groups of a subscription.',
  query: ofSubscription,
  response: z.object({ items: z.array(z.object({ name: z.string(), location: z.string() })) }),
});
export const createWorkspace = defineEndpoint({
  id: 'createWorkspace',
  method: 'POST',
  path: '/api/azure/workspaces',
  access,
  summary: 'Creates a Log Analytics workspace and waits until it is ready.',
  body: z.strictObject({
    subscriptionId: ofSubscription.shape.subscriptionId,
    resourceGroup: z
      .string()
      .regex(
        /^[-\w._()]{0,89}[-\w_()]$/,
        'A resource group name has 1 to 90 letters, digits, "-", "_", "." or brackets and does not end with a dot.',
      ),
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
        'A workspace name has 4 to 63 letters, digits or "-", and begins and ends with a letter or digit.',
      ),
    location: z.string().regex(/^[a-z0-9]{2,40}$/, 'Choose a region.'),
  }),
  response: azureResource,
});
export { authorizationRuleId, namespaceId, workspaceId };
