import { useMemo, useReducer, useRef, useState } from 'react';

/** The "now" that "last 7 days" counts from. It moves only when something is asked for, so that all pages of a list agree. */
export interface Clock {
  /** The time in ms that it was last set to. */
  readonly read: () => number;
  /** Sets it, for an address that is on its way: drawn now, the search before it would be asked for once more. */
  readonly set: () => number;
  /** Sets it, and asks anew for what is shown. */
  readonly turn: () => void;
}

export function useClock(): Clock {
  const [started] = useState(() => Date.now());
  const now = useRef(started);
  const [turns, turn] = useReducer((n: number) => n + 1, 0);
  return useMemo(() => {
    const set = () => (now.current = Date.now());
    return {
      read: () => now.current,
      set,
      turn: () => {
        set();
        turn();
      },
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- another clock, so that what was reckoned with it is reckoned again
  }, [turns]);
}
