import { Button, Tooltip } from '@fluentui/react-components';
import { useEffect, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useKept } from '../lib/use-kept.ts';
import { NARROW, useMedia } from '../lib/use-media.ts';
import { NextIcon, PreviousIcon } from './icons.ts';
import { ResizeHandle } from './resize-handle.tsx';
import { SidePane } from './side-pane.tsx';

const STANDARD = 480;
const LEAST = 320;
/** Left for the list beside it, with the navigation. */
const BESIDE = 520;

interface Props {
  title: string;
  open: boolean;
  /** Also gives the focus back to the row. */
  onClose: () => void;
  /** Absent at the ends of the list. */
  onPrevious?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
  /** Buttons before "Previous row". */
  actions?: ReactNode;
  children: ReactNode;
}

/**
 * The details of a row: beside the list on wide windows, as wide as its reader likes; the whole window on narrow ones. It
 * stays open while its buttons, or Alt with an arrow key, walk the rows.
 */
export function DetailsPane({ title, open, onClose, onPrevious, onNext, actions, children }: Props) {
  const narrow = useMedia(NARROW);
  const most = Math.max(LEAST, useWindowWidth() - BESIDE);
  const [kept, keep] = useKept('details.width', STANDARD);
  const width = Math.max(LEAST, Math.min(most, kept));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowUp' ? onPrevious : event.key === 'ArrowDown' ? onNext : undefined;
    // On the two buttons an arrow alone is enough: there it would do nothing else.
    const onButton = (event.target as HTMLElement).closest('[data-walk]') !== null;
    if (!step || !(event.altKey || onButton) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  };
  return (
    <SidePane
      title={title}
      open={open}
      onClose={onClose}
      overlay={narrow}
      restoreFocus={false}
      width={width}
      edge={
        <ResizeHandle label="Width of the details" width={width} min={LEAST} max={most} onChange={keep} onReset={() => keep(STANDARD)} />
      }
      onKeyDown={onKeyDown}
      actions={
        <>
          {actions}
          <Tooltip relationship="label" content="Previous row">
            <Button
              data-walk
              appearance="subtle"
              icon={<PreviousIcon />}
              onClick={onPrevious}
              disabledFocusable={!onPrevious}
              aria-keyshortcuts="Alt+ArrowUp"
            />
          </Tooltip>
          <Tooltip relationship="label" content="Next row">
            <Button
              data-walk
              appearance="subtle"
              icon={<NextIcon />}
              onClick={onNext}
              disabledFocusable={!onNext}
              aria-keyshortcuts="Alt+ArrowDown"
            />
          </Tooltip>
        </>
      }
    >
      {children}
    </SidePane>
  );
}

function useWindowWidth(): number {
  const [width, setWidth] = useState(() => innerWidth);
  useEffect(() => {
    const onResize = () => setWidth(innerWidth);
    addEventListener('resize', onResize);
    return () => removeEventListener('resize', onResize);
  }, []);
  return width;
}
