import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import type { DeliveryView } from '@weir/contract';
import { useRef, useState } from 'react';
import { MoreIcon } from '../../components/icons.ts';
import { PauseDialog } from './pause-dialog.tsx';
import { QuarantineDialog } from './quarantine-panel.tsx';
import { ReplayDialog } from './replay-panel.tsx';

/** What can be done with one delivery. `title` names it: destination and category. */
export function DeliveryMenu({ delivery, title }: { delivery: DeliveryView; title: string }) {
  const [open, setOpen] = useState<'pause' | 'replay' | 'quarantine' | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(null);
    // The menu item that opened the dialog is gone by now.
    setTimeout(() => button.current?.focus());
  };
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button ref={button} appearance="subtle" size="small" icon={<MoreIcon />} aria-label={`Actions for ${title}`} />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem onClick={() => setOpen('pause')}>{delivery.status === 'Paused' ? 'Resume' : 'Pause'}</MenuItem>
            <MenuItem onClick={() => setOpen('replay')}>Replay …</MenuItem>
            <MenuItem onClick={() => setOpen('quarantine')}>{`Quarantine (${delivery.quarantined})`}</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      {open === 'pause' ? <PauseDialog delivery={delivery} title={title} onClose={close} /> : null}
      {open === 'replay' ? <ReplayDialog id={delivery.id} title={title} onClose={close} /> : null}
      {open === 'quarantine' ? <QuarantineDialog id={delivery.id} title={title} onClose={close} /> : null}
    </>
  );
}
