import { endpoints } from '@weir/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import type { Zone } from '../lib/format.ts';

/** When the reader's day began, as ISO 8601 in UTC. */
export function startOfDay(now: Date, zone: Zone): string {
  const at = new Date(now);
  if (zone === 'utc') at.setUTCHours(0, 0, 0, 0);
  else at.setHours(0, 0, 0, 0);
  return at.toISOString();
}

/** The directory at a glance, read again by itself. */
export const homeQuery = (zone: Zone) =>
  queryOptions({
    queryKey: ['home', zone],
    // Asked for at each read: a day may have begun meanwhile.
    queryFn: ({ signal }) => api.call(endpoints.home.getHome, { query: { since: startOfDay(new Date(), zone) } }, { signal }),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });
