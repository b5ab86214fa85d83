import type { Mark } from '@weir/contract';
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { ApproximateIcon, ExactIcon, UnavailableIcon } from './icons.ts';

const words: Record<Mark, string> = { exact: 'Exact', approximate: 'Approximate', unavailable: 'Unavailable' };
const icons: Record<Mark, React.ReactNode> = {
  exact: <ExactIcon aria-hidden />,
  approximate: <ApproximateIcon aria-hidden />,
  unavailable: <UnavailableIcon aria-hidden />,
};

/** How sure something is: an icon and a word, never a color alone. */
export function MarkLabel({ mark, title }: { mark: Mark; title?: string }) {
  const styles = useStyles();
  return (
    <span className={mergeClasses(styles.mark, styles[mark])} {...(title && { title })}>
      {icons[mark]}
      {words[mark]}
    </span>
  );
}

const useStyles = makeStyles({
  mark: { display: 'inline-flex', alignItems: 'center', columnGap: '4px', fontSize: tokens.fontSizeBase200, whiteSpace: 'nowrap' },
  exact: { color: tokens.colorStatusSuccessForeground1 },
  approximate: { color: tokens.colorStatusWarningForeground3 },
  unavailable: { color: tokens.colorNeutralForeground2 },
});
