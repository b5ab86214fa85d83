import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import type { AuditLogsSearch } from './search.ts';
import type { Clock } from './use-clock.ts';

/** Reads the blade's list and counts anew, and whether that is going on. A further page of the list is not that. */
export function useRefresh(range: AuditLogsSearch['range'], clock: Clock): { refresh: () => void; refreshing: boolean } {
  const queryClient = useQueryClient();
  const refreshing =
    useIsFetching({ queryKey: ['audit-logs', 'rows'], predicate: ({ state }) => state.fetchMeta?.fetchMore === undefined }) > 0;
  const refresh = () => {
    clock.turn();
    void queryClient.invalidateQueries({ queryKey: ['coverage'] });
    void queryClient.invalidateQueries({ queryKey: ['audit-logs', 'options'] });
    if (range !== 'custom') return;
    void queryClient.resetQueries({ queryKey: ['audit-logs', 'rows'] });
    void queryClient.invalidateQueries({ queryKey: ['audit-logs', 'summary'] });
  };
  return { refresh, refreshing };
}
