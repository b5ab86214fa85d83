import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { problemText } from '../../lib/problem.ts';
import { pickerQuery, resourceQuery, type PickerKind } from './api.ts';
import { nameOf } from './form-state.ts';
import { PickerBox } from './picker-box.tsx';

interface Props {
  /** As the API names the field. */
  field: string;
  label: string;
  kind: PickerKind;
  /** Id of the subscription or namespace to list. Empty: nothing to choose yet. */
  parent: string;
  /** What to do first, while `parent` is empty. */
  waitingFor: string;
  value: string;
  onChange: (id: string) => void;
  error?: string | undefined;
  hint?: string;
}
const SEARCH_AFTER_MS = 250;

/** What somebody types, once they pause. */
export function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), text === '' ? 0 : SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}

/** The resources that match what is typed, as far as they were asked for. */
export function useResources(kind: PickerKind, parent: string, search: string) {
  const query = useInfiniteQuery({ ...pickerQuery(kind, parent, usePaused(search.trim())), placeholderData: keepPreviousData });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  return {
    items: data?.pages.flatMap((page) => page.items) ?? [],
    total: data?.pages[0]?.total ?? 0,
    busy: (query.isFetching && !data) || isFetchingNextPage || query.isPlaceholderData,
    error: query.error,
    more: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
  };
}

/** Picks one Azure resource by name, of however many there are. */
export function ResourcePicker({ field, label, kind, parent, waitingFor, value, onChange, error, hint }: Props) {
  const [search, setSearch] = useState('');
  const { items, total, busy, error: failure, more } = useResources(kind, parent, search);
  // What was chosen once may have changed since: a right that was taken, a firewall that was put up.
  const chosen = useQuery(resourceQuery(kind, parent, value));
  const listed = items.find((item) => item.id.toLowerCase() === value.toLowerCase()) ?? chosen.data;
  const gone = value !== '' && chosen.data === null && listed === null;
  return (
    <PickerBox
      field={field}
      label={label}
      hint={hint}
      error={error ?? (failure ? problemText(failure) : undefined) ?? listed?.unavailable ?? undefined}
      caution={gone ? 'Azure does not list it: it was deleted, or you may not see it.' : (listed?.caution ?? undefined)}
      disabled={parent === ''}
      placeholder={parent === '' ? waitingFor : busy && items.length === 0 ? 'Loading …' : 'Select'}
      value={value}
      shown={listed?.name ?? nameOf(value)}
      options={items.map((item) => ({ ...item, detail: [item.resourceGroup, item.location].filter(Boolean).join(' · ') }))}
      total={total}
      busy={busy}
      onSearch={(text) => setSearch(text ?? '')}
      onMore={more}
      onChange={onChange}
    />
  );
}
