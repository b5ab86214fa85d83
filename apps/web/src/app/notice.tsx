import { makeStyles, tokens } from '@fluentui/react-components';
import { createContext } from 'react';

/** What the operator wants everybody to read, e.g. that this is a sandbox. */
export const NoticeContext = createContext<string | null>(null);

/** A line of text under the top bar. */
export function Notice({ label, text }: { label: string; text: string | null }) {
  const styles = useStyles();
  return text ? (
    <aside aria-label={label} className={styles.notice}>
      {text}
    </aside>
  ) : null;
}

const useStyles = makeStyles({
  notice: {
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    backgroundColor: tokens.colorStatusWarningBackground1,
    color: tokens.colorNeutralForeground1,
    borderBottom: `1px solid ${tokens.colorStatusWarningBorder1}`,
  },
});
