import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { formatNumber } from '../../lib/format.ts';
import { rowsQuery, type Filter } from './api.ts';
import { flatten, noRows } from './rows.ts';
import type { Narrowing } from './use-filter.ts';
import { useLive } from './use-live.ts';

interface Options {
  filter: Filter;
  narrowing: Narrowing;
  order: 'asc' | undefined;
  wantsLive: boolean;
  /** A query that cannot be read is not asked: the bar says where it is wrong. */
  readable: boolean;
  /** The end of the range, when it is over. */
  ended: string | undefined;
  /** Reads the list anew. */
  refresh: () => void;
  /** Id of the record that is open. */
  selected: string | undefined;
}

/** The records that a filter finds, page by page, with the live ones above them. */
export function useRecords({ filter, narrowing, order, wantsLive, readable, ended, refresh, selected }: Options) {
  const announce = useAnnounce();
  const list = useInfiniteQuery({ ...rowsQuery(filter, order), enabled: readable });
  const [before, setFlat] = useState(noRows);
  const flat = flatten(before, list.data?.pages ?? []);
  if (flat !== before) setFlat(flat);
  const loaded = flat.rows;
  const settled = list.isSuccess && !list.isPlaceholderData;
  const live = useLive({
    on: wantsLive && ended === undefined && readable,
    filter,
    streamKey: JSON.stringify(narrowing),
    list: loaded,
    asking: list.isFetching && !list.isFetchingNextPage,
    listed: settled,
    whole: !list.hasNextPage,
    refresh,
  });
  const { rows } = live;
  const { fetchNextPage } = list;
  const loadMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  // A long search answers in parts, and the first ones may be empty.
  const searchingOn = settled && loaded.length === 0 && list.hasNextPage;
  useEffect(() => {
    if (searchingOn && !list.isFetching && !list.isError) loadMore();
  }, [searchingOn, list.isFetching, list.isError, loadMore]);
  useEffect(() => {
    if (settled && !searchingOn)
      announce(
        rows.length === 0
          ? 'No records found'
          : `${wantsLive ? 'Live. ' : ''}${formatNumber(rows.length)}${list.hasNextPage ? ' or more' : ''} records, ${order === 'asc' ? 'oldest' : 'newest'} first`,
      );
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for each answer to a filter, not for each further page
  }, [settled, searchingOn, filter, order]);

  const at = selected === undefined ? -1 : rows.findIndex((row) => row.id === selected);
  // "Next" goes on past what is loaded.
  const nearEnd = at >= 0 && at >= rows.length - 5 && list.hasNextPage && !list.isFetching && !list.isFetchNextPageError;
  useEffect(() => {
    if (nearEnd) loadMore();
  }, [nearEnd, loadMore]);
  return {
    list,
    live,
    rows,
    settled,
    searchingOn,
    searchedTo: list.data?.pages.at(-1)?.searchedTo ?? null,
    firstError: list.error && rows.length === 0 ? list.error : null,
    loadMore,
    /** The record so many places from the open one. */
    next: (by: number): string | undefined => (at < 0 ? undefined : rows[at + by]?.id),
  };
}
export type Records = ReturnType<typeof useRecords>;
