import { useCallback, useSyncExternalStore } from 'react';

/** Whether a media query holds now: `useMedia('(max-width: 900px)')`. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', onChange);
      return () => list.removeEventListener('change', onChange);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Too narrow for two panes side by side: panes lie over the page. */
export const NARROW = '(max-width: 900px)';
