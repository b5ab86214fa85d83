import { Button } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { SidePane } from './side-pane.tsx';

interface Props {
  open: boolean;
  onClose: () => void;
  onApply: () => void;
  onClear: () => void;
  children: ReactNode;
}

/** Fields that take effect together, with Apply. */
export function FilterPane({ open, onClose, onApply, onClear, children }: Props) {
  return (
    <SidePane
      title="Filter"
      open={open}
      onClose={onClose}
      overlay
      footer={
        <>
          <Button appearance="primary" type="submit" form="filter-pane">
            Apply
          </Button>
          <Button onClick={onClear}>Clear</Button>
        </>
      }
    >
      <form
        id="filter-pane"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onApply();
        }}
      >
        {children}
      </form>
    </SidePane>
  );
}
