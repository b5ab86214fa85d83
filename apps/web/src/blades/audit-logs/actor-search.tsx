import { SearchBox, makeStyles } from '@fluentui/react-components';
import { useEffect, useRef, useState } from 'react';

const PAUSE_MS = 600;

/** Searches as one types, after a pause, or at once with Enter. */
export function ActorSearch({ value, onSearch }: { value: string; onSearch: (actor: string) => void }) {
  const styles = useStyles();
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (text: string, wait: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (text.trim() === value ? undefined : onSearch(text.trim())), wait);
  };
  return (
    <SearchBox
      aria-label="Search by Actor"
      placeholder="Search by Actor"
      className={styles.box}
      maxLength={300}
      value={typed}
      onChange={(_, data) => {
        setTyped(data.value);
        search(data.value, data.value === '' ? 0 : PAUSE_MS);
      }}
      onKeyDown={(event) => (event.key === 'Enter' ? search(typed, 0) : undefined)}
    />
  );
}

const useStyles = makeStyles({ box: { maxWidth: '480px', width: '100%' } });
