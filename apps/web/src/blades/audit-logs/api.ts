import { endpoints } from '@weir/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';
import { shareTexts } from './rows.ts';
import type { toFilter } from './search.ts';

const { auditLogs, views } = endpoints;
export type Filter = ReturnType<typeof toFilter>;
/** A few screens: what one waits for after Enter. */
const FIRST_PAGE = 100;
/** Whoever scrolls on gets more at a time. The most that the API gives. */
const PAGE = 500;

/** The rows that a filter finds, newest first, or oldest first. Fetched again only when asked: rows must not move under the reader. */
export const rowsQuery = (filter: Filter, order?: 'asc') =>
  infiniteQueryOptions({
    queryKey: ['audit-logs', 'rows', filter, order ?? 'desc'],
    queryFn: async ({ pageParam, signal }) => {
      const page = await api.call(
        auditLogs.listAuditLogs,
        { query: { ...filter, limit: pageParam ? PAGE : FIRST_PAGE, ...(order && { order }), ...(pageParam && { cursor: pageParam }) } },
        { signal },
      );
      shareTexts(page.items);
      return page;
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    // Comparing 100,000 rows with themselves for each further page would hold up the scrolling; pages keep their identity anyway.
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** A record never changes once it is written. */
export const detailsQuery = (id: string) =>
  queryOptions({
    queryKey: ['audit-logs', 'details', id],
    queryFn: ({ signal }) => api.call(auditLogs.getAuditLog, { params: { id } }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What earlier records say of properties whose old value this one does not say. */
export const lastValuesQuery = (id: string) =>
  queryOptions({
    queryKey: ['audit-logs', 'last-values', id],
    queryFn: ({ signal }) => api.call(auditLogs.lastValues, { params: { id } }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const filterOptionsQuery = () =>
  queryOptions({
    queryKey: ['audit-logs', 'options'],
    queryFn: ({ signal }) => api.call(auditLogs.auditFilterOptions, {}, { signal }),
    staleTime: 60_000,
  });

export const coverageQuery = () =>
  queryOptions({ queryKey: ['coverage'], queryFn: ({ signal }) => api.call(auditLogs.coverage, {}, { signal }), refetchInterval: 15_000 });

/** Counts of what a filter finds, over time and by value. */
export const summaryQuery = (filter: Filter, by: 'status' | 'category', exactly: boolean) =>
  queryOptions({
    queryKey: ['audit-logs', 'summary', by, exactly, filter],
    queryFn: ({ signal }) =>
      api.call(auditLogs.summarizeAuditLogs, { query: { ...filter, by, ...(exactly && { exact: 'true' }) } }, { signal }),
    // Bars that are stacked by something else would be told as what they are not.
    placeholderData: (before, query) => (query?.queryKey[2] === by ? before : undefined),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Values of a field, for completion. */
export const valuesQuery = (field: 'category' | 'activity' | 'actor' | 'application' | 'status' | 'type', contains: string) =>
  queryOptions({
    queryKey: ['audit-logs', 'values', field, contains],
    queryFn: ({ signal }) => api.call(auditLogs.auditValues, { query: { field, contains } }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** Saved views: one's own and the directory's. */
export const viewsQuery = () =>
  queryOptions({ queryKey: ['audit-views'], queryFn: ({ signal }) => api.call(views.listViews, {}, { signal }), staleTime: 60_000 });
