import { endpoints } from '@weir/contract';
import { queryOptions } from '@tanstack/react-query';
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

export const pickerQuery = (kind: PickerKind, parent: string) =>
  queryOptions({
    queryKey: ['azure', kind, parent],
    enabled: parent !== '',
    staleTime: 30_000,
    queryFn: ({ signal }) => {
      const ofSubscription = { query: { subscriptionId: parent } };
      const ofNamespace = { query: { namespaceId: parent } };
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
    },
  });

export const resourceGroupsQuery = (subscriptionId: string) =>
  queryOptions({
    queryKey: ['azure', 'resource-groups', subscriptionId],
    enabled: subscriptionId !== '',
    queryFn: ({ signal }) => api.call(azure.listResourceGroups, { query: { subscriptionId } }, { signal }),
  });
