import { useMemo } from 'react';
import type { Filter } from './api.ts';
import { toFilter, type AuditLogsSearch } from './search.ts';

/** The filter of an address, the same object until it says something else, and a text that tells filters apart. */
export function useFilter(search: Pick<AuditLogsSearch, 'range' | 'from' | 'to' | 'q'>, now: number): { filter: Filter; key: string } {
  // As text, because the router makes new objects with each change of the address.
  const key = JSON.stringify(toFilter(search, now));
  return useMemo(() => ({ filter: JSON.parse(key) as Filter, key }), [key]);
}
