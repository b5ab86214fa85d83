import { endpoints } from '@weir/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

const { alerts } = endpoints;
const PAGE = 20;

/** What is open now; read again by itself. */
export const openAlertsQuery = () =>
  queryOptions({
    queryKey: ['alerts', 'open'],
    queryFn: async ({ signal }) => (await api.call(alerts.listAlerts, { query: { limit: 0 } }, { signal })).open,
    refetchInterval: 10_000,
  });
/** Those that have ended, newest first, in pages. */
export const pastAlertsQuery = () =>
  infiniteQueryOptions({
    queryKey: ['alerts', 'past'],
    queryFn: ({ signal, pageParam }) =>
      api.call(alerts.listAlerts, { query: { limit: PAGE, ...(pageParam !== null && { before: pageParam }) } }, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 30_000,
  });
/** Where alerts go, and how that went last. */
export const channelsQuery = () =>
  queryOptions({
    queryKey: ['alerts', 'channels'],
    queryFn: async ({ signal }) => (await api.call(alerts.listAlertChannels, {}, { signal })).items,
    refetchInterval: 10_000,
  });
