import { useQueryClient } from '@tanstack/react-query';
import { rowsQuery } from './api.ts';
import type { SearchChange } from './pills.tsx';
import { queryOf } from './query.ts';
import { auditLogsSearch, toFilter, type AuditLogsSearch } from './search.ts';
import type { Clock } from './use-clock.ts';
import { narrowingText } from './use-filter.ts';
import type { View } from './use-view.ts';

/**
 * Changes what the list is narrowed to, and closes the details; or shows a whole view. The records are asked for at once: the
 * address, and the blade after it, take some frames longer to say the same.
 */
export function useNarrow(search: AuditLogsSearch, clock: Clock, { change, show }: Pick<View, 'change' | 'show'>) {
  const queryClient = useQueryClient();
  const ask = (wanted: SearchChange): void => {
    const next = auditLogsSearch(wanted as Parameters<typeof auditLogsSearch>[0]);
    // The same once more: the address does not change, so nothing would be asked.
    if (narrowingText(next) === narrowingText(search)) return clock.turn();
    const now = clock.set();
    if (queryOf(next).error === null) void queryClient.prefetchInfiniteQuery(rowsQuery(toFilter(next, now), next.order));
  };
  return {
    narrow: (part: SearchChange): void => {
      ask({ ...search, ...part });
      change({ ...part, selected: undefined });
    },
    showView: (view: AuditLogsSearch): void => {
      ask(view);
      show(view);
    },
  };
}
