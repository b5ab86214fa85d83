import { Button, DrawerBody, DrawerHeader, DrawerHeaderTitle, OverlayDrawer } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { DismissIcon } from '../components/icons.ts';

/** The menu over the page. */
export default function NavOverlay({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  return (
    <OverlayDrawer open position="start" size="small" aria-label="Menu" onOpenChange={(_, data) => (data.open ? undefined : onClose())}>
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" icon={<DismissIcon />} aria-label="Hide menu" onClick={onClose} />}>
          Menu
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>{children}</DrawerBody>
    </OverlayDrawer>
  );
}
