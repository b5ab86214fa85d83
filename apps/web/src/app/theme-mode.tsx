import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react';

export const themeModes = ['light', 'dark', 'system'] as const;
export type ThemeMode = (typeof themeModes)[number];
const KEY = 'weir.theme';

const stored = (): ThemeMode => {
  try {
    return themeModes.find((m) => m === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    return 'system';
  }
};
const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const subscribe = (onChange: () => void) => {
  darkQuery.addEventListener('change', onChange);
  return () => darkQuery.removeEventListener('change', onChange);
};

const ThemeModeContext = createContext<{ mode: ThemeMode; dark: boolean; setMode: (mode: ThemeMode) => void } | null>(null);

/** The chosen theme and whether it comes out dark now. */
export function useThemeMode() {
  const value = useContext(ThemeModeContext);
  if (!value) throw new Error('useThemeMode was called outside of ThemeModeProvider.');
  return value;
}

export function ThemeModeProvider({ children }: { children: ReactNode }) {
  const [mode, setMode] = useState(stored);
  const systemDark = useSyncExternalStore(subscribe, () => darkQuery.matches);
  const dark = mode === 'dark' || (mode === 'system' && systemDark);
  useEffect(() => {
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }, [dark]);
  const value = useMemo(
    () => ({
      mode,
      dark,
      setMode: (next: ThemeMode) => {
        setMode(next);
        try {
          localStorage.setItem(KEY, next);
        } catch {
          // Storage is closed to us: the choice then lasts until the page is left.
        }
      },
    }),
    [mode, dark],
  );
  return <ThemeModeContext value={value}>{children}</ThemeModeContext>;
}
