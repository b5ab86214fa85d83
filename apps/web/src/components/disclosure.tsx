import { Button, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useId, useState, type ReactNode } from 'react';
import { CollapsedIcon, ExpandIcon } from './icons.ts';

interface Props {
  title: string;
  /** What stands in it, in a few words, while it is closed. */
  summary?: string;
  /** Open from the beginning. Something inside that is wrong (`wrong`) opens it, too. */
  open?: boolean;
  wrong?: boolean;
  children: ReactNode;
}

/** A part of a form that few need: closed until somebody opens it. */
export function Disclosure({ title, summary, open = false, wrong = false, children }: Props) {
  const styles = useStyles();
  const id = useId();
  const [chosen, setChosen] = useState(open);
  const shown = chosen || wrong;
  return (
    <div className={styles.root}>
      <Button
        appearance="transparent"
        className={styles.button}
        icon={shown ? <ExpandIcon /> : <CollapsedIcon />}
        aria-expanded={shown}
        aria-controls={shown ? id : undefined}
        onClick={() => setChosen(!shown)}
      >
        {title}
      </Button>
      {!shown && summary ? (
        <Text size={200} className={styles.summary}>
          {summary}
        </Text>
      ) : null}
      {shown ? (
        <div id={id} role="group" aria-label={title} className={styles.content}>
          {children}
        </div>
      ) : null}
    </div>
  );
}

const useStyles = makeStyles({
  root: { minWidth: 0 },
  button: { paddingLeft: 0, justifyContent: 'start', minWidth: 0, fontWeight: tokens.fontWeightSemibold },
  summary: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
  content: { display: 'grid', rowGap: tokens.spacingVerticalM, paddingTop: tokens.spacingVerticalS, minWidth: 0 },
});
