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
import { endpoints, type SettingView } from '@weir/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { api } from '../../lib/api.ts';
import { problemText } from '../../lib/problem.ts';

/** Asks before all deliveries of a setting are paused or resumed. Those that are so already are left alone. */
export function PauseSetting({ setting, resume, onClose }: { setting: SettingView; resume: boolean; onClose: () => void }) {
  const queryClient = useQueryClient();
  const announce = useAnnounce();
  const [reason, setReason] = useState('');
  // What the dialog asks must not turn around while it is open.
  const [ids] = useState(() => setting.deliveries.filter((d) => (d.status === 'Paused') === resume).map((d) => d.id));
  const change = useMutation({
    mutationFn: async () => {
      // Repeating it is harmless: after a failure the same button goes on.
      for (const id of ids)
        await (resume
          ? api.call(endpoints.deliveries.resumeDelivery, { params: { id }, body: {} })
          : api.call(endpoints.deliveries.pauseDelivery, { params: { id }, body: reason.trim() ? { reason: reason.trim() } : {} }));
    },
    onSuccess: () => {
      announce(`${setting.name}: ${ids.length} ${ids.length === 1 ? 'delivery' : 'deliveries'} ${resume ? 'resumed' : 'paused'}.`);
      onClose();
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['diagnostic-settings'] }),
  });
  const count = ids.length === 1 ? 'one delivery' : `${ids.length} deliveries`;
  return (
    <Dialog open onOpenChange={(_, data) => (data.open || change.isPending ? undefined : onClose())}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{`${resume ? 'Resume' : 'Pause'} “${setting.name}”`}</DialogTitle>
          <DialogContent>
            {change.error ? (
              <MessageBar intent="error">
                <MessageBarBody>{`Not all of them were changed. ${problemText(change.error)}`}</MessageBarBody>
              </MessageBar>
            ) : null}
            {resume ? (
              `This resumes ${count}. Records that wait are sent at once, oldest first, from where each delivery stopped.`
            ) : (
              <>
                {`This pauses ${count}. What is being sent is finished, then nothing more is sent, replays included. Records wait for as long as the pause takes; none is lost.`}
                <Field label="Reason (optional)">
                  <Input value={reason} maxLength={500} onChange={(_, data) => setReason(data.value)} />
                </Field>
              </>
            )}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose} disabled={change.isPending}>
              Cancel
            </Button>
            <Button appearance="primary" onClick={() => change.mutate()} disabled={change.isPending}>
              {resume ? 'Resume' : 'Pause'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
