import { useQueryClient } from '@tanstack/react-query';
import { rowsQuery } from './api.ts';
import type { SearchChange } from './pills.tsx';
import { queryOf } from './query.ts';
import { auditLogsSearch, toFilter, type AuditLogsSearch } from './search.ts';
import type { View } from './use-view.ts';

/**
 * Changes what the list is narrowed to, and closes the details. The records are asked for at once: the address, and the blade after
 * it, take some frames longer to say the same.
 * @returns a function that takes what changes, and the "now" from which "last 7 days" counts, in ms
 */
export function useNarrow(search: AuditLogsSearch, setNow: (now: number) => void, { change }: Pick<View, 'change'>) {
  const queryClient = useQueryClient();
  return (part: SearchChange, now: number): void => {
    const next = auditLogsSearch({ ...search, ...part } as Parameters<typeof auditLogsSearch>[0]);
    if (queryOf(next).error === null) void queryClient.prefetchInfiniteQuery(rowsQuery(toFilter(next, now), next.order));
    setNow(now);
    change({ ...part, selected: undefined });
  };
}
