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
    caution: z.string().nullable().meta({ description: 'What to mind at one that can be chosen.' }),
  })
  .meta({ id: 'AzureResource' });
export type AzureResource = z.infer<typeof azureResource>;
/** One page, by name. */
const list = z
  .object({
    items: z.array(azureResource),
    total: z.number().int().meta({ description: 'How many match the search, on all pages.' }),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'AzureResources' });
export type AzureResources = z.infer<typeof list>;
const paging = {
  search: z.string().max(100).optional().meta({ description: 'Part of the name or of the resource group, in any case.' }),
  cursor: z.string().max(2048).optional().meta({ description: '`nextCursor` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};
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
  response: z.object({ items: z.array(z.object({ id: z.string(), name: z.string(), unavailable: z.string().nullable() })) }),
});
export const listStorageAccounts = defineEndpoint({
  id: 'listStorageAccounts',
  method: 'GET',
  path: '/api/azure/storage-accounts',
  access,
  summary: 'Storage accounts of a subscription.',
  query: ofSubscription.extend(paging),
  response: list,
});
export const listNamespaces = defineEndpoint({
  id: 'listEventHubNamespaces',
  method: 'GET',
  path: '/api/azure/event-hub-namespaces',
  access,
  summary: 'Event hub namespaces of a subscription.',
  query: ofSubscription.extend(paging),
  response: list,
});
export const listHubs = defineEndpoint({
  id: 'listEventHubs',
  method: 'GET',
  path: '/api/azure/event-hubs',
  access,
  summary: 'Event hubs of a namespace.',
  query: z.strictObject({ namespaceId, ...paging }),
  response: list,
});
export const listPolicies = defineEndpoint({
  id: 'listEventHubPolicies',
  method: 'GET',
  path: '/api/azure/event-hub-policies',
  access,
  summary: 'Policies of a namespace; those without Manage, Send and Listen cannot be chosen.',
  query: z.strictObject({ namespaceId, ...paging }),
  response: list,
});
export const listWorkspaces = defineEndpoint({
  id: 'listWorkspaces',
  method: 'GET',
  path: '/api/azure/workspaces',
  access,
  summary: 'Log Analytics workspaces of a subscription.',
  query: ofSubscription.extend(paging),
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
/** What a workspace is made from; the form checks it while somebody types. */
export const newWorkspace = z.strictObject({
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
});
export const createWorkspace = defineEndpoint({
  id: 'createWorkspace',
  method: 'POST',
  path: '/api/azure/workspaces',
  access,
  summary: 'Creates a Log Analytics workspace and waits until it is ready.',
  body: newWorkspace,
  response: azureResource,
});
export { authorizationRuleId, namespaceId, workspaceId };
