import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  MessageBar,
  MessageBarBody,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { problemText } from '../../lib/problem.ts';

interface Props {
  title: string;
  onClose: () => void;
  /** Cannot be closed meanwhile. */
  busy?: boolean;
  /** What the button that changes nothing is called. */
  close?: string;
  /** Buttons after it. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every dialog about one delivery. */
export function DeliveryDialog({ title, onClose, busy = false, close = 'Close', actions, children }: Props) {
  const styles = useStyles();
  return (
    <Dialog open onOpenChange={(_, data) => (data.open || busy ? undefined : onClose())}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={styles.content}>{children}</DialogContent>
          <DialogActions>
            <Button onClick={onClose} disabled={busy}>
              {close}
            </Button>
            {actions}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** What stood in the way of the last thing that was tried; nothing without an error. */
export function Problem({ error }: { error: unknown }) {
  return error ? (
    <MessageBar intent="error" layout="multiline">
      <MessageBarBody>{problemText(error)}</MessageBarBody>
    </MessageBar>
  ) : null;
}

const useStyles = makeStyles({ content: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalM } });
