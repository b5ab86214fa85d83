import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
} from '@fluentui/react-components';
import { endpoints } from '@weir/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../lib/api.ts';
import { problemText } from '../../lib/problem.ts';

/** Asks for the name before a setting is deleted, and says what stays. */
export function DeleteSetting({
  name,
  open,
  onClose,
  onDeleted,
}: {
  name: string;
  open: boolean;
  onClose: () => void;
  onDeleted: () => void;
}) {
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState('');
  const close = () => {
    setTyped('');
    onClose();
  };
  const remove = useMutation({
    mutationFn: () => api.call(endpoints.settings.deleteSetting, { params: { name } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['diagnostic-settings'] });
      onDeleted();
    },
  });
  return (
    <Dialog open={open} modalType="alert" onOpenChange={(_, data) => (data.open || remove.isPending ? undefined : close())}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{`Delete “${name}”?`}</DialogTitle>
          <DialogContent>
            {remove.error ? (
              <MessageBar intent="error">
                <MessageBarBody>{problemText(remove.error)}</MessageBarBody>
              </MessageBar>
            ) : null}
            Delivery stops at once. What was already delivered stays at its destinations, and the records stay searchable here. Archived
            blobs keep their retention days and are deleted after them. Records that are still waiting will not be sent.
            <Field label={`Type the name to confirm: ${name}`} required>
              <Input value={typed} onChange={(_, data) => setTyped(data.value)} autoComplete="off" />
            </Field>
          </DialogContent>
          <DialogActions>
            <Button onClick={close} disabled={remove.isPending}>
              Cancel
            </Button>
            <Button appearance="primary" onClick={() => remove.mutate()} disabled={remove.isPending || typed.trim() !== name}>
              {remove.isPending ? 'Deleting …' : 'Delete'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
