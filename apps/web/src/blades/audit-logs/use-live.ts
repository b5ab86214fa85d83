import { endpoints, type AuditRow, type LiveLine } from '@weir/contract';
import { useCallback, useEffect, useEffectEvent, useMemo, useReducer, useRef } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { api } from '../../lib/api.ts';
import { formatNumber } from '../../lib/format.ts';
import { problemText } from '../../lib/problem.ts';
import type { Filter } from './api.ts';
import { follow } from './live-stream.ts';
import { initialLive, isBehind, liveReducer, merge, type LiveState } from './live.ts';

/** Lines that come close together are drawn together. */
const GATHER_MS = 200;
/** A row is marked as new for one to two of these. */
const MARKED_MS = 2_000;
/** Counts are said at most so often; single records never. */
const SAY_MS = 15_000;
const plural = (n: number, what: string) => `${formatNumber(n)} ${what}${n === 1 ? '' : 's'}`;
const nothing: ReadonlySet<string> = new Set();

interface Options {
  on: boolean;
  filter: Filter;
  /** What says whether the stream must begin anew: the query and the range, as they stand in the address. */
  streamKey: string;
  list: readonly AuditRow[];
  /** The list is being read, not just a further page of it. */
  asking: boolean;
  listed: boolean;
  whole: boolean;
  /** Reads the list anew. */
  refresh: () => void;
}
export interface Live {
  state: LiveState;
  /** The live rows above the list. */
  rows: readonly AuditRow[];
  fresh: ReadonlySet<string>;
  pause: () => void;
  resume: () => void;
  /** Shows what waits, although somebody reads. */
  show: () => void;
  retry: () => void;
  onReading: (reading: boolean) => void;
}

/** Follows the log while `on`, and puts what comes in above the list. */
export function useLive({ on, filter, streamKey, list, asking, listed, whole, refresh }: Options): Live {
  const announce = useAnnounce();
  const [state, dispatch] = useReducer(liveReducer, initialLive);
  const [attempt, again] = useReducer((n: number) => n + 1, 0);
  /** Everything up to here was told of, under whichever query: where the next stream begins. Undefined while off. */
  const position = useRef<number>(undefined);

  const ids = useMemo(() => (on ? new Set(list.map((r) => r.id)) : nothing), [on, list]);
  const rows = useMemo(() => (on ? merge(state.rows, list, ids) : list), [on, state.rows, list, ids]);

  // What came between reading the list and opening the stream is in neither.
  const started = useEffectEvent(() => refresh());
  const from = useEffectEvent(() => filter.from);
  const query = useEffectEvent(() => filter.q);
  const lost = useEffectEvent((reason: string | null) => {
    if (state.connection !== 'lost') announce('Live: connection lost, reconnecting');
    dispatch({ do: 'lost', reason });
  });
  const opened = useEffectEvent(() => {
    if (state.connection === 'open') return;
    if (state.connection === 'lost') announce('Live again, nothing was missed');
    dispatch({ do: 'opened' });
  });
  const failed = useEffectEvent((error: unknown) => {
    const reason = problemText(error);
    announce(`Live has stopped. ${reason}`);
    dispatch({ do: 'failed', reason });
  });

  useEffect(() => {
    if (!on) {
      position.current = undefined;
      return;
    }
    const stop = new AbortController();
    let gathered: LiveLine[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      const lines = gathered;
      gathered = [];
      dispatch({ do: 'take', lines });
    };
    dispatch({ do: 'start' });
    void follow({
      open: (after, signal) => {
        const [q, start] = [query(), from()];
        const part = { ...(q && { q }), ...(start && { from: start }), ...(after !== undefined && { after }) };
        return api.raw(endpoints.auditLogs.liveAuditLogs, { query: part }, { signal });
      },
      after: position.current,
      onOpen: () => opened(),
      onLines: (lines) => {
        const first = position.current === undefined;
        for (const line of lines) position.current = Math.max(position.current ?? 0, line.kind === 'record' ? line.record.seq : line.seq);
        gathered.push(...lines);
        if (first) {
          flush();
          started();
        } else timer ??= setTimeout(flush, GATHER_MS);
      },
      onLost: (reason) => lost(reason),
      onFailed: (error) => failed(error),
      signal: stop.signal,
      network: window,
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [on, streamKey, attempt]);

  useEffect(() => {
    if (on && asking) dispatch({ do: 'ask' });
  }, [on, asking]);
  const told = useEffectEvent(() => dispatch({ do: 'listed', ids, last: whole ? '' : (list.at(-1)?.time ?? '') }));
  useEffect(() => {
    if (on && listed && !asking) told();
  }, [on, listed, asking]);

  const marked = state.fresh.size + state.fading.size > 0;
  useEffect(() => {
    if (!marked) return;
    const timer = setInterval(() => dispatch({ do: 'age' }), MARKED_MS);
    return () => clearInterval(timer);
  }, [marked]);

  // More waited than is kept: what may be shown now is read from the log again.
  const behind = on && !state.paused && !state.reading && isBehind(state);
  const catchUp = useEffectEvent(() => refresh());
  useEffect(() => {
    if (behind) catchUp();
  }, [behind]);

  const came = useRef({ shown: 0, waiting: 0 });
  const say = useEffectEvent(() => {
    const before = came.current;
    came.current = { shown: state.rows.length, waiting: state.waitingCount };
    const shown = state.rows.length - before.shown;
    if (state.waitingCount > before.waiting) announce(`${state.paused ? 'Live, paused' : 'Live'}, ${formatNumber(state.waitingCount)} new`);
    else if (shown > 0) announce(plural(shown, 'new record'));
  });
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => say(), SAY_MS);
    return () => clearInterval(timer);
  }, [on]);

  const { waitingCount } = state;
  return {
    state,
    rows,
    fresh: useMemo(() => (on ? new Set([...state.fresh, ...state.fading]) : nothing), [on, state.fresh, state.fading]),
    pause: useCallback(() => {
      announce('Live paused');
      dispatch({ do: 'pause' });
    }, [announce]),
    resume: useCallback(() => {
      announce(`Live resumed${waitingCount > 0 ? `, ${plural(waitingCount, 'new record')}` : ''}`);
      dispatch({ do: 'resume' });
    }, [announce, waitingCount]),
    show: () => (isBehind(state) ? refresh() : dispatch({ do: 'show' })),
    retry: again,
    onReading: useCallback((reading: boolean) => dispatch({ do: 'read', reading }), []),
  };
}
