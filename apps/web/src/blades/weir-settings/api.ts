import { endpoints } from '@weir/contract';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

/** How long each log is kept in Weir. */
export const logRetentionQuery = () =>
  queryOptions({
    queryKey: ['log-retention'],
    queryFn: ({ signal }) => api.call(endpoints.logRetention.listLogRetention, {}, { signal }),
  });
