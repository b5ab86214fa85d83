import { makeStyles, tokens } from '@fluentui/react-components';
import { createContext, useContext } from 'react';

/** What the operator wants everybody to read, e.g. that this is a sandbox. */
export const NoticeContext = createContext<string | null>(null);

export function Notice() {
  const styles = useStyles();
  const notice = useContext(NoticeContext);
  return notice ? (
    <aside aria-label="Notice" className={styles.notice}>
      {notice}
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
