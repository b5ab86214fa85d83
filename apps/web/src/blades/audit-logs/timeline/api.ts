import { endpoints, type ResponseOf } from '@weir/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

const { timeline } = endpoints;
export type TimelinePage = ResponseOf<typeof timeline.objectTimeline>;
export type StateAt = ResponseOf<typeof timeline.objectState>;
export type RelatedGroup = ResponseOf<typeof timeline.relatedRecords>['groups'][number];

/** Changes of an object, newest first. */
export const timelineQuery = (objectId: string) =>
  infiniteQueryOptions({
    queryKey: ['audit-objects', 'timeline', objectId],
    queryFn: ({ pageParam, signal }) =>
      api.call(timeline.objectTimeline, { params: { objectId }, query: pageParam ? { cursor: pageParam } : {} }, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });

/** An object at a point: the id of a record, a time, or `now`. */
export const stateQuery = (objectId: string, at: string) =>
  queryOptions({
    queryKey: ['audit-objects', 'state', objectId, at],
    queryFn: ({ signal }) => api.call(timeline.objectState, { params: { objectId }, query: at === 'now' ? {} : { at } }, { signal }),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });

/** Records that belong to a record. */
export const relatedQuery = (id: string) =>
  queryOptions({
    queryKey: ['audit-logs', 'related', id],
    queryFn: ({ signal }) => api.call(timeline.relatedRecords, { params: { id } }, { signal }),
    staleTime: 60_000,
  });
