import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle } from '@fluentui/react-components';
import { useBlocker } from '@tanstack/react-router';
import { useRef } from 'react';

/** Asks before unsaved changes are left behind, by a link, the back button or closing the tab. `release` lets a save through. */
export function useLeaveGuard(unsaved: boolean) {
  const released = useRef(false);
  const blocker = useBlocker({
    shouldBlockFn: () => unsaved && !released.current,
    enableBeforeUnload: () => unsaved && !released.current,
    withResolver: true,
  });
  const stay = () => blocker.reset?.();
  const dialog = (
    <Dialog open={blocker.status === 'blocked'} modalType="alert" onOpenChange={(_, data) => (data.open ? undefined : stay())}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Discard unsaved changes?</DialogTitle>
          <DialogContent>The changes to this diagnostic setting have not been saved.</DialogContent>
          <DialogActions>
            <Button onClick={stay}>Keep editing</Button>
            <Button appearance="primary" onClick={() => blocker.proceed?.()}>
              Discard
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
  return {
    dialog,
    release: () => {
      released.current = true;
    },
  };
}
