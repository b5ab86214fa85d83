import { useMemo } from 'react';
import type { Filter } from './api.ts';
import { endedAt, toFilter, type AuditLogsSearch } from './search.ts';
import type { Clock } from './use-clock.ts';

export type Narrowing = Pick<AuditLogsSearch, 'range' | 'from' | 'to' | 'q'>;
/** What narrows the list, as a text that tells one from another. */
export const narrowingText = ({ range, from, to, q }: Narrowing): string => JSON.stringify({ range, from, to, q });

/**
 * The filter of an address, the same object until it says something else, a text that tells filters apart, and the end of its range
 * when that is over.
 */
export function useFilter(search: Narrowing, clock: Clock): { filter: Filter; key: string; ended: string | undefined } {
  // As text, because the router makes new objects with each change of the address.
  const text = narrowingText(search);
  const { key, ended } = useMemo(() => {
    const narrowing = JSON.parse(text) as Narrowing;
    const now = clock.read();
    return { key: JSON.stringify(toFilter(narrowing, now)), ended: endedAt(narrowing, now) };
  }, [text, clock]);
  const filter = useMemo(() => JSON.parse(key) as Filter, [key]);
  return { filter, key, ended };
}
