import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useRef, type ReactNode } from 'react';

interface Props {
  title: string;
  onClose: () => void;
  /** What screen readers are told of the state: outside the dialog they hear nothing while it is open. */
  said: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of Check and Preview: wide enough for a record. The focus goes back to what opened it. */
export function TrialFrame({ title, onClose, said, actions, children }: Props) {
  const styles = useStyles();
  const opener = useRef(document.activeElement);
  const close = () => {
    onClose();
    const before = opener.current;
    setTimeout(() => (before instanceof HTMLElement && before.isConnected ? before.focus() : undefined));
  };
  return (
    <Dialog open onOpenChange={(_, data) => (data.open ? undefined : close())}>
      <DialogSurface className={styles.surface}>
        <DialogBody className={styles.body}>
          <DialogTitle>{title}</DialogTitle>
          {/* It scrolls, so the keyboard must be able to get there. */}
          <DialogContent className={styles.content} tabIndex={0} role="group" aria-label={title}>
            {children}
            <div role="status" className={styles.said}>
              {said}
            </div>
          </DialogContent>
          <DialogActions>
            {actions}
            <Button onClick={close}>Close</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

const useStyles = makeStyles({
  said: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' },
  surface: { maxWidth: 'min(880px, 100vw)', '@media (max-width: 480px)': { padding: tokens.spacingHorizontalL } },
  body: { gridTemplateColumns: 'minmax(0, 1fr) auto' },
  content: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    alignContent: 'start',
    rowGap: tokens.spacingVerticalL,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});
