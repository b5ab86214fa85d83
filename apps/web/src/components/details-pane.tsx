import { Button, Tooltip } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { NARROW, useMedia } from '../lib/use-media.ts';
import { NextIcon, PreviousIcon } from './icons.ts';
import { SidePane } from './side-pane.tsx';

interface Props {
  title: string;
  open: boolean;
  /** Also gives the focus back to the row. */
  onClose: () => void;
  /** Absent at the ends of the list. */
  onPrevious?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
  children: ReactNode;
}

/** The details of a row: beside the list on wide windows, over it on narrow ones. */
export function DetailsPane({ title, open, onClose, onPrevious, onNext, children }: Props) {
  const narrow = useMedia(NARROW);
  return (
    <SidePane
      title={title}
      open={open}
      onClose={onClose}
      overlay={narrow}
      restoreFocus={false}
      actions={
        <>
          <Tooltip relationship="label" content="Previous row">
            <Button appearance="subtle" icon={<PreviousIcon />} onClick={onPrevious} disabledFocusable={!onPrevious} />
          </Tooltip>
          <Tooltip relationship="label" content="Next row">
            <Button appearance="subtle" icon={<NextIcon />} onClick={onNext} disabledFocusable={!onNext} />
          </Tooltip>
        </>
      }
    >
      {children}
    </SidePane>
  );
}
