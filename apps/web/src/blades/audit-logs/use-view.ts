import { excluding, including, type QueryField } from '@weir/contract';
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import type { SearchChange } from './pills.tsx';
import { queryOf, toText } from './query.ts';
import type { AuditLogsSearch } from './search.ts';

const PATH = '/tenant-administration/audit-logs';

/** Ways to change what the blade shows: all of it stands in the address. */
export function useView(queryText: string) {
  const navigate = useNavigate();
  const announce = useAnnounce();
  const change = useCallback(
    (part: SearchChange, replace = false) =>
      void navigate({
        to: PATH,
        replace,
        search: (before) =>
          Object.fromEntries(Object.entries({ ...before, ...part }).filter(([, value]) => value !== undefined)) as AuditLogsSearch,
      }),
    [navigate],
  );
  const filterBy = useCallback(
    (how: 'for' | 'out', field: QueryField, value: string) => {
      const before = queryOf({ q: queryText }).query;
      // The record stays open: one goes on reading, and takes out what is in the way.
      change({ q: toText(how === 'for' ? including(before, field, value) : excluding(before, field, value)) });
      announce(how === 'for' ? `Filtered for ${value}` : `Filtered out ${value}`);
    },
    [announce, change, queryText],
  );
  return {
    change,
    filterBy,
    /** Shows a view, and nothing of what was shown before. */
    show: (view: AuditLogsSearch) => void navigate({ to: PATH, search: view }),
    showExports: () => void navigate({ to: '/tenant-administration/audit-logs/exports' }),
    showSettings: () => void navigate({ to: '/reports/diagnostics-settings' }),
  };
}
export type View = ReturnType<typeof useView>;
