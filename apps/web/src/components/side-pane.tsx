import {
  Button,
  DrawerBody,
  DrawerFooter,
  DrawerHeader,
  DrawerHeaderTitle,
  InlineDrawer,
  OverlayDrawer,
  makeStyles,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import { useId, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { DismissIcon } from './icons.ts';

interface Props {
  title: string;
  open: boolean;
  onClose: () => void;
  /** Lies over the page and holds the focus until it is closed; else it stands beside the content. */
  overlay: boolean;
  /** Buttons beside the title, before "Close". */
  actions?: ReactNode;
  footer?: ReactNode;
  /** An overlay gives the focus back to what opened it; set to false when the opener does that itself. */
  restoreFocus?: boolean;
  /** Pixels beside the content; 440 without it. An overlay then takes the whole window. */
  width?: number;
  /** On the edge between the content and the pane. */
  edge?: ReactNode;
  /** Keys that the content does not take. */
  onKeyDown?: (event: KeyboardEvent) => void;
  children: ReactNode;
}

/** A pane at the right edge. */
export function SidePane({ title, open, onClose, overlay, actions, footer, restoreFocus = true, width, edge, onKeyDown, children }: Props) {
  const styles = useStyles();
  const titleId = useId();
  const opener = useRef<Element | null>(null);
  // Before the drawer takes the focus for itself, which it does in an effect.
  useLayoutEffect(() => {
    if (!open || !overlay || !restoreFocus) return;
    opener.current = document.activeElement;
    return () => {
      const before = opener.current;
      setTimeout(() => (before instanceof HTMLElement && before.isConnected ? before.focus() : undefined));
    };
  }, [open, overlay, restoreFocus]);
  const content = (
    <>
      <DrawerHeader className={styles.header}>
        <DrawerHeaderTitle
          heading={{ as: 'h2', id: titleId, className: styles.heading }}
          action={
            <span className={styles.actions}>
              {actions}
              <Button appearance="subtle" icon={<DismissIcon />} aria-label={`Close ${title}`} onClick={onClose} />
            </span>
          }
        >
          {title}
        </DrawerHeaderTitle>
      </DrawerHeader>
      {/* It scrolls, so the keyboard must be able to get there even when nothing inside takes the focus. */}
      <DrawerBody tabIndex={0} role="group" aria-labelledby={titleId} className={styles.body}>
        {children}
      </DrawerBody>
      {footer ? <DrawerFooter className={styles.footer}>{footer}</DrawerFooter> : null}
    </>
  );
  if (overlay) {
    return (
      <OverlayDrawer
        open={open}
        position="end"
        onOpenChange={(_, data) => (data.open ? undefined : onClose())}
        aria-labelledby={titleId}
        {...(onKeyDown && { onKeyDown })}
        className={mergeClasses(styles.pane, width === undefined ? styles.overlay : styles.full)}
      >
        {content}
      </OverlayDrawer>
    );
  }
  return (
    <InlineDrawer
      open={open}
      separator
      position="end"
      role="complementary"
      aria-labelledby={titleId}
      className={mergeClasses(styles.pane, styles.inline)}
      {...(width !== undefined && { style: { width: `${width}px` } })}
      onKeyDown={(event) => {
        onKeyDown?.(event);
        if (event.key !== 'Escape' || event.isDefaultPrevented()) return;
        event.stopPropagation();
        onClose();
      }}
    >
      {edge}
      {content}
    </InlineDrawer>
  );
}

const useStyles = makeStyles({
  pane: { boxSizing: 'border-box' },
  overlay: { width: 'min(100vw, 440px)', maxWidth: '100vw' },
  full: { width: '100vw', maxWidth: '100vw' },
  inline: { position: 'relative', width: '440px', height: '100%', flexShrink: 0 },
  header: { padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalM} ${tokens.spacingVerticalS} ${tokens.spacingHorizontalL}` },
  heading: { fontSize: tokens.fontSizeBase400, lineHeight: tokens.lineHeightBase400 },
  actions: { display: 'flex', flexShrink: 0 },
  body: {
    padding: `0 ${tokens.spacingHorizontalL} ${tokens.spacingVerticalL}`,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  footer: { padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`, borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
});
