import { endpoints } from '@weir/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

const { settings, azure } = endpoints;

/** The list lives: deliveries move while it is looked at. */
export const settingsQuery = () =>
  queryOptions({
    queryKey: ['diagnostic-settings'],
    queryFn: ({ signal }) => api.call(settings.listSettings, {}, { signal }),
    refetchInterval: 5_000,
  });

export const volumeQuery = () =>
  queryOptions({
    queryKey: ['measured-volume'],
    queryFn: ({ signal }) => api.call(settings.measureVolume, {}, { signal }),
    staleTime: 300_000,
  });

export const subscriptionsQuery = () =>
  queryOptions({
    queryKey: ['azure', 'subscriptions'],
    queryFn: ({ signal }) => api.call(azure.listSubscriptions, {}, { signal }),
    staleTime: 60_000,
  });

/** What a picker lists, and inside what (a subscription's or a namespace's id). */
export type PickerKind = 'storageAccounts' | 'namespaces' | 'policies' | 'hubs' | 'workspaces';

interface PageAsked {
  search: string;
  cursor?: string;
  limit?: number;
}
function resources(kind: PickerKind, parent: string, { search, cursor, limit = 50 }: PageAsked, signal: AbortSignal) {
  const page = { limit, ...(search !== '' && { search: search.slice(0, 100) }), ...(cursor !== undefined && { cursor }) };
  const ofSubscription = { query: { subscriptionId: parent, ...page } };
  const ofNamespace = { query: { namespaceId: parent, ...page } };
  switch (kind) {
    case 'storageAccounts':
      return api.call(azure.listStorageAccounts, ofSubscription, { signal });
    case 'namespaces':
      return api.call(azure.listNamespaces, ofSubscription, { signal });
    case 'workspaces':
      return api.call(azure.listWorkspaces, ofSubscription, { signal });
    case 'policies':
      return api.call(azure.listPolicies, ofNamespace, { signal });
    case 'hubs':
      return api.call(azure.listHubs, ofNamespace, { signal });
  }
}

/** A picker's list by name, page by page. */
export const pickerQuery = (kind: PickerKind, parent: string, search: string) =>
  infiniteQueryOptions({
    queryKey: ['azure', kind, parent, search],
    enabled: parent !== '',
    staleTime: 30_000,
    initialPageParam: '',
    queryFn: ({ signal, pageParam }) => resources(kind, parent, { search, ...(pageParam !== '' && { cursor: pageParam }) }, signal),
    getNextPageParam: (page) => page.nextCursor,
  });

/** One resource as the picker lists it; null when it is not among them. */
export const resourceQuery = (kind: PickerKind, parent: string, id: string) =>
  queryOptions({
    queryKey: ['azure', kind, parent, 'one', id],
    enabled: parent !== '' && id !== '',
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const { items } = await resources(kind, parent, { search: id.slice(id.lastIndexOf('/') + 1), limit: 100 }, signal);
      return items.find((item) => item.id.toLowerCase() === id.toLowerCase()) ?? null;
    },
  });

export const resourceGroupsQuery = (subscriptionId: string) =>
  queryOptions({
    queryKey: ['azure', 'resource-groups', subscriptionId],
    enabled: subscriptionId !== '',
    queryFn: ({ signal }) => api.call(azure.listResourceGroups, { query: { subscriptionId } }, { signal }),
  });
