import { useCallback, useState } from 'react';

/** A number that this browser keeps for its reader: `useKept('details.width', 440)`. Where nothing may be kept, it lasts as long as the page. */
export function useKept(key: string, standard: number): [number, (value: number) => void] {
  const [value, setValue] = useState(() => {
    const kept = Number(read(`weir.${key}`));
    return Number.isFinite(kept) && kept > 0 ? kept : standard;
  });
  const keep = useCallback(
    (next: number) => {
      setValue(next);
      try {
        localStorage.setItem(`weir.${key}`, String(next));
      } catch {
        // Storage that is full or forbidden: the value still holds until the page is left.
      }
    },
    [key],
  );
  return [value, keep];
}
function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
