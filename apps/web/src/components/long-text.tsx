import { Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { formatBytes } from '../lib/format.ts';
import { PlainText } from './plain-text.tsx';

/** Characters that are shown of a long text at first. */
const SHOWN = 600;
const LINES = 8;
/** What is this little longer is shown at once. */
const SLACK = 1.25;

/** The beginning of a text, whole lines where it has some; null when all of it is short enough to be shown. */
export function beginning(text: string): string | null {
  const start = text.slice(0, SHOWN).split('\n', LINES).join('\n');
  return text.length <= start.length * SLACK ? null : start;
}

/** A text in whole; a long one folded, with "Show all 64 kB". `name` says what it is of, for screen readers. */
export function LongText({ text, name, className }: { text: string; name: string; className?: string }) {
  const styles = useStyles();
  const [all, setAll] = useState(false);
  const start = beginning(text);
  const look = text.includes('\n') || text.length > 200 ? styles.code : styles.text;
  if (start === null)
    return (
      <span className={mergeClasses(look, className)}>
        <PlainText text={text} />
      </span>
    );
  const size = formatBytes(new Blob([text]).size);
  return (
    <div className={styles.block}>
      <div
        className={mergeClasses(styles.code, all && styles.scrolls, className)}
        {...(all && { tabIndex: 0, role: 'region', 'aria-label': name })}
      >
        <PlainText text={all ? text : `${start} …`} />
      </div>
      <Button size="small" appearance="outline" aria-expanded={all} onClick={() => setAll(!all)}>
        {all ? 'Show less' : `Show all ${size}`}
      </Button>
    </div>
  );
}

const useStyles = makeStyles({
  block: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    rowGap: tokens.spacingVerticalXS,
    minWidth: 0,
    width: '100%',
  },
  text: { overflowWrap: 'anywhere', minWidth: 0 },
  code: {
    overflowWrap: 'anywhere',
    whiteSpace: 'pre-wrap',
    minWidth: 0,
    width: '100%',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
  },
  scrolls: {
    maxHeight: '360px',
    overflowY: 'auto',
    boxSizing: 'border-box',
    padding: tokens.spacingHorizontalS,
    backgroundColor: tokens.colorNeutralBackground3,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});
