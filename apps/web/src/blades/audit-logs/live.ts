import type { AuditRow, LiveLine } from '@weir/contract';
import { formatNumber } from '../../lib/format.ts';

/** Live rows that are kept in the list, and those that wait while the list must not move. */
export const MAX_ROWS = 5_000;
export const MAX_WAITING = 1_000;

/** The live end of the list: what came in since the list was read, and how the stream fares. Rows are newest first. */
export interface LiveState {
  readonly connection: 'connecting' | 'open' | 'lost' | 'failed';
  /** Why it is lost or failed, in words. */
  readonly reason: string | null;
  readonly paused: boolean;
  /** Somebody reads: the list is scrolled, or one of its rows has the focus or is open. */
  readonly reading: boolean;
  readonly rows: readonly AuditRow[];
  /** Rows that came in just now, and those a little before: they are marked. */
  readonly fresh: ReadonlySet<string>;
  readonly fading: ReadonlySet<string>;
  /** What waits until the list may move. Once there is too much, only the count goes on, and the list must be read anew. */
  readonly waiting: readonly AuditRow[];
  readonly waitingCount: number;
  /** Records that fit but are not in the list: too many came at once, or too many came at all. */
  readonly left: number;
  /** The last sequence number that was told of. */
  readonly seq: number;
  /** What `seq` was when the list was last asked for. */
  readonly mark: number;
}
export const initialLive: LiveState = {
  connection: 'connecting',
  reason: null,
  paused: false,
  reading: false,
  rows: [],
  fresh: new Set(),
  fading: new Set(),
  waiting: [],
  waitingCount: 0,
  left: 0,
  seq: 0,
  mark: 0,
};

export type LiveAction =
  /** Begins anew: another query, or switched on. */
  | { do: 'start' }
  | { do: 'opened' }
  | { do: 'lost' | 'failed'; reason: string | null }
  | { do: 'take'; lines: readonly LiveLine[] }
  | { do: 'pause' | 'resume' | 'age' | 'show' }
  | { do: 'read'; reading: boolean }
  /** The list is asked for, and is there. `last` is the time of its last row so far, '' when it is whole. */
  | { do: 'ask' }
  | { do: 'listed'; ids: ReadonlySet<string>; last: string };

const none: ReadonlySet<string> = new Set();
/** Within what comes in at once the newest stands on top; sources do not always hand over in order. */
const newestFirst = (rows: readonly AuditRow[]): AuditRow[] =>
  rows.toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : b.seq - a.seq));
/** More waits than is kept. */
export const isBehind = (state: LiveState): boolean => state.waitingCount > state.waiting.length;

function put(state: LiveState, rows: readonly AuditRow[]): LiveState {
  if (rows.length === 0) return state;
  const known = new Set(state.rows.map((r) => r.id));
  const fresh = newestFirst(rows.filter((r) => !known.has(r.id)));
  const all = [...fresh, ...state.rows];
  return {
    ...state,
    rows: all.slice(0, MAX_ROWS),
    left: state.left + Math.max(0, all.length - MAX_ROWS),
    fresh: new Set([...state.fresh, ...fresh.map((r) => r.id)]),
  };
}

function take(state: LiveState, lines: readonly LiveLine[]): LiveState {
  const rows: AuditRow[] = [];
  let { seq, left } = state;
  for (const line of lines) {
    if (line.kind === 'record') rows.push(line.record);
    if (line.kind === 'skipped') left += line.count;
    seq = Math.max(seq, line.kind === 'record' ? line.record.seq : line.seq);
  }
  const next = { ...state, seq, left };
  if (!state.paused && !state.reading) return put(next, rows);
  const waitingCount = state.waitingCount + rows.length;
  const full = isBehind(state) || waitingCount > MAX_WAITING;
  return { ...next, waitingCount, waiting: full ? [] : [...state.waiting, ...rows] };
}

/** Shows what waits. When more waits than is kept, nothing is shown: the list is then read anew. */
const release = (state: LiveState): LiveState => (isBehind(state) ? state : put({ ...state, waiting: [], waitingCount: 0 }, state.waiting));

export function liveReducer(state: LiveState, action: LiveAction): LiveState {
  switch (action.do) {
    case 'start':
      return { ...initialLive, paused: state.paused, reading: state.reading, seq: state.seq, mark: state.seq };
    case 'opened':
      return { ...state, connection: 'open', reason: null };
    case 'lost':
    case 'failed':
      return { ...state, connection: action.do, reason: action.reason };
    case 'take':
      return take(state, action.lines);
    case 'pause':
      return { ...state, paused: true };
    case 'resume':
      return state.reading ? { ...state, paused: false } : release({ ...state, paused: false });
    case 'read':
      if (action.reading === state.reading) return state;
      return action.reading || state.paused ? { ...state, reading: action.reading } : release({ ...state, reading: false });
    case 'show':
      return release(state);
    case 'age':
      return { ...state, fresh: none, fading: state.fresh };
    case 'ask':
      return { ...state, mark: state.seq, ...(isBehind(state) && { waiting: [], waitingCount: 0 }) };
    case 'listed': {
      // What the list holds stands where it belongs. What is older than its last row may come with a later page.
      const isNew = (r: AuditRow) => !action.ids.has(r.id) && (r.seq > state.mark || r.time > action.last);
      const waiting = state.waiting.filter(isNew);
      const waitingCount = isBehind(state) ? state.waitingCount : waiting.length;
      return { ...state, rows: state.rows.filter(isNew), waiting, waitingCount, left: 0 };
    }
  }
}

/** The live rows above the list; a record that is in both stands once, above. */
export function merge(live: readonly AuditRow[], list: readonly AuditRow[], listIds: ReadonlySet<string>): readonly AuditRow[] {
  if (live.length === 0) return list;
  if (!live.some((r) => listIds.has(r.id))) return [...live, ...list];
  const ids = new Set(live.map((r) => r.id));
  return [...live, ...list.filter((r) => !ids.has(r.id))];
}

/** The state in words. */
export function liveText({ connection, reason, paused, waitingCount }: LiveState): string {
  const because = reason === null ? '' : ` ${reason}`;
  if (connection === 'failed') return `Live has stopped.${because}`;
  if (connection === 'connecting') return 'Connecting …';
  const waits = paused ? `, paused, ${formatNumber(waitingCount)} new` : '';
  return connection === 'open' ? `Live${waits}` : `Reconnecting …${waits}${because && `.${because}`}`;
}
