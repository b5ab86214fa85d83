import { makeStyles } from '@fluentui/react-components';
import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from 'react';

const AnnounceContext = createContext<(text: string) => void>(() => {});

/** Says a change of state to screen readers: `announce('1,204 records, newest first')`. Outlives a change of page. */
export const useAnnounce = (): ((text: string) => void) => useContext(AnnounceContext);

/** Holds the live region. Once, around the app. */
export function AnnounceProvider({ children }: { children: ReactNode }) {
  const styles = useStyles();
  const [said, setSaid] = useState({ text: '', count: 0 });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const announce = useCallback((text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSaid((before) => ({ text, count: before.count + 1 })), 100);
  }, []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="status" aria-live="polite" className={styles.region}>
        {/* A new key makes the same sentence be read again. */}
        <span key={said.count}>{said.text}</span>
      </div>
    </AnnounceContext>
  );
}

const useStyles = makeStyles({
  region: { position: 'fixed', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' },
});
