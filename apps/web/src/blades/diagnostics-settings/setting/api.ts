import { endpoints, type DestinationType } from '@weir/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

const { settings } = endpoints;

export interface BatchFilter {
  type?: DestinationType | undefined;
  category?: string | undefined;
}
export const batchesQuery = (name: string, { type, category }: BatchFilter) =>
  infiniteQueryOptions({
    queryKey: ['diagnostic-setting', name, 'batches', type ?? '', category ?? ''],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      api.call(
        settings.listBatches,
        {
          params: { name },
          query: { limit: 50, ...(pageParam && { cursor: pageParam }), ...(type && { type }), ...(category && { category }) },
        },
        { signal },
      ),
    getNextPageParam: (page) => page.nextCursor,
    // Pages that were opened further down are not read again and again.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : 5_000),
  });

export const changesQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: ['diagnostic-setting', name, 'changes'],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      api.call(
        settings.listSettingChanges,
        { params: { name }, query: { limit: 20, ...(pageParam && { cursor: pageParam }) } },
        { signal },
      ),
    getNextPageParam: (page) => page.nextCursor,
  });

export const historyQuery = (name: string, minutes: number, step: number) =>
  queryOptions({
    queryKey: ['diagnostic-setting', name, 'history', minutes, step],
    queryFn: ({ signal }) => api.call(settings.getHistory, { params: { name }, query: { minutes, step } }, { signal }),
    refetchInterval: 10_000,
  });

export const verificationsQuery = (name: string) =>
  queryOptions({
    queryKey: ['diagnostic-setting', name, 'verifications'],
    queryFn: ({ signal }) => api.call(settings.listVerifications, { params: { name } }, { signal }),
    refetchInterval: 30_000,
  });
