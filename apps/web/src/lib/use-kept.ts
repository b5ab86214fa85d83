import { useCallback, useState } from 'react';

/** A text that this browser keeps for its reader; empty without one. */
export function useKeptText(key: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => read(`weir.${key}`) ?? '');
  const keep = useCallback(
    (next: string) => {
      setValue(next);
      write(`weir.${key}`, next);
    },
    [key],
  );
  return [value, keep];
}
/** A number that this browser keeps for its reader: `useKept('details.width', 440)`. Where nothing may be kept, it lasts as long as the page. */
export function useKept(key: string, standard: number): [number, (value: number) => void] {
  const [value, setValue] = useState(() => {
    const kept = Number(read(`weir.${key}`));
    return Number.isFinite(kept) && kept > 0 ? kept : standard;
  });
  const keep = useCallback(
    (next: number) => {
      setValue(next);
      write(`weir.${key}`, String(next));
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
function write(key: string, value: string): void {
  try {
    if (value === '') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Storage that is full or forbidden: the value still holds until the page is left.
  }
}
