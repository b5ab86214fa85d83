import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';
import type { Zone } from './format.ts';

const KEY = 'weir.zone';
const stored = (): Zone => {
  try {
    return localStorage.getItem(KEY) === 'utc' ? 'utc' : 'local';
  } catch {
    return 'local';
  }
};
const ZoneContext = createContext<{ zone: Zone; setZone: (zone: Zone) => void }>({ zone: 'local', setZone: () => {} });

/** In which time zone the reader wants every time, for `formatTime` and its kin. */
export const useZone = (): Zone => useContext(ZoneContext).zone;
/** The same, to be switched. */
export const useZoneSwitch = () => useContext(ZoneContext);

/** Holds the choice, which this browser keeps. Once, around the app. */
export function ZoneProvider({ children }: { children: ReactNode }) {
  const [zone, set] = useState(stored);
  const value = useMemo(
    () => ({
      zone,
      setZone: (next: Zone) => {
        set(next);
        try {
          localStorage.setItem(KEY, next);
        } catch {
          // Storage is closed to us: the choice then lasts until the page is left.
        }
      },
    }),
    [zone],
  );
  return <ZoneContext value={value}>{children}</ZoneContext>;
}
