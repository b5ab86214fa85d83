import { useCallback, useLayoutEffect, useState, type RefObject } from 'react';

interface Options {
  scroller: RefObject<HTMLElement | null>;
  count: number;
  /** Pixels of a row, and of what stands above the first one and stays in sight. */
  height: number;
  head: number;
  /** Rows drawn beyond each edge, so that scrolling does not show a gap. Whoever scrolls faster than that is past them when they are drawn. */
  overscan: number;
  /** A row that is drawn wherever it stands. */
  keep: number;
}
export interface Rows {
  /** Rows to draw, in order. */
  indexes: number[];
  /** The last one in sight. */
  end: number;
  /** Pixels of all rows. */
  total: number;
  /** Scrolls as far as it takes to have the row in sight. */
  scrollTo(index: number): void;
}

/** After so long without a jump the rows beyond the edges are drawn, too. */
const SETTLED_MS = 100;

/**
 * Which rows of a long list are in sight, where all are of one height: nothing is kept for those that are not, so that further
 * pages cost the same however many there are. (A general virtualizer builds an object for each of 100,000 rows with every page.)
 */
export function useRows({ scroller, count, height, head, overscan, keep }: Options): Rows {
  const [sight, setSight] = useState({ first: 0, last: 30, jumping: false });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let settled: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const first = Math.floor(element.scrollTop / height);
      const last = Math.ceil((element.scrollTop + element.clientHeight - head) / height);
      setSight((before) => {
        if (before.first === first && before.last === last) return before;
        return { first, last, jumping: Math.abs(first - before.first) > overscan };
      });
      clearTimeout(settled);
      settled = setTimeout(() => setSight((before) => (before.jumping ? { ...before, jumping: false } : before)), SETTLED_MS);
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(element);
    return () => {
      clearTimeout(settled);
      element.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, [scroller, height, head, overscan]);

  const scrollTo = useCallback(
    (index: number) => {
      const element = scroller.current;
      if (!element) return;
      const top = index * height;
      const room = element.clientHeight - head;
      if (top < element.scrollTop) element.scrollTo({ top });
      else if (top + height > element.scrollTop + room) element.scrollTo({ top: top + height - room });
    },
    [scroller, height, head],
  );

  const beyond = sight.jumping ? 1 : overscan;
  const from = Math.max(0, Math.min(sight.first, count - 1) - beyond);
  const to = Math.min(count - 1, sight.last + beyond);
  const indexes = Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);
  if (keep < from && keep < count) indexes.unshift(keep);
  else if (keep > to && keep < count) indexes.push(keep);
  return { indexes, end: Math.min(sight.last, count - 1), total: count * height, scrollTo };
}
